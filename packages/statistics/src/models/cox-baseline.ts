import { ok, type Result, refuse } from "@livermark/core";
import { maximiseCox } from "../survival/cox-fit.js";
import type { NumericColumn } from "./columns.js";
import { coxRows } from "./cox-sample.js";
import { type Design, type ModelTerm, scaleDesign, unscaleCoefficients } from "./design.js";
import { type CoxInput, coxInput } from "./optimism-cox.js";

/** A Cox model with its baseline hazard at one time. */
export interface CoxPredictor {
  readonly input: CoxInput;
  readonly design: Design;
  readonly coefficients: Float64Array;
  /** Σ coefficient × column mean: the linear predictor of the average patient. */
  readonly centre: number;
  /** Linear predictors of the rows, centred. */
  readonly linearPredictor: Float64Array;
  /** Cumulative hazard by `at` of a patient with centred linear predictor 0 (Efron weights when ties are Efron's). */
  readonly cumulativeHazard: number;
}

/** Linear predictors further than this from their mean have hazards that cannot be summed as numbers (e^709 is the largest). */
const FARTHEST_PREDICTOR = 300;

/**
 * Fits a Cox model and its baseline at one time. `stop` ends the search at a relative change of the log likelihood, as
 * early as other programs do; without it the maximum is found to rounding. Refuses what the model refuses, drifting coefficients, and
 * linear predictors more than 300 from their mean. Sources: Cox 1972; Efron 1977.
 * Example: `coxPredictor({ time, event }, terms, 24).value.cumulativeHazard`.
 */
export function coxPredictor(
  followUp: { readonly time: NumericColumn; readonly event: NumericColumn },
  terms: readonly ModelTerm[],
  at: number,
  ties: "efron" | "breslow" = "efron",
  stop: { readonly tolerance: number } | null = null,
): Result<CoxPredictor> {
  const prepared = coxInput(followUp, terms);
  if (!prepared.ok) return prepared;
  const { design, sample } = prepared.value;
  const scaled = scaleDesign(design.columns, design.n, false);
  const fit = maximiseCox(coxRows(sample, scaled.x, scaled.width), {
    ties,
    maxIterations: 50,
    tolerance: stop?.tolerance ?? 1e-9,
    polish: stop === null,
  });
  if (!fit.convergence.converged)
    return refuse({
      code: "not-converged",
      message: "The Cox model did not converge: a coefficient drifts (monotone likelihood).",
      got: `${fit.convergence.iterations} iterations`,
      wanted: "finite estimates",
    });
  const coefficients = unscaleCoefficients(scaled, fit.beta);
  let centre = 0;
  for (let j = 0; j < coefficients.length; j++) centre += coefficients[j]! * scaled.centre[j]!;
  const linearPredictor = new Float64Array(design.n);
  for (let i = 0; i < design.n; i++)
    for (let j = 0; j < scaled.width; j++) linearPredictor[i]! += scaled.x[i * scaled.width + j]! * fit.beta[j]!;
  const farthest = linearPredictor.reduce((most, lp) => Math.max(most, Math.abs(lp)), 0);
  if (farthest > FARTHEST_PREDICTOR)
    return refuse({
      code: "extreme-predictor",
      message: "A patient lies so far from the others on the model's scale that no hazard can be computed.",
      got: farthest,
      wanted: `linear predictors within ${FARTHEST_PREDICTOR} of their mean`,
      mend: "Look for an outlier, or take the logarithm of the covariate.",
    });
  let cumulativeHazard = 0;
  let atRisk = 0;
  for (let g = sample.starts.length - 2; g >= 0; g--) {
    let deaths = 0;
    let dying = 0;
    for (let i = sample.starts[g]!; i < sample.starts[g + 1]!; i++) {
      const risk = Math.exp(linearPredictor[sample.order[i]!]!);
      atRisk += risk;
      if (sample.event[i] === 1) {
        deaths++;
        dying += risk;
      }
    }
    if (sample.time[sample.starts[g]!]! > at) continue;
    for (let d = 0; d < deaths; d++) cumulativeHazard += 1 / (atRisk - (ties === "efron" ? (d / deaths) * dying : 0));
  }
  return ok({ input: prepared.value, design, coefficients, centre, linearPredictor, cumulativeHazard });
}
