import { ok, type Result } from "@livermark/core";
import { outside, type RequiredCount, roundUp } from "./sample-size.js";

/** Sizes that each criterion for developing a prediction model asks for; the largest governs. */
export interface PredictionModelSize {
  /** 1: shrinkage of at most 1 − S of predictor effects. */
  readonly shrinkage: RequiredCount;
  /** 2: apparent minus adjusted R² (Nagelkerke) of at most the margin. */
  readonly optimism: RequiredCount;
  /** 3: overall risk within the margin. */
  readonly overallRisk: RequiredCount;
  readonly required: number;
  readonly governedBy: "shrinkage" | "optimism" | "overall risk";
  readonly events: number;
  readonly eventsPerParameter: number;
  readonly maxCoxSnellR2: number;
  readonly anticipatedNagelkerkeR2: number;
}

/** What both designs have in common. */
export interface PredictionDesign {
  /** Anticipated Cox–Snell R² of the model, adjusted for optimism. */
  readonly coxSnellR2: number;
  /** Candidate predictor parameters, all dummies and spline terms counted. */
  readonly parameters: number;
  /** Target shrinkage, default 0.9. */
  readonly shrinkage?: number;
  /** Margin of criteria 2 and 3, default 0.05. */
  readonly margin?: number;
}

/** n = P / ((S − 1) ln(1 − R²/S)) (Riley 2019, equation 11). */
const sizeForShrinkage = (parameters: number, s: number, r2: number): number =>
  parameters / ((s - 1) * Math.log1p(-r2 / s));

function combine(
  design: PredictionDesign,
  maxR2: number,
  risk: number,
  eventsPerPerson: number,
): Result<PredictionModelSize> {
  const { coxSnellR2, parameters, shrinkage = 0.9, margin = 0.05 } = design;
  if (!(Number.isInteger(parameters) && parameters >= 1))
    return outside("parameters", parameters, "a whole number of at least 1");
  if (!(shrinkage > 0 && shrinkage < 1)) return outside("shrinkage", shrinkage, "between 0 and 1");
  if (!(margin > 0 && margin < 1)) return outside("margin", margin, "between 0 and 1");
  if (!(coxSnellR2 > 0 && coxSnellR2 < Math.min(maxR2, shrinkage))) {
    return outside("coxSnellR2", coxSnellR2, `above 0 and below its maximum ${maxR2} and the shrinkage`);
  }
  const first = roundUp(sizeForShrinkage(parameters, shrinkage, coxSnellR2));
  const second = roundUp(sizeForShrinkage(parameters, coxSnellR2 / (coxSnellR2 + margin * maxR2), coxSnellR2));
  const third = roundUp(risk);
  const required = Math.max(first.rounded, second.rounded, third.rounded);
  const events = required * eventsPerPerson;
  return ok({
    shrinkage: first,
    optimism: second,
    overallRisk: third,
    required,
    governedBy: required === first.rounded ? "shrinkage" : required === second.rounded ? "optimism" : "overall risk",
    events,
    eventsPerParameter: events / parameters,
    maxCoxSnellR2: maxR2,
    anticipatedNagelkerkeR2: coxSnellR2 / maxR2,
  });
}

/**
 * Patients for developing a logistic prediction model by the three criteria of Riley and colleagues.
 * Refuses prevalence outside 0 … 1 and an R² that the prevalence does not allow.
 * Sources: Riley 2019 (Statistics in Medicine 38:1276), Riley 2020 (BMJ 368:m441). R: `pmsampsize(type = "b")`.
 * Example: R² 0.288, 24 parameters, prevalence 0.174 needs 662 patients.
 */
export function binaryPredictionSize(
  design: PredictionDesign & { readonly prevalence: number },
): Result<PredictionModelSize> {
  const { prevalence: p, margin = 0.05 } = design;
  if (!(p > 0 && p < 1)) return outside("prevalence", p, "between 0 and 1");
  const maxR2 = -Math.expm1(2 * (p * Math.log(p) + (1 - p) * Math.log1p(-p)));
  return combine(design, maxR2, (1.96 / margin) ** 2 * p * (1 - p), p);
}

/**
 * Patients for developing a time-to-event prediction model by the same criteria; `rate` is events per person and time unit,
 * `meanFollowUp` the mean follow-up and `horizon` the time of prediction in that unit. The null likelihood is that of a Poisson
 * count of events. Criterion 3 keeps 1 − exp(−rate·horizon) within the margin on both sides.
 * Refuses times and rates that are not positive. Sources as `binaryPredictionSize`. R: `pmsampsize(type = "s")`.
 * Example: R² 0.051, 30 parameters, rate 0.065, mean follow-up 2.07, horizon 2 needs 5143 patients.
 */
export function survivalPredictionSize(
  design: PredictionDesign & { readonly rate: number; readonly meanFollowUp: number; readonly horizon: number },
): Result<PredictionModelSize> {
  const { rate, meanFollowUp, horizon, margin = 0.05 } = design;
  for (const [path, value] of Object.entries({ rate, meanFollowUp, horizon })) {
    if (!(value > 0 && Number.isFinite(value))) return outside(path, value, "above 0");
  }
  const share = rate * meanFollowUp;
  const maxR2 = -Math.expm1(2 * (share * Math.log(share) - share));
  const halfRate = Math.log1p(margin * Math.exp(rate * horizon)) / horizon;
  return combine(design, maxR2, (1.96 ** 2 * rate) / (halfRate ** 2 * meanFollowUp), share);
}
