import type { Passport } from "@livermark/core";
import { columnId, columnOf, type Dataset } from "./dataset.js";
import type { LassoErrorFigure, LassoPathFigure } from "./figures.js";
import type { ModelPlan } from "./model-recipe.js";
import { type Part, part } from "./part.js";
import { type ChooseStep, ruleText } from "./recipe/choose.js";
import type { RecipeFit } from "./recipe/recipe.js";
import type { ResultRow, ResultTable } from "./results.js";

const labelOf = (data: Dataset, name: string): string => {
  const column = columnOf(data, name);
  return column.ok ? column.value.label : name;
};

/** Path and cross-validation error of a penalised step, as figures. */
function lassoFigures(
  data: Dataset,
  plan: ModelPlan,
  step: ChooseStep,
): readonly (LassoPathFigure | LassoErrorFigure)[] {
  if (step.lasso === null) return [];
  const { cv, columns } = step.lasso;
  const lambda = [...cv.fit.lambda];
  const nonZero = [...cv.fit.nonZero];
  const lambdaMin = lambda[cv.indexMin] ?? 0;
  const lambda1se = lambda[cv.index1se] ?? 0;
  return [
    {
      id: `figure.model.${plan.id}.lasso-path`,
      kind: "lasso-path",
      title: `${plan.label}: coefficients over the penalty`,
      lambda,
      coefficients: columns.map((column, j) => ({
        label: column.level === null ? labelOf(data, column.term) : `${labelOf(data, column.term)}: ${column.level}`,
        values: cv.fit.coefficients.map((beta) => beta[j] ?? 0),
      })),
      nonZero,
      lambdaMin,
      lambda1se,
    },
    {
      id: `figure.model.${plan.id}.lasso-error`,
      kind: "lasso-error",
      title: `${plan.label}: cross-validated error over the penalty`,
      lambda,
      measure: plan.outcome.kind === "cox" ? "Partial likelihood deviance" : "Binomial deviance",
      mean: [...cv.mean],
      standardError: [...cv.standardError],
      nonZero,
      lambdaMin,
      lambda1se,
      folds: cv.foldCount,
    },
  ];
}

/** What each rule of the recipe kept, and the figures of a penalised step. A recipe without rules leaves nothing. */
export function selectionPart(data: Dataset, plan: ModelPlan, fit: RecipeFit): Part {
  const steps = fit.steps.filter((step) => step.rule !== "all");
  if (steps.length === 0) return part({});
  const inputs: Passport["inputs"] = [...new Set([...plan.outcomeColumns, ...(steps[0]?.from ?? [])])].flatMap(
    (name) => {
      const column = columnOf(data, name);
      return column.ok ? [{ kind: "result" as const, id: columnId(data, column.value) }] : [];
    },
  );
  const id = (k: number, what: string): string => `model.${plan.id}.rule-${k + 1}.${what}`;
  const passports: Passport[] = [];
  const issued = (name: string, parameters: Passport["parameters"]): string => {
    passports.push({ id: name, function: "choose-covariates", version: "1", inputs, parameters, seed: plan.seed });
    return name;
  };
  const rows = steps.map((step, k): ResultRow => {
    const rule = plan.rules.filter((one) => one.rule !== "all")[k];
    const text = rule === undefined ? step.rule : ruleText(rule);
    return {
      label: `${k + 1}. ${text}`,
      cells: {
        from: { id: issued(id(k, "from"), { rule: text }), kind: "count", n: step.from.length },
        kept: { id: issued(id(k, "kept"), { rule: text, kept: step.kept }), kind: "count", n: step.kept.length },
        names: { id: null, kind: "text", text: step.kept.map((name) => labelOf(data, name)).join(", ") || "none" },
      },
    };
  });
  const lasso = steps.find((step) => step.lasso !== null);
  const lambdas: ResultRow[] =
    lasso?.lasso == null
      ? []
      : (["min", "1se"] as const).map((which): ResultRow => {
          const { cv } = lasso.lasso ?? { cv: null };
          const index = which === "min" ? (cv?.indexMin ?? 0) : (cv?.index1se ?? 0);
          return {
            label: which === "min" ? "Penalty of the smallest error" : "Largest penalty within one standard error",
            indent: 1,
            cells: {
              kept: {
                id: issued(`model.${plan.id}.lasso.${which}.non-zero`, { lambda: cv?.fit.lambda[index] ?? 0 }),
                kind: "count",
                n: cv?.fit.nonZero[index] ?? 0,
              },
              names: {
                id: issued(`model.${plan.id}.lasso.${which}.lambda`, { folds: cv?.foldCount ?? 0 }),
                kind: "number",
                value: cv?.fit.lambda[index] ?? 0,
                unit: "",
                decimals: 4,
              },
            },
          };
        });
  const table: ResultTable = {
    id: `model.${plan.id}.selection`,
    title: `${plan.label}: how the covariates were chosen`,
    columns: [
      { key: "from", label: "Before" },
      { key: "kept", label: "Kept" },
      { key: "names", label: "Covariates" },
    ],
    rows: [...rows, ...lambdas],
    footnotes: [],
  };
  const figures = steps.flatMap((step) => lassoFigures(data, plan, step));
  for (const figure of figures) issued(figure.id, { figure: figure.kind });
  return part({ tables: [table], figures, passports });
}
