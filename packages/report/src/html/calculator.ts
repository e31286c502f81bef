import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";

/** A fitted or published model as its calculator page needs it: every input with unit and the range of its data. */
export interface CalculatorModel {
  readonly id: string;
  readonly title: string;
  /** Where it comes from: the study, or the publication. */
  readonly source: string;
  readonly kind: "logistic" | "cox";
  /** What is predicted, e.g. "disease control at six months". */
  readonly outcome: string;
  /** Logistic: the constant; null when a publication does not print it, and then no probability is given. */
  readonly intercept: number | null;
  readonly inputs: readonly CalculatorInput[];
  /** Cox: survival of a patient whose linear predictor is 0, at ascending times. */
  readonly baseline: {
    readonly timeLabel: string;
    readonly time: readonly number[];
    readonly survival: readonly number[];
  } | null;
  /** Covariance of intercept (logistic only) and coefficients in the order of `coefficientsOf`; null where unknown. */
  readonly covariance: readonly (readonly number[])[] | null;
  readonly validation: string;
  /** Contradictions of the source and other things a user must see. */
  readonly cautions: readonly string[];
}

export type CalculatorInput =
  | {
      readonly kind: "number";
      readonly key: string;
      readonly label: string;
      readonly unit: string;
      /** Range of the data it was fitted on; null where unknown. */
      readonly low: number | null;
      readonly high: number | null;
      readonly coefficient: number;
      /** What a value as people write it is multiplied with before the coefficient; 1 unless given (ADC: 0.001). */
      readonly toModelUnit?: number;
    }
  | {
      readonly kind: "category";
      readonly key: string;
      readonly label: string;
      /** The reference level has coefficient 0. */
      readonly levels: readonly { readonly label: string; readonly coefficient: number }[];
    };

/** A patient's values: numbers, or the label of a level. */
export type CalculatorValues = { readonly [key: string]: number | string };

export interface Prediction {
  readonly linearPredictor: number;
  /** Logistic only. */
  readonly probability: { readonly value: number; readonly low: number | null; readonly high: number | null } | null;
  /** Cox only: survival at the times of the baseline. */
  readonly survival: readonly number[] | null;
}

/** Values of the coefficients' multipliers, in the order of the covariance: [1 for the intercept,] inputs, levels. */
function design(
  model: CalculatorModel,
  values: CalculatorValues,
): Result<readonly { readonly x: number; readonly beta: number }[]> {
  const row: { x: number; beta: number }[] = model.kind === "logistic" ? [{ x: 1, beta: model.intercept ?? 0 }] : [];
  for (const input of model.inputs) {
    const value = values[input.key];
    if (input.kind === "number") {
      if (typeof value !== "number" || !Number.isFinite(value)) {
        return refuse({
          code: "input-missing",
          message: `${input.label} is missing.`,
          got: value,
          wanted: `a number in ${input.unit || "no unit"}`,
          path: input.key,
        });
      }
      row.push({ x: value * (input.toModelUnit ?? 1), beta: input.coefficient });
      continue;
    }
    if (!input.levels.some((level) => level.label === value)) {
      return refuse({
        code: "input-level",
        message: `${input.label} has no such level.`,
        got: value,
        wanted: input.levels.map((level) => level.label).join(" | "),
        path: input.key,
      });
    }
    for (const level of input.levels)
      if (level.coefficient !== 0) row.push({ x: level.label === value ? 1 : 0, beta: level.coefficient });
  }
  return ok(row);
}

const z95 = 1.959963984540054;
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** Standard error of Σ x β; null when the covariance is not known. */
function standardError(
  row: readonly { readonly x: number }[],
  covariance: CalculatorModel["covariance"],
): number | null {
  if (covariance === null || covariance.length !== row.length) return null;
  let variance = 0;
  for (const [i, a] of row.entries())
    for (const [j, b] of row.entries()) variance += a.x * b.x * (covariance[i]?.[j] ?? Number.NaN);
  return Number.isFinite(variance) && variance >= 0 ? Math.sqrt(variance) : null;
}

/**
 * The model on one patient. Refuses a missing value or an unknown level; a number outside the range of the data is a
 * warning, because the model says nothing about such patients. Without a published intercept there is no probability.
 */
export function predictWith(model: CalculatorModel, values: CalculatorValues): Result<Prediction> {
  const row = design(model, values);
  if (!row.ok) return row;
  const issues: Issue[] = [];
  for (const input of model.inputs) {
    const value = values[input.key];
    if (input.kind !== "number" || typeof value !== "number") continue;
    if ((input.low !== null && value < input.low) || (input.high !== null && value > input.high)) {
      issues.push(
        warningIssue({
          code: "input-out-of-range",
          message: `${input.label} lies outside the data the model was made from.`,
          got: value,
          wanted: `${input.low ?? ""} to ${input.high ?? ""} ${input.unit}`.trim(),
          path: input.key,
        }),
      );
    }
  }
  const linearPredictor = row.value.reduce((sum, { x, beta }) => sum + x * beta, 0);
  if (model.kind === "cox") {
    const survival =
      model.baseline === null ? null : model.baseline.survival.map((s) => s ** Math.exp(linearPredictor));
    return ok({ linearPredictor, probability: null, survival }, issues);
  }
  if (model.intercept === null) return ok({ linearPredictor, probability: null, survival: null }, issues);
  const se = standardError(row.value, model.covariance);
  const bound = (sign: number): number | null => (se === null ? null : logistic(linearPredictor + sign * z95 * se));
  return ok(
    {
      linearPredictor,
      probability: { value: logistic(linearPredictor), low: bound(-1), high: bound(1) },
      survival: null,
    },
    issues,
  );
}
