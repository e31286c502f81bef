import { type Issue, type Passport, warningIssue } from "@livermark/core";
import { type Proportion, proportion, type RocAnalysis, rocAnalysis } from "@livermark/statistics";
import { binaryOutcome } from "./binary-outcome.js";
import { columnId, columnOf, type Dataset, numberColumn } from "./dataset.js";
import type { RocFigure } from "./figures.js";
import { type Part, part } from "./part.js";
import { codedColumn, tableName } from "./recompute.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";

/** One marker against a yes/no outcome. */
export interface RocPlan {
  readonly id: string;
  readonly label: string;
  readonly marker: string;
  readonly outcome: string;
  readonly event: readonly string[];
  readonly direction: "auto" | "higher-in-cases" | "lower-in-cases";
}

const LEVEL = 0.95;

const ratio = (share: Proportion | null): CellContent =>
  share === null
    ? { kind: "not-estimable", why: "nobody in the denominator" }
    : {
        kind: "estimate",
        value: 100 * share.value,
        low: 100 * share.wilson.low,
        high: 100 * share.wilson.high,
        level: LEVEL,
        decimals: 1,
        unit: "%",
      };

const shareOf = (x: number, n: number): Proportion | null => {
  const result = n === 0 ? null : proportion(x, n, LEVEL);
  return result?.ok === true ? result.value : null;
};

const estimableArea = (roc: RocAnalysis): CellContent => {
  const limits = roc.intervals.delong;
  return limits.estimable
    ? { kind: "estimate", value: roc.area, low: limits.low, high: limits.high, level: LEVEL, decimals: 3, unit: "" }
    : { kind: "number", value: roc.area, unit: "", decimals: 3 };
};

const pContent = (p: RocAnalysis["pAgainstChance"]): CellContent =>
  p.estimable ? { kind: "p", value: p.p } : { kind: "not-estimable", why: p.why };

/**
 * Markers judged against yes/no outcomes: area under the curve with DeLong's interval, and the Youden cut-off with its
 * accuracy (Wilson intervals). The cut-off was chosen on the data it is judged on, which a note says.
 */
export function rocPart(data: Dataset, plans: readonly RocPlan[]): Part {
  if (plans.length === 0) return part({});
  const rows: ResultRow[] = [];
  const figures: RocFigure[] = [];
  const passports: Passport[] = [];
  const issues: Issue[] = [];
  const computations: Computation[] = [];
  for (const plan of plans) {
    const marker = numberColumn(data, plan.marker);
    const outcome = columnOf(data, plan.outcome);
    const coded = outcome.ok ? binaryOutcome(data, outcome.value, plan.event) : null;
    if (!marker.ok || !outcome.ok || coded === null) {
      issues.push(...marker.issues, ...outcome.issues);
      if (marker.ok && outcome.ok)
        issues.push(
          warningIssue({
            code: "outcome-not-binary",
            message: `${plan.label}: the outcome has no yes and no.`,
            got: plan.outcome,
            wanted: "two levels, or `event` levels",
          }),
        );
      continue;
    }
    const roc = rocAnalysis(
      coded.values,
      coded.rows.map((row) => marker.value.values[row] ?? Number.NaN),
      { direction: plan.direction, level: LEVEL },
    );
    for (const issue of roc.issues)
      issues.push({ ...issue, severity: "warning", message: `${plan.label}: ${issue.message}` });
    if (!roc.ok) continue;
    const found = roc.value;
    const id = (what: string): string => `roc.${plan.id}.${what}`;
    const issued = (what: string, content: CellContent): Cell => {
      passports.push({
        id: id(what),
        function: "roc",
        version: "1",
        inputs: [columnId(data, marker.value), columnId(data, outcome.value)].map((input) => ({
          kind: "result",
          id: input,
        })),
        parameters: {
          event: plan.event,
          direction: found.direction,
          directionRule: found.directionRule,
          interval: "delong",
        },
      });
      return { id: id(what), ...content };
    };
    const [best] = found.youden;
    const cells: { [key: string]: Cell } = {
      n: issued("n", { kind: "share", n: found.cases, total: found.cases + found.controls }),
      auc: issued("auc", estimableArea(found)),
      p: issued("p", pContent(found.pAgainstChance)),
    };
    if (best !== undefined) {
      const { truePositives: tp, falseNegatives: fn, trueNegatives: tn, falsePositives: fp } = best;
      cells.cut = issued("cut", {
        kind: "number",
        value: best.threshold,
        unit: marker.value.unit === "1" ? "" : marker.value.unit,
        decimals: 3,
      });
      cells.sensitivity = issued("sensitivity", ratio(shareOf(tp, tp + fn)));
      cells.specificity = issued("specificity", ratio(shareOf(tn, tn + fp)));
      cells.ppv = issued("ppv", ratio(shareOf(tp, tp + fp)));
      cells.npv = issued("npv", ratio(shareOf(tn, tn + fn)));
    }
    rows.push({ label: plan.label, cells });
    computations.push({
      id: id("auc"),
      method: "roc",
      data: tableName(data),
      spec: {
        y: codedColumn(plan.outcome, plan.event),
        x: plan.marker,
        direction: found.direction === "higher-in-cases" ? "<" : ">",
      },
      answer: { cases: found.cases, controls: found.controls, auc: found.area, seDeLong: found.standardErrors.delong },
    });
    const points = [...found.curve.sensitivity];
    passports.push({
      id: `figure.roc.${plan.id}`,
      function: "roc",
      version: "1",
      inputs: [{ kind: "result", id: id("auc") }],
      parameters: { direction: found.direction },
    });
    figures.push({
      id: `figure.roc.${plan.id}`,
      kind: "roc",
      title: plan.label,
      curves: [
        {
          label: marker.value.label,
          positives: found.cases,
          negatives: found.controls,
          falsePositiveRate: [...found.curve.specificity].map((specificity) => 1 - specificity).reverse(),
          sensitivity: points.reverse(),
          auc: {
            value: found.area,
            low: found.intervals.delong.estimable ? found.intervals.delong.low : null,
            high: found.intervals.delong.estimable ? found.intervals.delong.high : null,
            id: id("auc"),
          },
          operatingPoint:
            best === undefined
              ? null
              : {
                  threshold: best.threshold,
                  thresholdLabel: `${marker.value.label} ${found.direction === "higher-in-cases" ? "≥" : "≤"} ${Number(best.threshold.toPrecision(4))}`,
                  sensitivity: { value: best.sensitivity, low: null, high: null, id: id("sensitivity") },
                  specificity: { value: best.specificity, low: null, high: null, id: id("specificity") },
                },
        },
      ],
      comparisons: [],
    });
  }
  if (rows.length === 0) return part({ issues });
  return part({
    tables: [
      {
        id: "roc",
        title: "Discrimination of markers",
        columns: [
          { key: "n", label: "Events / n" },
          { key: "auc", label: "AUC (95 % CI)" },
          { key: "p", label: "p (AUC = 0.5)" },
          { key: "cut", label: "Youden cut-off" },
          { key: "sensitivity", label: "Sensitivity (95 % CI)" },
          { key: "specificity", label: "Specificity (95 % CI)" },
          { key: "ppv", label: "PPV (95 % CI)" },
          { key: "npv", label: "NPV (95 % CI)" },
        ],
        rows,
        footnotes: ["AUC interval by DeLong, shares by Wilson. Thresholds lie midway between neighbouring values."],
      },
    ],
    figures,
    issues,
    passports,
    computations,
    codedOutcomes: plans.map(({ outcome, event }) => ({ outcome, event })),
    methods: [
      "Markers were judged by the area under the ROC curve (DeLong interval); cut-offs maximise Youden's index.",
    ],
  });
}
