import type { CoxEvaluation } from "./cox-evaluation.js";
import { evaluateExact } from "./cox-exact.js";
import { type CoxRows, linearPredictors, type TieMethod, walkRiskSets } from "./cox-risk-sets.js";
import { unpack, weightedProducts, weightedSums } from "./weighted-sums.js";

/** Above this linear predictor all are shifted down, so that no exponential overflows. */
const SHIFT_ABOVE = 200;

/** Arrays of one value per row that an evaluation fills anew; a search makes them once. */
export interface CoxScratch {
  readonly eta: Float64Array;
  readonly weight: Float64Array;
  readonly increment: Float64Array;
  readonly spared: Float64Array;
  readonly exposure: Float64Array;
}

/** Scratch arrays for up to n rows. */
export const coxScratch = (n: number): CoxScratch => ({
  eta: new Float64Array(n),
  weight: new Float64Array(n),
  increment: new Float64Array(n),
  spared: new Float64Array(n),
  exposure: new Float64Array(n),
});

function shiftOf(eta: Float64Array, n: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) if (eta[i]! > largest) largest = eta[i]!;
  return largest > SHIFT_ABOVE || largest < -SHIFT_ABOVE ? largest : 0;
}

/** Turns linear predictors, in place, into frequency and weight times exp(linear predictor − shift). */
function toRisks({ n, weights, counts }: CoxRows, eta: Float64Array, shift: number): Float64Array {
  for (let i = 0; i < n; i++) {
    const times = counts === null ? 1 : counts[i]!;
    const r = times === 0 ? 0 : times * Math.exp(eta[i]! - shift);
    eta[i] = weights === null ? r : weights[i]! * r;
  }
  return eta;
}

/** Frequency and weight times exp(linear predictor) of each position, and the shift taken off the predictors. */
export function risksOf(data: CoxRows, beta: Float64Array): { risk: Float64Array; shift: number } {
  const eta = linearPredictors(data, beta);
  const shift = shiftOf(eta, data.n);
  return { risk: toRisks(data, eta, shift), shift };
}

/**
 * Turns hazard increments, kept at the first position of each event time, into the hazard each row is exposed to times its
 * risk. `spared` is the part of the increment from which Efron's correction spares the failing rows.
 */
function exposures(data: CoxRows, risk: Float64Array, { increment, spared, exposure }: CoxScratch): Float64Array {
  const { n, time, event, entry, byEntry, strataStarts } = data;
  exposure.fill(0, 0, n);
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

/** Fills in frequency times weight of the rows with an event; sums the linear predictors of those rows, so weighted. */
function weighEvents({ n, event, weights, counts }: CoxRows, { eta, weight }: CoxScratch, shift: number): number {
  weight.fill(0, 0, n);
  let sum = 0;
  for (let i = 0; i < n; i++) {
    if (event[i] === 0) continue;
    const w = (weights === null ? 1 : weights[i]!) * (counts === null ? 1 : counts[i]!);
    if (w === 0) continue;
    weight[i] = w;
    sum += w * (eta[i]! - shift);
  }
  return sum;
}

/**
 * One pass over the risks alone, from the last time to the first: all that likelihood and score need. Fills in the hazard
 * increments at the first position of each event time and what Efron spares the failing rows; sums the logarithms.
 */
function sumHazards(
  data: CoxRows,
  risk: Float64Array,
  { weight, increment, spared }: CoxScratch,
  ties: "efron" | "breslow",
): number {
  const { n, time, event, counts, entry, byEntry, strataStarts } = data;
  increment.fill(0, 0, n);
  spared.fill(0, 0, n);
  let logSum = 0;
  for (let s = 0; s + 1 < strataStarts.length; s++) {
    const start = strataStarts[s]!;
    let next = start;
    let atRisk = 0;
    for (let i = strataStarts[s + 1]! - 1; i >= start; ) {
      const t = time[i]!;
      let deaths = 0;
      let deathWeight = 0;
      let dying = 0;
      for (; i >= start && time[i] === t; i--) {
        const r = risk[i]!;
        atRisk += r;
        if (event[i] === 0) continue;
        deaths += counts === null ? 1 : counts[i]!;
        deathWeight += weight[i]!;
        dying += r;
      }
      if (deaths === 0) continue;
      if (entry !== null && byEntry !== null) {
        const end = strataStarts[s + 1]!;
        for (; next < end && entry[byEntry[next]!]! >= t; next++) atRisk -= risk[byEntry[next]!]!;
      }
      const first = i + 1;
      if (deaths === 1 || ties === "breslow") {
        logSum += deathWeight * Math.log(atRisk);
        increment[first] = deathWeight / atRisk;
        continue;
      }
      const stepWeight = deathWeight / deaths;
      for (let step = 0; step < deaths; step++) {
        const f = step / deaths;
        const left = atRisk - f * dying;
        logSum += stepWeight * Math.log(left);
        increment[first]! += stepWeight / left;
        spared[first]! += (f * stepWeight) / left;
      }
    }
  }
  return logSum;
}

/** Σ over event times of stepWeight × x̄ x̄ᵀ, packed lower triangle; d tied deaths collapse to three scalar sums. */
function meanProducts(data: CoxRows, risk: Float64Array, ties: "efron" | "breslow"): Float64Array {
  const { p } = data;
  const means = new Float64Array((p * (p + 1)) / 2);
  walkRiskSets(data, risk, ties, false, (set) => {
    const { steps, stepWeight, s0, d0, s1, d1 } = set;
    if (steps === 1) {
      const b = stepWeight / (s0 * s0);
      for (let j = 0, q = 0; j < p; j++) {
        const scaled = b * s1[j]!;
        for (let k = 0; k <= j; k++, q++) means[q]! += scaled * s1[k]!;
      }
      return;
    }
    let b = 0;
    let bf = 0;
    let bff = 0;
    for (let step = 0; step < steps; step++) {
      const f = step / steps;
      const c = s0 - f * d0;
      const h = stepWeight / (c * c);
      b += h;
      bf += f * h;
      bff += f * f * h;
    }
    for (let j = 0, q = 0; j < p; j++) {
      const withS = b * s1[j]! - bf * d1[j]!;
      const withD = bff * d1[j]! - bf * s1[j]!;
      for (let k = 0; k <= j; k++, q++) means[q]! += withS * s1[k]! + withD * d1[k]!;
    }
  });
  return means;
}

/**
 * Evaluates the partial likelihood at `beta`; without the information it costs O(n p) and leaves that matrix empty.
 * Sums over event times and rows are exchanged: the score is Σ over rows of x × (events − risk × hazard exposed to), that
 * is, x times the martingale residual; the information, Σ over event times of (S₂/S₀ − x̄ x̄ᵀ), has as its first part Σ over
 * rows of risk × hazard exposed to × x xᵀ, one weighted product of the whole matrix, and only x̄ is needed at each time.
 * With d tied deaths Efron averages d risk sets, from each of which the tied deaths are partly removed: a tie costs
 * O(d + p²) and not O(d p²).
 * Sources: Cox 1972; Breslow 1974; Efron 1977.
 */
export function evaluateCox(
  data: CoxRows,
  beta: Float64Array,
  ties: TieMethod,
  withInformation = true,
  scratch: CoxScratch = coxScratch(data.n),
): CoxEvaluation {
  if (ties === "exact") return evaluateExact(data, beta);
  const { n, p, x } = data;
  const { weight } = scratch;
  const eta = linearPredictors(data, beta, scratch.eta);
  const shift = shiftOf(eta, n);
  const sum = weighEvents(data, scratch, shift);
  const risk = toRisks(data, eta, shift);
  const logSum = sumHazards(data, risk, scratch, ties);
  const exposure = exposures(data, risk, scratch);
  for (let i = 0; i < n; i++) weight[i]! -= exposure[i]!;
  const score = weightedSums(x, n, p, weight);
  // Risks that underflow to 0 leave an empty risk set: such a point lies far from any maximum.
  const logLikelihood = Number.isFinite(logSum) ? sum - logSum : Number.NEGATIVE_INFINITY;
  if (!withInformation) return { logLikelihood, score, information: new Float64Array(0) };
  const information = weightedProducts(x, n, p, exposure);
  const means = meanProducts(data, risk, ties);
  for (let q = 0; q < information.length; q++) information[q]! -= means[q]!;
  return { logLikelihood, score, information: unpack(information, p) };
}
