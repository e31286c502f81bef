import type { Issue } from "@livermark/core";
import { adjustP, rocAnalysis, rocTestPaired } from "@livermark/statistics";
import { ACCURACY_COLUMNS, accuracyAt, areaContent, rocCurveOf } from "./accuracy.js";
import { binaryOutcome, notBinary } from "./binary-outcome.js";
import { cellLedger, columnInputs, estimateContent, pContent } from "./cell-ledger.js";
import { equalPredictions, type Marker, type ModelComparisonPlan, markerOf } from "./compared-markers.js";
import { columnOf, type Dataset } from "./dataset.js";
import type { DecisionCurveFigure, RocFigure } from "./figures.js";
import { areasWithinGroups } from "./model-comparison-groups.js";
import { type Part, part } from "./part.js";
import { decisionFigure } from "./prediction-figures.js";
import { codedColumn, tableName } from "./recompute.js";
import { accuracyCase, benefitCases, rocCase } from "./recompute-cases.js";
import type { Cell, Computation, ResultRow, ResultTable } from "./results.js";
import { counted } from "./wording.js";

/**
 * Markers and predictions on one outcome, on the rows that have all of them: area with DeLong's interval, sensitivity,
 * specificity and predictive values at each marker's own Youden cut, DeLong's paired test for the named pairs (raw and by
 * Holm), a joint ROC figure and, of predicted risks, a joint decision curve. With `by`, each marker's area within the levels of a
 * category, compared between levels (DeLong, unpaired). A model whose predictions are those of one above it, as selection
 * may have kept the same covariates, names that one instead of repeating its numbers. DeLong 1988; Youden 1950. The cuts were chosen on these data.
 */
export function modelComparisonPart(data: Dataset, plan: ModelComparisonPlan, level: number): Part {
  const outcome = columnOf(data, plan.outcome);
  const coded = outcome.ok ? binaryOutcome(data, outcome.value, plan.event) : null;
  const found = plan.markers.map((name) => markerOf(data, name));
  const issues: Issue[] = found.flatMap((one) =>
    "code" in one ? [{ ...one, path: `plan.model_comparisons.${plan.id}` }] : [],
  );
  const named = found.flatMap((one) => ("code" in one ? [] : [one]));
  if (coded === null || named.length === 0) {
    if (coded === null) issues.push(notBinary(plan));
    return part({ issues });
  }
  const kept = coded.rows
    .map((row, i) => ({ row, y: coded.values[i] ?? 0 }))
    .filter(({ row }) => named.every((marker) => typeof marker.values[row] === "number"));
  const y = kept.map((one) => one.y);
  const valuesOf = (marker: Marker): number[] => kept.map(({ row }) => marker.values[row] ?? 0);
  const equals = equalPredictions(named, valuesOf);
  const markers = named.filter((marker) => !equals.has(marker.name));
  const names = [plan.outcome, ...named.map((marker) => marker.name), ...(plan.by === undefined ? [] : [plan.by])];
  const ledger = cellLedger("model-comparison", "1", columnInputs(data, names));
  const base = `models.${plan.id}`;
  const facts = { event: plan.event, rows: kept.length };
  const rocs = markers.map((marker) =>
    rocAnalysis(y, valuesOf(marker), { direction: marker.isRisk ? "higher-in-cases" : "auto", level }),
  );
  const computations: Computation[] = [];
  const rows = named.map((marker): ResultRow => {
    const equal = equals.get(marker.name);
    if (equal !== undefined)
      return { label: marker.label, cells: { auc: { id: null, kind: "text", text: `same as ${equal.label}` } } };
    const roc = rocs[markers.indexOf(marker)];
    if (roc?.ok !== true) return { label: marker.label, cells: {} };
    const { value } = roc;
    const id = (what: string): string => `${base}.${marker.name}.${what}`;
    const cells: { [key: string]: Cell } = {
      auc: ledger.issued(id("auc"), areaContent(value, level), { ...facts, direction: value.direction }),
      p: ledger.issued(id("p"), pContent(value.pAgainstChance.estimable ? value.pAgainstChance.p : null), facts),
    };
    const from = { data: tableName(data) };
    const at = {
      y: codedColumn(plan.outcome, plan.event),
      x: marker.name,
      direction: value.direction === "higher-in-cases" ? ("<" as const) : (">" as const),
    };
    const repeatable = marker.isNumber && kept.length === coded.rows.length;
    const [best] = value.youden;
    if (best !== undefined) {
      const turned = value.direction === "higher-in-cases" ? 1 : -1;
      const accuracy = accuracyAt({ risk: valuesOf(marker).map((v) => turned * v), y }, turned * best.threshold, level);
      if (marker.isNumber)
        cells.cut = ledger.issued(
          id("cut"),
          { kind: "number", value: best.threshold, unit: marker.unit === "1" ? "" : marker.unit, decimals: 3 },
          { ...facts, rule: "Youden" },
        );
      for (const [what, content] of Object.entries(accuracy)) cells[what] = ledger.issued(id(what), content, facts);
      if (repeatable) computations.push(...accuracyCase(id("cut"), from, { ...at, cut: best.threshold }, accuracy));
    }
    if (repeatable) computations.push(rocCase(id("auc"), from, at, value));
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
        ...ACCURACY_COLUMNS,
      ],
      rows,
      footnotes: [
        `${counted(kept.length, data.unit)} with every marker, ${y.reduce((sum, value) => sum + value, 0)} events. AUC by DeLong, shares by Wilson; cuts by Youden's index on these data, hence too good.`,
      ],
    },
  ];
  const pairs = (
    plan.pairs ?? markers.flatMap((a, i) => markers.slice(i + 1).map((b): [string, string] => [a.name, b.name]))
  ).flatMap(([a, b], i, planned) => {
    const printed = ([one, other]: readonly [string, string]) => [printedAs(one), printedAs(other)];
    const printedAs = (name: string): string => equals.get(name)?.name ?? name;
    const [first, second] = printed([a, b]).map((name) => markers.find((marker) => marker.name === name));
    const before = planned.slice(0, i).some((pair) => printed(pair).join() === printed([a, b]).join());
    return before || first === undefined || second === undefined || first === second ? [] : [{ first, second }];
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
        const label = `${first.label} vs ${second.label}`;
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
            answer: {
              auc1: value.areas[0],
              auc2: value.areas[1],
              p: own.p,
              z: own.z,
              difference: value.difference,
              ...(limits.estimable ? { differenceLower: limits.low, differenceUpper: limits.high } : {}),
            },
          });
        return {
          label,
          cells: {
            difference: ledger.issued(
              id("difference"),
              estimateContent(
                {
                  value: value.difference,
                  low: limits.estimable ? limits.low : null,
                  high: limits.estimable ? limits.high : null,
                },
                { decimals: 3, level },
              ),
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
      footnotes: [`DeLong's paired test on the same ${data.unit}s; Holm over the pairs of this table.`],
    });
  const figures: (RocFigure | DecisionCurveFigure)[] = [
    {
      id: `figure.${base}.roc`,
      kind: "roc",
      title: `${plan.label}: ROC curves`,
      curves: markers.flatMap((marker, k) => {
        const roc = rocs[k];
        if (roc?.ok !== true) return [];
        return [rocCurveOf(roc.value, marker.label, `${base}.${marker.name}.auc`)];
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
    if (kept.length === coded.rows.length)
      computations.push(
        ...benefitCases(
          { data: tableName(data) },
          codedColumn(plan.outcome, plan.event),
          risks.map(({ name }) => name),
          decision,
        ),
      );
    figures.push(decision);
  }
  const byGroup = plan.by === undefined ? null : areasWithinGroups(data, plan, plan.by, markers, kept, level, ledger);
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
    methods:
      tests.length === 0 && byGroup === null
        ? []
        : ["Areas under ROC curves of models and markers were compared by DeLong's test."],
  });
}
