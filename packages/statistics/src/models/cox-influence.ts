import { solveCholesky } from "../linear/index.js";
import type { CoxCountsFit, CoxProblem } from "./cox-core.js";

/**
 * How much each sorted row, counted once more, moves the coefficients, to first order (the infinitesimal jackknife:
 * score residuals times the inverse information; Therneau and Grambsch 2000, section 7.1). Row-major n × width.
 * Ties enter by Breslow's hazard, which is near enough for a start value.
 */
export function coxInfluence(problem: CoxProblem, fit: CoxCountsFit): Float64Array {
  const { sample, width: p, x } = problem;
  const { n, starts, event } = sample;
  const groups = starts.length - 1;
  const risk = new Float64Array(n);
  const hazard = new Float64Array(groups);
  const means = new Float64Array(groups * p);
  const s1 = new Float64Array(p);
  let s0 = 0;
  for (let g = groups - 1; g >= 0; g--) {
    let deaths = 0;
    for (let i = starts[g]!; i < starts[g + 1]!; i++) {
      let eta = 0;
      for (let j = 0; j < p; j++) eta += x[i * p + j]! * fit.beta[j]!;
      risk[i] = Math.exp(eta);
      s0 += risk[i]!;
      for (let j = 0; j < p; j++) s1[j]! += risk[i]! * x[i * p + j]!;
      deaths += event[i]!;
    }
    hazard[g] = deaths / s0;
    for (let j = 0; j < p; j++) means[g * p + j] = s1[j]! / s0;
  }
  const influence = new Float64Array(n * p);
  const weighted = new Float64Array(p);
  const residual = new Float64Array(p);
  let cumulative = 0;
  for (let g = 0; g < groups; g++) {
    cumulative += hazard[g]!;
    for (let j = 0; j < p; j++) weighted[j]! += hazard[g]! * means[g * p + j]!;
    for (let i = starts[g]!; i < starts[g + 1]!; i++) {
      for (let j = 0; j < p; j++) {
        const value = x[i * p + j]!;
        residual[j] = event[i]! * (value - means[g * p + j]!) - risk[i]! * (value * cumulative - weighted[j]!);
      }
      influence.set(solveCholesky(fit.decomposition, residual), i * p);
    }
  }
  return influence;
}
