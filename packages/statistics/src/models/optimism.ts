import { ok, type Result, random, refuse } from "@livermark/core";
import { type Running, step } from "./running.js";

/** How resamples are drawn: by a seed, or given as 0-based row numbers (of the complete rows) per replicate. */
export type BootstrapDraws =
  | { readonly seed: number; readonly replicates: number }
  | { readonly indices: readonly ArrayLike<number>[] };

/** Optimism of each index: mean of (index of the resample's model in its resample − in the original data). */
export interface OptimismTable {
  readonly replicates: number;
  /** Replicates whose model could not be fitted; they count nowhere. */
  readonly failed: number;
  readonly indexes: readonly string[];
  readonly apparent: readonly number[];
  readonly training: readonly number[];
  readonly test: readonly number[];
  readonly optimism: readonly number[];
  readonly corrected: readonly number[];
  /** Optimism of the first index in each replicate that was fitted. */
  readonly perReplicate: readonly number[];
}

/** Counts of a drawn resample, and the drawn rows in order. */
export interface Resample {
  readonly counts: Float64Array;
  readonly rows: Int32Array;
}

/** Runs `each` over the resamples; a null answer counts as a failed replicate. */
export function forEachResample(
  n: number,
  draws: BootstrapDraws,
  running: Running,
  each: (resample: Resample) => { readonly training: readonly number[]; readonly test: readonly number[] } | null,
): Result<{
  readonly training: number[][];
  readonly test: number[][];
  readonly failed: number;
  readonly replicates: number;
}> {
  const replicates = "indices" in draws ? draws.indices.length : draws.replicates;
  if (!(Number.isInteger(replicates) && replicates >= 1)) {
    return refuse({
      code: "too-few-replicates",
      message: "A bootstrap needs at least one replicate.",
      got: replicates,
      wanted: "a whole number, e.g. 1000",
    });
  }
  const stream = "indices" in draws ? null : random(draws.seed);
  const rows = new Int32Array(n);
  const counts = new Float64Array(n);
  const training: number[][] = [];
  const test: number[][] = [];
  let failed = 0;
  for (let b = 0; b < replicates; b++) {
    counts.fill(0);
    if ("indices" in draws) {
      const given = draws.indices[b]!;
      if (given.length !== n)
        return refuse({
          code: "unequal-lengths",
          message: `Replicate ${b + 1} has not as many rows as the data.`,
          got: given.length,
          wanted: `${n}`,
        });
      for (let i = 0; i < n; i++) {
        const row = given[i]!;
        if (!(Number.isInteger(row) && row >= 0 && row < n))
          return refuse({
            code: "row-out-of-range",
            message: `Replicate ${b + 1} names a row that does not exist.`,
            got: row,
            wanted: `0 … ${n - 1}`,
          });
        rows[i] = row;
      }
    } else for (let i = 0; i < n; i++) rows[i] = stream!.integer(n);
    for (let i = 0; i < n; i++) counts[rows[i]!]!++;
    const found = each({ counts, rows });
    if (found === null) failed++;
    else {
      training.push([...found.training]);
      test.push([...found.test]);
    }
    const going = step(running, b + 1, replicates);
    if (!going.ok) return going;
  }
  if (training.length === 0)
    return refuse({
      code: "no-usable-replicates",
      message: "The model could not be fitted in any resample.",
      got: 0,
      wanted: "at least one",
      mend: "Use fewer covariates.",
    });
  return ok({ training, test, failed, replicates });
}

const columnMeans = (rows: readonly (readonly number[])[], size: number): number[] =>
  Array.from({ length: size }, (_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);

/** The table of means over replicates. */
export function optimismTable(
  indexes: readonly string[],
  apparent: readonly number[],
  runs: {
    readonly training: readonly number[][];
    readonly test: readonly number[][];
    readonly failed: number;
    readonly replicates: number;
  },
): OptimismTable {
  const training = columnMeans(runs.training, indexes.length);
  const test = columnMeans(runs.test, indexes.length);
  const optimism = training.map((value, k) => value - test[k]!);
  return {
    replicates: runs.replicates,
    failed: runs.failed,
    indexes,
    apparent,
    training,
    test,
    optimism,
    corrected: apparent.map((value, k) => value - optimism[k]!),
    perReplicate: runs.training.map((row, b) => row[0]! - runs.test[b]![0]!),
  };
}

/** Gini's mean difference of values that stand `counts` times each; `ranks` orders them (1 = lowest). */
export function giniMeanDifference(values: Float64Array, counts: Float64Array | null): number {
  let sorted: Float64Array;
  if (counts === null) sorted = Float64Array.from(values);
  else {
    let total = 0;
    for (const c of counts) total += c;
    sorted = new Float64Array(total);
    let k = 0;
    for (let i = 0; i < values.length; i++) for (let c = counts[i]!; c > 0; c--) sorted[k++] = values[i]!;
  }
  sorted.sort();
  const n = sorted.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (2 * i + 1 - n) * sorted[i]!;
  return n < 2 ? 0 : (2 * sum) / (n * (n - 1));
}
