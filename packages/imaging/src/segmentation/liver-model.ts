import type { Grid } from "../volume.js";
import { type Body, eachPoint } from "./body.js";
import { largestComponent } from "./components.js";
import { erode, flagsOf } from "./morphology.js";

/** Where the liver surely is, and what it looks like. */
export interface LiverModel {
  readonly core: Uint8Array;
  readonly coreMl: number;
  /** Median and robust SD (1.4826 · median absolute deviation) of the core. */
  readonly mean: number;
  readonly sd: number;
}

/** An intensity band in which a uniform organ is looked for. */
export interface Band {
  readonly center: number;
  readonly half: number;
}

/** Bands of ± 18 HU around 40, 45 … 200 HU. */
export const ctBands: readonly Band[] = Array.from({ length: 33 }, (_, n) => ({ center: 40 + 5 * n, half: 18 }));

/** Bands of ± 20 % whose centres lie 6 % apart between two signals. */
export function relativeBands(low: number, high: number): readonly Band[] {
  const bands: Band[] = [];
  for (let center = low; center <= high; center *= 1.06) bands.push({ center, half: 0.2 * center });
  return bands;
}

/** Bands of twice the width: a liver that tumour runs through is uniform only to such a band. */
export const widened = (bands: readonly Band[]): readonly Band[] =>
  bands.map(({ center, half }) => ({ center, half: 2 * half }));

/** Median of some values; the array is sorted in place. */
const medianOf = (values: Float32Array): number => values.sort()[values.length >> 1]!;

/** Robust location and spread of the image inside a mask. */
export function robustMoments(image: Float32Array, inside: Uint8Array): { readonly mean: number; readonly sd: number } {
  const values = image.filter((_, v) => inside[v] === 1);
  if (values.length === 0) return { mean: 0, sd: 0 };
  const mean = medianOf(values);
  return { mean, sd: 1.4826 * medianOf(values.map((value) => Math.abs(value - mean))) };
}

/**
 * The liver as the largest uniform organ of the patient's right side: each band is eroded by 9 mm, which parts it from wall,
 * muscle and vessels, and the component with the most volume to the right of the midline wins. Null when that is not more than
 * `leastMl`.
 */
export function findLiverModel(
  grid: Grid,
  image: Float32Array,
  body: Body,
  allowed: Uint8Array,
  bands: readonly Band[],
  partMm = 9,
  leastMl = 60,
): LiverModel | null {
  const voxelMl = (grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000;
  const right = new Uint8Array(image.length);
  eachPoint(grid, (v, x) => {
    if (allowed[v] === 1 && x < body.midlineMm) right[v] = 1;
  });
  let best: Uint8Array | null = null;
  let bestMl = leastMl;
  for (const { center, half } of bands) {
    const band = flagsOf(image.length, (v) => allowed[v] === 1 && Math.abs(image[v]! - center) <= half);
    let bandMl = 0;
    for (let v = 0; v < band.length; v++) if (band[v] === 1 && right[v] === 1) bandMl += voxelMl;
    if (bandMl <= bestMl) continue;
    const core = largestComponent(grid, erode(grid, band, partMm), (v) => right[v]!);
    let ml = 0;
    for (let v = 0; v < core.length; v++) if (core[v] === 1 && right[v] === 1) ml += voxelMl;
    if (ml > bestMl) {
      bestMl = ml;
      best = core;
    }
  }
  if (best === null) return null;
  const { mean, sd } = robustMoments(image, best);
  let voxels = 0;
  for (const flag of best) voxels += flag;
  return { core: best, coreMl: voxels * voxelMl, mean, sd };
}
