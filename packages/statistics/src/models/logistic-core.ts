import { type Cholesky, cholesky, crossProduct, solveCholesky } from "../linear/index.js";

/** A logistic likelihood over a row-major design. Weights are frequencies: 2 means that the row stands twice. */
export interface LogisticProblem {
  readonly n: number;
  readonly width: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly weights: Float64Array | null;
  readonly offset?: Float64Array;
  /** Index of a coefficient that is held at its start value. */
  readonly held?: number;
  /** Adds Jeffreys' penalty ½ log|information| (Firth 1993). */
  readonly firth?: boolean;
}

export interface NewtonControl {
  readonly maxIterations?: number;
  /** Stop when the largest change of a coefficient is below this. */
  readonly stepTolerance?: number;
  /** Or when −2 log likelihood changes by less than this. */
  readonly devianceTolerance?: number;
  /** Or when it changes by less than this share of (deviance + 0.1). */
  readonly relativeDeviance?: number;
  /** Steps taken after that; other programs report the estimate of a step later than the one that met their rule. */
  readonly stepsAfter?: number;
}

export interface LogisticState {
  readonly beta: Float64Array;
  readonly loglik: number;
  readonly score: Float64Array;
  readonly information: Float64Array;
  readonly decomposition: Cholesky;
  /** The information of the last weighted least-squares step, that is at the coefficients before it. */
  readonly workingDecomposition: Cholesky;
  readonly iterations: number;
  readonly converged: boolean;
  readonly lastStep: Float64Array;
  readonly eta: Float64Array;
}

/** log(1 + exp(x)) without overflow. */
export const softplus = (x: number): number => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));

export interface Evaluation {
  readonly loglik: number;
  readonly score: Float64Array;
  readonly information: Float64Array;
  readonly decomposition: Cholesky;
}

function linearPredictor(problem: LogisticProblem, beta: Float64Array, eta: Float64Array): void {
  const { n, width, x, offset } = problem;
  for (let i = 0; i < n; i++) {
    let sum = offset === undefined ? 0 : offset[i]!;
    const base = i * width;
    for (let j = 0; j < width; j++) sum += x[base + j]! * beta[j]!;
    eta[i] = sum;
  }
}

function evaluate(problem: LogisticProblem, eta: Float64Array): Evaluation {
  const { n, width, x, y, weights } = problem;
  const score = new Float64Array(width);
  const information = new Float64Array(width * width);
  let loglik = 0;
  for (let i = 0; i < n; i++) {
    const w = weights === null ? 1 : weights[i]!;
    if (w === 0) continue;
    const e = eta[i]!;
    const small = Math.exp(-Math.abs(e));
    const p = e >= 0 ? 1 / (1 + small) : small / (1 + small);
    const variance = (w * small) / ((1 + small) * (1 + small));
    loglik += w * (y[i]! * e - (Math.max(e, 0) + Math.log1p(small)));
    const residual = w * (y[i]! - p);
    const base = i * width;
    for (let j = 0; j < width; j++) {
      const xj = x[base + j]!;
      score[j]! += residual * xj;
      const scaled = variance * xj;
      const row = j * width;
      for (let k = 0; k <= j; k++) information[row + k]! += scaled * x[base + k]!;
    }
  }
  const decomposition = cholesky(information, width);
  if (problem.firth === true) {
    loglik += addJeffreys(problem, eta, decomposition, score);
  }
  return { loglik, score, information, decomposition };
}

/** Adds Firth's correction Σ h(½ − p)x to the score; returns ½ log|information|. */
function addJeffreys(
  problem: LogisticProblem,
  eta: Float64Array,
  decomposition: Cholesky,
  score: Float64Array,
): number {
  const { n, width, x, weights } = problem;
  const { factor } = decomposition;
  const u = new Float64Array(width);
  for (let i = 0; i < n; i++) {
    const w = weights === null ? 1 : weights[i]!;
    const small = Math.exp(-Math.abs(eta[i]!));
    const p = eta[i]! >= 0 ? 1 / (1 + small) : small / (1 + small);
    const base = i * width;
    let leverage = 0;
    for (let j = 0; j < width; j++) {
      const pivot = factor[j * width + j]!;
      let sum = x[base + j]!;
      for (let k = 0; k < j; k++) sum -= factor[j * width + k]! * u[k]!;
      u[j] = sum;
      if (pivot !== 0) leverage += (sum * sum) / pivot;
    }
    leverage *= small / ((1 + small) * (1 + small));
    for (let j = 0; j < width; j++) score[j]! += w * leverage * (0.5 - p) * x[base + j]!;
  }
  let half = 0;
  for (let j = 0; j < width; j++) {
    const pivot = factor[j * width + j]!;
    if (pivot > 0) half += Math.log(pivot) / 2;
  }
  return half;
}

/** The Newton step; with a held coefficient, in the space of the others. */
function newtonStep(problem: LogisticProblem, at: Evaluation): Float64Array {
  const { width, held } = problem;
  if (held === undefined) return solveCholesky(at.decomposition, at.score);
  const reduced = Float64Array.from(at.information);
  for (let k = 0; k < width; k++) {
    reduced[held * width + k] = 0;
    reduced[k * width + held] = 0;
  }
  const score = Float64Array.from(at.score);
  score[held] = 0;
  return solveCholesky(cholesky(reduced, width), score);
}

/** First step of iteratively reweighted least squares from fitted values ¼ and ¾ (McCullagh and Nelder 1989, 4.4.3). */
export function leastSquaresStart({ n, width, x, y, weights }: LogisticProblem): Float64Array {
  const response = Math.log(3) + 4 / 3;
  const right = new Float64Array(width);
  for (let i = 0; i < n; i++) {
    const z = (weights === null ? 1 : weights[i]!) * (2 * y[i]! - 1) * response;
    for (let j = 0; j < width; j++) right[j]! += z * x[i * width + j]!;
  }
  return solveCholesky(cholesky(crossProduct(x, n, width, weights ?? undefined), width), right);
}

/** Log likelihood, score and information at given coefficients. */
export function evaluateLogistic(problem: LogisticProblem, beta: Float64Array): Evaluation {
  const eta = new Float64Array(problem.n);
  linearPredictor(problem, beta, eta);
  return evaluate(problem, eta);
}

/**
 * Maximises a (penalised) logistic likelihood by Newton's method with step halving, which for this likelihood equals
 * iteratively reweighted least squares (McCullagh and Nelder 1989, section 4.4).
 */
export function maximiseLogistic(
  problem: LogisticProblem,
  start: Float64Array,
  control: NewtonControl = {},
): LogisticState {
  const {
    maxIterations = 60,
    stepTolerance = 1e-10,
    devianceTolerance = 0,
    relativeDeviance = 0,
    stepsAfter = 0,
  } = control;
  const beta = Float64Array.from(start);
  const trial = new Float64Array(beta.length);
  const eta = new Float64Array(problem.n);
  linearPredictor(problem, beta, eta);
  let at = evaluate(problem, eta);
  let working = at.decomposition;
  const { rank } = at.decomposition;
  let lastStep: Float64Array = new Float64Array(beta.length);
  let iterations = 0;
  let converged = false;
  let more = stepsAfter;
  while (iterations < maxIterations && !(converged && more-- <= 0)) {
    iterations++;
    const stepVector = newtonStep(problem, at);
    let largest = 0;
    for (const s of stepVector) largest = Math.max(largest, Math.abs(s));
    let fraction = problem.firth === true && largest > 5 ? 5 / largest : 1;
    let next = at;
    for (let halving = 0; halving < 40; halving++) {
      for (let j = 0; j < beta.length; j++) trial[j] = beta[j]! + fraction * stepVector[j]!;
      linearPredictor(problem, trial, eta);
      next = evaluate(problem, eta);
      if (next.loglik >= at.loglik - 1e-9 * (Math.abs(at.loglik) + 1)) break;
      fraction /= 2;
    }
    const gain = 2 * (next.loglik - at.loglik);
    beta.set(trial);
    lastStep = stepVector.map((s) => s * fraction);
    working = at.decomposition;
    at = next;
    const relative = Math.abs(gain) / (2 * Math.abs(at.loglik) + 0.1);
    // A deviance that has settled proves nothing while coefficients still run (separation).
    const settled = Math.abs(gain) < devianceTolerance || (relative < relativeDeviance && largest * fraction < 1e-3);
    // Information that vanishes on the way is the mark of coefficients that run away.
    if (at.decomposition.rank < rank) break;
    converged = largest * fraction < stepTolerance || settled;
  }
  return {
    beta,
    loglik: at.loglik,
    score: at.score,
    information: at.information,
    decomposition: at.decomposition,
    workingDecomposition: working,
    iterations,
    converged,
    lastStep,
    eta,
  };
}
