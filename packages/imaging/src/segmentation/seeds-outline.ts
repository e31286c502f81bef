import { ok, type Result, refuse } from "@livermark/core";
import type { Grid, Mask, Volume } from "../volume.js";
import { sameGrid } from "../volume.js";
import { coarsen, refineAbove } from "./coarse-grid.js";
import { componentsWith, fillHoles } from "./components.js";
import { intensityPrior, noiseStep } from "./intensity-prior.js";
import { medianFilter } from "./median-filter.js";
import { countSet, flagsOf } from "./morphology.js";
import { randomWalker, type WalkerResult } from "./random-walker.js";

/** Settings of an outline by seeds. */
export interface SeedsParameters {
  /** Voxel size of the working grid, mm. */
  readonly workingMm?: number;
  /** How far beyond the box around all seeds the organ may reach, mm. */
  readonly marginMm?: number;
  /** How much intensity alone counts beside the neighbours. */
  readonly priorWeight?: number;
  /** Intensity step that counts as an edge, in typical steps between neighbours under the inside strokes. */
  readonly edgeSteps?: number;
}

/** An outline with what the solver said. */
export interface SeedsOutline {
  readonly mask: Mask;
  readonly volumeMl: number;
  readonly parameters: Required<SeedsParameters>;
  readonly walker: Omit<WalkerResult, "probability">;
}

const standard: Required<SeedsParameters> = { workingMm: 2.5, marginMm: 20, priorWeight: 0.003, edgeSteps: 4 };

const box = (grid: Grid, flags: readonly Uint8Array[], marginMm: number): ((v: number) => boolean) => {
  const [nx, ny, nz] = grid.size;
  const low = [nx, ny, nz];
  const high = [-1, -1, -1];
  const at = (v: number): readonly number[] => [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))];
  for (const one of flags)
    for (let v = 0; v < one.length; v++)
      if (one[v] === 1)
        for (const [axis, i] of at(v).entries()) {
          low[axis] = Math.min(low[axis]!, i);
          high[axis] = Math.max(high[axis]!, i);
        }
  const margin = grid.spacingMm.map((spacing) => Math.ceil(marginMm / spacing));
  return (v) => at(v).every((i, axis) => i >= low[axis]! - margin[axis]! && i <= high[axis]! + margin[axis]!);
};

/**
 * An organ from strokes inside and outside of it: random walker on a coarser, median-filtered grid, with the intensities under
 * the strokes as priors; the parts that hold an inside stroke are kept, holes filled, and the edge interpolated to the volume's
 * grid. Works on CT and MR alike.
 * Refuses strokes on another grid and a missing kind of stroke.
 * Example: `seedsOutline(volume, strokesInside, strokesOutside)`.
 */
export function seedsOutline(
  volume: Volume,
  insideStrokes: Mask,
  outsideStrokes: Mask,
  parameters: SeedsParameters = {},
): Result<SeedsOutline> {
  const settings = { ...standard, ...parameters };
  for (const [strokes, kind] of [
    [insideStrokes, "inside"],
    [outsideStrokes, "outside"],
  ] as const) {
    const onGrid = sameGrid(strokes.grid, volume.grid);
    if (!onGrid || !strokes.data.includes(1))
      return refuse({
        code: onGrid ? "no-strokes" : "strokes-grid",
        message: onGrid
          ? `There is no stroke ${kind} the organ.`
          : `The strokes ${kind} lie on another grid than the image.`,
        got: onGrid ? "0 voxels" : strokes.grid.size.join(" x "),
        wanted: onGrid ? "strokes inside and outside" : volume.grid.size.join(" x "),
        mend: onGrid ? "Draw at least one stroke of each kind." : "Draw on this series.",
        where: { series: volume.source.seriesUid },
      });
  }
  const coarse = coarsen(volume.grid, volume.data, settings.workingMm);
  const image = medianFilter(coarse.grid, coarse.data);
  const touched = (mask: Mask): Float32Array => coarsen(volume.grid, mask.data, settings.workingMm).data;
  const within = touched(insideStrokes);
  const without = touched(outsideStrokes);
  const inside = flagsOf(image.length, (v) => within[v]! > 0 && without[v] === 0);
  const outside = flagsOf(image.length, (v) => without[v]! > 0 && within[v] === 0);
  const near = box(coarse.grid, [inside, outside], settings.marginMm);
  const probability = intensityPrior(image, inside, outside);
  const { probability: walked, ...walker } = randomWalker({
    grid: coarse.grid,
    image,
    domain: flagsOf(image.length, near),
    inside,
    outside,
    stepScale: settings.edgeSteps * Math.max(noiseStep(coarse.grid, image, inside), 1e-3),
    prior: { probability, weight: settings.priorWeight },
  });
  const found = componentsWith(
    coarse.grid,
    flagsOf(image.length, (v) => walked[v]! >= 0.5),
    inside,
  );
  const filled = fillHoles(coarse.grid, found, true);
  const field = Float32Array.from(filled, (flag, v) =>
    flag === 1 ? Math.max(0.5, found[v] === 1 ? walked[v]! : 1) : Math.min(0.49, walked[v]!),
  );
  const data = refineAbove(coarse, field, volume.grid, 0.5);
  const [sx, sy, sz] = volume.grid.spacingMm;
  return ok({
    mask: { name: "outline by seeds", grid: volume.grid, data, outline: { method: "seeds" } },
    volumeMl: (countSet(data) * sx * sy * sz) / 1000,
    parameters: settings,
    walker,
  });
}
