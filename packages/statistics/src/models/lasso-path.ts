import type { StandardColumns } from "./lasso-columns.js";
import { addScaled, dotColumns } from "./lasso-kernels.js";
import type { LassoLoss } from "./lasso-loss.js";

export interface PathOptions {
  /** 1 = LASSO, 0 < alpha < 1 = elastic net. */
  readonly alpha: number;
  /** Penalties to use, falling; null for the default path. */
  readonly lambda: readonly number[] | null;
  readonly count: number;
  /** Smallest penalty of the default path as a share of the largest. */
  readonly ratio: number;
  /** Relative weights of the covariates' penalties (1 = as is, 0 = unpenalised). */
  readonly factors: Float64Array;
  /** Convergence: the largest weighted squared change of a coefficient, as a share of the mean null deviance. */
  readonly threshold: number;
  /** When the default path ends before its last penalty. */
  readonly stopping: "gaussian" | "binomial" | "cox";
  readonly maxPasses: number;
}

/** A path on the standardised scale; `coefficients[k]` has p entries. */
export interface StandardPath {
  readonly lambda: number[];
  readonly intercepts: number[];
  readonly coefficients: Float64Array[];
  readonly devianceRatio: number[];
  readonly passes: number;
  readonly converged: boolean;
}

const soft = (value: number, threshold: number): number =>
  value > threshold ? value - threshold : value < -threshold ? value + threshold : 0;

/** Largest penalty at which some penalised coefficient is not 0. */
function largestPenalty(gradient: Float64Array, factors: Float64Array, alpha: number): number {
  let largest = 0;
  for (let j = 0; j < gradient.length; j++) {
    if (factors[j]! > 0) largest = Math.max(largest, Math.abs(gradient[j]!) / factors[j]!);
  }
  return largest / Math.max(alpha, 1e-3);
}

/** The rules by which a default path ends early (Friedman et al. 2010, 2.5; limits as in glmnet). */
function pathEnds(rule: PathOptions["stopping"], ratios: readonly number[]): boolean {
  const last = ratios.length - 1;
  if (last < 4) return false;
  const now = ratios[last]!;
  if (now > 0.999) return true;
  if (rule === "gaussian") return now - ratios[last - 1]! < 1e-5 * now;
  if (rule === "binomial") return now - ratios[last - 1]! < 1e-5;
  return (now - ratios[last - 4]!) / now < 1e-3;
}

/**
 * Coefficients over a falling sequence of penalties by cyclic coordinate descent on successive quadratic
 * approximations, with warm starts, strong-rule screening and active sets. Every solution is checked against the
 * optimality conditions of all covariates.
 * Sources: Friedman, Hastie and Tibshirani 2010; Simon et al. 2011; Tibshirani et al. 2012 (strong rules).
 */
export function lassoPath(data: StandardColumns, loss: LassoLoss, options: PathOptions): StandardPath {
  const { n, p, columns } = data;
  const { alpha, factors } = options;
  const beta = new Float64Array(p);
  let intercept = loss.nullIntercept;
  const eta = new Float64Array(n).fill(intercept);
  const residual = new Float64Array(n);
  const curvature = new Float64Array(n);
  const gradient = new Float64Array(p);
  const squares = new Float64Array(p);
  const fresh = new Uint8Array(p);
  const limit = (options.threshold * loss.nullDeviance) / n / (loss.quadratic ? 1 : 2);
  let totalCurvature = 0;
  let deviance = 0;
  let passes = 0;
  let converged = true;

  const refresh = (): void => {
    deviance = loss.refresh(eta, residual, curvature);
    totalCurvature = 0;
    for (let i = 0; i < n; i++) totalCurvature += curvature[i]!;
    fresh.fill(0);
  };
  const squareOf = (j: number): number => {
    if (fresh[j] === 0) {
      const column = columns[j]!;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += curvature[i]! * column[i]! * column[i]!;
      squares[j] = sum;
      fresh[j] = 1;
    }
    return squares[j]!;
  };
  const allGradients = (): void => {
    for (let j = 0; j < p; j++) gradient[j] = data.constant[j] === 1 ? 0 : dotColumns(columns[j]!, residual);
  };

  // Unpenalised covariates belong to the model without penalised ones.
  refresh();
  const free = Array.from(factors.keys()).filter((j) => factors[j] === 0 && data.constant[j] === 0);

  /** One pass of coordinate descent over `set`; returns the largest weighted squared change. */
  const cycle = (set: Int32Array | readonly number[], lambda: number): number => {
    passes++;
    let largest = 0;
    for (let k = 0; k < set.length; k++) {
      const j = set[k]!;
      const column = columns[j]!;
      const square = squareOf(j);
      const old = beta[j]!;
      const pull = dotColumns(column, residual) + square * old;
      const penalty = lambda * factors[j]!;
      const next = soft(pull, penalty * alpha) / (square + penalty * (1 - alpha));
      const change = next - old;
      if (change === 0) continue;
      beta[j] = next;
      // residual −= curvature · change · x, kept as one product per row.
      addScaled(residual, curvature, column, -change);
      addScaled(eta, null, column, change);
      largest = Math.max(largest, square * change * change);
    }
    if (loss.intercept) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += residual[i]!;
      const change = sum / totalCurvature;
      if (change !== 0) {
        intercept += change;
        for (let i = 0; i < n; i++) {
          residual[i]! -= curvature[i]! * change;
          eta[i]! += change;
        }
        largest = Math.max(largest, totalCurvature * change * change);
      }
    }
    return largest;
  };

  const solve = (lambda: number, screened: Uint8Array): void => {
    const before = new Float64Array(p);
    for (;;) {
      for (let outer = 0; outer < 200; outer++) {
        before.set(beta);
        const interceptBefore = intercept;
        const set: number[] = [];
        for (let j = 0; j < p; j++) if (screened[j] === 1) set.push(j);
        for (;;) {
          const change = cycle(set, lambda);
          if (change < limit) break;
          const active = set.filter((j) => beta[j] !== 0);
          while (passes < options.maxPasses && cycle(active, lambda) >= limit);
          if (passes >= options.maxPasses) {
            converged = false;
            break;
          }
        }
        if (loss.quadratic) break;
        let moved = totalCurvature * (intercept - interceptBefore) ** 2;
        for (const j of set) moved = Math.max(moved, squareOf(j) * (beta[j]! - before[j]!) ** 2);
        refresh();
        if (moved < limit || !converged) break;
      }
      if (loss.quadratic) refresh();
      allGradients();
      let violations = 0;
      for (let j = 0; j < p; j++) {
        if (screened[j] === 0 && data.constant[j] === 0 && Math.abs(gradient[j]!) > lambda * alpha * factors[j]!) {
          screened[j] = 1;
          violations++;
        }
      }
      if (violations === 0 || !converged) return;
    }
  };

  const path: StandardPath = {
    lambda: [],
    intercepts: [],
    coefficients: [],
    devianceRatio: [],
    passes: 0,
    converged: true,
  };
  const screened = new Uint8Array(p);
  for (const j of free) screened[j] = 1;
  if (free.length > 0) solve(1e35, screened);
  else allGradients();
  const largest = largestPenalty(gradient, factors, alpha);
  const lambdas =
    options.lambda ??
    Array.from({ length: options.count }, (_, k) => largest * options.ratio ** (k / Math.max(1, options.count - 1)));
  let previous = Math.max(largest, lambdas[0] ?? largest);
  for (const [k, lambda] of lambdas.entries()) {
    if (k > 0 || options.lambda !== null) {
      for (let j = 0; j < p; j++) {
        if (data.constant[j] === 0 && Math.abs(gradient[j]!) >= alpha * factors[j]! * (2 * lambda - previous))
          screened[j] = 1;
      }
      solve(lambda, screened);
    }
    previous = lambda;
    path.lambda.push(lambda);
    path.intercepts.push(intercept);
    path.coefficients.push(Float64Array.from(beta));
    path.devianceRatio.push(1 - deviance / loss.nullDeviance);
    if (!converged) break;
    if (options.lambda === null && pathEnds(options.stopping, path.devianceRatio)) break;
  }
  return { ...path, passes, converged };
}
