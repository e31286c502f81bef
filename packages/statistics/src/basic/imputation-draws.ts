import type { Random } from "@livermark/core";
import { cholesky, crossProduct, invertCholesky } from "../linear/index.js";
import { chiSquareQuantile } from "./distributions.js";

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

/** How the gaps of a column are filled: predictive mean matching, Bayesian linear regression, or Bayesian logistic regression. */
export type ImputationMethod = "predictive mean matching" | "normal" | "logistic";

/** Draws new values for the gaps of column `at` from a regression on all other columns, in place. */
export function fillGaps(
  method: ImputationMethod,
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
