import type { CoxEvaluation } from "./cox-evaluation.js";
import { evaluateExact } from "./cox-exact.js";
import { type CoxRows, linearPredictors, type TieMethod, walkRiskSets } from "./cox-risk-sets.js";

/** Above this linear predictor all are shifted down, so that no exponential overflows. */
const SHIFT_ABOVE = 200;

function shiftOf(eta: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < eta.length; i++) if (eta[i]! > largest) largest = eta[i]!;
  return largest > SHIFT_ABOVE || largest < -SHIFT_ABOVE ? largest : 0;
}

/** Turns linear predictors, in place, into frequency and weight times exp(linear predictor − shift). */
function toRisks({ weights, counts }: CoxRows, eta: Float64Array, shift: number): Float64Array {
  for (let i = 0; i < eta.length; i++) {
    const times = counts === null ? 1 : counts[i]!;
    const r = times === 0 ? 0 : times * Math.exp(eta[i]! - shift);
    eta[i] = weights === null ? r : weights[i]! * r;
  }
  return eta;
}

/** Frequency and weight times exp(linear predictor) of each position, and the shift taken off the predictors. */
export function risksOf(data: CoxRows, beta: Float64Array): { risk: Float64Array; shift: number } {
  const eta = linearPredictors(data, beta);
  const shift = shiftOf(eta);
  return { risk: toRisks(data, eta, shift), shift };
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

/** Rows whose products are summed in registers before they are added to the total. */
const BLOCK = 256;

/**
 * Σ c x xᵀ over rows, packed lower triangle. Columns are taken two by two, so that four running sums stay in registers
 * while a block of rows is in the cache.
 */
function weightedProducts(x: Float64Array, n: number, p: number, c: Float64Array): Float64Array {
  const packed = new Float64Array((p * (p + 1)) / 2);
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(n, from + BLOCK);
    for (let j = 0; j < p; j += 2) {
      const wide = j + 1 < p;
      const row0 = (j * (j + 1)) / 2;
      const row1 = row0 + j + 1;
      for (let k = 0; k <= j; k += 2) {
        const pair = k + 1 < p;
        let a = 0;
        let b = 0;
        let d = 0;
        let e = 0;
        if (wide && pair) {
          for (let i = from, base = from * p; i < to; i++, base += p) {
            const w = c[i]!;
            const u0 = w * x[base + j]!;
            const u1 = w * x[base + j + 1]!;
            const v0 = x[base + k]!;
            const v1 = x[base + k + 1]!;
            a += u0 * v0;
            b += u0 * v1;
            d += u1 * v0;
            e += u1 * v1;
          }
        } else {
          for (let i = from, base = from * p; i < to; i++, base += p) {
            const u0 = c[i]! * x[base + j]!;
            a += u0 * x[base + k]!;
            if (pair) b += u0 * x[base + k + 1]!;
          }
        }
        packed[row0 + k]! += a;
        if (pair && k + 1 <= j) packed[row0 + k + 1]! += b;
        if (wide) {
          packed[row1 + k]! += d;
          if (pair) packed[row1 + k + 1]! += e;
        }
      }
    }
  }
  return packed;
}

/**
 * Turns hazard increments, kept at the first position of each event time, into the hazard each row is exposed to times its
 * risk. `spared` is the part of the increment from which Efron's correction spares the failing rows.
 */
function exposures(data: CoxRows, risk: Float64Array, increment: Float64Array, spared: Float64Array): Float64Array {
  const { n, time, event, entry, byEntry, strataStarts } = data;
  const exposure = new Float64Array(n);
  for (let s = 0; s + 1 < strataStarts.length; s++) {
    const start = strataStarts[s]!;
    const end = strataStarts[s + 1]!;
    let hazard = 0;
    let entered = end - 1;
    for (let i = start; i < end; ) {
      const first = i;
      const t = time[i]!;
      while (entry !== null && byEntry !== null && entered >= start && entry[byEntry[entered]!]! < t) {
        exposure[byEntry[entered]!]! -= hazard;
        entered--;
      }
      hazard += increment[first]!;
      const failing = hazard - spared[first]!;
      for (; i < end && time[i] === t; i++) {
        exposure[i] = risk[i]! * (exposure[i]! + (event[i] === 1 ? failing : hazard));
      }
    }
  }
  return exposure;
}

/**
 * Evaluates the partial likelihood at `beta`; without the information it costs O(n p) and leaves that matrix empty.
 * The information is Σ over event times of (S₂/S₀ − x̄ x̄ᵀ). Exchanging sums, its first part is Σ over rows of
 * risk × hazard exposed to × x xᵀ, one weighted product of the whole matrix, and only x̄ is needed at each time.
 * With d tied deaths Efron averages d risk sets, from each of which the tied deaths are partly removed: their d terms
 * collapse to five scalar sums, so a tie costs O(d + p²) and not O(d p²).
 * Sources: Cox 1972; Breslow 1974; Efron 1977.
 */
export function evaluateCox(data: CoxRows, beta: Float64Array, ties: TieMethod, withInformation = true): CoxEvaluation {
  if (ties === "exact") return evaluateExact(data, beta);
  const { p, n, x, event, weights, counts } = data;
  const eta = linearPredictors(data, beta);
  const shift = shiftOf(eta);
  const score = new Float64Array(p);
  const kept = withInformation ? n : 0;
  const means = new Float64Array(withInformation ? (p * (p + 1)) / 2 : 0);
  const increment = new Float64Array(kept);
  const spared = new Float64Array(kept);
  let logLikelihood = 0;
  for (let i = 0; i < n; i++) {
    if (event[i] === 0) continue;
    const w = (weights === null ? 1 : weights[i]!) * (counts === null ? 1 : counts[i]!);
    if (w === 0) continue;
    logLikelihood += w * (eta[i]! - shift);
    const base = i * p;
    for (let j = 0; j < p; j++) score[j]! += w * x[base + j]!;
  }
  const risk = toRisks(data, eta, shift);
  walkRiskSets(data, risk, ties, false, (set) => {
    const { steps, stepWeight, s0, d0, s1, d1, first } = set;
    if (steps === 1) {
      logLikelihood -= stepWeight * Math.log(s0);
      const a = stepWeight / s0;
      for (let j = 0; j < p; j++) score[j]! -= a * s1[j]!;
      if (!withInformation) return;
      const b = a / s0;
      increment[first] = a;
      for (let j = 0, q = 0; j < p; j++) {
        const sj = s1[j]!;
        const scaled = b * sj;
        for (let k = 0; k <= j; k++, q++) means[q]! += scaled * s1[k]!;
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
    for (let j = 0; j < p; j++) score[j]! -= stepWeight * (a * s1[j]! - af * d1[j]!);
    if (!withInformation) return;
    increment[first] = stepWeight * a;
    spared[first] = stepWeight * af;
    for (let j = 0, q = 0; j < p; j++) {
      const sj = s1[j]!;
      const dj = d1[j]!;
      const withS = stepWeight * (b * sj - bf * dj);
      const withD = stepWeight * (bff * dj - bf * sj);
      for (let k = 0; k <= j; k++, q++) means[q]! += withS * s1[k]! + withD * d1[k]!;
    }
  });
  if (!withInformation) return { logLikelihood, score, information: new Float64Array(0) };
  const information = weightedProducts(x, n, p, exposures(data, risk, increment, spared));
  for (let q = 0; q < information.length; q++) information[q]! -= means[q]!;
  return { logLikelihood, score, information: unpack(information, p) };
}
