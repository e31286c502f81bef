import { type Issue, type Json, type Result, warningIssue } from "@livermark/core";
import { columnOf, type DataColumn, type Dataset } from "./dataset.js";
import { continuousTable } from "./model-continuous.js";
import { modelObject } from "./model-object.js";
import { modelPerformance } from "./model-performance.js";
import { addedColumns, predictionsOf } from "./model-predictions.js";
import { dataColumn, type ModelPlan, recipeOf } from "./model-recipe.js";
import { selectionPart } from "./model-selection.js";
import { computationOf, type Fitted, footnotes, forest, passportsOf, rowsOf } from "./model-table.js";
import { joinParts, type Part, part } from "./part.js";
import type { AddedColumn, Layer } from "./plan/step.js";
import { pooledRegression } from "./pooled-regression.js";
import { rulesText } from "./recipe/choose.js";
import type { Frame } from "./recipe/frame.js";
import { imputeFrame } from "./recipe/impute.js";
import { type Recipe, runRecipe } from "./recipe/recipe.js";
import { outcomeRows, type Regression } from "./regression.js";
import type { ResultTable } from "./results.js";
import { withLabels } from "./wording.js";

/** What a model leaves: its part of the results, and its predictions as columns for the steps after it. */
export interface ModelOutcome {
  readonly part: Part;
  readonly columns: readonly AddedColumn[];
}

/** The candidates as columns of each completed copy of the data; one copy, the data itself, for complete cases. */
function copiesOf(
  data: Dataset,
  frame: Frame,
  recipe: Recipe,
  columns: readonly DataColumn[],
  rows: readonly number[],
): Result<readonly ReadonlyMap<string, DataColumn>[]> | null {
  if (recipe.impute === null) return null;
  const completed = imputeFrame(frame, recipe.impute);
  if (!completed.ok) return completed;
  return {
    ok: true,
    issues: completed.issues,
    value: completed.value.map(
      (one) =>
        new Map(
          columns.map((column): [string, DataColumn] => {
            const filled = one.columns.get(column.name);
            return [column.name, filled === undefined ? column : dataColumn(filled, column, rows, data.rows.length)];
          }),
        ),
    ),
  };
}

/**
 * One model of the plan: the recipe on the data, a table (univariable and multivariable side by side), a forest plot, what
 * the rules did, the model with its equation, its performance (apparent, and with the whole recipe repeated in resamples),
 * and its predictions as columns. A covariate that cannot be fitted alone is an Issue and stays out; the rest goes on.
 */
export function modelPart(layer: Layer, plan: ModelPlan): ModelOutcome {
  const { data } = layer;
  const issues: Issue[] = [];
  const soften = (what: string, result: Result<unknown>): void => {
    for (const issue of result.issues)
      issues.push({
        ...issue,
        severity: "warning",
        message: `${plan.label}, ${what}: ${withLabels(data, issue.message)}`,
        ...(issue.got === undefined ? {} : { got: withLabels(data, issue.got) }),
      });
  };
  const prepared = recipeOf(layer, plan);
  issues.push(...prepared.issues);
  if (plan.strata.length > 0 && (plan.rules.some(({ rule }) => rule !== "all") || plan.replicates > 0))
    issues.push(
      warningIssue({
        code: "recipe-without-strata",
        message: `${plan.label}: covariates are chosen and resampled without the strata; the printed model has them.`,
        got: plan.strata.join(", "),
        wanted: "covariates named beforehand where baseline hazards differ",
        path: `models.${plan.id}.strata`,
      }),
    );
  const { frame, recipe, columns } = prepared;
  const rows = outcomeRows(plan.outcome);
  const copies = copiesOf(data, frame, recipe, columns, rows);
  if (copies !== null) soften("imputation", copies);
  const completed = copies?.ok === true ? copies.value : [new Map(columns.map((column) => [column.name, column]))];
  const asked = copies !== null && !copies.ok ? { ...plan, impute: null } : plan;
  const used = asked === plan ? recipe : { ...recipe, impute: null };
  const at = (names: readonly string[]): readonly (readonly DataColumn[])[] =>
    completed.map((copy) => names.flatMap((name) => copy.get(name) ?? []));
  const fitted: Fitted[] = columns.map((column) => {
    const alone = pooledRegression(plan.outcome, at([column.name]), plan.level);
    soften(column.label, alone);
    return { column, univariable: alone.ok ? alone.value : null };
  });
  const usable = new Set(fitted.filter((one) => one.univariable !== null).map(({ column }) => column.name));
  const applied: Recipe = { ...used, candidates: used.candidates.filter(({ name }) => usable.has(name)) };
  const run = runRecipe(frame, applied);
  soften("selection", run);
  let multivariable: Regression | null = null;
  const chosen = run.ok ? columns.filter((column) => run.value.chosen.includes(column.name)) : [];
  if (chosen.length > 0) {
    const together = pooledRegression(plan.outcome, at(chosen.map(({ name }) => name)), plan.level);
    soften("multivariable", together);
    if (together.ok) multivariable = together.value;
  } else if (run.ok)
    issues.push(
      warningIssue({
        code: "no-covariate-chosen",
        message: `${plan.label}: no covariate passed the rule, so there is no multivariable model.`,
        wanted: rulesText(plan.rules),
      }),
    );
  const { kind } = plan.outcome;
  const effect = kind === "cox" ? "HR" : "OR";
  const percent = Math.round(100 * plan.level);
  const table: ResultTable = {
    id: `model.${plan.id}`,
    title: plan.label,
    columns: [
      { key: "uni.ratio", label: `${effect} (${percent} % CI)`, group: "Univariable" },
      { key: "uni.p", label: "p", group: "Univariable" },
      ...(multivariable === null
        ? []
        : [
            { key: "multi.ratio", label: `${effect} (${percent} % CI)`, group: "Multivariable" },
            { key: "multi.p", label: "p", group: "Multivariable" },
          ]),
    ],
    rows: fitted.flatMap((one) => rowsOf(asked, one, multivariable)),
    footnotes: footnotes(asked, multivariable, kind),
  };
  const tables = part({
    tables: [table],
    figures: [forest(asked, fitted, multivariable, kind)],
    methods: [methodsOf(asked)],
    computations: [
      ...fitted.flatMap(({ univariable }) =>
        univariable === null ? [] : computationOf(data, asked, "uni", univariable),
      ),
      ...(multivariable === null ? [] : computationOf(data, asked, "multi", multivariable)),
    ],
    codedOutcomes: plan.outcome.kind === "logistic" ? [{ outcome: plan.outcome.name, event: plan.event }] : [],
    passports: [
      {
        id: `figure.model.${plan.id}`,
        function: kind === "cox" ? "cox-regression" : "logistic-regression",
        version: "2",
        inputs: [...plan.outcomeColumns, ...fitted.map(({ column }) => column.name)].map((name) => ({
          kind: "result" as const,
          id: `data.${data.id}.${name}`,
        })),
        parameters: { figure: "forest" },
      },
      ...fitted.flatMap(({ univariable }) =>
        univariable === null ? [] : passportsOf(asked, data, "uni", univariable),
      ),
      ...(multivariable === null ? [] : passportsOf(asked, data, "multi", multivariable)),
    ],
  });
  if (!run.ok || multivariable === null) return { part: joinParts([tables, part({ issues })]), columns: [] };
  const lp = predictionsOf(frame, applied, run.value);
  const performance = modelPerformance(layer, asked, {
    frame,
    recipe: applied,
    fit: run.value,
    lp,
    chosen,
    multivariable,
  });
  const behind = new Map<string, DataColumn>();
  for (const column of chosen) {
    behind.set(column.name, column);
    const group = plan.groups.get(column.name);
    const marker = group === undefined ? null : columnOf(data, group.of);
    if (marker?.ok === true) behind.set(marker.value.name, marker.value);
  }
  const object: Json = modelObject({
    plan: asked,
    multivariable,
    fit: run.value,
    columns: behind,
    rows,
    candidates: columns.length,
    performance: performance.facts,
  });
  const { effects } = multivariable;
  return {
    part: joinParts([
      tables,
      continuousTable(data, asked, chosen),
      selectionPart(data, asked, run.value),
      performance.part,
      part({
        issues,
        models: [object],
        passports: [
          {
            id: `model.${plan.id}`,
            function: kind === "cox" ? "cox-regression" : "logistic-regression",
            version: "2",
            inputs: [...plan.outcomeColumns, ...chosen.map(({ name }) => name)].map((name) => ({
              kind: "result",
              id: `data.${data.id}.${name}`,
            })),
            parameters: { rules: rulesText(plan.rules), terms: effects.map((one) => one.term) },
          },
        ],
      }),
    ]),
    columns: addedColumns(data, plan, run.value, lp, chosen),
  };
}

function methodsOf(plan: ModelPlan): string {
  const { outcome } = plan;
  const missing =
    plan.impute === null
      ? ""
      : ` Missing values were filled by chained equations in ${plan.impute.imputations} data sets and the fits pooled by Rubin's rules.`;
  const strata = plan.strata.length === 0 ? "" : `, stratified by ${plan.strata.join(" and ")}`;
  if (outcome.kind === "logistic")
    return `Odds ratios come from logistic regression by maximum likelihood (${rulesText(plan.rules)}).${missing}`;
  const ties = `${outcome.ties[0]?.toUpperCase()}${outcome.ties.slice(1)}`;
  return `Hazard ratios come from Cox regression with ${ties} handling of ties${strata} (${rulesText(plan.rules)}).${missing}`;
}
