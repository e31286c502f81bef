import { type Issue, warningIssue } from "@livermark/core";
import type { DataColumn, Dataset } from "./dataset.js";

/** Rows with a known yes/no outcome, coded 1 = event. */
export interface BinaryOutcome {
  readonly rows: readonly number[];
  readonly values: readonly number[];
}

/**
 * A column as yes/no: of a category the `event` levels are 1 (without `event`: the second of two levels), of a number
 * 0 and 1 as they are. Null when the column has no such reading or no row has a value.
 */
export function binaryOutcome(data: Dataset, column: DataColumn, event: readonly string[] = []): BinaryOutcome | null {
  if (column.type === "category" && event.length === 0 && column.levels.length !== 2) return null;
  const rows: number[] = [];
  const values: number[] = [];
  data.rows.forEach((_, row) => {
    const value = column.values[row];
    if (value === null || value === undefined) return;
    let coded: number;
    if (column.type === "number") coded = Number(value);
    else if (event.length > 0) coded = event.includes(String(value)) ? 1 : 0;
    else coded = column.levels.indexOf(String(value));
    if (coded !== 0 && coded !== 1) return;
    rows.push(row);
    values.push(coded);
  });
  return rows.length > 0 ? { rows, values } : null;
}

/** The warning of a plan whose outcome has no such reading. */
export const notBinary = (plan: { readonly label: string; readonly outcome: string }): Issue =>
  warningIssue({
    code: "outcome-not-binary",
    message: `${plan.label}: the outcome has no yes and no.`,
    got: plan.outcome,
    wanted: "two levels, or `event` levels",
  });
