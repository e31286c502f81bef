import { eachRun, maskVoxels } from "./mask-runs.js";
import type { Mask, Volume } from "./volume.js";

/** Sum with Neumaier's correction: exact for whole numbers below 2⁵³, and the order hardly matters for the others. */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let correction = 0;
  for (let v = 0; v < values.length; v++) {
    const x = values[v]!;
    const t = sum + x;
    correction += Math.abs(sum) >= Math.abs(x) ? sum - t + x : x - t + sum;
    sum = t;
  }
  return sum + correction;
}

/** Mean and spread of at least one finite value. */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  /** Divides by n − 1; null for one value. */
  readonly sd: number | null;
  /** Divides by n. */
  readonly sdPopulation: number;
  readonly min: number;
  readonly max: number;
}

/** Two-pass mean and standard deviation of finite values; throws on an empty list, which callers must rule out. */
export function moments(values: ArrayLike<number>): Moments {
  const n = values.length;
  if (n === 0) throw new Error("moments of no values");
  const mean = compensatedSum(values) / n;
  const squares = new Float64Array(n);
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < n; v++) {
    const x = values[v]!;
    squares[v] = (x - mean) * (x - mean);
    if (x < min) min = x;
    if (x > max) max = x;
  }
  const ss = compensatedSum(squares);
  return { n, mean, sd: n > 1 ? Math.sqrt(ss / (n - 1)) : null, sdPopulation: Math.sqrt(ss / n), min, max };
}

/** Quantile of sorted values, linear between order statistics (type 7 of Hyndman and Fan 1996). */
export function quantile7(sorted: ArrayLike<number>, p: number): number {
  const h = (sorted.length - 1) * p;
  const low = Math.floor(h);
  const a = sorted[low]!;
  const b = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return a + (h - low) * (b - a);
}

/** Sorts finite values in place; whole numbers within a narrow range are counted, which is much faster for image data. */
export function sortValues(values: Float64Array): Float64Array {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let whole = true;
  for (let v = 0; v < values.length && whole; v++) {
    const x = values[v]!;
    if (x < min) min = x;
    if (x > max) max = x;
    whole = Math.trunc(x) === x;
  }
  if (!whole || !(max - min < 1 << 20)) return values.sort();
  const counts = new Uint32Array(max - min + 1);
  for (let v = 0; v < values.length; v++) counts[values[v]! - min]!++;
  let at = 0;
  for (let n = 0; n < counts.length; n++) {
    values.fill(min + n, at, at + counts[n]!);
    at += counts[n]!;
  }
  return values;
}

/** The values of a volume under a mask, in index order, without those that are not finite (counted). */
export function valuesInMask(
  volume: Pick<Volume, "data">,
  mask: Mask,
): { readonly values: Float64Array; readonly voxels: number; readonly ignoredNonFinite: number } {
  const voxels = maskVoxels(mask);
  const values = new Float64Array(voxels);
  const { data } = volume;
  let kept = 0;
  eachRun(mask, (from, to) => {
    for (let v = from; v < to; v++) {
      const x = data[v]!;
      if (Number.isFinite(x)) values[kept++] = x;
    }
  });
  return { values: kept === voxels ? values : values.slice(0, kept), voxels, ignoredNonFinite: voxels - kept };
}
