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

/** Indexes of the replicates of a range, in order. */
export interface OptimismRuns {
  readonly training: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
  readonly failed: number;
}

/** Number of replicates. Refuses none, and given rows that do not fit the data. */
export function checkDraws(n: number, draws: BootstrapDraws): Result<number> {
  const replicates = "indices" in draws ? draws.indices.length : draws.replicates;
  if (!(Number.isInteger(replicates) && replicates >= 1)) {
    return refuse({
      code: "too-few-replicates",
      message: "A bootstrap needs at least one replicate.",
      got: replicates,
      wanted: "a whole number, e.g. 1000",
    });
  }
  if ("indices" in draws) {
    for (const [b, given] of draws.indices.entries()) {
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
      }
    }
  }
  return ok(replicates);
}

/**
 * Runs `each` over the resamples from … to − 1; a null answer counts as a failed replicate. Every replicate draws from a
 * stream of its own, so that ranges can be computed apart.
 */
export function overResamples(
  n: number,
  draws: BootstrapDraws,
  from: number,
  to: number,
  running: Running,
  each: (
    resample: Resample,
    replicate: number,
  ) => { readonly training: readonly number[]; readonly test: readonly number[] } | null,
): Result<OptimismRuns> {
  const seeded = "indices" in draws ? null : random(draws.seed);
  const rows = new Int32Array(n);
  const counts = new Float64Array(n);
  const training: (readonly number[])[] = [];
  const test: (readonly number[])[] = [];
  let failed = 0;
  for (let b = from; b < to; b++) {
    const stream = seeded === null ? null : seeded.fork(`replicate ${b}`);
    counts.fill(0);
    for (let i = 0; i < n; i++) {
      const row = stream === null ? ("indices" in draws ? draws.indices[b]![i]! : 0) : stream.integer(n);
      rows[i] = row;
      counts[row]!++;
    }
    const found = each({ counts, rows }, b);
    if (found === null) failed++;
    else {
      training.push([...found.training]);
      test.push([...found.test]);
    }
    const going = step(running, b + 1 - from, to - from);
    if (!going.ok) return going;
  }
  return ok({ training, test, failed });
}

/** Ranges of replicates as one. Refuses when no model could be fitted. */
export function joinRuns(parts: readonly OptimismRuns[]): Result<OptimismRuns> {
  const training = parts.flatMap((part) => part.training);
  const test = parts.flatMap((part) => part.test);
  if (training.length === 0)
    return refuse({
      code: "no-usable-replicates",
      message: "The model could not be fitted in any resample.",
      got: 0,
      wanted: "at least one",
      mend: "Use fewer covariates.",
    });
  return ok({ training, test, failed: parts.reduce((sum, part) => sum + part.failed, 0) });
}

const columnMeans = (rows: readonly (readonly number[])[], size: number): number[] =>
  Array.from({ length: size }, (_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length);

/** The table of means over replicates. */
export function optimismTable(
  indexes: readonly string[],
  apparent: readonly number[],
  runs: OptimismRuns,
): OptimismTable {
  const training = columnMeans(runs.training, indexes.length);
  const test = columnMeans(runs.test, indexes.length);
  const optimism = training.map((value, k) => value - test[k]!);
  return {
    replicates: runs.training.length + runs.failed,
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
