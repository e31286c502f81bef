import type { Json } from "@livermark/core";
import { calibrationStats, decisionCurve, lowessCalibration, proportion, rocAnalysis } from "@livermark/statistics";
import type { Dataset } from "./dataset.js";
import type { CalibrationFigure, DecisionCurveFigure, RocFigure } from "./figures.js";
import type { FittedModel, Issuer } from "./fitted-model.js";
import { nomogramFigure } from "./model-nomogram.js";
import type { ModelPlan } from "./model-recipe.js";
import { type Part, part } from "./part.js";
import { riskOf } from "./recipe/recipe.js";
import { codedColumn, tableName } from "./recompute.js";
import type { CellContent, ResultRow, ResultTable } from "./results.js";

/** Rows of a model with a prediction. */
export interface Predicted {
  readonly risk: readonly number[];
  readonly y: readonly number[];
}

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

/** Sensitivity, specificity and predictive values at a cut (at or above = positive), with Wilson intervals. */
export function accuracyAt(
  { risk, y }: Predicted,
  cut: number,
  level: number,
): { readonly [measure in "sensitivity" | "specificity" | "ppv" | "npv"]: CellContent } {
  let [tp, fp, fn, tn] = [0, 0, 0, 0];
  risk.forEach((value, i) => {
    if (value >= cut) {
      if (y[i] === 1) tp++;
      else fp++;
    } else if (y[i] === 1) fn++;
    else tn++;
  });
  return {
    sensitivity: share(tp, tp + fn, level),
    specificity: share(tn, tn + fp, level),
    ppv: share(tp, tp + fp, level),
    npv: share(tn, tn + fn, level),
  };
}

/** Observed share in groups of equal size by predicted risk, and the lowess curve, as a calibration figure. */
export function calibrationFigure(
  id: string,
  title: string,
  label: string,
  { risk, y }: Predicted,
  measures: CalibrationFigure["measures"],
): CalibrationFigure {
  const order = risk.map((_, i) => i).sort((a, b) => (risk[a] ?? 0) - (risk[b] ?? 0));
  const distinct = new Set(risk).size;
  const groups = Math.max(2, Math.min(5, distinct, Math.floor(risk.length / 10)));
  const bins = Array.from({ length: groups }, (_, g) => {
    const rows = order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups));
    const events = rows.reduce((sum, row) => sum + (y[row] ?? 0), 0);
    const found = proportion(events, rows.length);
    return {
      predicted: rows.reduce((sum, row) => sum + (risk[row] ?? 0), 0) / rows.length,
      observed: events / rows.length,
      low: found.ok ? found.value.wilson.low : null,
      high: found.ok ? found.value.wilson.high : null,
      n: rows.length,
    };
  });
  const grid = Array.from({ length: 101 }, (_, k) => k / 100);
  const smooth = lowessCalibration(risk, y, grid);
  const points = smooth.ok
    ? smooth.value.grid.flatMap((x, k) => {
        const value = smooth.value.calibrated[k];
        return value === null || value === undefined ? [] : [{ x, y: Math.min(1, Math.max(0, value)) }];
      })
    : [];
  return {
    id,
    kind: "calibration",
    title,
    predictedLabel: "Predicted risk",
    observedLabel: "Observed share",
    curves: [
      {
        label,
        smooth: points.length < 2 ? null : { x: points.map((p) => p.x), y: points.map((p) => p.y) },
        bins,
        withEvent: risk.filter((_, i) => y[i] === 1),
        withoutEvent: risk.filter((_, i) => y[i] === 0),
      },
    ],
    measures,
  };
}

/** Net benefit of several risks against treating all and none. */
export function decisionFigure(
  id: string,
  title: string,
  models: readonly { readonly name: string; readonly values: readonly (number | null)[] }[],
  y: readonly (number | null)[],
  thresholds: readonly number[],
): DecisionCurveFigure | null {
  const found = decisionCurve(y, models, thresholds);
  return found.ok
    ? {
        id,
        kind: "decision-curve",
        title,
        thresholds: found.value.thresholds,
        curves: found.value.models.map((model) => ({ label: model.name, netBenefit: model.netBenefit })),
        treatAll: found.value.treatAll,
      }
    : null;
}

/** Apparent performance of a logistic model: discrimination, calibration, accuracy at the risk cut, net benefit, nomogram. */
export function logisticPerformance(
  data: Dataset,
  plan: ModelPlan,
  model: FittedModel,
  issuer: Issuer,
): { readonly part: Part; readonly facts: Json } {
  if (plan.outcome.kind !== "logistic") return { part: part({}), facts: null };
  const known = [...model.lp.keys()].filter((i) => !Number.isNaN(model.lp[i]));
  const values = plan.outcome.values;
  const predicted: Predicted = {
    risk: known.map((i) => riskOf(model.lp[i] ?? 0)),
    y: known.map((i) => values[i] ?? 0),
  };
  const { risk, y } = predicted;
  const roc = rocAnalysis(y, risk, { direction: "higher-in-cases", level: plan.level });
  const held = risk.map((value) => Math.min(1 - 1e-9, Math.max(1e-9, value)));
  const calibration = calibrationStats(held, y);
  const { riskCut } = model.fit;
  const rows: ResultRow[] = [];
  const add = (label: string, what: string, content: CellContent): void => {
    rows.push({ label, cells: { value: issuer.cell(what, content) } });
  };
  add("Patients, events", "performance.n", {
    kind: "share",
    n: y.reduce((sum, value) => sum + value, 0),
    total: y.length,
  });
  const limits = roc.ok ? roc.value.intervals.delong : null;
  if (roc.ok)
    add(
      "Area under the ROC curve",
      "auc",
      limits?.estimable === true
        ? {
            kind: "estimate",
            value: roc.value.area,
            low: limits.low,
            high: limits.high,
            level: plan.level,
            decimals: 3,
            unit: "",
          }
        : { kind: "number", value: roc.value.area, unit: "", decimals: 3 },
    );
  if (calibration.ok) {
    const { value } = calibration;
    add("Brier score", "brier", { kind: "number", value: value.brier, unit: "", decimals: 3 });
    add("Scaled Brier score", "brier-scaled", {
      kind: "number",
      value: 100 * value.brierScaled,
      unit: "%",
      decimals: 1,
    });
    add("Calibration slope (apparent: 1 by construction)", "calibration-slope", {
      kind: "number",
      value: value.line.slope,
      unit: "",
      decimals: 3,
    });
    add("Calibration intercept (apparent: 0 by construction)", "calibration-intercept", {
      kind: "number",
      value: value.line.intercept,
      unit: "",
      decimals: 3,
    });
    add("Expected / observed", "expected-observed", {
      kind: "number",
      value: value.expectedOverObserved,
      unit: "",
      decimals: 3,
    });
  }
  if (riskCut !== null) {
    add("Cut of the risk (at or above = high)", "risk-cut", { kind: "number", value: riskCut, unit: "", decimals: 3 });
    const accuracy = accuracyAt(predicted, riskCut, plan.level);
    add("Sensitivity", "sensitivity", accuracy.sensitivity);
    add("Specificity", "specificity", accuracy.specificity);
    add("Positive predictive value", "ppv", accuracy.ppv);
    add("Negative predictive value", "npv", accuracy.npv);
  }
  const table: ResultTable = {
    id: `model.${plan.id}.performance`,
    title: `${plan.label}: apparent performance`,
    columns: [{ key: "value", label: `Estimate (${Math.round(100 * plan.level)} % CI)` }],
    rows,
    footnotes: [
      "Measured in the data that made the model, hence too good. AUC interval by DeLong, shares by Wilson.",
      ...(plan.riskCut !== null && plan.riskCut.rule !== "fixed"
        ? ["The cut of the risk was chosen on the same data."]
        : []),
    ],
  };
  const figures: (RocFigure | CalibrationFigure | DecisionCurveFigure)[] = [];
  if (roc.ok)
    figures.push({
      id: issuer.name(`figure.model.${plan.id}.roc`),
      kind: "roc",
      title: `${plan.label}: ROC curve`,
      curves: [
        {
          label: plan.label,
          positives: roc.value.cases,
          negatives: roc.value.controls,
          falsePositiveRate: [...roc.value.curve.specificity].map((specificity) => 1 - specificity).reverse(),
          sensitivity: [...roc.value.curve.sensitivity].reverse(),
          auc: {
            value: roc.value.area,
            low: limits?.estimable === true ? limits.low : null,
            high: limits?.estimable === true ? limits.high : null,
            id: issuer.id("auc"),
          },
          operatingPoint: null,
        },
      ],
      comparisons: [],
    });
  figures.push(
    calibrationFigure(
      issuer.name(`figure.model.${plan.id}.calibration`),
      `${plan.label}: calibration (apparent)`,
      plan.label,
      predicted,
      calibration.ok
        ? [
            {
              label: "Brier score",
              value: calibration.value.brier,
              low: null,
              high: null,
              id: issuer.id("brier"),
              decimals: 3,
            },
          ]
        : [],
    ),
  );
  const decision = decisionFigure(
    `figure.model.${plan.id}.decision-curve`,
    `${plan.label}: decision curve (apparent)`,
    [{ name: plan.label, values: risk }],
    y,
    plan.thresholds,
  );
  if (decision !== null) {
    issuer.name(decision.id, { thresholds: plan.thresholds });
    figures.push(decision);
  }
  const nomogram = nomogramFigure(plan, model, "risk", riskOf);
  if (nomogram !== null) issuer.name(nomogram.id);
  return {
    facts: {
      n: y.length,
      auc: roc.ok ? roc.value.area : null,
      aucLow: limits?.estimable === true ? limits.low : null,
      aucHigh: limits?.estimable === true ? limits.high : null,
      brier: calibration.ok ? calibration.value.brier : null,
    },
    part: part({
      tables: [table],
      figures: [...figures, ...(nomogram === null ? [] : [nomogram])],
      codedOutcomes: [{ outcome: plan.outcome.name, event: plan.event }],
      computations:
        roc.ok && plan.impute === null
          ? [
              {
                id: issuer.id("auc"),
                method: "roc",
                data: tableName(data),
                spec: { y: codedColumn(plan.outcome.name, plan.event), x: `risk:${plan.id}`, direction: "<" },
                answer: { cases: roc.value.cases, controls: roc.value.controls, auc: roc.value.area },
              },
            ]
          : [],
    }),
  };
}
