import type { Issue, Passport } from "@livermark/core";
import { rocAnalysis } from "@livermark/statistics";
import { ACCURACY_COLUMNS, accuracyOf, areaContent, chanceContent, rocCurveOf } from "./accuracy.js";
import { binaryOutcome, notBinary } from "./binary-outcome.js";
import { columnId, columnOf, type Dataset, numberColumn } from "./dataset.js";
import type { RocFigure } from "./figures.js";
import { type Part, part } from "./part.js";
import { codedColumn, tableName } from "./recompute.js";
import { accuracyCase, rocCase } from "./recompute-cases.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";
import { shownQuantity } from "./wording.js";

/** Limits of a cell in percent as fractions; null where it has none. */
const fractionLimits = (cell: Cell | undefined): { readonly low: number | null; readonly high: number | null } =>
  cell?.kind === "estimate" && cell.low !== null && cell.high !== null
    ? { low: cell.low / 100, high: cell.high / 100 }
    : { low: null, high: null };

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
      if (marker.ok && outcome.ok) issues.push(notBinary(plan));
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
    const from = { data: tableName(data) };
    const at = {
      y: codedColumn(plan.outcome, plan.event),
      x: plan.marker,
      direction: found.direction === "higher-in-cases" ? ("<" as const) : (">" as const),
    };
    computations.push(rocCase(id("auc"), from, at, found));
    const [best] = found.youden;
    const cells: { [key: string]: Cell } = {
      n: issued("n", { kind: "share", n: found.cases, total: found.cases + found.controls }),
      auc: issued("auc", areaContent(found, LEVEL)),
      p: issued("p", chanceContent(found)),
    };
    if (best !== undefined) {
      cells.cut = issued("cut", {
        kind: "number",
        value: best.threshold,
        unit: marker.value.unit === "1" ? "" : marker.value.unit,
        decimals: 3,
      });
      const accuracy = accuracyOf(best, LEVEL);
      for (const [what, content] of Object.entries(accuracy)) cells[what] = issued(what, content);
      computations.push(...accuracyCase(id("cut"), from, { ...at, cut: best.threshold }, accuracy));
    }
    rows.push({ label: plan.label, cells });
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
        rocCurveOf(
          found,
          marker.value.label,
          id("auc"),
          best === undefined
            ? null
            : {
                threshold: best.threshold,
                thresholdLabel: `${marker.value.label} ${found.direction === "higher-in-cases" ? "≥" : "≤"} ${shownQuantity(best.threshold, marker.value.unit)}`,
                sensitivity: { value: best.sensitivity, ...fractionLimits(cells.sensitivity), id: id("sensitivity") },
                specificity: { value: best.specificity, ...fractionLimits(cells.specificity), id: id("specificity") },
              },
        ),
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
          { key: "n", label: "Events, n (%)" },
          { key: "auc", label: "AUC (95 % CI)" },
          { key: "p", label: "p (AUC = 0.5)" },
          { key: "cut", label: "Youden cut-off" },
          ...ACCURACY_COLUMNS,
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
