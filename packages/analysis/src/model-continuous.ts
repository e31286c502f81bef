import { columnOf, type DataColumn, type Dataset } from "./dataset.js";
import type { ModelPlan } from "./model-recipe.js";
import { computationOf, footnotes, passportsOf, rowsOf } from "./model-table.js";
import { type Part, part } from "./part.js";
import { pooledRegression } from "./pooled-regression.js";
import type { ResultTable } from "./results.js";

/** The model again with the numbers behind its groups, so that no conclusion hangs on a cut alone. */
export function continuousTable(data: Dataset, plan: ModelPlan, chosen: readonly DataColumn[]): Part {
  const columns = chosen.flatMap((column) => {
    const group = plan.groups.get(column.name);
    const marker = group === undefined ? null : columnOf(data, group.of);
    return marker?.ok === true ? [marker.value] : [column];
  });
  const distinct = [...new Map(columns.map((column) => [column.name, column])).values()];
  if (!plan.continuous || chosen.every((column) => !plan.groups.has(column.name))) return part({});
  const fitted = pooledRegression(plan.outcome, [distinct], plan.level);
  if (!fitted.ok)
    return part({
      issues: fitted.issues.map((issue) => ({
        ...issue,
        severity: "warning" as const,
        message: `${plan.label}, continuous form: ${issue.message}`,
      })),
    });
  const twin: ModelPlan = { ...plan, id: `${plan.id}.continuous`, rules: [], impute: null };
  const effect = plan.outcome.kind === "cox" ? "HR" : "OR";
  const table: ResultTable = {
    id: `model.${twin.id}`,
    title: `${plan.label}, numbers instead of groups`,
    columns: [
      { key: "multi.ratio", label: `${effect} (${Math.round(100 * plan.level)} % CI)` },
      { key: "multi.p", label: "p" },
    ],
    rows: distinct.flatMap((column) => rowsOf(twin, { column, univariable: null }, fitted.value)),
    footnotes: [
      "The same covariates as in the model above, each marker as it was measured: dividing it into groups throws information away (Royston, Altman and Sauerbrei 2006).",
      ...footnotes(twin, fitted.value, plan.outcome.kind).slice(2),
    ],
  };
  return part({
    tables: [table],
    passports: passportsOf(twin, data, "multi", fitted.value),
    computations: computationOf(data, twin, "multi", fitted.value),
  });
}
