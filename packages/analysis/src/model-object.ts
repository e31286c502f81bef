import type { Json } from "@livermark/core";
import type { DataColumn } from "./dataset.js";
import type { ModelPlan } from "./model-recipe.js";
import { rulesText } from "./recipe/choose.js";
import type { RecipeFit } from "./recipe/recipe.js";
import type { Regression } from "./regression.js";

/** Smallest and largest value of a numeric column in the rows of the model. */
function rangeOf(
  column: DataColumn,
  rows: readonly number[],
): { readonly low: number | null; readonly high: number | null } {
  if (column.type !== "number") return { low: null, high: null };
  const values = rows.flatMap((row) => column.values[row] ?? []);
  return values.length === 0
    ? { low: null, high: null }
    : { low: values.reduce((a, b) => Math.min(a, b)), high: values.reduce((a, b) => Math.max(a, b)) };
}

/** What a model must carry so that somebody else can use and judge it (TRIPOD item 15). */
export interface ModelFacts {
  readonly plan: ModelPlan;
  readonly multivariable: Regression;
  readonly fit: RecipeFit;
  /** Columns by name: those of the model, and the numbers behind its groups. */
  readonly columns: ReadonlyMap<string, DataColumn>;
  readonly rows: readonly number[];
  readonly candidates: number;
  readonly performance: Json;
}

/**
 * A fitted model as portable JSON (`livermark.model/1`): intercept or baseline survival, every coefficient with coding,
 * levels, unit and the range of its data, covariance, cut-offs of its groups, the cut of the predicted risk, how it was
 * made and how it was validated. `livermark predict` and the calculator read it.
 */
export function modelObject(facts: ModelFacts): Json {
  const { plan, multivariable, fit, columns, rows } = facts;
  const { hazards } = multivariable;
  const [baseline] = hazards?.baseline ?? [];
  const terms = multivariable.effects.map((effect): { readonly [key: string]: Json } => {
    const column = columns.get(effect.term);
    const group = plan.groups.get(effect.term);
    const marker = group === undefined ? undefined : columns.get(group.of);
    const cuts = group === undefined ? null : group.derived ? (fit.cuts.get(effect.term) ?? null) : group.cuts;
    return {
      term: effect.term,
      label: column?.label ?? effect.term,
      unit: column?.type === "number" ? column.unit : "",
      level: effect.level,
      reference: effect.reference,
      coefficient: effect.coefficient,
      standardError: effect.standardError,
      ...(column === undefined ? {} : rangeOf(column, rows)),
      ...(column?.type === "category" ? { levels: column.levels } : {}),
      ...(group === undefined || cuts === null
        ? {}
        : {
            group: {
              of: group.of,
              label: marker?.label ?? group.of,
              unit: marker?.type === "number" ? marker.unit : "",
              cuts,
              equalGoes: group.equalGoes,
              labels: group.labels,
              derived: group.derived,
              ...(marker === undefined ? {} : rangeOf(marker, rows)),
            },
          }),
    };
  });
  return {
    schema: "livermark.model/1",
    id: plan.id,
    label: plan.label,
    kind: multivariable.kind,
    outcome: plan.outcomeName,
    outcomeLabel: plan.outcomeLabel,
    event: plan.event,
    n: multivariable.n,
    events: multivariable.events,
    missing: multivariable.missing,
    missingRule: plan.impute === null ? "complete cases" : `multiple imputation, ${plan.impute.imputations} data sets`,
    candidates: facts.candidates,
    selection: rulesText(plan.rules),
    intercept: multivariable.intercept,
    terms,
    covariance: multivariable.covariance,
    variance: multivariable.variance,
    ...(baseline === undefined
      ? {}
      : {
          baseline: {
            timeLabel: "months",
            at: "covariates 0 and reference levels",
            stratum: baseline.stratum,
            time: baseline.time,
            survival: baseline.cumulativeHazard.map((hazard) => Math.exp(-hazard)),
          },
        }),
    riskCut:
      fit.riskCut === null
        ? null
        : { value: fit.riskCut, scale: multivariable.kind === "logistic" ? "risk" : "linear predictor" },
    logLikelihood: multivariable.logLikelihood,
    aic: multivariable.aic,
    concordance: multivariable.concordance,
    proportionalHazardsP: multivariable.proportionalHazardsP,
    performance: facts.performance,
    validation:
      plan.replicates > 0
        ? `internally validated: the whole recipe was repeated in ${plan.replicates} bootstrap resamples; not validated in other patients`
        : "not validated: apparent performance in the data it was fitted on",
  };
}
