import { type Cholesky, cholesky, solveCholesky } from "../linear/index.js";
import { gather, snapTimes, sortOrder } from "../survival/order.js";

/** Follow-up sorted once by time; every fit and every bootstrap replicate reuses the order. */
export interface CoxSample {
  readonly n: number;
  /** Row of each sorted position. */
  readonly order: Uint32Array;
  readonly time: Float64Array;
  readonly event: Uint8Array;
  /** First position of each distinct time, and n at the end. */
  readonly starts: Int32Array;
}

/** Sorts follow-up; times that differ by rounding only count as one. */
export function sortFollowUp(time: Float64Array, event: ArrayLike<number>): CoxSample {
  const order = sortOrder(time);
  const sorted = gather(time, order);
  snapTimes(sorted);
  const starts: number[] = [];
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) starts.push(i);
  starts.push(sorted.length);
  return {
    n: sorted.length,
    order,
    time: sorted,
    event: Uint8Array.from(order, (row) => event[row]!),
    starts: Int32Array.from(starts),
  };
}

/** Row-major design (`width` columns) in sorted order. */
export function sortDesign(sample: CoxSample, x: Float64Array, width: number): Float64Array {
  const sorted = new Float64Array(x.length);
  for (let i = 0; i < sample.n; i++) {
    const from = sample.order[i]! * width;
    for (let j = 0; j < width; j++) sorted[i * width + j] = x[from + j]!;
  }
  return sorted;
}

/**
 * A Cox likelihood. `counts` are frequencies: 2 means that the patient stands twice, so two deaths of one patient are
 * tied deaths, exactly as in a resample with repeated rows (Efron's weights of survey type are something else).
 */
export interface CoxProblem {
  readonly sample: CoxSample;
  readonly width: number;
  readonly x: Float64Array;
  readonly counts: Float64Array | null;
  readonly ties: "efron" | "breslow";
  /** `rowSquares` of x, for callers that evaluate the same rows many times. */
  readonly squares?: Float64Array;
}

/** Packed lower triangle of x xᵀ for every row. */
export function rowSquares(x: Float64Array, width: number): Float64Array {
  const packed = (width * (width + 1)) / 2;
  const rows = x.length / width;
  const squares = new Float64Array(rows * packed);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) for (let m = 0; m <= j; m++) squares[at++] = x[i * width + j]! * x[i * width + m]!;
  }
  return squares;
}

export interface CoxPoint {
  readonly loglik: number;
  readonly score: Float64Array;
  readonly information: Float64Array;
}

/** exp(b·x) for every row, shifted by the largest so that nothing overflows. */
function relativeRisks({ sample, width, x, counts }: CoxProblem, beta: Float64Array, eta: Float64Array): number {
  let shift = -Infinity;
  for (let i = 0; i < sample.n; i++) {
    let sum = 0;
    const base = i * width;
    for (let j = 0; j < width; j++) sum += x[base + j]! * beta[j]!;
    eta[i] = sum;
    if (sum > shift && (counts === null || counts[i]! > 0)) shift = sum;
  }
  return shift;
}

/** x xᵀ of one row, times `factor`, added to a packed lower triangle. */
function addSquare(packed: Float64Array, x: Float64Array, base: number, p: number, factor: number): void {
  for (let j = 0, k = 0; j < p; j++) {
    const scaled = factor * x[base + j]!;
    for (let m = 0; m <= j; m++) packed[k++]! += scaled * x[base + m]!;
  }
}

/** factor · one packed row, added to a packed lower triangle. */
function addPacked(packed: Float64Array, squares: Float64Array, base: number, factor: number): void {
  const size = packed.length;
  let k = 0;
  for (; k + 3 < size; k += 4) {
    packed[k]! += factor * squares[base + k]!;
    packed[k + 1]! += factor * squares[base + k + 1]!;
    packed[k + 2]! += factor * squares[base + k + 2]!;
    packed[k + 3]! += factor * squares[base + k + 3]!;
  }
  for (; k < size; k++) packed[k]! += factor * squares[base + k]!;
}

/** One covariate: the same sums without loops over columns. */
function evaluateSingle(problem: CoxProblem, beta: number, withInformation: boolean): CoxPoint {
  const { sample, x, counts } = problem;
  const { event, starts, n } = sample;
  const efron = problem.ties === "efron";
  let shift = -Infinity;
  for (let i = 0; i < n; i++) shift = Math.max(shift, x[i]! * beta);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let loglik = 0;
  let score = 0;
  let information = 0;
  for (let g = starts.length - 2; g >= 0; g--) {
    const end = starts[g + 1]!;
    let deaths = 0;
    let d0 = 0;
    let d1 = 0;
    let d2 = 0;
    for (let i = starts[g]!; i < end; i++) {
      const c = counts === null ? 1 : counts[i]!;
      if (c === 0) continue;
      const value = x[i]!;
      const e = value * beta - shift;
      const r = c * Math.exp(e);
      const rx = r * value;
      s0 += r;
      s1 += rx;
      s2 += rx * value;
      if (event[i] !== 1) continue;
      deaths += c;
      loglik += c * e;
      score += c * value;
      d0 += r;
      d1 += rx;
      d2 += rx * value;
    }
    const steps = efron ? deaths : Math.min(1, deaths);
    const weight = efron ? 1 : deaths;
    for (let l = 0; l < steps; l++) {
      const f = l / deaths;
      const inverse = 1 / (s0 - f * d0);
      const mean = (s1 - f * d1) * inverse;
      loglik += weight * Math.log(inverse);
      score -= weight * mean;
      if (withInformation) information += weight * ((s2 - f * d2) * inverse - mean * mean);
    }
  }
  return { loglik, score: Float64Array.of(score), information: Float64Array.of(information) };
}

/**
 * Partial log likelihood, its gradient and information at `beta`. One pass from the last time to the first sums risks
 * and means; the information is Σ risk · cumulative hazard · x xᵀ − Σ mean meanᵀ, whose first part needs one more pass
 * forward (so no matrix is kept per risk set). Ties as Efron 1977 or Breslow 1974.
 */
export function evaluateCoxCounts(problem: CoxProblem, beta: Float64Array, withInformation = true): CoxPoint {
  const { sample, width: p, x, counts, squares } = problem;
  if (p === 1) return evaluateSingle(problem, beta[0]!, withInformation);
  const { event, starts, n } = sample;
  const groups = starts.length - 1;
  const efron = problem.ties === "efron";
  const eta = new Float64Array(n);
  const shift = relativeRisks(problem, beta, eta);
  const s1 = new Float64Array(p);
  const d1 = new Float64Array(p);
  const score = new Float64Array(p);
  const means = new Float64Array(p);
  const info = new Float64Array((p * (p + 1)) / 2);
  /** Hazard added at each time, and the part that Efron's rule takes off those who die there. */
  const hazard = new Float64Array(groups);
  const relief = new Float64Array(groups);
  let s0 = 0;
  let loglik = 0;
  for (let g = groups - 1; g >= 0; g--) {
    const end = starts[g + 1]!;
    let deaths = 0;
    let d0 = 0;
    for (let i = starts[g]!; i < end; i++) {
      const c = counts === null ? 1 : counts[i]!;
      if (c === 0) continue;
      const base = i * p;
      const e = eta[i]! - shift;
      const r = c * Math.exp(e);
      eta[i] = r;
      s0 += r;
      for (let j = 0; j < p; j++) s1[j]! += r * x[base + j]!;
      if (event[i] !== 1) continue;
      if (deaths === 0) for (let j = 0; j < p; j++) d1[j] = 0;
      deaths += c;
      loglik += c * e;
      d0 += r;
      for (let j = 0; j < p; j++) {
        const value = x[base + j]!;
        score[j]! += c * value;
        d1[j]! += r * value;
      }
    }
    if (deaths === 0) continue;
    const steps = efron ? deaths : 1;
    const weight = efron ? 1 : deaths;
    for (let l = 0; l < steps; l++) {
      const f = l / deaths;
      const a = s0 - f * d0;
      const inverse = 1 / a;
      loglik -= weight * Math.log(a);
      hazard[g]! += weight * inverse;
      relief[g]! += f * inverse;
      for (let j = 0; j < p; j++) {
        const mean = (s1[j]! - f * d1[j]!) * inverse;
        means[j] = mean;
        score[j]! -= weight * mean;
      }
      if (withInformation) addSquare(info, means, 0, p, -weight);
    }
  }
  if (withInformation) {
    let cumulative = 0;
    for (let g = 0; g < groups; g++) {
      cumulative += hazard[g]!;
      for (let i = starts[g]!; i < starts[g + 1]!; i++) {
        if (counts !== null && counts[i] === 0) continue;
        const lived = event[i] === 1 ? cumulative - relief[g]! : cumulative;
        if (lived === 0) continue;
        if (squares === undefined) addSquare(info, x, i * p, p, eta[i]! * lived);
        else addPacked(info, squares, i * info.length, eta[i]! * lived);
      }
    }
  }
  const information = new Float64Array(p * p);
  for (let j = 0, k = 0; j < p; j++) {
    for (let m = 0; m <= j; m++, k++) {
      information[j * p + m] = info[k]!;
      information[m * p + j] = info[k]!;
    }
  }
  return { loglik, score, information };
}

/** Log partial likelihood of the model without covariates: needs neither risks nor columns. */
export function nullCoxLoglik({ sample, counts, ties }: Omit<CoxProblem, "x" | "width">): number {
  const { starts, event } = sample;
  let left = 0;
  let loglik = 0;
  for (let g = starts.length - 2; g >= 0; g--) {
    let deaths = 0;
    for (let i = starts[g]!; i < starts[g + 1]!; i++) {
      const c = counts === null ? 1 : counts[i]!;
      left += c;
      if (event[i] === 1) deaths += c;
    }
    if (ties === "breslow") {
      if (deaths > 0) loglik -= deaths * Math.log(left);
    } else for (let l = 0; l < deaths; l++) loglik -= Math.log(left - l);
  }
  return loglik;
}

export interface CoxCountsFit extends CoxPoint {
  readonly beta: Float64Array;
  readonly nullLoglik: number;
  /** At the start values given (the null model's without any). */
  readonly startLoglik: number;
  readonly decomposition: Cholesky;
  readonly iterations: number;
  readonly converged: boolean;
  readonly lastStep: Float64Array;
}

export interface CoxControl {
  /** Stop when the largest change of a coefficient (scaled columns) is below this; default 1e-9. */
  readonly stepTolerance?: number;
  readonly maxIterations?: number;
  /** Or when the log likelihood changes by less than this share. */
  readonly relativeLoglik?: number;
  /**
   * False ends with a last step whose gain is taken as half of step · score and whose information is not computed, for
   * callers that need no covariance. Default true.
   */
  readonly informationAtEnd?: boolean;
  /** Where it is known already. */
  readonly nullLoglik?: number;
}

/** Maximises the partial likelihood by Newton's method with step halving (Cox 1972; ties Efron 1977, Breslow 1974). */
export function maximiseCoxCounts(problem: CoxProblem, start?: Float64Array, control: CoxControl = {}): CoxCountsFit {
  const { stepTolerance = 1e-9, maxIterations = 40, relativeLoglik = 0, informationAtEnd = true } = control;
  const { width } = problem;
  let beta: Float64Array = new Float64Array(width);
  const nullLoglik = control.nullLoglik ?? nullCoxLoglik(problem);
  let startLoglik = nullLoglik;
  const given = start === undefined ? null : evaluateCoxCounts(problem, start);
  if (given !== null) startLoglik = given.loglik;
  const useGiven = given !== null && given.loglik > nullLoglik;
  if (useGiven && start !== undefined) beta = Float64Array.from(start);
  let at: CoxPoint = useGiven ? given : evaluateCoxCounts(problem, beta);
  let decomposition = cholesky(at.information, width);
  const { rank } = decomposition;
  let lastStep: Float64Array = new Float64Array(width);
  let iterations = 0;
  let converged = width === 0;
  while (!converged && iterations < maxIterations) {
    iterations++;
    const move = solveCholesky(decomposition, at.score);
    let largest = 0;
    for (const m of move) largest = Math.max(largest, Math.abs(m));
    if (largest < stepTolerance && !informationAtEnd) {
      let gain = 0;
      for (let j = 0; j < width; j++) gain += (move[j]! * at.score[j]!) / 2;
      beta = beta.map((b, j) => b + move[j]!);
      at = { ...at, loglik: at.loglik + gain };
      lastStep = move;
      converged = true;
      break;
    }
    let fraction = 1;
    let next = at;
    let trial = beta;
    for (let halving = 0; halving < 30; halving++) {
      trial = beta.map((b, j) => b + fraction * move[j]!);
      next = evaluateCoxCounts(problem, trial);
      if (next.loglik >= at.loglik - 1e-10 * (1 + Math.abs(at.loglik))) break;
      fraction /= 2;
    }
    lastStep = move.map((m) => m * fraction);
    converged = largest * fraction < stepTolerance || Math.abs(1 - at.loglik / next.loglik) < relativeLoglik;
    at = next;
    beta = trial;
    decomposition = cholesky(at.information, width);
    // Information that vanishes on the way is the mark of a coefficient that runs away.
    if (decomposition.rank < rank) {
      converged = false;
      break;
    }
  }
  return { ...at, beta, nullLoglik, startLoglik, decomposition, iterations, converged, lastStep };
}
