import { calibrationStats, logisticRegression, rocAnalysis } from "@livermark/statistics";
import { accuracyAt } from "./accuracy.js";
import { binaryOutcome } from "./binary-outcome.js";
import { cellLedger, columnInputs, estimateContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import { columnsOf, type ExternalValidationPlan, scores } from "./external-scores.js";
import { absent, finish, number } from "./external-table.js";
import type { ResultFigure } from "./figures.js";
import type { PortableModel } from "./models/portable.js";
import type { Part } from "./part.js";
import { calibrationFigure, decisionFigure } from "./prediction-figures.js";
import type { CellContent, ResultRow } from "./results.js";

/** A model of a yes/no outcome, judged on the rows that have its inputs and the outcome. */
export function validateLogistic(
  data: Dataset,
  plan: ExternalValidationPlan,
  model: PortableModel,
  level: number,
): Part {
  const column = columnOf(data, plan.outcome);
  const coded = column.ok ? binaryOutcome(data, column.value, plan.event) : null;
  if (coded === null) return absent(plan, "the outcome has no yes and no.", plan.outcome, "a yes/no column");
  const scored = scores(data, plan, model, coded.rows);
  const inputs = columnsOf(data, plan, model).map((one) => one.column);
  const at = new Map(coded.rows.map((row, i) => [row, coded.values[i] ?? 0]));
  const y = scored.map(({ row }) => at.get(row) ?? 0);
  if (scored.length < 10 || new Set(y).size < 2)
    return absent(
      plan,
      "too few rows have the model's inputs and both outcomes.",
      `${scored.length} rows`,
      "ten or more, with and without the event",
    );
  const lp = scored.map((one) => one.lp);
  const ledger = cellLedger("external-validation", "1", columnInputs(data, [plan.outcome, ...inputs]));
  const rows: ResultRow[] = [];
  const add = (label: string, what: string, content: CellContent): void => {
    rows.push({ label, cells: { value: ledger.issued(`external.${plan.id}.${what}`, content, { model: model.id }) } });
  };
  add("With the outcome, n (%)", "n", { kind: "share", n: y.reduce((sum, value) => sum + value, 0), total: y.length });
  const roc = rocAnalysis(y, lp, { direction: "higher-in-cases", level });
  if (roc.ok) {
    const limits = roc.value.intervals.delong;
    add(
      "Area under the ROC curve",
      "auc",
      estimateContent(
        {
          value: roc.value.area,
          low: limits.estimable ? limits.low : null,
          high: limits.estimable ? limits.high : null,
        },
        { decimals: 3, level },
      ),
    );
  }
  const risks = scored.flatMap(({ risk }) => (risk === null ? [] : [Math.min(1 - 1e-9, Math.max(1e-9, risk))]));
  const figures: ResultFigure[] = [];
  if (risks.length === scored.length) {
    const calibration = calibrationStats(risks, y);
    if (calibration.ok) {
      add("Calibration in the large (0 is ideal)", "in-the-large", number(calibration.value.inTheLarge));
      add("Expected / observed", "expected-observed", number(calibration.value.expectedOverObserved));
      add("Brier score", "brier", number(calibration.value.brier));
    }
    if (model.riskCut?.scale === "risk") {
      const accuracy = accuracyAt({ risk: risks, y }, model.riskCut.value, level);
      add(`Sensitivity at its cut of ${model.riskCut.value}`, "sensitivity", accuracy.sensitivity);
      add("Specificity", "specificity", accuracy.specificity);
    }
    figures.push(
      calibrationFigure(
        `figure.external.${plan.id}.calibration`,
        `${plan.label}: calibration`,
        model.label,
        { risk: risks, y },
        [],
      ),
    );
    const decision = decisionFigure(
      `figure.external.${plan.id}.decision-curve`,
      `${plan.label}: decision curve`,
      [{ name: model.label, values: risks }],
      y,
      Array.from({ length: 99 }, (_, k) => (k + 1) / 100),
    );
    if (decision !== null) figures.push(decision);
  }
  const again = logisticRegression(
    { name: plan.outcome, values: y },
    [{ kind: "numeric", name: "linear predictor", values: lp }],
    { level },
  );
  const [intercept, slope] = again.ok ? again.value.coefficients : [];
  if (slope?.estimable === true && intercept?.estimable === true) {
    const reach = { low: slope.wald.low, high: slope.wald.high };
    add(
      "Calibration slope (1 is ideal)",
      "slope",
      estimateContent({ value: slope.estimate, ...reach }, { decimals: 3, level }),
    );
    add("Recalibrated model for this study: intercept", "recalibrated-intercept", number(intercept.estimate));
    add(
      "Recalibrated model for this study: factor of the linear predictor",
      "recalibrated-slope",
      number(slope.estimate),
    );
  }
  for (const figure of figures) ledger.issued(figure.id, { kind: "count", n: y.length });
  return finish(plan, model, rows, figures, ledger.passports, scored, coded.rows.length);
}
