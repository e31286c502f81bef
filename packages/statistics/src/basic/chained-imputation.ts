import { ok, type Result, random, refuse, warningIssue } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Running, step } from "../models/running.js";
import { computeHere, type HeavySession, type HeavyTask } from "./heavy-work.js";
import { fillGaps, type ImputationMethod } from "./imputation-draws.js";

/** One column of the data to complete. */
export interface ImputationColumn {
  readonly name: string;
  readonly values: NumericColumn;
  readonly method: ImputationMethod;
}

/** How often, how long, with which seed. */
export interface ImputationPlan {
  readonly seed: number;
  /** Completed data sets, default 20. */
  readonly imputations?: number;
  /** Rounds over the columns per data set, default 10. */
  readonly iterations?: number;
  /** Donors of predictive mean matching, default 5. */
  readonly donors?: number;
}

/** What an imputation needs: plain data, so that it can go to a worker. */
export interface ImputationInput extends ImputationPlan {
  readonly columns: readonly ImputationColumn[];
}

/** One completed data set, and the mean of the imputed values by round, per column with gaps. */
interface CompletedSet {
  readonly data: readonly Float64Array[];
  readonly means: readonly (readonly number[])[];
}

/** `imputeChained` as work that workers can share: `computeShared(imputationTask, { columns, seed: 1 }, { ports })`. */
export const imputationTask: HeavyTask<ImputationInput, readonly CompletedSet[], ChainedImputation> = {
  name: "chained imputation",
  open: openImputation,
};

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
  options: ImputationPlan & Running,
): Result<ChainedImputation> {
  return computeHere(imputationTask, { ...options, columns }, options);
}

function openImputation(input: ImputationInput): Result<HeavySession<readonly CompletedSet[], ChainedImputation>> {
  const { columns, seed, imputations = 20, iterations = 10, donors = 5 } = input;
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
  const part = (from: number, to: number, running: Running): Result<readonly CompletedSet[]> => {
    const sets: CompletedSet[] = [];
    for (let m = from; m < to; m++) {
      const stream = random(seed).fork(`imputation ${m + 1}`);
      const data = columns.map(({ values }) => Float64Array.from({ length: n }, (_, i) => values[i] ?? Number.NaN));
      for (const j of incomplete) {
        const { gaps, observed } = parts[j]!;
        for (const i of gaps) data[j]![i] = data[j]![observed[stream.integer(observed.length)]!]!;
      }
      const means: number[][] = incomplete.map(() => []);
      for (let round = 0; round < iterations; round++) {
        for (const [at, j] of incomplete.entries()) {
          const { gaps, observed } = parts[j]!;
          fillGaps(columns[j]!.method, data, j, gaps, observed, donors, stream);
          means[at]!.push(gaps.reduce((sum, i) => sum + data[j]![i]!, 0) / gaps.length);
        }
      }
      sets.push({ data, means });
      const going = step(running, m + 1 - from, to - from);
      if (!going.ok) return going;
    }
    return ok(sets);
  };
  const most = Math.max(0, ...parts.map(({ gaps }) => gaps.length / n));
  const gather = (shares: readonly (readonly CompletedSet[])[]): Result<ChainedImputation> => {
    const sets = shares.flat();
    return ok(
      {
        method: "chained equations",
        seed,
        rows: n,
        missing: Object.fromEntries(columns.map(({ name }, j) => [name, parts[j]!.gaps.length])),
        completed: sets.map(({ data }) => data),
        chainMeans: Object.fromEntries(
          incomplete.map((j, at) => [columns[j]!.name, sets.map(({ means }) => means[at]!)]),
        ),
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
  };
  return ok({ units: imputations, part, gather });
}
