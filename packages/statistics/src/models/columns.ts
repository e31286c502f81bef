import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";

/** One column of numbers, one per patient; null or NaN means missing. */
export type NumericColumn = ArrayLike<number | null>;

/** A named column of numbers. */
export interface NamedColumn {
  readonly name: string;
  readonly values: NumericColumn;
}

/** Rows in which every column has a value, and how many rows that left out. */
export interface CompleteRows {
  readonly columns: readonly Float64Array[];
  /** Index of each kept row in the original columns. */
  readonly rows: Int32Array;
  readonly missing: number;
}

const isMissing = (value: number | null | undefined): boolean =>
  value === null || value === undefined || Number.isNaN(value);

/**
 * Keeps the rows in which no column is missing. Refuses columns of unequal length and infinite values.
 * Example: columns `[1, null]` and `[3, 4]` keep row 0 with one missing.
 */
export function completeRows(columns: readonly NamedColumn[]): Result<CompleteRows> {
  const length = columns[0]?.values.length ?? 0;
  for (const column of columns) {
    if (column.values.length !== length) {
      return refuse({
        code: "unequal-lengths",
        message: `Column ${column.name} has not as many rows as column ${columns[0]!.name}.`,
        got: column.values.length,
        wanted: `${length} rows`,
        mend: "Give one value, or null, per patient in every column.",
        where: { column: column.name },
      });
    }
  }
  const kept: number[] = [];
  for (let i = 0; i < length; i++) {
    let complete = true;
    for (const { name, values } of columns) {
      const value = values[i];
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
        return refuse({
          code: "infinite-value",
          message: `Column ${name} holds an infinite value in row ${i + 1}.`,
          got: value,
          wanted: "a finite number, or null for missing",
          mend: "Correct the value or leave it empty.",
          where: { column: name, line: i + 2 },
        });
      }
      if (isMissing(value)) complete = false;
    }
    if (complete) kept.push(i);
  }
  const rows = Int32Array.from(kept);
  const picked = columns.map(({ values }) => {
    const column = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) column[i] = values[rows[i]!]!;
    return column;
  });
  return ok({ columns: picked, rows, missing: length - rows.length });
}

/** Refuses a 0/1 column with other values, with no rows, or with one class only; returns the count of ones. */
export function countEvents(values: Float64Array, name: string): Result<number> {
  let events = 0;
  for (const value of values) {
    if (value !== 0 && value !== 1) {
      return refuse({
        code: "outcome-not-binary",
        message: `Outcome ${name} must be 0 or 1.`,
        got: value,
        wanted: "0 or 1",
        mend: "Code the event as 1 and its absence as 0.",
        where: { column: name },
      });
    }
    events += value;
  }
  if (events === 0 || events === values.length) {
    return refuse({
      code: "one-class-outcome",
      message:
        values.length === 0
          ? `No row has every value that outcome ${name} needs.`
          : `Outcome ${name} is ${values[0]} in every complete row.`,
      got: `${events} events in ${values.length} rows`,
      wanted: "at least one row with 1 and one with 0",
      mend: "Check the coding of the outcome, and how missing values thinned the rows.",
      where: { column: name },
    });
  }
  return ok(events);
}

/** A 0/1 outcome and the columns beside it, in the rows where nothing is missing. */
export interface OutcomeRows {
  readonly y: Float64Array;
  /** The columns beside the outcome, in the order given. */
  readonly columns: readonly Float64Array[];
  readonly events: number;
  readonly missing: number;
}

/**
 * Keeps the rows in which the outcome and every column beside it has a value. Refuses what `completeRows` and `countEvents`
 * refuse. Example: outcome `[0, 1, 1]` beside `[3, 4, null]` keeps two rows with one event.
 */
export function outcomeRows(outcome: NumericColumn, beside: readonly NamedColumn[]): Result<OutcomeRows> {
  const complete = completeRows([{ name: "outcome", values: outcome }, ...beside]);
  if (!complete.ok) return complete;
  const [y = new Float64Array(0), ...columns] = complete.value.columns;
  const counted = countEvents(y, "outcome");
  return counted.ok ? ok({ y, columns, events: counted.value, missing: complete.value.missing }) : counted;
}

/** Refuses an event column with values other than 0 and 1 or without any event; all may have it. Returns their count. */
export function countFollowUpEvents(event: Float64Array, name: string): Result<number> {
  let events = 0;
  for (const value of event) {
    if (value !== 0 && value !== 1)
      return refuse({
        code: "outcome-not-binary",
        message: `Event ${name} must be 0 or 1.`,
        got: value,
        wanted: "1 = event, 0 = censored",
        where: { column: name },
      });
    events += value;
  }
  return events > 0
    ? ok(events)
    : refuse({
        code: "no-events",
        message: "Nobody had the event in the complete rows.",
        got: 0,
        wanted: "at least one event",
        where: { column: name },
      });
}

/** A warning that rows with missing values were left out, or nothing. */
export const missingWarning = (missing: number, kept: number): readonly Issue[] =>
  missing === 0
    ? []
    : [
        warningIssue({
          code: "rows-with-missing-values",
          message: `${missing} rows with a missing value were left out; ${kept} remain.`,
          got: missing,
          wanted: "complete rows",
          mend: "Report both numbers; consider multiple imputation.",
        }),
      ];

/** A probability-like option: refuses what is not strictly between 0 and 1. */
export function checkFraction(value: number, path: string): Result<number> {
  return value > 0 && value < 1
    ? ok(value)
    : refuse({
        code: "fraction-out-of-range",
        message: `${path} must lie strictly between 0 and 1.`,
        got: value,
        wanted: "0 < value < 1",
        mend: `Give ${path} as a fraction, e.g. 0.95.`,
        path,
      });
}
