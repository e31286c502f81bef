import { type Issue, warningIssue } from "@livermark/core";
import { adjustP, type RocAnalysis, rocAnalysis, rocTestPaired, rocTestUnpaired } from "@livermark/statistics";
import { binaryOutcome } from "./binary-outcome.js";
import { cellLedger, columnInputs, pContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import type { DecisionCurveFigure, RocFigure } from "./figures.js";
import { accuracyAt, decisionFigure } from "./model-performance-logistic.js";
import { type Part, part } from "./part.js";
import { codedColumn, tableName } from "./recompute.js";
import type { Cell, CellContent, Computation, ResultRow, ResultTable } from "./results.js";

/** Markers and predictions on one yes/no outcome. */
export interface ModelComparisonPlan {
  readonly id: string;
  readonly label: string;
  readonly outcome: string;
  readonly event: readonly string[];
  readonly markers: readonly string[];
  /** Every pair unless given. */
  readonly pairs?: readonly (readonly [string, string])[] | undefined;
  readonly by?: string | undefined;
}

interface Marker {
  readonly name: string;
  readonly label: string;
  /** By row of the data; a group of two levels counts 0 and 1. */
  readonly values: readonly (number | null)[];
  readonly isRisk: boolean;
  readonly isNumber: boolean;
}

function markerOf(data: Dataset, name: string): Marker | Issue {
  const column = columnOf(data, name);
  if (!column.ok)
    return warningIssue({
      code: "unknown-column",
      message: "A comparison of models names a column that does not exist.",
      got: name,
      wanted: "risk:<model>, a number, or a group of two levels",
    });
  const { value } = column;
  const isRisk = name.startsWith("risk:");
  if (value.type === "number") return { name, label: value.label, values: value.values, isRisk, isNumber: true };
  if (value.levels.length !== 2)
    return warningIssue({
      code: "marker-not-ordered",
      message: `${value.label} is neither a number nor a group of two levels.`,
      got: `${value.levels.length} levels`,
      wanted: "two",
    });
  return {
    name,
    label: value.label,
    values: value.values.map((level) => (level === null ? null : value.levels.indexOf(level))),
    isRisk: false,
    isNumber: false,
  };
}

const areaContent = (roc: RocAnalysis, level: number): CellContent => {
  const limits = roc.intervals.delong;
  return limits.estimable
    ? { kind: "estimate", value: roc.area, low: limits.low, high: limits.high, level, decimals: 3, unit: "" }
    : { kind: "number", value: roc.area, unit: "", decimals: 3 };
};

/**
 * Markers and predictions on one outcome, on the rows that have all of them: area with DeLong's interval, sensitivity,
 * specificity and predictive values at each marker's own Youden cut, DeLong's paired test for the named pairs (raw and by
 * Holm), a joint ROC figure and, of predicted risks, a joint decision curve. With `by`, each marker's area within the levels of a
 * category, compared between levels (DeLong, unpaired). DeLong 1988; Youden 1950. The cuts were chosen on these data.
 */
export function modelComparisonPart(data: Dataset, plan: ModelComparisonPlan, level: number): Part {
  const outcome = columnOf(data, plan.outcome);
  const coded = outcome.ok ? binaryOutcome(data, outcome.value, plan.event) : null;
  const found = plan.markers.map((name) => markerOf(data, name));
  const issues: Issue[] = found.flatMap((one) =>
    "code" in one ? [{ ...one, path: `plan.model_comparisons.${plan.id}` }] : [],
  );
  const markers = found.flatMap((one) => ("code" in one ? [] : [one]));
  if (coded === null || markers.length === 0) {
    if (coded === null)
      issues.push(
        warningIssue({
          code: "outcome-not-binary",
          message: `${plan.label}: the outcome has no yes and no.`,
          got: plan.outcome,
          wanted: "two levels, or `event` levels",
        }),
      );
    return part({ issues });
  }
  const kept = coded.rows
    .map((row, i) => ({ row, y: coded.values[i] ?? 0 }))
    .filter(({ row }) => markers.every((marker) => typeof marker.values[row] === "number"));
  const y = kept.map((one) => one.y);
  const valuesOf = (marker: Marker): number[] => kept.map(({ row }) => marker.values[row] ?? 0);
  const names = [plan.outcome, ...markers.map((marker) => marker.name), ...(plan.by === undefined ? [] : [plan.by])];
  const ledger = cellLedger("model-comparison", "1", columnInputs(data, names));
  const base = `models.${plan.id}`;
  const facts = { event: plan.event, rows: kept.length };
  const rocs = markers.map((marker) =>
    rocAnalysis(y, valuesOf(marker), { direction: marker.isRisk ? "higher-in-cases" : "auto", level }),
  );
  const computations: Computation[] = [];
  const rows = markers.map((marker, k): ResultRow => {
    const roc = rocs[k];
    if (roc?.ok !== true) return { label: marker.label, cells: {} };
    const { value } = roc;
    const id = (what: string): string => `${base}.${marker.name}.${what}`;
    const cells: { [key: string]: Cell } = {
      auc: ledger.issued(id("auc"), areaContent(value, level), { ...facts, direction: value.direction }),
      p: ledger.issued(id("p"), pContent(value.pAgainstChance.estimable ? value.pAgainstChance.p : null), facts),
    };
    const [best] = value.youden;
    if (best !== undefined) {
      const turned = value.direction === "higher-in-cases" ? 1 : -1;
      const accuracy = accuracyAt({ risk: valuesOf(marker).map((v) => turned * v), y }, turned * best.threshold, level);
      if (marker.isNumber)
        cells.cut = ledger.issued(
          id("cut"),
          { kind: "number", value: best.threshold, unit: "", decimals: Math.abs(best.threshold) < 0.01 ? 6 : 3 },
          { ...facts, rule: "Youden" },
        );
      for (const [what, content] of Object.entries(accuracy)) cells[what] = ledger.issued(id(what), content, facts);
    }
    if (marker.isNumber && kept.length === coded.rows.length)
      computations.push({
        id: id("auc"),
        method: "roc",
        data: tableName(data),
        spec: {
          y: codedColumn(plan.outcome, plan.event),
          x: marker.name,
          direction: value.direction === "higher-in-cases" ? "<" : ">",
        },
        answer: { cases: value.cases, controls: value.controls, auc: value.area },
      });
    return { label: marker.label, cells };
  });
  const tables: ResultTable[] = [
    {
      id: base,
      title: plan.label,
      columns: [
        { key: "auc", label: "AUC (95 % CI)" },
        { key: "p", label: "p (AUC = 0.5)" },
        { key: "cut", label: "Cut" },
        { key: "sensitivity", label: "Sensitivity (95 % CI)" },
        { key: "specificity", label: "Specificity (95 % CI)" },
        { key: "ppv", label: "PPV (95 % CI)" },
        { key: "npv", label: "NPV (95 % CI)" },
      ],
      rows,
      footnotes: [
        `${kept.length} rows that have every marker, ${y.reduce((sum, value) => sum + value, 0)} events. AUC by DeLong, shares by Wilson; cuts by Youden's index on these data, hence too good.`,
      ],
    },
  ];
  const pairs = (
    plan.pairs ?? markers.flatMap((a, i) => markers.slice(i + 1).map((b): [string, string] => [a.name, b.name]))
  ).flatMap(([a, b]) => {
    const first = markers.find((marker) => marker.name === a);
    const second = markers.find((marker) => marker.name === b);
    return first === undefined || second === undefined ? [] : [{ first, second }];
  });
  const tests = pairs.map(({ first, second }) => ({
    first,
    second,
    test: rocTestPaired(y, valuesOf(first), valuesOf(second), {
      directions: [first.isRisk ? "higher-in-cases" : "auto", second.isRisk ? "higher-in-cases" : "auto"],
      level,
    }),
  }));
  const raw = tests.map(({ test }) => (test.ok && test.value.test.estimable ? test.value.test.p : null));
  const holm = adjustP(raw, "holm");
  const comparisons: RocFigure["comparisons"][number][] = [];
  if (tests.length > 0)
    tables.push({
      id: `${base}.delong`,
      title: `${plan.label}: areas compared`,
      columns: [
        { key: "difference", label: "Difference of areas (95 % CI)" },
        { key: "z", label: "Z" },
        { key: "p", label: "p (DeLong)" },
        { key: "holm", label: "p (Holm)" },
      ],
      rows: tests.map(({ first, second, test }, k): ResultRow => {
        const id = (what: string): string => `${base}.delong.${first.name}.${second.name}.${what}`;
        const label = `${first.label} v ${second.label}`;
        if (!test.ok) return { label, cells: { p: { id: null, kind: "not-estimable", why: "no test" } } };
        const { value } = test;
        const own = value.test;
        const limits = value.interval;
        if (own.estimable) comparisons.push({ label, p: own.p, id: id("p") });
        if (first.isNumber && second.isNumber && own.estimable && kept.length === coded.rows.length)
          computations.push({
            id: id("p"),
            method: "rocTestPaired",
            data: tableName(data),
            spec: { y: codedColumn(plan.outcome, plan.event), x1: first.name, x2: second.name },
            answer: { auc1: value.areas[0], auc2: value.areas[1], p: own.p },
          });
        return {
          label,
          cells: {
            difference: ledger.issued(
              id("difference"),
              limits.estimable
                ? {
                    kind: "estimate",
                    value: value.difference,
                    low: limits.low,
                    high: limits.high,
                    level,
                    decimals: 3,
                    unit: "",
                  }
                : { kind: "number", value: value.difference, unit: "", decimals: 3 },
              facts,
            ),
            ...(own.estimable
              ? { z: ledger.issued(id("z"), { kind: "number", value: own.z, unit: "", decimals: 3 }, facts) }
              : {}),
            p: ledger.issued(
              id("p"),
              pContent(own.estimable ? own.p : null, "the areas do not differ in any row"),
              facts,
            ),
            holm: ledger.issued(id("holm"), pContent(holm[k] ?? null, "no test"), { ...facts, tests: tests.length }),
          },
        };
      }),
      footnotes: ["DeLong's paired test on the same rows; Holm over the pairs of this table."],
    });
  const figures: (RocFigure | DecisionCurveFigure)[] = [
    {
      id: `figure.${base}.roc`,
      kind: "roc",
      title: `${plan.label}: ROC curves`,
      curves: markers.flatMap((marker, k) => {
        const roc = rocs[k];
        if (roc?.ok !== true) return [];
        const limits = roc.value.intervals.delong;
        return [
          {
            label: marker.label,
            positives: roc.value.cases,
            negatives: roc.value.controls,
            falsePositiveRate: [...roc.value.curve.specificity].map((specificity) => 1 - specificity).reverse(),
            sensitivity: [...roc.value.curve.sensitivity].reverse(),
            auc: {
              value: roc.value.area,
              low: limits.estimable ? limits.low : null,
              high: limits.estimable ? limits.high : null,
              id: `${base}.${marker.name}.auc`,
            },
            operatingPoint: null,
          },
        ];
      }),
      comparisons,
    },
  ];
  ledger.issued(`figure.${base}.roc`, { kind: "count", n: kept.length });
  const risks = markers.filter((marker) => marker.isRisk);
  const decision = decisionFigure(
    `figure.${base}.decision-curve`,
    `${plan.label}: decision curves`,
    risks.map((marker) => ({ name: marker.label, values: valuesOf(marker) })),
    y,
    Array.from({ length: 99 }, (_, k) => (k + 1) / 100),
  );
  if (risks.length > 0 && decision !== null) {
    ledger.issued(decision.id, { kind: "count", n: kept.length });
    figures.push(decision);
  }
  const byGroup = plan.by === undefined ? null : withinGroups(data, plan, plan.by, markers, kept, level, ledger);
  if (byGroup !== null) {
    issues.push(...byGroup.issues);
    tables.push(...byGroup.tables);
  }
  return part({
    tables,
    figures,
    issues,
    computations,
    codedOutcomes: [{ outcome: plan.outcome, event: plan.event }],
    passports: ledger.passports,
    methods: ["Areas under ROC curves of models and markers were compared by DeLong's test."],
  });
}

/** Areas within the levels of a category, each pair of levels compared by DeLong's test for different patients. */
function withinGroups(
  data: Dataset,
  plan: ModelComparisonPlan,
  by: string,
  markers: readonly Marker[],
  kept: readonly { readonly row: number; readonly y: number }[],
  level: number,
  ledger: ReturnType<typeof cellLedger>,
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
          { key: "n", label: "Events / n" },
          { key: "auc", label: "AUC (95 % CI)" },
          { key: "p", label: "p (DeLong, unpaired)" },
        ],
        rows,
        footnotes: ["In groups of few patients an area near 1 means little: look at the interval and the numbers."],
      },
    ],
  };
}
