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

/** Partial log likelihood, its gradient and information at `beta`: one pass from the last time to the first. */
export function evaluateCoxCounts(problem: CoxProblem, beta: Float64Array, withInformation = true): CoxPoint {
  const { sample, width: p, x, counts } = problem;
  const { event, starts } = sample;
  const efron = problem.ties === "efron";
  const eta = new Float64Array(sample.n);
  const shift = relativeRisks(problem, beta, eta);
  const packed = (p * (p + 1)) / 2;
  const s1 = new Float64Array(p);
  const s2 = new Float64Array(packed);
  const d1 = new Float64Array(p);
  const d2 = new Float64Array(packed);
  const score = new Float64Array(p);
  const info = new Float64Array(packed);
  let s0 = 0;
  let loglik = 0;
  for (let g = starts.length - 2; g >= 0; g--) {
    const end = starts[g + 1]!;
    let deaths = 0;
    let d0 = 0;
    for (let i = starts[g]!; i < end; i++) {
      const c = counts === null ? 1 : counts[i]!;
      if (c === 0) continue;
      const base = i * p;
      const r = c * Math.exp(eta[i]! - shift);
      s0 += r;
      const dies = event[i] === 1;
      for (let j = 0, k = 0; j < p; j++) {
        const rx = r * x[base + j]!;
        s1[j]! += rx;
        if (withInformation) for (let m = 0; m <= j; m++, k++) s2[k]! += rx * x[base + m]!;
      }
      if (!dies) continue;
      if (deaths === 0 && efron) {
        d0 = 0;
        d1.fill(0);
        d2.fill(0);
      }
      deaths += c;
      loglik += c * (eta[i]! - shift);
      for (let j = 0; j < p; j++) score[j]! += c * x[base + j]!;
      if (!efron) continue;
      d0 += r;
      for (let j = 0, k = 0; j < p; j++) {
        const rx = r * x[base + j]!;
        d1[j]! += rx;
        if (withInformation) for (let m = 0; m <= j; m++, k++) d2[k]! += rx * x[base + m]!;
      }
    }
    if (deaths === 0) continue;
    const steps = efron ? deaths : 1;
    const weight = efron ? 1 : deaths;
    for (let l = 0; l < steps; l++) {
      const f = l / deaths;
      const a = s0 - f * d0;
      loglik -= weight * Math.log(a);
      for (let j = 0, k = 0; j < p; j++) {
        const mean = (s1[j]! - f * d1[j]!) / a;
        score[j]! -= weight * mean;
        if (withInformation) {
          for (let m = 0; m <= j; m++, k++) {
            info[k]! += weight * ((s2[k]! - f * d2[k]!) / a - (mean * (s1[m]! - f * d1[m]!)) / a);
          }
        }
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

export interface CoxCountsFit extends CoxPoint {
  readonly beta: Float64Array;
  readonly nullLoglik: number;
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
}

/** Maximises the partial likelihood by Newton's method with step halving (Cox 1972; ties Efron 1977, Breslow 1974). */
export function maximiseCoxCounts(problem: CoxProblem, start?: Float64Array, control: CoxControl = {}): CoxCountsFit {
  const { stepTolerance = 1e-9, maxIterations = 40, relativeLoglik = 0 } = control;
  const { width } = problem;
  let beta: Float64Array = new Float64Array(width);
  let at = evaluateCoxCounts(problem, beta);
  const nullLoglik = at.loglik;
  if (start !== undefined) {
    const from = evaluateCoxCounts(problem, start);
    if (from.loglik > at.loglik) {
      beta = Float64Array.from(start);
      at = from;
    }
  }
  let decomposition = cholesky(at.information, width);
  let lastStep: Float64Array = new Float64Array(width);
  let iterations = 0;
  let converged = width === 0;
  while (!converged && iterations < maxIterations) {
    iterations++;
    const move = solveCholesky(decomposition, at.score);
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
    converged =
      Math.max(...lastStep.map(Math.abs)) < stepTolerance || Math.abs(1 - at.loglik / next.loglik) < relativeLoglik;
    beta = trial;
    at = next;
    decomposition = cholesky(at.information, width);
  }
  return { ...at, beta, nullLoglik, decomposition, iterations, converged, lastStep };
}
