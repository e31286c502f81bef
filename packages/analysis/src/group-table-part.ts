import type { Issue, Result } from "@livermark/core";
import {
  contingencyTest,
  fisherExact,
  groupValues,
  kruskalWallis,
  mannWhitney,
  mean,
  median,
  oneWayAnova,
  quantiles,
  shapiroWilk,
  standardDeviation,
  standardisedCategoryDifference,
  standardisedDifference,
  tTest,
} from "@livermark/statistics";
import { decimalsFor, decimalsOfQuartiles } from "./baseline.js";
import { cellLedger, columnInputs, pContent } from "./cell-ledger.js";
import type { Conventions } from "./conventions.js";
import { type CategoryColumn, columnOf, type Dataset, type NumberColumn } from "./dataset.js";
import { type Part, part } from "./part.js";
import { tableName } from "./recompute.js";
import { numberCase, tallyCase } from "./recompute-cases.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";
import { groupsOf } from "./survival-data.js";
import { labelWithUnit, printedLevels, shownUnit } from "./wording.js";

/** Columns compared between the levels of `by`. */
export interface GroupTablePlan {
  readonly id: string;
  readonly label: string;
  readonly by: string;
  readonly columns: readonly string[];
  readonly rule: "shapiro" | "rank" | "mean";
}

interface Group {
  readonly label: string;
  readonly rows: readonly number[];
}

const numbersIn = (column: NumberColumn, rows: readonly number[]): number[] =>
  rows.flatMap((row) => column.values[row] ?? []);

/** The test of a numeric column: its name, p, and the same as a case of `livermark stat` where R repeats it. */
interface Tested {
  readonly name: string;
  readonly p: number | null;
  readonly computation: Pick<Computation, "method" | "spec" | "answer"> | null;
}

function numberTest(
  column: NumberColumn,
  by: string,
  groups: readonly Group[],
  normal: boolean,
  preset: Conventions["preset"],
): Tested {
  const samples = groups.map((group) => numbersIn(column, group.rows)).filter((values) => values.length > 0);
  const [a, b] = samples;
  if (a === undefined || b === undefined) return { name: "none", p: null, computation: null };
  const spec = { x: column.name, group: by };
  if (samples.length === 2) {
    const two = { ...spec, first: groups[0]?.label ?? "", second: groups[1]?.label ?? "" };
    if (normal) {
      const equalVariances = preset === "spss";
      const test = tTest(a, b, { equalVariances });
      const p = test.ok ? test.value.p : null;
      return {
        name: equalVariances ? "Student t" : "Welch t",
        p,
        computation:
          p === null ? null : { method: "tTests", spec: two, answer: equalVariances ? { studentP: p } : { p } },
      };
    }
    const test = mannWhitney(a, b);
    const found = test.ok ? (preset === "spss" ? test.value.pNormal : test.value.pNormalCorrected) : null;
    const p = typeof found === "number" ? found : null;
    return {
      name: "Mann–Whitney",
      p,
      computation:
        p === null
          ? null
          : { method: "mannWhitney", spec: two, answer: preset === "spss" ? { pApprox: p } : { pApproxCC: p } },
    };
  }
  const sample = groupValues(
    samples.flat(),
    samples.flatMap((values, g) => values.map(() => g)),
  );
  if (!sample.ok) return { name: "none", p: null, computation: null };
  if (normal) {
    const test = oneWayAnova(sample.value);
    const p = test.ok ? test.value.p : null;
    return { name: "ANOVA", p, computation: p === null ? null : { method: "kSample", spec, answer: { anovaP: p } } };
  }
  const test = kruskalWallis(sample.value);
  const p = test.ok ? test.value.p : null;
  return {
    name: "Kruskal–Wallis",
    p,
    computation: p === null ? null : { method: "kSample", spec, answer: { kruskalP: p } },
  };
}

/** Shapiro–Wilk above 0.05 in every group of at least three values. */
const looksNormal = (column: NumberColumn, groups: readonly Group[]): boolean =>
  groups.every((group) => {
    const test = shapiroWilk(numbersIn(column, group.rows));
    return test.ok && test.value.p > 0.05;
  });

const described = (values: readonly number[], normal: boolean, decimals: number): CellContent => {
  if (values.length === 0) return { kind: "missing", why: "no value" };
  if (normal)
    return values.length < 2
      ? { kind: "not-estimable", why: "one value has no standard deviation" }
      : { kind: "mean-sd", mean: mean(values), sd: standardDeviation(values), decimals };
  const [low = 0, high = 0] = quantiles(values, [0.25, 0.75], 7);
  return { kind: "median-range", median: median(values), low, high, range: "iqr", decimals };
};

function categoryTest(
  column: CategoryColumn,
  groups: readonly Group[],
): { readonly counts: readonly (readonly number[])[]; readonly levels: readonly string[]; readonly tested: Tested } {
  const printed = printedLevels(column);
  const all = groups.map((group) =>
    printed.map((level) => group.rows.filter((row) => column.values[row] === level).length),
  );
  const kept = printed.map((_, i) => i).filter((i) => all.some((row) => (row[i] ?? 0) > 0));
  const counts = all.map((row) => kept.map((i) => row[i] ?? 0));
  const levels = kept.map((i) => printed[i] ?? "");
  const used = counts.filter((row) => row.some((n) => n > 0));
  const chi = used.length < 2 || levels.length < 2 ? null : contingencyTest(used);
  if (chi?.ok !== true) return { counts, levels, tested: { name: "none", p: null, computation: null } };
  if (chi.value.minExpected >= 5)
    return {
      counts,
      levels,
      tested: {
        name: "χ²",
        p: chi.value.pearson.p,
        computation: { method: "contingency", spec: {}, answer: { chisqP: chi.value.pearson.p } },
      },
    };
  const exact = fisherExact(used);
  const p = exact.ok ? exact.value : null;
  return {
    counts,
    levels,
    tested: {
      name: "Fisher",
      p,
      computation: p === null ? null : { method: "contingency", spec: {}, answer: { fisherP: p } },
    },
  };
}

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
