import { ok, type Result, refuse } from "@livermark/core";
import { exponential } from "../portable-math.js";
import type { Grid, Mask, Volume } from "../volume.js";
import { sameGrid } from "../volume.js";
import { coarsen, refineAbove } from "./coarse-grid.js";
import { componentsWith, fillHoles } from "./components.js";
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

/** Smoothed density of the values under some seeds, over `bins` cells of the image's range. */
function density(cells: Uint16Array, seeds: Uint8Array, bins: number): Float64Array {
  const counts = new Float64Array(bins);
  let n = 0;
  for (let v = 0; v < seeds.length; v++)
    if (seeds[v] === 1) {
      counts[cells[v]!]! += 1;
      n++;
    }
  const smooth = new Float64Array(bins);
  for (let b = 0; b < bins; b++)
    for (let d = -6; d <= 6; d++) smooth[b]! += ((counts[b + d] ?? 0) * exponential(-(d * d) / 8)) / Math.max(1, n);
  return smooth;
}

/** Probability of being inside by intensity: the share of the inside density, ½ where neither was seen. */
function intensityPrior(image: Float32Array, inside: Uint8Array, outside: Uint8Array): Float32Array {
  const bins = 256;
  const sorted = image.filter((_, v) => inside[v] === 1 || outside[v] === 1).sort();
  const low = sorted[Math.floor(0.01 * sorted.length)]!;
  const high = sorted[Math.floor(0.99 * (sorted.length - 1))]!;
  const width = Math.max(1e-6, high - low);
  const cells = new Uint16Array(image.length);
  for (let v = 0; v < image.length; v++)
    cells[v] = Math.min(bins - 1, Math.max(0, Math.floor((bins * (image[v]! - low)) / width)));
  const within = density(cells, inside, bins);
  const without = density(cells, outside, bins);
  const floor = 1e-3;
  return Float32Array.from(cells, (cell) => (within[cell]! + floor) / (within[cell]! + without[cell]! + 2 * floor));
}

/** Typical intensity step between neighbours under the seeds: noise, not edges. */
function noiseStep(grid: Grid, image: Float32Array, inside: Uint8Array): number {
  const [nx] = grid.size;
  const steps: number[] = [];
  for (let v = 0; v + nx < image.length; v++) {
    if (inside[v] !== 1) continue;
    if (inside[v + 1] === 1) steps.push(Math.abs(image[v + 1]! - image[v]!));
    if (inside[v + nx] === 1) steps.push(Math.abs(image[v + nx]! - image[v]!));
  }
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

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
    mask: { name: "outline by seeds", grid: volume.grid, data },
    volumeMl: (countSet(data) * sx * sy * sz) / 1000,
    parameters: settings,
    walker,
  });
}
