import type { DataColumn, Dataset, NumberColumn } from "./dataset.js";
import type { ModelPlan } from "./model-recipe.js";
import type { AddedColumn } from "./plan/step.js";
import type { Frame } from "./recipe/frame.js";
import { imputeFrame } from "./recipe/impute.js";
import { predictRecipe, type Recipe, type RecipeFit, riskOf } from "./recipe/recipe.js";
import { outcomeRows } from "./regression.js";

/** Column of a model's predicted risk (logistic) or linear predictor (Cox). */
export const riskColumn = (model: string): string => `risk:${model}`;

/** Column of a model's risk class. */
export const riskClassColumn = (model: string): string => `risk-class:${model}`;

/** Predictions of a fit at every row of the data; with imputation the mean over the completed copies. */
export function predictionsOf(frame: Frame, recipe: Recipe, fit: RecipeFit): Float64Array {
  const completed = recipe.impute === null ? null : imputeFrame(frame, recipe.impute);
  const frames = completed?.ok === true ? completed.value : [frame];
  const all = frames.map((one) => predictRecipe(one, recipe, fit));
  return Float64Array.from({ length: frame.n }, (_, i) => all.reduce((sum, lp) => sum + (lp[i] ?? 0), 0) / all.length);
}

/** The predictions as columns for the steps after the model: the risk or linear predictor, and the class where a cut divides it. */
export function addedColumns(
  data: Dataset,
  plan: ModelPlan,
  fit: RecipeFit,
  lp: Float64Array,
  chosen: readonly DataColumn[],
): readonly AddedColumn[] {
  const rows = outcomeRows(plan.outcome);
  const logistic = plan.outcome.kind === "logistic";
  const values = new Array<number | null>(data.rows.length).fill(null);
  rows.forEach((row, i) => {
    const own = lp[i] ?? Number.NaN;
    values[row] = Number.isNaN(own) ? null : logistic ? riskOf(own) : own;
  });
  const inputs = chosen.map((column) => ({ kind: "result" as const, id: `data.${data.id}.${column.name}` }));
  const origin = (): typeof inputs => [...inputs, { kind: "result", id: `model.${plan.id}` }];
  const risk: NumberColumn = {
    name: riskColumn(plan.id),
    label: logistic ? `Risk by ${plan.label}` : `Linear predictor of ${plan.label}`,
    type: "number",
    unit: "",
    origin,
    values,
  };
  const { riskCut } = fit;
  if (riskCut === null) return [{ data: data.id, column: risk }];
  return [
    { data: data.id, column: risk },
    {
      data: data.id,
      column: {
        name: riskClassColumn(plan.id),
        label: `Risk class by ${plan.label}`,
        type: "category",
        levels: ["low", "high"],
        origin,
        values: values.map((value) => (value === null ? null : value >= riskCut ? "high" : "low")),
      },
    },
  ];
}
