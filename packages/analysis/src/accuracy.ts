import { proportion, type RocAnalysis } from "@livermark/statistics";
import { estimateContent, pContent } from "./cell-ledger.js";
import type { RocFigure } from "./figures.js";
import type { CellContent, ResultTable } from "./results.js";

/** Rows of a model with a prediction. */
export interface Predicted {
  readonly risk: readonly number[];
  readonly y: readonly number[];
}

/** A share with Wilson's interval, in percent. */
const share = (hits: number, total: number, level: number): CellContent => {
  const found = total === 0 ? null : proportion(hits, total, level);
  return found?.ok !== true
    ? { kind: "not-estimable", why: "nobody in the denominator" }
    : {
        kind: "estimate",
        value: 100 * found.value.value,
        low: 100 * found.value.wilson.low,
        high: 100 * found.value.wilson.high,
        level,
        decimals: 1,
        unit: "%",
      };
};

/** Patients by truth and by the side of a cut. */
export interface CutCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** Sensitivity, specificity and predictive values as cells. */
export type Accuracy = { readonly [measure in "sensitivity" | "specificity" | "ppv" | "npv"]: CellContent };

/** Columns of a table that shows an `Accuracy`. */
export const ACCURACY_COLUMNS: ResultTable["columns"] = [
  { key: "sensitivity", label: "Sensitivity (95 % CI)" },
  { key: "specificity", label: "Specificity (95 % CI)" },
  { key: "ppv", label: "PPV (95 % CI)" },
  { key: "npv", label: "NPV (95 % CI)" },
];

/** Sensitivity, specificity and predictive values of counts, with Wilson intervals. */
export function accuracyOf(counts: CutCounts, level: number): Accuracy {
  const { truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn } = counts;
  return {
    sensitivity: share(tp, tp + fn, level),
    specificity: share(tn, tn + fp, level),
    ppv: share(tp, tp + fp, level),
    npv: share(tn, tn + fn, level),
  };
}

/** The same for predictions at a cut; at or above it is positive. */
export function accuracyAt({ risk, y }: Predicted, cut: number, level: number): Accuracy {
  const count = (above: boolean, outcome: 0 | 1): number =>
    risk.filter((value, i) => value >= cut === above && (y[i] === 1 ? 1 : 0) === outcome).length;
  return accuracyOf(
    {
      truePositives: count(true, 1),
      falsePositives: count(true, 0),
      falseNegatives: count(false, 1),
      trueNegatives: count(false, 0),
    },
    level,
  );
}

/** Area under the ROC curve with DeLong's interval; the area alone where that has no width. */
export const areaContent = (roc: RocAnalysis, level: number): CellContent =>
  estimateContent({ value: roc.area, ...delongLimits(roc) }, { decimals: 3, level });

/** p of the area against 0.5. */
export const chanceContent = ({ pAgainstChance: p }: RocAnalysis): CellContent =>
  p.estimable ? pContent(p.p) : { kind: "not-estimable", why: p.why };

const delongLimits = ({ intervals: { delong } }: RocAnalysis): { low: number | null; high: number | null } =>
  delong.estimable ? { low: delong.low, high: delong.high } : { low: null, high: null };

/** One curve of a ROC figure, from (0, 0) to (1, 1); `aucId` is the cell that prints its area. */
export const rocCurveOf = (
  roc: RocAnalysis,
  label: string,
  aucId: string,
  operatingPoint: RocFigure["curves"][number]["operatingPoint"] = null,
): RocFigure["curves"][number] => ({
  label,
  positives: roc.cases,
  negatives: roc.controls,
  falsePositiveRate: Array.from(roc.curve.specificity, (specificity) => 1 - specificity).reverse(),
  sensitivity: [...roc.curve.sensitivity].reverse(),
  auc: { value: roc.area, ...delongLimits(roc), id: aucId },
  operatingPoint,
});
