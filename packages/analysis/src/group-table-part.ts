import type { Issue, Result } from "@livermark/core";
import {
  mean,
  median,
  quantiles,
  standardDeviation,
  standardisedCategoryDifference,
  standardisedDifference,
} from "@livermark/statistics";
import { decimalsFor, decimalsOfQuartiles } from "./baseline.js";
import { cellLedger, columnInputs, pContent } from "./cell-ledger.js";
import { categoryTest, looksNormal, numbersIn, numberTest, type Tested } from "./column-tests.js";
import type { Conventions } from "./conventions.js";
import { columnOf, type Dataset } from "./dataset.js";
import { type Part, part } from "./part.js";
import { tableName } from "./recompute.js";
import { numberCase, tallyCase } from "./recompute-cases.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";
import { groupsOf } from "./survival-data.js";
import { labelWithUnit, shownUnit } from "./wording.js";

/** Columns compared between the levels of `by`. */
export interface GroupTablePlan {
  readonly id: string;
  readonly label: string;
  readonly by: string;
  readonly columns: readonly string[];
  readonly rule: "shapiro" | "rank" | "mean";
}

const described = (values: readonly number[], normal: boolean, decimals: number): CellContent => {
  if (values.length === 0) return { kind: "missing", why: "no value" };
  if (normal)
    return values.length < 2
      ? { kind: "not-estimable", why: "one value has no standard deviation" }
      : { kind: "mean-sd", mean: mean(values), sd: standardDeviation(values), decimals };
  const [low = 0, high = 0] = quantiles(values, [0.25, 0.75], 7);
  return { kind: "median-range", median: median(values), low, high, range: "iqr", decimals };
};

/**
 * Columns compared between the levels of a category in one table: numbers as mean ± SD with t test or ANOVA where Shapiro–Wilk
 * finds every group normal (p > 0.05), else as median with quartiles and rank test; categories as n (%) with chi-square, or Fisher's
 * exact test where an expected count is below 5. Which test was made stands in each row. Shapiro and Wilk 1965, Royston 1995.
 */
export function groupTablePart(data: Dataset, plan: GroupTablePlan, conventions: Conventions): Part {
  const divided = groupsOf(data, plan.by);
  const issues: Issue[] = [];
  if (!divided.ok) return part({ issues: divided.issues.map((issue) => ({ ...issue, severity: "warning" as const })) });
  const { groups, column: by } = divided.value;
  const rows: ResultRow[] = [];
  const computations: Computation[] = [];
  const passports: Part["passports"][number][] = [];
  for (const name of plan.columns) {
    const found = columnOf(data, name);
    if (!found.ok) {
      issues.push(
        ...found.issues.map((issue) => ({
          ...issue,
          severity: "warning" as const,
          path: `plan.group_tables.${plan.id}`,
        })),
      );
      continue;
    }
    const ledger = cellLedger("group-table", "1", columnInputs(data, [name, plan.by]));
    const id = (what: string): string => `group-table.${plan.id}.${name}.${what}`;
    const column = found.value;
    /** How far two groups lie apart, whatever their sizes; none for three groups and more. */
    const apart = (difference: () => Result<number>): { readonly [key: string]: Cell } => {
      if (groups.length !== 2) return {};
      const found = difference();
      return {
        smd: ledger.issued(
          id("smd"),
          found.ok
            ? { kind: "number", value: Math.abs(found.value), unit: "", decimals: 2 }
            : { kind: "not-estimable", why: found.issues[0]?.message ?? "no spread" },
          { absolute: true },
        ),
      };
    };
    const tail = (tested: Tested): { readonly [key: string]: Cell } => {
      if (tested.computation !== null)
        computations.push({
          id: id("p"),
          data: tableName(data),
          ...tested.computation,
          spec: { ...tested.computation.spec, ...(column.type === "category" ? { row: plan.by, column: name } : {}) },
        });
      return {
        p: ledger.issued(id("p"), pContent(tested.p, "fewer than two groups with a value"), { test: tested.name }),
        test: { id: null, kind: "text", text: tested.name },
      };
    };
    if (column.type === "number") {
      const normal = plan.rule === "mean" || (plan.rule === "shapiro" && looksNormal(column, groups));
      const scale = shownUnit(column.unit).factor;
      const shown =
        scale === 1 ? column : { ...column, values: column.values.map((v) => (v === null ? null : scale * v)) };
      const samples = groups.map((group) => numbersIn(shown, group.rows));
      const decimals = normal ? decimalsFor(samples.flat()) : decimalsOfQuartiles(samples);
      rows.push({
        label: `${labelWithUnit(column.label, column.unit)}, ${normal ? "mean ± SD" : "median (IQR)"}`,
        cells: {
          ...Object.fromEntries(
            groups.map((group): [string, Cell] => [
              group.label,
              ledger.issued(id(group.label), described(numbersIn(shown, group.rows), normal, decimals), {
                normal,
                rule: plan.rule,
              }),
            ]),
          ),
          ...apart(() => standardisedDifference(samples[0] ?? [], samples[1] ?? [])),
          ...tail(numberTest(column, plan.by, groups, normal, conventions.preset)),
        },
      });
      passports.push(...ledger.passports);
      for (const group of groups)
        computations.push(
          ...numberCase(
            id(group.label),
            { data: tableName(data), filter: { column: plan.by, equals: group.label } },
            name,
            numbersIn(column, group.rows),
            normal ? "mean" : "median",
          ),
        );
      continue;
    }
    for (const group of groups)
      computations.push(
        ...tallyCase(
          id(group.label),
          { data: tableName(data), filter: { column: plan.by, equals: group.label } },
          name,
          group.rows.map((row) => column.values[row] ?? null),
          column.levels,
        ),
      );
    const { counts, levels, tested } = categoryTest(column, groups);
    rows.push({
      label: column.label,
      cells: { ...apart(() => standardisedCategoryDifference(counts[0] ?? [], counts[1] ?? [])), ...tail(tested) },
    });
    levels.forEach((level, k) => {
      rows.push({
        label: level,
        indent: 1,
        cells: Object.fromEntries(
          groups.map((group, g): [string, Cell] => {
            const own = counts[g] ?? [];
            return [
              group.label,
              ledger.issued(id(`${group.label}.${level}`), {
                kind: "share",
                n: own[k] ?? 0,
                total: own.reduce((sum, n) => sum + n, 0),
              }),
            ];
          }),
        ),
      });
    });
    passports.push(...ledger.passports);
  }
  return part({
    tables: [
      {
        id: `group-table.${plan.id}`,
        title: plan.label,
        columns: [
          ...groups.map((group) => ({
            key: group.label,
            label: `${group.label} (n = ${group.rows.length})`,
            group: by.label,
          })),
          ...(groups.length === 2 ? [{ key: "smd", label: "SMD" }] : []),
          { key: "p", label: "p" },
          { key: "test", label: "Test" },
        ],
        rows,
        footnotes: [
          ...(plan.rule === "shapiro"
            ? [
                "Mean ± SD and t test (ANOVA) where Shapiro–Wilk gives p > 0.05 in every group, else median (IQR) and rank test.",
              ]
            : []),
          "χ² without continuity correction; Fisher's exact test where an expected count is below 5. p-values are not corrected for their number.",
          ...(groups.length === 2
            ? [
                "SMD, absolute standardised mean difference, for categories over all levels (Austin 2009; Yang and Dalton 2012).",
              ]
            : []),
        ],
      },
    ],
    issues,
    passports,
    computations,
    methods: [
      plan.rule === "shapiro"
        ? "Numbers were described as mean ± SD and compared by t test or analysis of variance where the Shapiro–Wilk test found every group normal, else as median (interquartile range) and compared by rank tests; categories by χ² or Fisher's exact test."
        : "Numbers were compared between groups by rank tests or t tests as stated in the tables; categories by χ² or Fisher's exact test.",
    ],
  });
}
