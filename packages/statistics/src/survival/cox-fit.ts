import { type Cholesky, cholesky, dot, invertCholesky, solveCholesky } from "../linear/index.js";
import type { CoxEvaluation } from "./cox-evaluation.js";
import { coxScratch, evaluateCox } from "./cox-likelihood.js";
import { type CoxRows, linearPredictors, type TieMethod } from "./cox-risk-sets.js";

/** How the search for the maximum ended. */
export interface Convergence {
  readonly converged: boolean;
  /** Newton steps and halvings until the log likelihood settled. */
  readonly iterations: number;
  readonly halvings: number;
  /** Relative change of the log likelihood in the last counted step. */
  readonly relativeChange: number;
  /** Score' information⁻¹ score at the end: twice the distance to the maximum, on the scale of the log likelihood. */
  readonly decrement: number;
}

/** A maximum (or its limit) in standardised covariates. */
export interface CoxMaximum {
  readonly beta: Float64Array;
  readonly null: CoxEvaluation;
  readonly at: CoxEvaluation;
  /** Inverse information; zero rows for dropped columns. */
  readonly variance: Float64Array;
  readonly dropped: readonly number[];
  /** Score statistic at 0. */
  readonly scoreStatistic: number;
  readonly rank: number;
  /** Columns whose coefficient grows without bound, with the sign of its way. */
  readonly diverging: readonly { readonly column: number; readonly sign: 1 | -1 }[];
  readonly convergence: Convergence;
}

export interface CoxFitOptions {
  readonly ties: TieMethod;
  readonly maxIterations: number;
  /** Relative change of the log likelihood that counts as settled. */
  readonly tolerance: number;
  /** False stops where the likelihood has settled, as other programs do; true unless given. */
  readonly polish?: boolean;
}

/** A Newton step that still moves some linear predictor this far while the likelihood has settled goes to infinity. */
const DIVERGING_MOVE = 0.2;
/** Score' information⁻¹ score below which further steps change nothing that a double can show. */
const SETTLED_DECREMENT = 1e-17;

/** Largest change of any linear predictor by `step`, and the part of each column in it. */
function moveOf(data: CoxRows, step: Float64Array): { largest: number; byColumn: Float64Array } {
  const { n, p, x } = data;
  const low = new Float64Array(p).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(p).fill(Number.NEGATIVE_INFINITY);
  let largest = 0;
  for (let i = 0, base = 0; i < n; i++, base += p) {
    let sum = 0;
    for (let j = 0; j < p; j++) {
      const v = x[base + j]!;
      sum += step[j]! * v;
      if (v < low[j]!) low[j] = v;
      if (v > high[j]!) high[j] = v;
    }
    if (Math.abs(sum) > largest) largest = Math.abs(sum);
  }
  return { largest, byColumn: Float64Array.from(step, (s, j) => Math.abs(s) * (high[j]! - low[j]!)) };
}

const spreadOf = (values: Float64Array): number => {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low;
};

/**
 * Maximises the partial likelihood by Newton's method with step halving, starting at 0.
 * Columns that earlier ones determine are dropped at the start by the rank of the information matrix.
 * After the likelihood has settled further steps are taken until they no longer matter, so that the estimate does not
 * depend on the tolerance; if such steps keep moving a linear predictor, the maximum lies at infinity.
 */
export function maximiseCox(data: CoxRows, options: CoxFitOptions): CoxMaximum {
  const { p } = data;
  const { ties, maxIterations, tolerance, polish = true } = options;
  let beta = new Float64Array(p);
  const scratch = coxScratch(data.n);
  const start = evaluateCox(data, beta, ties, true, scratch);
  let at = start;
  let factor: Cholesky = cholesky(at.information, p);
  const { dropped, rank } = factor;
  const scoreStatistic = dot(at.score, solveCholesky(factor, at.score));
  let iterations = 0;
  let halvings = 0;
  let relativeChange = rank === 0 ? 0 : Number.POSITIVE_INFINITY;
  let settled = rank === 0;
  let extra = 0;
  let diverging: CoxMaximum["diverging"] = [];
  let decrement = scoreStatistic;
  while (rank > 0 && iterations < maxIterations && extra < 12) {
    const step = solveCholesky(factor, at.score);
    decrement = dot(step, at.score);
    if (settled) {
      if (!polish) break;
      if (!(decrement > SETTLED_DECREMENT)) break;
      const move = moveOf(data, step);
      if (move.largest > DIVERGING_MOVE && spreadOf(linearPredictors(data, beta)) > 8) {
        diverging = divergingColumns(beta, step, move.byColumn);
        break;
      }
    }
    let next = beta.map((b, j) => b + step[j]!);
    let candidate = evaluateCox(data, next, ties, true, scratch);
    let scale = 1;
    const floor = at.logLikelihood - 1e-9 * Math.abs(at.logLikelihood);
    while (!(candidate.logLikelihood >= floor) && scale > 1e-6) {
      scale /= 2;
      halvings++;
      if (!settled) iterations++;
      next = beta.map((b, j) => b + scale * step[j]!);
      candidate = evaluateCox(data, next, ties, true, scratch);
    }
    if (!(candidate.logLikelihood >= floor)) break;
    const change =
      at.logLikelihood === candidate.logLikelihood ? 0 : Math.abs(1 - at.logLikelihood / candidate.logLikelihood);
    const worse = candidate.logLikelihood < at.logLikelihood;
    if (!settled) {
      iterations++;
      relativeChange = change;
      settled = scale === 1 && (change <= tolerance || (at.logLikelihood === 0 && candidate.logLikelihood === 0));
    } else extra++;
    beta = next;
    at = candidate;
    factor = cholesky(at.information, p);
    if (factor.rank < rank) {
      // The likelihood has become flat along a column that had information at the start.
      diverging = factor.dropped
        .filter((column) => !dropped.includes(column))
        .map((column) => ({ column, sign: beta[column]! < 0 ? -1 : 1 }));
      break;
    }
    if (worse && settled && extra > 2) break;
  }
  return {
    beta,
    null: start,
    at,
    variance: invertCholesky(factor),
    dropped,
    scoreStatistic,
    rank,
    diverging,
    convergence: {
      converged: settled && diverging.length === 0,
      iterations,
      halvings,
      relativeChange,
      decrement,
    },
  };
}

/** The columns that carry the movement: at least a twentieth of the largest share. */
function divergingColumns(beta: Float64Array, step: Float64Array, byColumn: Float64Array): CoxMaximum["diverging"] {
  const largest = Math.max(...byColumn);
  const columns: { column: number; sign: 1 | -1 }[] = [];
  byColumn.forEach((share, column) => {
    if (share < largest / 20) return;
    const sign = step[column]! > 0 ? 1 : -1;
    if (beta[column]! * sign > 0) columns.push({ column, sign });
  });
  return columns;
}
