import type { Json } from "@livermark/core";
import { calibrationStats, rocAnalysis } from "@livermark/statistics";
import { accuracyAt, areaContent, type Predicted, rocCurveOf } from "./accuracy.js";
import type { Dataset } from "./dataset.js";
import type { CalibrationFigure, DecisionCurveFigure, RocFigure } from "./figures.js";
import type { FittedModel, Issuer } from "./fitted-model.js";
import { nomogramFigure } from "./model-nomogram.js";
import type { ModelPlan } from "./model-recipe.js";
import { type Part, part } from "./part.js";
import { calibrationFigure, decisionFigure } from "./prediction-figures.js";
import { riskOf } from "./recipe/recipe.js";
import { codedColumn, tableName } from "./recompute.js";
import { accuracyCase, benefitCases, rocCase } from "./recompute-cases.js";
import type { CellContent, Computation, ResultRow, ResultTable } from "./results.js";

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
  const separated = calibration.issues.some(({ code }) => code === "not-converged");
  const { riskCut } = model.fit;
  const rows: ResultRow[] = [];
  const add = (label: string, what: string, content: CellContent): void => {
    rows.push({ label, cells: { value: issuer.cell(what, content) } });
  };
  add("With the outcome, n (%)", "performance.n", {
    kind: "share",
    n: y.reduce((sum, value) => sum + value, 0),
    total: y.length,
  });
  const limits = roc.ok ? roc.value.intervals.delong : null;
  if (roc.ok) add("Area under the ROC curve", "auc", areaContent(roc.value, plan.level));
  if (calibration.ok) {
    const { value } = calibration;
    add("Brier score", "brier", { kind: "number", value: value.brier, unit: "", decimals: 3 });
    add("Scaled Brier score", "brier-scaled", {
      kind: "number",
      value: 100 * value.brierScaled,
      unit: "%",
      decimals: 1,
    });
    const line = (at: number): CellContent =>
      separated
        ? { kind: "not-estimable", why: "the risks separate the outcomes" }
        : { kind: "number", value: at, unit: "", decimals: 3 };
    add("Calibration slope (apparent: 1 by construction)", "calibration-slope", line(value.line.slope));
    add("Calibration intercept (apparent: 0 by construction)", "calibration-intercept", line(value.line.intercept));
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
      curves: [rocCurveOf(roc.value, plan.label, issuer.id("auc"))],
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
  const judged = { y: codedColumn(plan.outcome.name, plan.event), x: `risk:${plan.id}` };
  const dataName = tableName(data);
  const computations: readonly Computation[] = [
    ...(roc.ok ? [rocCase(issuer.id("auc"), { data: dataName }, { ...judged, direction: "<" }, roc.value)] : []),
    ...(calibration.ok
      ? [
          {
            id: issuer.id("brier"),
            method: "calibration",
            data: dataName,
            spec: judged,
            answer: {
              brier: calibration.value.brier,
              brierScaled: calibration.value.brierScaled,
              ...(separated
                ? {}
                : { intercept: calibration.value.line.intercept, slope: calibration.value.line.slope }),
              expectedObserved: calibration.value.expectedOverObserved,
            },
          },
        ]
      : []),
    ...(riskCut === null
      ? []
      : accuracyCase(
          issuer.id("risk-cut"),
          { data: dataName },
          { ...judged, cut: riskCut, direction: "<" },
          accuracyAt(predicted, riskCut, plan.level),
        )),
    ...(decision === null ? [] : benefitCases({ data: dataName }, judged.y, [judged.x], decision)),
  ];
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
      computations,
    }),
  };
}
