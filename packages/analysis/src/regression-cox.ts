import { ok, type Result } from "@livermark/core";
import { coxBaseline, coxResiduals, coxZph, type FittedCox, fitCox, prepareCox } from "@livermark/statistics";
import type { DataColumn } from "./dataset.js";
import type { Effect, HazardFacts, Outcome, Regression } from "./regression.js";
import { bounded, ratios, stepsOf } from "./regression-effects.js";
import { coxCovariates } from "./regression-terms.js";

const WHY: Readonly<Record<string, string>> = {
  constant: "the same value in all rows",
  collinear: "determined by the other covariates",
  "diverges-to-plus-infinity": "no event without it: the ratio is unbounded",
  "diverges-to-minus-infinity": "no event with it: the ratio is zero",
};

function hazardFacts(
  fitted: FittedCox,
  rows: number,
  proportionality: HazardFacts["proportionality"],
): HazardFacts | null {
  const baseline = coxBaseline(fitted, "zero");
  const residuals = coxResiduals(fitted, rows);
  if (!baseline.ok || !residuals.ok) return null;
  const { scaledSchoenfeld } = residuals.value;
  return {
    baseline: baseline.value,
    proportionality,
    schoenfeld: fitted.model.coefficients.map((_, effect) => ({
      effect,
      time: scaledSchoenfeld.map((one) => one.time),
      value: scaledSchoenfeld.map((one) => one.values[effect] ?? 0),
    })),
  };
}

/** A Cox model of the columns on the rows that have them all. */
export function fitCoxRegression(
  outcome: Extract<Outcome, { kind: "cox" }>,
  columns: readonly DataColumn[],
  level: number,
): Result<Regression> {
  const { survival, ties, cluster, strata } = outcome;
  const prepared = prepareCox({
    time: survival.months,
    event: survival.event,
    covariates: columns.flatMap((column) => coxCovariates(column, survival.rows)),
    ...(cluster === null ? {} : { cluster: survival.rows.map((row) => cluster[row] ?? null) }),
    ...(strata === null ? {} : { strata: survival.rows.map((row) => strata[row] ?? null) }),
  });
  if (!prepared.ok) return prepared;
  const fitted = fitCox(prepared.value, { ties, level });
  if (!fitted.ok) return fitted;
  const { model } = fitted.value;
  const steps = stepsOf(columns);
  const effects = model.coefficients.map(
    (c): Effect =>
      bounded({
        term: c.term ?? c.name,
        level: c.level ?? null,
        reference: c.reference ?? null,
        per: steps.get(c.term ?? c.name) ?? 1,
        ratio: c.hazardRatio,
        low: c.lower,
        high: c.upper,
        ...((steps.get(c.term ?? c.name) ?? 1) !== 1 && c.coefficient !== null && c.standardError !== null
          ? ratios(c.coefficient, c.standardError, steps.get(c.term ?? c.name) ?? 1, level)
          : {}),
        coefficient: c.coefficient,
        standardError: c.standardError,
        p: c.p,
        why: c.notEstimable === null ? null : (WHY[c.notEstimable.reason] ?? c.notEstimable.why),
      }),
  );
  const estimable = effects.every((effect) => effect.why === null);
  // Answered here: with clustered rows the Wald test stands in for the likelihood ratio.
  const issues = fitted.issues.filter((issue) => issue.code !== "likelihood-ratio-with-robust-variance");
  const zph = estimable && model.events > model.coefficients.length ? coxZph(fitted.value) : null;
  const clustered = model.varianceType === "cluster-robust";
  return ok(
    {
      kind: "cox",
      n: model.n,
      events: model.events,
      missing: survival.missing + model.missing,
      effects,
      intercept: null,
      logLikelihood: model.logLikelihood,
      aic: model.aic,
      globalP: clustered ? (model.wald?.p ?? null) : model.likelihoodRatio.p,
      concordance: model.concordance?.value ?? null,
      variance: clustered ? "cluster-robust" : "model",
      proportionalHazardsP: zph?.ok === true ? zph.value.global.p : null,
      covariance: estimable ? model.covariance : null,
      hazards: estimable
        ? hazardFacts(
            fitted.value,
            survival.rows.length,
            zph?.ok === true ? zph.value.terms.map(({ term, p }) => ({ term, p })) : [],
          )
        : null,
      wald: model.wald,
      issues,
    },
    issues,
  );
}
