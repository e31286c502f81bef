import { type Random, random } from "@livermark/core";

/** Counts of categories as a paper prints them. */
export type Counts<T> = readonly (readonly [T, number])[];

/** Values with exactly these counts, in random order. Example: `exactly([["M", 2], ["F", 1]], stream)`. */
export function exactly<T>(counts: Counts<T>, stream: Random): readonly T[] {
  const all = counts.flatMap(([value, n]) => Array.from({ length: n }, () => value));
  return stream.permutation(all.length).map((i) => all[i]!);
}

/** So many draws, in order. */
export const drawn = <T>(n: number, draw: (i: number) => T): readonly T[] =>
  Array.from({ length: n }, (_, i) => draw(i));

/** A draw between two limits, evenly. */
export const between = (low: number, high: number, stream: Random): number => low + (high - low) * stream.uniform();

/** A value with so many decimals, as a table would hold it. */
export const decimals = (value: number, digits: number): number => Number(value.toFixed(digits));

/** Linear predictors less their mean, so that the baseline is that of an average patient. */
export function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

/** Positions sorted by a number, ascending. */
export const orderBy = (values: readonly number[]): readonly number[] =>
  values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);

/** A second reader: the same category with probability `same`, otherwise one drawn by the margins (kappa about `same`). */
export const secondReader = <T>(values: readonly T[], same: number, stream: Random): readonly T[] =>
  values.map((value) => (stream.uniform() < same ? value : values[stream.integer(values.length)]!));

/** The streams of a cohort of `n` patients, each of a name of its own, so that one more column moves no other. */
export interface CohortDraws {
  /** Stream for the values that follow each other in one order. */
  readonly stream: Random;
  /** P001, P002, … */
  readonly patients: readonly string[];
  /** A stream of its own. */
  fork(name: string): Random;
  /** One value for each patient, in order. */
  each<T>(draw: (i: number) => T): readonly T[];
  /** Categories with exact counts. */
  pick<T>(name: string, counts: Counts<T>): readonly T[];
  /** True for exactly so many. */
  chosen(name: string, n: number): readonly boolean[];
  /** "yes" for exactly so many, otherwise "no". */
  yesNo(name: string, yes: number): readonly string[];
}

/** Draws of the cohort of this name. Example: `cohortDraws("ser", 1, 102).yesNo("jaundice", 71)` has 71 times "yes". */
export function cohortDraws(name: string, seed: number, n: number): CohortDraws {
  const root = random(seed).fork(`${name} cohort`);
  const pick = <T>(column: string, counts: Counts<T>): readonly T[] => exactly(counts, root.fork(column));
  return {
    stream: root.fork("values"),
    patients: drawn(n, (i) => `P${String(i + 1).padStart(3, "0")}`),
    fork: root.fork,
    each: (draw) => drawn(n, draw),
    pick,
    chosen: (column, some) =>
      pick(column, [
        [true, some],
        [false, n - some],
      ]),
    yesNo: (column, yes) =>
      pick(column, [
        ["yes", yes],
        ["no", n - yes],
      ]),
  };
}
