import { columnOf, type Dataset } from "./dataset.js";
import type { PortableModel } from "./models/portable.js";
import { predictPatient } from "./models/predict.js";
import type { InputValue } from "./models/prediction-inputs.js";

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

/** What the model predicts of one row. */
export interface Scored {
  readonly row: number;
  readonly lp: number;
  readonly risk: number | null;
  readonly survival: number | null;
  readonly outside: boolean;
}

/** Columns that the model reads in this study: of a group the number behind it where there is one. */
export function columnsOf(
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
export function scores(
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
