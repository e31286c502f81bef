import { ok, type Result } from "@livermark/core";
import { type LogisticFit, logisticRegression, type ModelTerm, normalTwoSided } from "@livermark/statistics";
import type { DataColumn } from "./dataset.js";
import type { Effect, Outcome, Regression } from "./regression.js";
import { bounded, NO_ESTIMATE, ratios, stepsOf } from "./regression-effects.js";
import { designCodes, modelTerm } from "./regression-terms.js";

/**
 * Covariance of a logistic model that allows for rows of one cluster being alike: G/(G − 1) · B (Σ u uᵀ) B with B the
 * inverse information and u the score summed over a cluster (Liang and Zeger 1986). Null where a coefficient has no estimate.
 */
function clusterCovariance(
  fit: LogisticFit,
  outcome: Extract<Outcome, { kind: "logistic" }>,
  terms: readonly ModelTerm[],
): readonly (readonly number[])[] | null {
  if (fit.coefficients.some((c) => !c.estimable)) return null;
  const p = fit.coefficients.length;
  const scores = new Map<string, number[]>();
  fit.rows.forEach((at, i) => {
    const row = [1, ...terms.flatMap((term) => designCodes(term, at))];
    const residual = (outcome.values[at] ?? 0) - (fit.fitted[i] ?? 0);
    const cluster = outcome.cluster?.[outcome.rows[at] ?? 0] ?? String(at);
    const own = scores.get(cluster) ?? new Array<number>(p).fill(0);
    row.forEach((x, j) => {
      own[j] = (own[j] ?? 0) + x * residual;
    });
    scores.set(cluster, own);
  });
  const factor = scores.size / (scores.size - 1);
  const bread = fit.covariance;
  const at = (m: readonly (readonly number[])[], j: number, k: number): number => m[j]?.[k] ?? 0;
  const index = Array.from({ length: p }, (_, j) => j);
  const sum = (of: (k: number) => number): number => index.reduce((total, k) => total + of(k), 0);
  const meat = index.map((j) =>
    index.map((k) => [...scores.values()].reduce((total, u) => total + (u[j] ?? 0) * (u[k] ?? 0), 0)),
  );
  const half = index.map((j) => index.map((k) => sum((m) => at(bread, j, m) * at(meat, m, k))));
  return index.map((j) => index.map((k) => factor * sum((m) => at(half, j, m) * at(bread, m, k))));
}

/** A logistic model of the columns on the rows that have them all. */
export function fitLogisticRegression(
  outcome: Extract<Outcome, { kind: "logistic" }>,
  columns: readonly DataColumn[],
  level: number,
): Result<Regression> {
  const terms = columns.map((column) => modelTerm(column, outcome.rows));
  const fit = logisticRegression({ name: outcome.name, values: outcome.values }, terms, { level });
  if (!fit.ok) return fit;
  const [intercept, ...slopes] = fit.value.coefficients;
  const robust = outcome.cluster === null ? null : clusterCovariance(fit.value, outcome, terms);
  type Name = Pick<Effect, "term" | "level" | "reference">;
  const named = terms.flatMap((term): readonly Name[] =>
    term.kind === "numeric"
      ? [{ term: term.name, level: null, reference: null }]
      : term.levels.slice(1).map((own) => ({ term: term.name, level: String(own), reference: String(term.levels[0]) })),
  );
  const steps = stepsOf(columns);
  const effects = named.map((name, i): Effect => {
    const c = slopes[i];
    const per = steps.get(name.term) ?? 1;
    if (c === undefined || !c.estimable)
      return {
        ...name,
        per,
        ...NO_ESTIMATE,
        why: c === undefined ? "not in the model" : c.why,
      };
    const variance = robust?.[i + 1]?.[i + 1];
    const se = variance === undefined ? c.standardError : Math.sqrt(variance);
    return bounded({
      ...name,
      ...ratios(c.estimate, se, per, level),
      coefficient: c.estimate,
      standardError: se,
      p: variance === undefined ? c.p : normalTwoSided(c.estimate / se),
      why: null,
    });
  });
  return ok(
    {
      kind: "logistic",
      n: fit.value.n,
      events: fit.value.events,
      missing: fit.value.missing,
      effects,
      intercept: intercept?.estimable === true ? intercept.estimate : null,
      logLikelihood: fit.value.loglik,
      aic: fit.value.aic,
      globalP: fit.value.likelihoodRatio.p,
      concordance: fit.value.cStatistic,
      variance: robust === null ? "model" : "cluster-robust",
      proportionalHazardsP: null,
      covariance: robust ?? (effects.every((effect) => effect.why === null) ? fit.value.covariance : null),
      hazards: null,
      wald: null,
      issues: fit.issues,
    },
    fit.issues,
  );
}
