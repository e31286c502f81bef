import { type Issue, ok, type Result } from "@livermark/core";
import {
  type CoxCovariate,
  coxBaseline,
  coxResiduals,
  coxZph,
  dummyCovariates,
  type FittedCox,
  fitCox,
  type LogisticFit,
  logisticRegression,
  type ModelTerm,
  normalQuantile,
  normalTwoSided,
  prepareCox,
} from "@livermark/statistics";
import type { DataColumn } from "./dataset.js";
import type { SurvivalData } from "./survival-data.js";

/** What a regression explains: a time to an event, or a yes/no outcome; aligned with `rows` of the analysis set. */
export type Outcome =
  | {
      readonly kind: "cox";
      readonly survival: SurvivalData;
      readonly ties: "efron" | "breslow";
      readonly cluster: readonly string[] | null;
      /** Stratum of each row of the data; baseline hazards differ between strata. */
      readonly strata: readonly (string | null)[] | null;
    }
  | {
      readonly kind: "logistic";
      readonly name: string;
      readonly rows: readonly number[];
      readonly values: readonly number[];
      /** Cluster of each row of the data, for robust standard errors. */
      readonly cluster: readonly string[] | null;
    };

/** One printed effect: per unit of a number, or of one level against the reference. */
export interface Effect {
  readonly term: string;
  readonly level: string | null;
  readonly reference: string | null;
  /** Step of a number that `ratio` and its limits speak of, in the column's unit: 0.001 for mm²/s, else 1. */
  readonly per: number;
  /** Hazard ratio or odds ratio; null with `why` where it cannot be estimated. */
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly coefficient: number | null;
  readonly standardError: number | null;
  readonly p: number | null;
  readonly why: string | null;
}

/** A fitted model as tables need it. */
export interface Regression {
  readonly kind: "cox" | "logistic";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly effects: readonly Effect[];
  readonly intercept: number | null;
  readonly logLikelihood: number;
  readonly aic: number;
  /** Test that all coefficients are 0: likelihood ratio; Wald where the variance is robust to clusters; null without one. */
  readonly globalP: number | null;
  /** Harrell's C or the area under the ROC curve of the linear predictor; null where not estimable. */
  readonly concordance: number | null;
  readonly variance: "model" | "cluster-robust";
  /** Test of proportional hazards over the whole model; null for logistic models and where it fails. */
  readonly proportionalHazardsP: number | null;
  /** Covariance of [intercept of a logistic model,] the effects in order; null where an effect has no estimate. */
  readonly covariance: readonly (readonly number[])[] | null;
  readonly hazards: HazardFacts | null;
  /** Wald test that all coefficients are 0 (robust where the variance is); null where one has no estimate. */
  readonly wald: { readonly chiSquare: number; readonly df: number; readonly p: number } | null;
  readonly issues: readonly Issue[];
}

/** What only Cox models have. */
export interface HazardFacts {
  /** Cumulative baseline hazard of covariates 0 (references), by stratum; times in months. */
  readonly baseline: readonly {
    readonly stratum: string | null;
    readonly time: readonly number[];
    readonly cumulativeHazard: readonly number[];
  }[];
  /** Tests of proportional hazards by covariate. */
  readonly proportionality: readonly { readonly term: string; readonly p: number }[];
  /** Scaled Schoenfeld residuals with the coefficient added: β(t) at each event, by coefficient. */
  readonly schoenfeld: readonly {
    readonly effect: number;
    readonly time: readonly number[];
    readonly value: readonly number[];
  }[];
}

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

/** Rows of the data that have the outcome. */
export const outcomeRows = (outcome: Outcome): readonly number[] =>
  outcome.kind === "cox" ? outcome.survival.rows : outcome.rows;

/** Levels that occur in the rows; a level nobody has cannot be estimated and is left out. */
const levelsIn = (column: DataColumn, rows: readonly number[]): readonly string[] =>
  column.type === "number" ? [] : column.levels.filter((level) => rows.some((row) => column.values[row] === level));

const numbers = (column: DataColumn, rows: readonly number[]): Float64Array =>
  Float64Array.from(rows, (row) => {
    const value = column.values[row];
    return typeof value === "number" ? value : Number.NaN;
  });

const labels = (column: DataColumn, rows: readonly number[]): (string | null)[] =>
  rows.map((row) => {
    const value = column.values[row];
    return typeof value === "string" ? value : null;
  });

function coxCovariates(column: DataColumn, rows: readonly number[]): readonly CoxCovariate[] {
  if (column.type === "number") return [{ name: column.name, values: numbers(column, rows) }];
  return dummyCovariates(column.name, labels(column, rows), levelsIn(column, rows));
}

const modelTerm = (column: DataColumn, rows: readonly number[]): ModelTerm =>
  column.type === "number"
    ? { kind: "numeric", name: column.name, values: numbers(column, rows) }
    : { kind: "factor", name: column.name, values: labels(column, rows), levels: levelsIn(column, rows) };

const WHY: Readonly<Record<string, string>> = {
  constant: "the same value in all rows",
  collinear: "determined by the other covariates",
  "diverges-to-plus-infinity": "no event without it: the ratio is unbounded",
  "diverges-to-minus-infinity": "no event with it: the ratio is zero",
};

/** Diffusion coefficients lie near 0.001 mm²/s: a ratio per 1 mm²/s would be 0 or infinite. */
export const stepOf = (column: DataColumn | undefined): number =>
  column?.type === "number" && column.unit === "mm2/s" ? 0.001 : 1;

/** Ratio and Wald limits per step of a coefficient. */
const ratios = (coefficient: number, standardError: number, per: number, level: number) => {
  const reach = normalQuantile((1 + level) / 2) * standardError;
  return {
    per,
    ratio: Math.exp(per * coefficient),
    low: Math.exp(per * (coefficient - reach)),
    high: Math.exp(per * (coefficient + reach)),
  };
};

/** A ratio whose interval has no finite end is not an estimate: the data do not bound it. */
function bounded(effect: Effect): Effect {
  const { ratio, low, high } = effect;
  if (ratio === null || (Number.isFinite(ratio) && low !== null && high !== null && low > 0 && Number.isFinite(high)))
    return effect;
  const none = { ratio: null, low: null, high: null, coefficient: null, standardError: null, p: null };
  return { ...effect, ...none, why: "the data do not bound it: hardly any event on one side" };
}

/**
 * Fits the covariates together on the rows that have them all. Refuses what the statistics refuse (no events, a
 * factor of one level, …); a coefficient without an estimate stays in the list with its reason.
 */
export function fitRegression(outcome: Outcome, columns: readonly DataColumn[], level: number): Result<Regression> {
  return outcome.kind === "cox" ? fitCoxRegression(outcome, columns, level) : fitLogistic(outcome, columns, level);
}

function fitCoxRegression(
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
  const steps = new Map(columns.map((column) => [column.name, stepOf(column)]));
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
    const row = [1, ...terms.flatMap((term) => codes(term, at))];
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

/** Values of one term's design columns in one row. */
const codes = (term: ModelTerm, at: number): readonly number[] =>
  term.kind === "numeric"
    ? [Number(term.values[at])]
    : term.levels.slice(1).map((level) => (term.values[at] === level ? 1 : 0));

function fitLogistic(
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
  const steps = new Map(columns.map((column) => [column.name, stepOf(column)]));
  const effects = named.map((name, i): Effect => {
    const c = slopes[i];
    const per = steps.get(name.term) ?? 1;
    if (c === undefined || !c.estimable)
      return {
        ...name,
        per,
        ratio: null,
        low: null,
        high: null,
        coefficient: null,
        standardError: null,
        p: null,
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

/** The p by which a term enters: Wald of one coefficient, the global test of a factor with several. */
export const termP = (univariable: Regression): number | null =>
  univariable.effects.length === 1 ? (univariable.effects[0]?.p ?? null) : univariable.globalP;
