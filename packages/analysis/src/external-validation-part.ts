import { warningIssue } from "@livermark/core";
import {
  calibrationStats,
  concordance,
  fitCox,
  kaplanMeier,
  logisticRegression,
  prepareCox,
  rocAnalysis,
  survivalAt,
} from "@livermark/statistics";
import { accuracyAt } from "./accuracy.js";
import { binaryOutcome } from "./binary-outcome.js";
import { cellLedger, columnInputs, estimateContent, pContent } from "./cell-ledger.js";
import { columnOf, type Dataset } from "./dataset.js";
import type { ResultFigure } from "./figures.js";
import type { PortableModel } from "./models/portable.js";
import { predictPatient } from "./models/predict.js";
import type { InputValue } from "./models/prediction-inputs.js";
import { type Part, part } from "./part.js";
import type { Layer } from "./plan/step.js";
import { calibrationFigure, decisionFigure } from "./prediction-figures.js";
import type { CellContent, ResultRow } from "./results.js";
import { survivalData } from "./survival-data.js";

/** A model of elsewhere and where this study holds what it needs. */
export interface ExternalValidationPlan {
  readonly id: string;
  readonly label: string;
  readonly outcome: string;
  readonly event: readonly string[];
  /** Input of the model → column of this study, where their names differ. */
  readonly columns: { readonly [input: string]: string };
  readonly months: number;
}

interface Scored {
  readonly row: number;
  readonly lp: number;
  readonly risk: number | null;
  readonly survival: number | null;
  readonly outside: boolean;
}

/** Columns that the model reads in this study: of a group the number behind it where there is one. */
function columnsOf(
  data: Dataset,
  plan: ExternalValidationPlan,
  model: PortableModel,
): readonly { readonly input: string; readonly column: string }[] {
  const has = (name: string): boolean => data.columns.some((column) => column.name === name);
  const inputs = new Map<string, string>();
  for (const term of model.terms) {
    const options = [term.group?.of, term.term].flatMap((name) => (name === undefined ? [] : [name]));
    const found = options.find((name) => has(plan.columns[name] ?? name)) ?? term.term;
    inputs.set(found, plan.columns[found] ?? found);
  }
  return [...inputs].map(([input, column]) => ({ input, column }));
}

/** Predictions of every row that has all inputs; values outside the model's range are predicted and counted. */
function scores(
  data: Dataset,
  plan: ExternalValidationPlan,
  model: PortableModel,
  rows: readonly number[],
): readonly Scored[] {
  const columns = columnsOf(data, plan, model);
  return rows.flatMap((row): Scored[] => {
    const inputs: { [name: string]: InputValue } = {};
    for (const { input, column } of columns) {
      const found = columnOf(data, column);
      const value = found.ok ? (found.value.values[row] ?? null) : null;
      if (value === null) return [];
      inputs[input] = value;
    }
    const made = predictPatient(model, inputs, { outsideRange: true, acceptDisputed: true, months: [plan.months] });
    return made.ok
      ? [
          {
            row,
            lp: made.value.linearPredictor,
            risk: made.value.risk?.value ?? null,
            survival: made.value.survival?.[0]?.survival ?? null,
            outside: made.issues.some(({ code }) => code === "outside-range"),
          },
        ]
      : [];
  });
}

/**
 * A model that was made elsewhere, judged on this study: discrimination (DeLong, or Harrell's C), calibration in the large, slope and
 * curve, net benefit, accuracy at the model's own cut, and the intercept and slope that would mend it. Of a model without intercept
 * only discrimination and slope can be judged, and the intercept of the recalibration is one for this study. Steyerberg 2019, ch. 15.
 */
export function externalValidationPart(
  layer: Layer,
  plan: ExternalValidationPlan,
  model: PortableModel,
  level: number,
): Part {
  return model.kind === "cox"
    ? validateCox(layer, plan, model, level)
    : validateLogistic(layer.data, plan, model, level);
}

const footnotesOf = (model: PortableModel, used: number, all: number, outside: number): readonly string[] => [
  `${model.label}${model.source === "" ? "" : ` (${model.source})`}; applied as it is to ${used} of ${all} rows that have its inputs${outside === 0 ? "" : `, ${outside} outside the range of its data`}.`,
  ...(model.status === "reconstructed" ? ["The model was reconstructed, not published."] : []),
  ...(model.direction === "disputed"
    ? ["The source contradicts itself on the direction of an input; the direction of its table is used."]
    : []),
];

const absent = (plan: ExternalValidationPlan, message: string, got: string, wanted: string): Part =>
  part({
    issues: [
      warningIssue({
        code: "model-not-applicable",
        message: `${plan.label}: ${message}`,
        got,
        wanted,
        mend: "Name the study's columns under `columns`.",
        path: `plan.external_validation.${plan.id}`,
      }),
    ],
  });

const number = (value: number | null): CellContent =>
  value === null || !Number.isFinite(value)
    ? { kind: "not-estimable", why: "no estimate" }
    : { kind: "number", value, unit: "", decimals: 3 };

function validateLogistic(data: Dataset, plan: ExternalValidationPlan, model: PortableModel, level: number): Part {
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

function finish(
  plan: ExternalValidationPlan,
  model: PortableModel,
  rows: readonly ResultRow[],
  figures: readonly ResultFigure[],
  passports: Part["passports"],
  scored: readonly Scored[],
  all: number,
): Part {
  return part({
    tables: [
      {
        id: `external.${plan.id}`,
        title: plan.label,
        columns: [{ key: "value", label: "Estimate (95 % CI)" }],
        rows,
        footnotes: footnotesOf(model, scored.length, all, scored.filter(({ outside }) => outside).length),
      },
    ],
    figures,
    passports,
    methods: [
      `${model.label} was applied unchanged to this study and judged by discrimination and calibration; the recalibration is reported, not used.`,
    ],
  });
}

function validateCox(
  { data, endpoints }: Layer,
  plan: ExternalValidationPlan,
  model: PortableModel,
  level: number,
): Part {
  const endpoint = endpoints.find(({ name }) => name === plan.outcome);
  const survival = endpoint === undefined ? null : survivalData(data, endpoint);
  if (endpoint === undefined || survival?.ok !== true)
    return absent(plan, "there is no such endpoint.", plan.outcome, "an endpoint");
  const scored = scores(data, plan, model, survival.value.rows);
  const place = new Map(survival.value.rows.map((row, i) => [row, i]));
  const time = scored.map(({ row }) => survival.value.months[place.get(row) ?? 0] ?? 0);
  const event = scored.map(({ row }) => survival.value.event[place.get(row) ?? 0] ?? 0);
  if (scored.length < 10 || !event.includes(1))
    return absent(
      plan,
      "too few rows have the model's inputs and events.",
      `${scored.length} rows`,
      "ten or more, with events",
    );
  const inputs = columnsOf(data, plan, model).map((one) => one.column);
  const ledger = cellLedger("external-validation", "1", columnInputs(data, [endpoint.time, endpoint.event, ...inputs]));
  const rows: ResultRow[] = [];
  const add = (label: string, what: string, content: CellContent): void => {
    rows.push({ label, cells: { value: ledger.issued(`external.${plan.id}.${what}`, content, { model: model.id }) } });
  };
  add("Rows, events", "n", { kind: "share", n: event.reduce((sum, value) => sum + value, 0), total: event.length });
  const c = concordance({ time, event, marker: scored.map(({ lp }) => lp) }, { direction: "higher-risk", level });
  if (c.ok)
    add(
      "Harrell's C",
      "c",
      estimateContent({ value: c.value.concordance, low: c.value.lower, high: c.value.upper }, { decimals: 3, level }),
    );
  const prepared = prepareCox({
    time,
    event,
    covariates: [{ name: "linear predictor", values: Float64Array.from(scored, ({ lp }) => lp) }],
  });
  const fit = prepared.ok ? fitCox(prepared.value, { ties: "efron", level }) : prepared;
  const slope = fit.ok ? fit.value.model.coefficients[0] : undefined;
  if (slope !== undefined && slope.coefficient !== null && slope.lower !== null && slope.upper !== null) {
    add(
      "Calibration slope (1 is ideal)",
      "slope",
      estimateContent(
        { value: slope.coefficient, low: Math.log(slope.lower), high: Math.log(slope.upper) },
        { decimals: 3, level },
      ),
    );
    add("p of the slope", "slope-p", pContent(slope.p));
  }
  const predicted = scored.flatMap(({ survival: value }) => (value === null ? [] : [value]));
  const km = kaplanMeier({ time, event });
  const seen = km.ok ? survivalAt(km.value, [plan.months])[0] : undefined;
  if (predicted.length === scored.length && seen !== undefined && !seen.beyondFollowUp) {
    add(
      `Mean predicted survival at ${plan.months} months`,
      "predicted",
      number(predicted.reduce((sum, value) => sum + value, 0) / predicted.length),
    );
    add(
      `Observed survival at ${plan.months} months`,
      "observed",
      estimateContent({ value: seen.survival, low: seen.lower, high: seen.upper }, { decimals: 3, level }),
    );
  }
  return finish(plan, model, rows, [], ledger.passports, scored, survival.value.rows.length);
}
