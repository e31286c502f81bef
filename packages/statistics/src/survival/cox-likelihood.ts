import type { CoxData } from "./cox-data.js";
import { evaluateExact } from "./cox-exact.js";
import { linearPredictors, type TieMethod, walkRiskSets } from "./cox-risk-sets.js";

/** Log partial likelihood with its derivatives in the standardised covariates. */
export interface CoxEvaluation {
  readonly logLikelihood: number;
  readonly score: Float64Array;
  /** Observed information, symmetric, row-major p × p. */
  readonly information: Float64Array;
}

/** Above this linear predictor all are shifted down, so that no exponential overflows. */
const SHIFT_ABOVE = 200;

/** Weight times exp(linear predictor) of each position, and the shift taken off the predictors. */
export function risksOf(data: CoxData, beta: Float64Array): { risk: Float64Array; shift: number; eta: Float64Array } {
  const eta = linearPredictors(data, beta);
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < eta.length; i++) if (eta[i]! > largest) largest = eta[i]!;
  const shift = largest > SHIFT_ABOVE || largest < -SHIFT_ABOVE ? largest : 0;
  const risk = new Float64Array(eta.length);
  const { weights } = data;
  for (let i = 0; i < risk.length; i++) {
    const r = Math.exp(eta[i]! - shift);
    risk[i] = weights === null ? r : weights[i]! * r;
  }
  return { risk, shift, eta };
}

/** Full symmetric matrix of a packed lower triangle. */
export function unpack(packed: Float64Array, p: number): Float64Array {
  const full = new Float64Array(p * p);
  for (let j = 0, q = 0; j < p; j++) {
    for (let k = 0; k <= j; k++, q++) {
      full[j * p + k] = packed[q]!;
      full[k * p + j] = packed[q]!;
    }
  }
  return full;
}

/**
 * Evaluates the partial likelihood at `beta`.
 * With d tied deaths Efron averages d risk sets, from each of which the tied deaths are partly removed: their d terms
 * collapse to five scalar sums, so a tie costs O(d + p²) and not O(d p²).
 * Sources: Cox 1972; Breslow 1974; Efron 1977.
 */
export function evaluateCox(data: CoxData, beta: Float64Array, ties: TieMethod): CoxEvaluation {
  if (ties === "exact") return evaluateExact(data, beta);
  const { p, n, x, event, weights } = data;
  const { risk, shift, eta } = risksOf(data, beta);
  const score = new Float64Array(p);
  const information = new Float64Array((p * (p + 1)) / 2);
  let logLikelihood = 0;
  for (let i = 0; i < n; i++) {
    if (event[i] === 0) continue;
    const w = weights === null ? 1 : weights[i]!;
    logLikelihood += w * (eta[i]! - shift);
    const base = i * p;
    for (let j = 0; j < p; j++) score[j]! += w * x[base + j]!;
  }
  walkRiskSets(data, risk, ties, true, (set) => {
    const { steps, stepWeight, s0, d0, s1, s2, d1, d2 } = set;
    if (steps === 1) {
      logLikelihood -= stepWeight * Math.log(s0);
      const a = stepWeight / s0;
      const b = a / s0;
      for (let j = 0, q = 0; j < p; j++) {
        const first = s1[j]!;
        score[j]! -= a * first;
        const scaled = b * first;
        for (let k = 0; k <= j; k++, q++) information[q]! += a * s2[q]! - scaled * s1[k]!;
      }
      return;
    }
    let a = 0;
    let af = 0;
    let b = 0;
    let bf = 0;
    let bff = 0;
    let logs = 0;
    for (let step = 0; step < steps; step++) {
      const f = step / steps;
      const c = s0 - f * d0;
      const h = 1 / c;
      logs += Math.log(c);
      a += h;
      af += f * h;
      b += h * h;
      bf += f * h * h;
      bff += f * f * h * h;
    }
    logLikelihood -= stepWeight * logs;
    for (let j = 0, q = 0; j < p; j++) {
      const sj = s1[j]!;
      const dj = d1[j]!;
      score[j]! -= stepWeight * (a * sj - af * dj);
      const withS = b * sj - bf * dj;
      const withD = bff * dj - bf * sj;
      for (let k = 0; k <= j; k++, q++) {
        information[q]! += stepWeight * (a * s2[q]! - af * d2[q]! - withS * s1[k]! - withD * d1[k]!);
      }
    }
  });
  return { logLikelihood, score, information: unpack(information, p) };
}
