import { cholesky, solveCholesky } from "../linear/index.js";
import { maximiseCox } from "./cox-fit.js";
import { type CoxScratch, coxScratch, evaluateCox } from "./cox-likelihood.js";
import type { CoxRows } from "./cox-risk-sets.js";

/** A maximum found from a start value near it; no covariance. */
export interface CoxRefit {
  readonly beta: Float64Array;
  readonly logLikelihood: number;
  /** At the start value. */
  readonly startLogLikelihood: number;
  /** Columns that had information. */
  readonly rank: number;
  readonly converged: boolean;
}

/** Error of a coefficient (per standardised column) that may be left when the search ends. */
const ACCURACY = 1e-9;

/**
 * Maximises the partial likelihood from a start value near the maximum, for resamples and recalibration. With several
 * columns the information is computed once, at the start; further steps need the score alone and shrink by the share to
 * which that information is wrong (chord Newton), so the error after a step is about its length times the last ratio of
 * lengths. With one column the information costs nothing more and every step is Newton's. The last step is taken without
 * another evaluation; its gain is half of step · score. Where steps do not shrink fast or the likelihood falls, the full
 * search from 0 decides. Sources: Cox 1972; Ortega and Rheinboldt 1970, section 7.1.
 */
export function refitCox(
  rows: CoxRows,
  start: Float64Array,
  ties: "efron" | "breslow",
  scratch: CoxScratch = coxScratch(rows.n),
): CoxRefit {
  const { p } = rows;
  const beta = Float64Array.from(start);
  let at = evaluateCox(rows, beta, ties, true, scratch);
  const startLogLikelihood = at.logLikelihood;
  const fresh = p === 1;
  let factor = cholesky(at.information, p);
  const { rank } = factor;
  let previous = 0;
  for (let round = 0; round < 8; round++) {
    const step = solveCholesky(factor, at.score);
    let size = 0;
    let gain = 0;
    for (let j = 0; j < p; j++) {
      size = Math.max(size, Math.abs(step[j]!));
      gain += (step[j]! * at.score[j]!) / 2;
    }
    if (!(size < 1) || (round > 0 && size > previous / 4)) break;
    for (let j = 0; j < p; j++) beta[j]! += step[j]!;
    if (size * (fresh || round === 0 ? size : size / previous) < ACCURACY) {
      return { beta, logLikelihood: at.logLikelihood + gain, startLogLikelihood, rank, converged: true };
    }
    const next = evaluateCox(rows, beta, ties, fresh, scratch);
    if (!(next.logLikelihood >= at.logLikelihood)) break;
    at = next;
    if (fresh) factor = cholesky(at.information, p);
    previous = size;
  }
  const full = maximiseCox(rows, { ties, maxIterations: 40, tolerance: 1e-9 });
  return {
    beta: full.beta,
    logLikelihood: full.at.logLikelihood,
    startLogLikelihood,
    rank: full.rank,
    converged: full.convergence.converged,
  };
}
