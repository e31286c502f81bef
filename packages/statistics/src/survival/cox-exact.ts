import type { CoxEvaluation } from "./cox-evaluation.js";
import { type CoxRows, linearPredictors } from "./cox-risk-sets.js";

/**
 * The exact (discrete, conditional logistic) partial likelihood: at a time with d deaths among r at risk the failing set
 * is compared with all sets of size d. The sum over sets is an elementary symmetric function of the risks, built row by
 * row with its first and second derivatives, at a cost of r d p² per event time.
 * Sources: Cox 1972, section 6; Gail, Lubin and Rubinstein 1981.
 */
export function evaluateExact(data: CoxRows, beta: Float64Array): CoxEvaluation {
  const { p, x, time, event, entry, strataStarts } = data;
  const eta = linearPredictors(data, beta);
  const score = new Float64Array(p);
  const information = new Float64Array(p * p);
  let logLikelihood = 0;
  for (let stratum = 0; stratum + 1 < strataStarts.length; stratum++) {
    const start = strataStarts[stratum]!;
    const end = strataStarts[stratum + 1]!;
    for (let i = start; i < end; ) {
      const t = time[i]!;
      const first = i;
      let deaths = 0;
      for (; i < end && time[i] === t; i++) if (event[i] === 1) deaths++;
      if (deaths === 0) continue;
      let atRisk = 0;
      for (let row = first; row < end; row++) if (entry === null || entry[row]! < t) atRisk++;
      // Where all who are at risk fail together there is one possible set, which says nothing: no rounding may say it.
      if (atRisk === deaths) continue;
      for (let row = first; row < i; row++) {
        if (event[row] === 0) continue;
        logLikelihood += eta[row]!;
        for (let j = 0; j < p; j++) score[j]! += x[row * p + j]!;
      }
      const sums = symmetricFunctions(
        (visit) => {
          for (let row = first; row < end; row++) if (entry === null || entry[row]! < t) visit(row);
        },
        deaths,
        x,
        p,
        eta,
      );
      logLikelihood -= sums.log;
      for (let j = 0; j < p; j++) {
        score[j]! -= sums.first[j]!;
        for (let k = 0; k < p; k++)
          information[j * p + k]! += sums.second[j * p + k]! - sums.first[j]! * sums.first[k]!;
      }
    }
  }
  return { logLikelihood, score, information };
}

/** log e_d and the ratios of its derivatives to e_d over the visited rows. */
function symmetricFunctions(
  rows: (visit: (row: number) => void) => void,
  d: number,
  x: Float64Array,
  p: number,
  eta: Float64Array,
): { log: number; first: Float64Array; second: Float64Array } {
  let largest = Number.NEGATIVE_INFINITY;
  rows((row) => {
    if (eta[row]! > largest) largest = eta[row]!;
  });
  let total = 0;
  rows((row) => {
    total += Math.exp(eta[row]! - largest);
  });
  // A common factor keeps e_1 … e_d within range: it enters e_d to the power d and is taken out of the logarithm.
  const factor = d / (Math.E * total);
  const e0 = new Float64Array(d + 1);
  const e1 = new Float64Array((d + 1) * p);
  const e2 = new Float64Array((d + 1) * p * p);
  e0[0] = 1;
  let seen = 0;
  rows((row) => {
    const r = factor * Math.exp(eta[row]! - largest);
    const base = row * p;
    seen++;
    for (let m = Math.min(d, seen); m >= 1; m--) {
      const before = e0[m - 1]!;
      const to1 = m * p;
      const from1 = to1 - p;
      const to2 = m * p * p;
      const from2 = to2 - p * p;
      for (let j = 0; j < p; j++) {
        const xj = x[base + j]!;
        const oldFirst = e1[from1 + j]!;
        for (let k = 0; k < p; k++) {
          const xk = x[base + k]!;
          e2[to2 + j * p + k]! += r * (e2[from2 + j * p + k]! + xk * oldFirst + xj * e1[from1 + k]! + xj * xk * before);
        }
      }
      for (let j = 0; j < p; j++) e1[to1 + j]! += r * (e1[from1 + j]! + x[base + j]! * before);
      e0[m]! += r * before;
    }
  });
  const value = e0[d]!;
  return {
    log: Math.log(value) - d * Math.log(factor) + d * largest,
    first: e1.slice(d * p, (d + 1) * p).map((v) => v / value),
    second: e2.slice(d * p * p, (d + 1) * p * p).map((v) => v / value),
  };
}
