import { type Issue, ok, type Result } from "@livermark/core";
import {
  backwardByP,
  type CoxCovariate,
  coxZph,
  dummyCovariates,
  fitCox,
  logisticRegression,
  type ModelResponse,
  type ModelTerm,
  prepareCox,
  stepwiseAic,
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
    }
  | {
      readonly kind: "logistic";
      readonly name: string;
      readonly rows: readonly number[];
      readonly values: readonly number[];
    };

/** One printed effect: per unit of a number, or of one level against the reference. */
export interface Effect {
  readonly term: string;
  readonly level: string | null;
  readonly reference: string | null;
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
  readonly issues: readonly Issue[];
}

const outcomeRows = (outcome: Outcome): readonly number[] =>
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
  const { survival, ties, cluster } = outcome;
  const prepared = prepareCox({
    time: survival.months,
    event: survival.event,
    covariates: columns.flatMap((column) => coxCovariates(column, survival.rows)),
    ...(cluster === null ? {} : { cluster: survival.rows.map((row) => cluster[row] ?? null) }),
  });
  if (!prepared.ok) return prepared;
  const fitted = fitCox(prepared.value, { ties, level });
  if (!fitted.ok) return fitted;
  const { model } = fitted.value;
  const effects = model.coefficients.map(
    (c): Effect =>
      bounded({
        term: c.term ?? c.name,
        level: c.level ?? null,
        reference: c.reference ?? null,
        ratio: c.hazardRatio,
        low: c.lower,
        high: c.upper,
        coefficient: c.coefficient,
        standardError: c.standardError,
        p: c.p,
        why: c.notEstimable === null ? null : (WHY[c.notEstimable] ?? c.notEstimable),
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
      issues,
    },
    issues,
  );
}

function fitLogistic(
  outcome: Extract<Outcome, { kind: "logistic" }>,
  columns: readonly DataColumn[],
  level: number,
): Result<Regression> {
  const terms = columns.map((column) => modelTerm(column, outcome.rows));
  const fit = logisticRegression({ name: outcome.name, values: outcome.values }, terms, { level });
  if (!fit.ok) return fit;
  const [intercept, ...slopes] = fit.value.coefficients;
  type Name = Pick<Effect, "term" | "level" | "reference">;
  const named = terms.flatMap((term): readonly Name[] =>
    term.kind === "numeric"
      ? [{ term: term.name, level: null, reference: null }]
      : term.levels.slice(1).map((own) => ({ term: term.name, level: String(own), reference: String(term.levels[0]) })),
  );
  const effects = named.map((name, i): Effect => {
    const c = slopes[i];
    if (c === undefined || !c.estimable)
      return {
        ...name,
        ratio: null,
        low: null,
        high: null,
        coefficient: null,
        standardError: null,
        p: null,
        why: c === undefined ? "not in the model" : c.why,
      };
    const limits = c.wald;
    return bounded({
      ...name,
      ratio: c.oddsRatio,
      low: Math.exp(limits.low),
      high: Math.exp(limits.high),
      coefficient: c.estimate,
      standardError: c.standardError,
      p: c.p,
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
      variance: "model",
      proportionalHazardsP: null,
      issues: fit.issues,
    },
    fit.issues,
  );
}

/** The p by which a term enters: Wald of one coefficient, the global test of a factor with several. */
export const termP = (univariable: Regression): number | null =>
  univariable.effects.length === 1 ? (univariable.effects[0]?.p ?? null) : univariable.globalP;

/** How the covariates of the final model are chosen. */
export type Selection =
  | { readonly rule: "all" }
  | { readonly rule: "univariable-p"; readonly enterP: number }
  | { readonly rule: "backward"; readonly stayP: number; readonly test: "wald" | "likelihood-ratio" }
  | { readonly rule: "stepwise" };

/** Names of the chosen covariates, on the rows complete in all candidates where the rule compares models. */
export function chooseCovariates(
  outcome: Outcome,
  candidates: readonly { readonly column: DataColumn; readonly univariable: Regression | null }[],
  selection: Selection,
): Result<readonly string[]> {
  const names = candidates.map(({ column }) => column.name);
  if (selection.rule === "all") return ok(names);
  if (selection.rule === "univariable-p")
    return ok(
      candidates
        .filter(({ univariable }) => {
          const p = univariable === null ? null : termP(univariable);
          return p !== null && p < selection.enterP;
        })
        .map(({ column }) => column.name),
    );
  const rows = outcomeRows(outcome);
  const response: ModelResponse =
    outcome.kind === "cox"
      ? {
          model: "cox",
          time: { name: "time", values: outcome.survival.months },
          event: { name: "event", values: outcome.survival.event },
          ties: outcome.ties,
        }
      : { model: "logistic", outcome: { name: outcome.name, values: outcome.values } };
  const terms = candidates.map(({ column }) => modelTerm(column, rows));
  const chosen =
    selection.rule === "backward"
      ? backwardByP(response, terms, { test: selection.test, pOut: selection.stayP })
      : stepwiseAic(response, terms, "both");
  return chosen.ok ? ok(chosen.value.terms, chosen.issues) : chosen;
}
