import { type Issue, warningIssue } from "@livermark/core";
import { rocAnalysis, rocTestUnpaired } from "@livermark/statistics";
import { areaContent } from "./accuracy.js";
import { type CellLedger, pContent } from "./cell-ledger.js";
import type { Marker, ModelComparisonPlan } from "./compared-markers.js";
import { columnOf, type Dataset } from "./dataset.js";
import type { ResultRow, ResultTable } from "./results.js";

/** Areas within the levels of a category, each pair of levels compared by DeLong's test for different patients. */
export function areasWithinGroups(
  data: Dataset,
  plan: ModelComparisonPlan,
  by: string,
  markers: readonly Marker[],
  kept: readonly { readonly row: number; readonly y: number }[],
  level: number,
  ledger: CellLedger,
): { readonly tables: readonly ResultTable[]; readonly issues: readonly Issue[] } {
  const column = columnOf(data, by);
  if (!column.ok || column.value.type !== "category")
    return {
      tables: [],
      issues: [
        warningIssue({
          code: "column-not-a-category",
          message: `${plan.label}: the areas cannot be divided by this column.`,
          got: by,
          wanted: "a category",
          path: `plan.model_comparisons.${plan.id}.by`,
        }),
      ],
    };
  const category = column.value;
  const issues: Issue[] = [];
  const rows = markers.flatMap((marker): readonly ResultRow[] => {
    const groups = category.levels.map((label) => {
      const own = kept.filter(({ row }) => category.values[row] === label);
      return { label, y: own.map((one) => one.y), values: own.map(({ row }) => marker.values[row] ?? 0) };
    });
    const direction = marker.isRisk ? ("higher-in-cases" as const) : ("auto" as const);
    const id = (what: string): string => `models.${plan.id}.${by}.${marker.name}.${what}`;
    const own = groups.map((group): ResultRow => {
      const roc = rocAnalysis(group.y, group.values, { direction, level });
      return {
        label: group.label,
        indent: 1,
        cells: {
          n: ledger.issued(id(`${group.label}.n`), {
            kind: "share",
            n: group.y.reduce((sum, value) => sum + value, 0),
            total: group.y.length,
          }),
          auc: roc.ok
            ? ledger.issued(id(`${group.label}.auc`), areaContent(roc.value, level))
            : { id: null, kind: "not-estimable", why: "one outcome only" },
        },
      };
    });
    const pairs = groups.flatMap((a, i) => groups.slice(i + 1).map((b) => ({ a, b })));
    const tests = pairs.map(({ a, b }): ResultRow => {
      const test = rocTestUnpaired(
        { outcome: a.y, marker: a.values },
        { outcome: b.y, marker: b.values },
        { directions: [direction, direction], level },
      );
      const p = test.ok && test.value.test.estimable ? test.value.test.p : null;
      return {
        label: `${a.label} v ${b.label}`,
        indent: 1,
        cells: {
          p: ledger.issued(id(`${a.label}.${b.label}.p`), pContent(p, "a group is too small, or its area is 0 or 1")),
        },
      };
    });
    return [{ label: marker.label, cells: {} }, ...own, ...tests];
  });
  return {
    issues,
    tables: [
      {
        id: `models.${plan.id}.by-${by}`,
        title: `${plan.label} by ${category.label}`,
        columns: [
          { key: "n", label: "Events, n (%)" },
          { key: "auc", label: "AUC (95 % CI)" },
          { key: "p", label: "p (DeLong, unpaired)" },
        ],
        rows,
        footnotes: ["In groups of few patients an area near 1 means little: look at the interval and the numbers."],
      },
    ],
  };
}
