import { ok, type Result, random, refuse, warningIssue } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Running, step } from "../models/running.js";
import { fillGaps, type ImputationMethod } from "./imputation-draws.js";

/** One column of the data to complete. */
export interface ImputationColumn {
  readonly name: string;
  readonly values: NumericColumn;
  readonly method: ImputationMethod;
}

/** How often, how long, with which seed. */
export interface ImputationOptions extends Running {
  readonly seed: number;
  /** Completed data sets, default 20. */
  readonly imputations?: number;
  /** Number of the first data set, default 1: several workers make the data sets 1 … 5, 6 … 10, … of one seed. */
  readonly firstImputation?: number;
  /** Rounds over the columns per data set, default 10. */
  readonly iterations?: number;
  /** Donors of predictive mean matching, default 5. */
  readonly donors?: number;
}

/** Completed data sets and how they were made. */
export interface ChainedImputation {
  readonly method: "chained equations";
  readonly seed: number;
  readonly rows: number;
  readonly missing: { readonly [column: string]: number };
  /** Per imputation, the columns in the order given, without gaps. */
  readonly completed: readonly (readonly Float64Array[])[];
  /** Mean of the imputed values by imputation and round, per incomplete column: a flat course shows convergence. */
  readonly chainMeans: { readonly [column: string]: readonly (readonly number[])[] };
}

/**
 * Multiple imputation by chained equations: every incomplete column is drawn in turn from a regression on all others, for several
 * rounds, independently for every data set. Same seed, same data sets. Analyse each and pool with `poolEstimates`; put the outcome
 * (for survival: event and cumulative hazard) among the columns. Assumes that missingness depends on observed values only.
 * Refuses fewer than 2 columns, unequal lengths, too few observed values, a 0/1 column with other values, and an abort.
 * Sources: van Buuren 2018, algorithm 4.3; Rubin 1987; White, Royston and Wood 2011. Compare R: `mice::mice` (own random numbers).
 * Example: `imputeChained(columns, { seed: 1, imputations: 5 }).value.completed[0]`.
 */
export function imputeChained(
  columns: readonly ImputationColumn[],
  options: ImputationOptions,
): Result<ChainedImputation> {
  const { seed, imputations = 20, firstImputation = 1, iterations = 10, donors = 5 } = options;
  const n = columns[0]?.values.length ?? 0;
  if (columns.length < 2 || columns.some((column) => column.values.length !== n)) {
    return refuse({
      code: "unequal-lengths",
      message: "Imputation needs at least 2 columns of the same length.",
      got: columns.map((column) => column.values.length).join(", "),
      wanted: "equal lengths",
    });
  }
  if (
    !(
      Number.isInteger(imputations) &&
      imputations >= 1 &&
      Number.isInteger(iterations) &&
      iterations >= 1 &&
      Number.isInteger(donors) &&
      donors >= 1
    )
  ) {
    return refuse({
      code: "design-out-of-range",
      message: "Imputations, iterations and donors must be whole numbers of at least 1.",
      got: `${imputations}, ${iterations}, ${donors}`,
      wanted: "whole numbers of at least 1",
    });
  }
  const parts = columns.map(({ values }) => {
    const gaps: number[] = [];
    const observed: number[] = [];
    for (let i = 0; i < n; i++) (values[i] === null || Number.isNaN(values[i]) ? gaps : observed).push(i);
    return { gaps, observed };
  });
  for (const [j, { gaps, observed }] of parts.entries()) {
    const { name, method, values } = columns[j]!;
    if (gaps.length > 0 && observed.length < columns.length + 2) {
      return refuse({
        code: "too-few-values",
        message: `Column ${name} has too few observed values to impute the others from.`,
        got: observed.length,
        wanted: `at least ${columns.length + 2}`,
        where: { column: name },
      });
    }
    const strange = observed.find(
      (i) => !Number.isFinite(values[i]!) || (method === "logistic" && values[i] !== 0 && values[i] !== 1),
    );
    if (strange !== undefined) {
      return refuse({
        code: "outcome-not-binary",
        message: `Column ${name} holds a value that its method cannot use.`,
        got: values[strange] ?? "",
        wanted: method === "logistic" ? "0 or 1" : "a finite number",
        where: { column: name },
      });
    }
  }
  const incomplete = parts.flatMap(({ gaps }, j) => (gaps.length > 0 ? [j] : []));
  const chainMeans: { [column: string]: number[][] } = {};
  for (const j of incomplete) chainMeans[columns[j]!.name] = [];
  const completed: Float64Array[][] = [];
  for (let m = 0; m < imputations; m++) {
    const stream = random(seed).fork(`imputation ${firstImputation + m}`);
    const data = columns.map(({ values }) => Float64Array.from({ length: n }, (_, i) => values[i] ?? Number.NaN));
    for (const j of incomplete) {
      const { gaps, observed } = parts[j]!;
      for (const i of gaps) data[j]![i] = data[j]![observed[stream.integer(observed.length)]!]!;
      chainMeans[columns[j]!.name]!.push([]);
    }
    for (let round = 0; round < iterations; round++) {
      for (const j of incomplete) {
        const { gaps, observed } = parts[j]!;
        fillGaps(columns[j]!.method, data, j, gaps, observed, donors, stream);
        chainMeans[columns[j]!.name]![m]!.push(gaps.reduce((sum, i) => sum + data[j]![i]!, 0) / gaps.length);
      }
    }
    completed.push(data);
    const going = step(options, m + 1, imputations);
    if (!going.ok) return going;
  }
  const most = Math.max(0, ...parts.map(({ gaps }) => gaps.length / n));
  return ok(
    {
      method: "chained equations",
      seed,
      rows: n,
      missing: Object.fromEntries(columns.map(({ name }, j) => [name, parts[j]!.gaps.length])),
      completed,
      chainMeans,
    },
    most > 0.5
      ? [
          warningIssue({
            code: "mostly-missing",
            message: "A column misses more than half of its values: results lean on the imputation model.",
            got: `${Math.round(100 * most)} %`,
            mend: "Report a complete-case analysis beside it.",
          }),
        ]
      : [],
  );
}
