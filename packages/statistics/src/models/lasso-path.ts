import type { StandardColumns } from "./lasso-columns.js";
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

/** Start of the next penalty: coefficients continued along the path, those that would change sign held at 0. */
function extrapolate(beta: Float64Array, earlier: readonly Float64Array[]): void {
  const last = earlier.length - 1;
  if (last < 1) return;
  const [a, b] = [earlier[last]!, earlier[last - 1]!];
  const c = last < 2 ? null : earlier[last - 2]!;
  for (let j = 0; j < beta.length; j++) {
    const now = a[j]!;
    if (now === 0 || b[j] === 0) continue;
    const next = c === null || c[j] === 0 ? 2 * now - b[j]! : 3 * (now - b[j]!) + c[j]!;
    beta[j] = next * now > 0 ? next : now;
  }
}

/**
 * Coefficients over a falling sequence of penalties by cyclic coordinate descent on successive quadratic
 * approximations, with extrapolated starts, strong-rule screening and active sets. Every solution is checked against the
 * optimality conditions of all covariates.
 * Sources: Friedman, Hastie and Tibshirani 2010; Simon et al. 2011; Tibshirani et al. 2012 (strong rules).
 */
export function lassoPath(data: StandardColumns, loss: LassoLoss, options: PathOptions): StandardPath {
  const { n, p, kernel, bytes, at, beta, eta, residual, curvature, square, set } = data;
  const { alpha, factors } = options;
  let intercept = loss.nullIntercept;
  beta.fill(0);
  eta.fill(intercept);
  const gradient = new Float64Array(p);
  const fresh = new Uint8Array(p);
  const before = new Float64Array(p);
  const limit = (options.threshold * loss.nullDeviance) / n / (loss.quadratic ? 1 : 2);
  let totalCurvature = 0;
  let deviance = 0;
  let passes = 0;
  let converged = true;
  const columnAt = (j: number): number => at.x + j * bytes;

  const refresh = (): void => {
    deviance = loss.refresh(eta, residual, curvature);
    totalCurvature = 0;
    for (let i = 0; i < n; i++) totalCurvature += curvature[i]!;
    fresh.fill(0);
  };
  const needSquares = (count: number): void => {
    for (let k = 0; k < count; k++) {
      const j = set[k]!;
      if (fresh[j] === 1) continue;
      square[j] = kernel.weightedSquare(at.curvature, columnAt(j), bytes);
      fresh[j] = 1;
    }
  };
  const allGradients = (): void => {
    for (let j = 0; j < p; j++) gradient[j] = data.constant[j] === 1 ? 0 : kernel.dot(columnAt(j), at.residual, bytes);
  };
  const moveIntercept = (): number => {
    if (!loss.intercept) return 0;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += residual[i]!;
    const change = sum / totalCurvature;
    intercept += change;
    for (let i = 0; i < n; i++) residual[i]! -= curvature[i]! * change;
    return totalCurvature * change * change;
  };
  /** One pass over the first `count` listed columns and the intercept; the largest weighted squared change. */
  const cycle = (count: number): number => {
    passes++;
    needSquares(count);
    const largest = kernel.cycle(
      at.set,
      count,
      at.x,
      bytes,
      at.residual,
      at.curvature,
      at.beta,
      at.square,
      at.penalty,
      at.ridge,
    );
    return Math.max(largest, moveIntercept());
  };
  /** Lists the columns that `wanted` picks. */
  const list = (wanted: (j: number) => boolean): number => {
    let count = 0;
    for (let j = 0; j < p; j++) if (wanted(j)) set[count++] = j;
    return count;
  };
  /** Brings the predictor from `from` and `interceptFrom` to the present coefficients. */
  const moveEta = (from: Float64Array, interceptFrom: number): void => {
    const shift = intercept - interceptFrom;
    if (shift !== 0) for (let i = 0; i < n; i++) eta[i]! += shift;
    for (let j = 0; j < p; j++) {
      const change = beta[j]! - from[j]!;
      if (change !== 0) kernel.addColumn(at.eta, columnAt(j), change, bytes);
    }
  };

  const solve = (lambda: number, screened: Uint8Array): void => {
    for (let j = 0; j < p; j++) {
      data.penalty[j] = lambda * factors[j]! * alpha;
      data.ridge[j] = lambda * factors[j]! * (1 - alpha);
    }
    for (;;) {
      for (let outer = 0; outer < 1000; outer++) {
        before.set(beta);
        const interceptBefore = intercept;
        for (;;) {
          const all = list((j) => screened[j] === 1);
          if (cycle(all) < limit) break;
          const active = list((j) => beta[j] !== 0);
          while (passes < options.maxPasses && cycle(active) >= limit);
          if (passes >= options.maxPasses) {
            converged = false;
            break;
          }
        }
        moveEta(before, interceptBefore);
        let moved = totalCurvature * (intercept - interceptBefore) ** 2;
        for (let j = 0; j < p; j++)
          if (beta[j] !== before[j]) moved = Math.max(moved, square[j]! * (beta[j]! - before[j]!) ** 2);
        refresh();
        if (loss.quadratic || moved < limit || !converged) break;
      }
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

  const penaltyOf = (lambda: number): number => {
    let sum = 0;
    for (let j = 0; j < p; j++) {
      const b = Math.abs(beta[j]!);
      if (b !== 0) sum += factors[j]! * b * (alpha + ((1 - alpha) * b) / 2);
    }
    return lambda * sum;
  };
  /** Starts from the continued path when that is better than the last solution. */
  const startAhead = (lambda: number): void => {
    const objective = deviance / (2 * n) + penaltyOf(lambda);
    before.set(beta);
    extrapolate(beta, path.coefficients);
    moveEta(before, intercept);
    refresh();
    if (deviance / (2 * n) + penaltyOf(lambda) < objective) return;
    const tried = Float64Array.from(beta);
    beta.set(before);
    moveEta(tried, intercept);
    refresh();
  };

  refresh();
  const path: StandardPath = {
    lambda: [],
    intercepts: [],
    coefficients: [],
    devianceRatio: [],
    passes: 0,
    converged: true,
  };
  const screened = new Uint8Array(p);
  // Unpenalised covariates belong to the model without penalised ones.
  for (let j = 0; j < p; j++) screened[j] = factors[j] === 0 && data.constant[j] === 0 ? 1 : 0;
  if (screened.includes(1)) solve(1e35, screened);
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
      if (options.lambda === null && !loss.quadratic) startAhead(lambda);
      solve(lambda, screened);
    }
    previous = lambda;
    path.lambda.push(lambda);
    path.intercepts.push(intercept);
    path.coefficients.push(Float64Array.from(beta));
    path.devianceRatio.push(loss.nullDeviance > 0 ? 1 - deviance / loss.nullDeviance : 0);
    if (!converged) break;
    if (options.lambda === null && pathEnds(options.stopping, path.devianceRatio)) break;
  }
  return { ...path, passes, converged };
}
