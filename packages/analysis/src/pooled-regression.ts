import { ok, type Result, refuse } from "@livermark/core";
import { poolEstimates } from "@livermark/statistics";
import type { DataColumn } from "./dataset.js";
import { fitRegression } from "./fit-regression.js";
import type { Effect, Outcome, Regression } from "./regression.js";
import { NO_ESTIMATE } from "./regression-effects.js";

/**
 * A regression on each of several completed copies of the covariates, pooled by Rubin's rules: mean coefficients, total
 * variance, Student limits with the degrees of freedom of Barnard and Rubin 1999. One copy is a plain regression. The fit's
 * own measures (log likelihood, concordance, hazards) are those of the first copy. Refuses what the regression refuses in
 * any copy.
 */
export function pooledRegression(
  outcome: Outcome,
  copies: readonly (readonly DataColumn[])[],
  level: number,
): Result<Regression> {
  const fits: Regression[] = [];
  for (const columns of copies) {
    const fit = fitRegression(outcome, columns, level);
    if (!fit.ok) return fit;
    fits.push(fit.value);
  }
  const [first] = fits;
  if (first === undefined) return refuse({ code: "no-data", message: "There is no completed data set to fit on." });
  if (fits.length === 1) return ok(first, first.issues);
  const completeDf =
    outcome.kind === "logistic" ? Math.max(1, first.n - first.effects.length - 1) : Number.POSITIVE_INFINITY;
  const effects = first.effects.map((effect, k): Effect => {
    const own = fits.map((fit) => fit.effects[k]);
    const estimates = own.map((one) => one?.coefficient ?? Number.NaN);
    const variances = own.map((one) => (one?.standardError ?? Number.NaN) ** 2);
    const pooled = poolEstimates(estimates, variances, { level, completeDf });
    if (!pooled.ok)
      return {
        ...effect,
        ...NO_ESTIMATE,
        why: "no estimate in one of the completed data sets",
      };
    const { estimate, standardError, p, interval } = pooled.value;
    return {
      ...effect,
      coefficient: estimate,
      standardError,
      p,
      ratio: Math.exp(effect.per * estimate),
      low: Math.exp(effect.per * interval.low),
      high: Math.exp(effect.per * interval.high),
      why: null,
    };
  });
  const intercepts = fits.flatMap((fit) => (fit.intercept === null ? [] : [fit.intercept]));
  const covariances = fits.flatMap((fit) => (fit.covariance === null ? [] : [fit.covariance]));
  return ok(
    {
      ...first,
      effects,
      intercept:
        intercepts.length === fits.length ? intercepts.reduce((sum, value) => sum + value, 0) / fits.length : null,
      covariance: covariances.length === fits.length ? pooledCovariance(fits, covariances) : null,
    },
    first.issues,
  );
}

/** Rubin's total covariance: within + (1 + 1/m) between. */
function pooledCovariance(
  fits: readonly Regression[],
  covariances: readonly (readonly (readonly number[])[])[],
): readonly (readonly number[])[] {
  const m = fits.length;
  const vectors = fits.map((fit) => [
    ...(fit.intercept === null ? [] : [fit.intercept]),
    ...fit.effects.map((effect) => effect.coefficient ?? 0),
  ]);
  const width = vectors[0]?.length ?? 0;
  const mean = (k: number): number => vectors.reduce((sum, vector) => sum + (vector[k] ?? 0), 0) / m;
  const means = Array.from({ length: width }, (_, k) => mean(k));
  return means.map((_, j) =>
    means.map((_, k) => {
      const within = covariances.reduce((sum, one) => sum + (one[j]?.[k] ?? 0), 0) / m;
      const between =
        vectors.reduce((sum, v) => sum + ((v[j] ?? 0) - (means[j] ?? 0)) * ((v[k] ?? 0) - (means[k] ?? 0)), 0) /
        (m - 1);
      return within + (1 + 1 / m) * between;
    }),
  );
}
