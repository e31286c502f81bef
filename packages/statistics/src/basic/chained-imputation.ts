import { ok, type Random, type Result, random, refuse, warningIssue } from "@livermark/core";
import { cholesky, crossProduct, invertCholesky } from "../linear/index.js";
import type { NumericColumn } from "../models/columns.js";
import { type Running, step } from "../models/running.js";
import { chiSquareQuantile } from "./distributions.js";

/** One column of the data to complete. */
export interface ImputationColumn {
  readonly name: string;
  readonly values: NumericColumn;
  /** How its gaps are filled: predictive mean matching, Bayesian linear regression, or Bayesian logistic regression (0/1). */
  readonly method: "predictive mean matching" | "normal" | "logistic";
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

interface Draw {
  /** Coefficients at the mode, and one draw from their posterior; intercept first. */
  readonly mode: Float64Array;
  readonly drawn: Float64Array;
  readonly sigma: number;
}

/** Rows of an intercept and the other columns, centred and scaled. */
function design(columns: readonly Float64Array[], skip: number): { readonly x: Float64Array; readonly width: number } {
  const n = columns[0]!.length;
  const width = columns.length;
  const x = new Float64Array(n * width);
  for (let i = 0; i < n; i++) x[i * width] = 1;
  let at = 1;
  columns.forEach((column, j) => {
    if (j === skip) return;
    const centre = column.reduce((sum, value) => sum + value, 0) / n;
    const scale = Math.sqrt(column.reduce((sum, value) => sum + (value - centre) ** 2, 0) / n) || 1;
    for (let i = 0; i < n; i++) x[i * width + at] = (column[i]! - centre) / scale;
    at++;
  });
  return { x, width };
}

const product = (x: Float64Array, row: number, width: number, b: Float64Array): number => {
  let sum = 0;
  for (let j = 0; j < width; j++) sum += x[row * width + j]! * b[j]!;
  return sum;
};

/** A small ridge keeps the equations solvable when columns nearly determine each other (van Buuren 2018, section 3.2.2). */
const RIDGE = 1e-5;

/** b + scale · L z with L L' = (information)⁻¹. */
function posterior(mode: Float64Array, inverse: Float64Array, scale: number, stream: Random): Float64Array {
  const width = mode.length;
  const factor = cholesky(inverse, width);
  const z = Array.from({ length: width }, () => stream.normal());
  return mode.map((b, i) => {
    let sum = 0;
    for (let j = 0; j <= i; j++) {
      const pivot = Math.sqrt(Math.max(0, factor.factor[j * width + j]!));
      sum += (i === j ? 1 : factor.factor[i * width + j]!) * pivot * z[j]!;
    }
    return b + scale * sum;
  });
}

/** Linear regression on the observed rows with a draw of σ and of the coefficients (Rubin 1987, example 5.2). */
function linearDraw(
  x: Float64Array,
  width: number,
  y: Float64Array,
  observed: readonly number[],
  stream: Random,
): Draw {
  const rows = Float64Array.from(observed.flatMap((i) => Array.from(x.subarray(i * width, (i + 1) * width))));
  const information = crossProduct(rows, observed.length, width);
  for (let j = 0; j < width; j++) information[j * width + j]! *= 1 + RIDGE;
  const inverse = invertCholesky(cholesky(information, width));
  const mode = new Float64Array(width);
  for (let j = 0; j < width; j++) {
    for (let k = 0; k < width; k++) {
      let cross = 0;
      observed.forEach((i, r) => {
        cross += rows[r * width + k]! * y[i]!;
      });
      mode[j]! += inverse[j * width + k]! * cross;
    }
  }
  const residual = observed.reduce((sum, i) => sum + (y[i]! - product(x, i, width, mode)) ** 2, 0);
  const df = Math.max(1, observed.length - width);
  const sigma = Math.sqrt(residual / chiSquareQuantile(Math.max(1e-12, stream.uniform()), df));
  return { mode, drawn: posterior(mode, inverse, sigma, stream), sigma };
}

/** Logistic regression by Newton's method with a weak normal prior, which also holds separated data, and a draw. */
function logisticDraw(
  x: Float64Array,
  width: number,
  y: Float64Array,
  observed: readonly number[],
  stream: Random,
): Draw {
  let mode: Float64Array = new Float64Array(width);
  const prior = 0.1;
  let inverse = new Float64Array(width * width);
  for (let iteration = 0; iteration < 30; iteration++) {
    const score = mode.map((b) => -prior * b);
    const information = new Float64Array(width * width);
    for (let j = 0; j < width; j++) information[j * width + j] = prior;
    for (const i of observed) {
      const p = 1 / (1 + Math.exp(-product(x, i, width, mode)));
      for (let j = 0; j < width; j++) {
        const xj = x[i * width + j]!;
        score[j]! += xj * (y[i]! - p);
        for (let k = 0; k < width; k++) information[j * width + k]! += p * (1 - p) * xj * x[i * width + k]!;
      }
    }
    inverse = Float64Array.from(invertCholesky(cholesky(information, width)));
    let largest = 0;
    mode = mode.map((b, j) => {
      let step = 0;
      for (let k = 0; k < width; k++) step += inverse[j * width + k]! * score[k]!;
      largest = Math.max(largest, Math.abs(step));
      return b + step;
    });
    if (largest < 1e-8) break;
  }
  return { mode, drawn: posterior(mode, inverse, 1, stream), sigma: 1 };
}

/** The observed value of one of the `donors` rows whose prediction is nearest (type 1 matching: van Buuren 2018, section 3.4.2). */
function match(
  target: number,
  predictions: readonly { readonly fitted: number; readonly value: number }[],
  donors: number,
  stream: Random,
): number {
  let high = predictions.findIndex((p) => p.fitted >= target);
  if (high < 0) high = predictions.length;
  let low = high - 1;
  const pool: number[] = [];
  while (pool.length < donors && (low >= 0 || high < predictions.length)) {
    const below = low >= 0 ? target - predictions[low]!.fitted : Number.POSITIVE_INFINITY;
    const above = high < predictions.length ? predictions[high]!.fitted - target : Number.POSITIVE_INFINITY;
    pool.push(below <= above ? predictions[low--]!.value : predictions[high++]!.value);
  }
  return pool[stream.integer(pool.length)]!;
}

function fill(
  method: ImputationColumn["method"],
  columns: Float64Array[],
  at: number,
  gaps: readonly number[],
  observed: readonly number[],
  donors: number,
  stream: Random,
): void {
  const y = columns[at]!;
  const { x, width } = design(columns, at);
  const draw =
    method === "logistic" ? logisticDraw(x, width, y, observed, stream) : linearDraw(x, width, y, observed, stream);
  if (method === "predictive mean matching") {
    const predictions = observed
      .map((i) => ({ fitted: product(x, i, width, draw.mode), value: y[i]! }))
      .sort((a, b) => a.fitted - b.fitted);
    const filled = gaps.map((i) => match(product(x, i, width, draw.drawn), predictions, donors, stream));
    gaps.forEach((i, g) => {
      y[i] = filled[g]!;
    });
    return;
  }
  for (const i of gaps) {
    const linear = product(x, i, width, draw.drawn);
    y[i] =
      method === "normal"
        ? linear + draw.sigma * stream.normal()
        : stream.uniform() < 1 / (1 + Math.exp(-linear))
          ? 1
          : 0;
  }
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
        fill(columns[j]!.method, data, j, gaps, observed, donors, stream);
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
