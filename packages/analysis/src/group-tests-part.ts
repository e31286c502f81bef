import type { Issue } from "@livermark/core";
import {
  contingencyTest,
  dunnTest,
  fisherExact,
  groupValues,
  kruskalWallis,
  mannWhitney,
  median,
  quantiles,
} from "@livermark/statistics";
import { decimalsFor } from "./baseline.js";
import { cellLedger, columnInputs, pContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import type { DistributionFigure } from "./figures.js";
import { type Part, part } from "./part.js";
import { tableName } from "./recompute.js";
import { numberCase, tallyCase } from "./recompute-cases.js";
import type { Cell, Computation, ResultRow } from "./results.js";
import { groupsOf } from "./survival-data.js";
import { labelWithUnit } from "./wording.js";

/** A column compared between the levels of another. */
export interface GroupTestPlan {
  readonly id: string;
  readonly label: string;
  readonly of: string;
  readonly by: string;
}

/** Whiskers at the most extreme values within 1.5 interquartile ranges. */
function boxOf(values: readonly number[]): DistributionFigure["groups"][number]["box"] {
  const [q1 = 0, middle = 0, q3 = 0] = quantiles(values, [0.25, 0.5, 0.75], 7);
  const reach = 1.5 * (q3 - q1);
  const inside = values.filter((value) => value >= q1 - reach && value <= q3 + reach);
  return { low: Math.min(...inside), q1, median: middle, q3, high: Math.max(...inside) };
}

/**
 * One column compared between groups: medians with quartiles and the Mann–Whitney or (three groups or more) Kruskal–Wallis
 * test with Dunn's pairs (Holm); the normal approximation of Mann–Whitney has a continuity correction under the preset `r`
 * and none under `spss`. For a category counts with chi-square and Fisher's exact test. A group without a value
 * is left out; fewer than two groups are an Issue.
 */
export function groupTestPart(data: Dataset, plan: GroupTestPlan, preset: "r" | "spss" = "r"): Part {
  const found = columnOf(data, plan.of);
  const divided = groupsOf(data, plan.by);
  if (!found.ok || !divided.ok) return part({ issues: soften(plan, [...found.issues, ...divided.issues]) });
  const column = found.value;
  const ledger = cellLedger("group-comparison", "1", columnInputs(data, [plan.of, plan.by]));
  const id = (what: string): string => `group-test.${plan.id}.${what}`;
  const { groups } = divided.value;
  if (column.type === "category") {
    const rows = groups.map((group) =>
      column.levels.map((level) => group.rows.filter((row) => column.values[row] === level).length),
    );
    const used = column.levels.map((_, i) => i).filter((i) => rows.some((row) => (row[i] ?? 0) > 0));
    const table = rows.map((row) => used.map((i) => row[i] ?? 0));
    const chi = contingencyTest(table);
    const exact = fisherExact(table);
    const test: ResultRow = {
      label: column.label,
      cells: {
        chi: ledger.issued(id("chi-square.p"), pContent(chi.ok ? chi.value.pearson.p : null)),
        fisher: ledger.issued(id("fisher.p"), pContent(exact.ok ? exact.value : null)),
      },
    };
    return part({
      tables: [
        {
          id: `group-test.${plan.id}`,
          title: plan.label,
          columns: [
            ...groups.map((group) => ({ key: group.label, label: group.label, group: divided.value.column.label })),
            { key: "chi", label: "p (chi-square)" },
            { key: "fisher", label: "p (Fisher)" },
          ],
          rows: [
            test,
            ...used.map(
              (i): ResultRow => ({
                label: column.levels[i] ?? "",
                indent: 1,
                cells: Object.fromEntries(
                  groups.map((group, g): [string, Cell] => [
                    group.label,
                    ledger.issued(id(`${group.label}.${column.levels[i]}`), {
                      kind: "share",
                      n: rows[g]?.[i] ?? 0,
                      total: (rows[g] ?? []).reduce((sum, n) => sum + n, 0),
                    }),
                  ]),
                ),
              }),
            ),
          ],
          footnotes: ["Chi-square without continuity correction."],
        },
      ],
      passports: ledger.passports,
      computations: [
        ...(chi.ok
          ? [
              {
                id: id("chi-square.p"),
                method: "contingency",
                data: tableName(data),
                spec: { row: plan.by, column: plan.of },
                answer: { chisqP: chi.value.pearson.p, ...(exact.ok ? { fisherP: exact.value } : {}) },
              },
            ]
          : []),
        ...groups.flatMap((group) =>
          tallyCase(
            id(group.label),
            { data: tableName(data), filter: { column: plan.by, equals: group.label } },
            plan.of,
            group.rows.map((row) => column.values[row] ?? null),
            column.levels,
          ),
        ),
      ],
    });
  }
  const samples = groups
    .map((group) => ({
      label: group.label,
      values: group.rows.map((row) => column.values[row]).filter((value): value is number => typeof value === "number"),
    }))
    .filter(({ values }) => values.length > 0);
  if (samples.length < 2)
    return part({
      issues: [
        {
          code: "one-group",
          severity: "warning",
          message: `${plan.label}: fewer than two groups of ${divided.value.column.label} have a value.`,
          got: String(samples.length),
          wanted: "two groups or more",
          mend: "Choose another division.",
          path: `plan.group_tests.${plan.id}`,
          where: {},
        },
      ],
    });
  const decimals = decimalsFor(samples.flatMap(({ values }) => values));
  const computations: Computation[] = samples.flatMap(({ label, values }) =>
    numberCase(
      id(`${label}.median`),
      { data: tableName(data), filter: { column: plan.by, equals: label } },
      plan.of,
      values,
      "median",
    ),
  );
  const [one, two] = samples;
  let p: number | null = null;
  const pairs: ResultRow[] = [];
  const method = samples.length === 2 ? "Mann–Whitney" : "Kruskal–Wallis";
  if (samples.length === 2 && one !== undefined && two !== undefined) {
    const test = mannWhitney(one.values, two.values);
    const normal = test.ok ? (preset === "r" ? test.value.pNormalCorrected : test.value.pNormal) : null;
    p = typeof normal === "number" ? normal : null;
    if (p !== null)
      computations.push({
        id: id("p"),
        method: "mannWhitney",
        data: tableName(data),
        spec: { x: plan.of, group: plan.by, first: one.label, second: two.label },
        answer: preset === "r" ? { pApproxCC: p } : { pApprox: p },
      });
  } else {
    const sample = groupValues(
      samples.flatMap(({ values }) => values),
      samples.flatMap(({ label, values }) => values.map(() => label)),
    );
    const test = sample.ok ? kruskalWallis(sample.value) : sample;
    p = test.ok ? test.value.p : null;
    const dunn = sample.ok ? dunnTest(sample.value, "holm") : sample;
    if (test.ok)
      computations.push({
        id: id("p"),
        method: "kSample",
        data: tableName(data),
        spec: {
          x: plan.of,
          group: plan.by,
          ...(dunn.ok ? { pairs: dunn.value.map(({ first, second }) => [String(first), String(second)]) } : {}),
        },
        answer: {
          kruskalH: test.value.chiSquare,
          kruskalP: test.value.p,
          ...(dunn.ok ? { dunnHolm: dunn.value.map(({ pAdjusted }) => pAdjusted) } : {}),
        },
      });
    if (dunn.ok)
      for (const pair of dunn.value)
        pairs.push({
          label: `${pair.first} vs ${pair.second}`,
          indent: 1,
          cells: {
            p: ledger.issued(id(`${pair.first}.${pair.second}.p`), pContent(pair.pAdjusted), {
              test: "Dunn",
              adjusted: "Holm",
            }),
          },
        });
  }
  const figure: DistributionFigure = {
    id: `figure.group-test.${plan.id}`,
    kind: "distribution",
    title: plan.label,
    valueLabel: labelWithUnit(column.label, column.unit),
    groups: samples.map(({ label, values }) => ({ label, values, box: boxOf(values) })),
    comparison: p === null ? null : { method, p, id: id("p") },
  };
  // A bare number or yes and no say nothing without what they are levels of.
  const headed = (level: string): string =>
    /^(?:\d+|yes|no)$/.test(level) ? `${divided.value.column.label}: ${level}` : level;
  const row: ResultRow = {
    label: labelWithUnit(column.label, column.unit),
    cells: {
      ...Object.fromEntries(
        samples.flatMap(({ label, values }): [string, Cell][] => {
          const [low = 0, high = 0] = quantiles(values, [0.25, 0.75], 7);
          return [
            [`${label}.n`, ledger.issued(id(`${label}.n`), { kind: "count", n: values.length })],
            [
              label,
              ledger.issued(id(`${label}.median`), {
                kind: "median-range",
                median: median(values),
                low,
                high,
                range: "iqr",
                decimals,
              }),
            ],
          ];
        }),
      ),
      p: ledger.issued(id("p"), pContent(p, "no test"), { test: method }),
    },
  };
  return part({
    tables: [
      {
        id: `group-test.${plan.id}`,
        title: plan.label,
        columns: [
          ...samples.flatMap(({ label }) => [
            { key: `${label}.n`, label: "n", group: headed(label) },
            { key: label, label: "Median (IQR)", group: headed(label) },
          ]),
          { key: "p", label: `p (${method})` },
        ],
        rows: [row, ...pairs],
        footnotes: pairs.length === 0 ? [] : ["Pairs by Dunn's test, p adjusted by Holm."],
      },
    ],
    figures: [figure],
    passports: [
      ...ledger.passports,
      {
        id: figure.id,
        function: "distribution",
        version: "1",
        inputs: columnInputs(data, [plan.of, plan.by]),
        parameters: {},
      },
    ],
    computations,
    methods: [
      `Values of groups were compared by the Mann–Whitney test (two groups) or the Kruskal–Wallis test with Dunn's pairs.`,
    ],
  });
}

const soften = (plan: GroupTestPlan, issues: readonly Issue[]): readonly Issue[] =>
  issues.map((issue) => ({ ...issue, severity: "warning" as const, message: `${plan.label}: ${issue.message}` }));
