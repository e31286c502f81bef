import { ok, type Result, refuse } from "@livermark/core";
import type { Grid, Mask, Volume } from "../volume.js";
import { coarsen } from "./coarse-grid.js";
import { componentsWith } from "./components.js";
import { intensityPrior, noiseStep } from "./intensity-prior.js";
import { medianFilter } from "./median-filter.js";
import { countSet, flagsOf } from "./morphology.js";
import { randomWalker, type WalkerResult } from "./random-walker.js";
import { coarseStrokes, onOtherGrid, walkedMask } from "./walked-outline.js";

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
    const misplaced = onOtherGrid(volume, strokes, `strokes ${kind}`);
    if (misplaced !== null) return misplaced;
    if (!strokes.data.includes(1))
      return refuse({
        code: "no-strokes",
        message: `There is no stroke ${kind} the organ.`,
        got: "0 voxels",
        wanted: "strokes inside and outside",
        mend: "Draw at least one stroke of each kind.",
        where: { series: volume.source.seriesUid },
      });
  }
  const coarse = coarsen(volume.grid, volume.data, settings.workingMm);
  const image = medianFilter(coarse.grid, coarse.data);
  const { inside, outside } = coarseStrokes(insideStrokes, outsideStrokes, settings.workingMm);
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
  const data = walkedMask(coarse, volume, walked, found);
  const [sx, sy, sz] = volume.grid.spacingMm;
  return ok({
    mask: { name: "outline by seeds", grid: volume.grid, data, outline: { method: "seeds" } },
    volumeMl: (countSet(data) * sx * sy * sz) / 1000,
    parameters: settings,
    walker,
  });
}
