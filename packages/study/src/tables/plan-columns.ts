import { errorIssue, type Issue } from "@livermark/core";
import { didYouMean } from "../suggest.js";
import { parseIsoTime, type TimeAxis } from "../time.js";
import type { CovariateSpec } from "./cells.js";
import { type Codebook, covariateSpec, EMPTY_CODEBOOK } from "./codebook.js";
import type { Column } from "./columns.js";
import type { RawTable } from "./csv.js";
import { type DateOrder, inferDateOrder } from "./dates.js";
import { type TableName, tableDefinition } from "./definitions.js";

/** What else a reader of a table may know. */
export interface ReadTableContext {
  readonly codebook?: Codebook;
  /** Extra columns known from elsewhere, e.g. the time and event columns that `study.yaml` names. */
  readonly known?: readonly CovariateSpec[];
}

/** A canonical column at its place in the file. */
export interface PlannedColumn {
  readonly index: number;
  readonly name: string;
  readonly spec: Column;
  /** How its dates are written, for columns that hold dates. */
  readonly order: DateOrder;
}

/** The column that says when. */
export interface TimeColumn {
  readonly index: number;
  readonly axis: TimeAxis;
  readonly order: DateOrder;
}

/** What each column of a file is. */
export interface ColumnPlan {
  readonly columns: readonly PlannedColumn[];
  readonly extra: readonly { readonly index: number; readonly spec: CovariateSpec }[];
  readonly unused: readonly string[];
  readonly time: TimeColumn | null;
  /** False when a required column is missing: no row can be read. */
  readonly usable: boolean;
  readonly issues: readonly Issue[];
}

/**
 * Finds out what each column of a raw table is: a column of the definition, the time, a column that the codebook or
 * `context.known` explains, or unknown (an error, with what was probably meant). Missing required columns are errors.
 */
export function planColumns(name: TableName, raw: RawTable, file: string, context: ReadTableContext): ColumnPlan {
  const definition = tableDefinition(name);
  const codebook = context.codebook ?? EMPTY_CODEBOOK;
  const issues: Issue[] = [];
  const where = { file, table: name };
  const knownNames = [...Object.keys(definition.columns), ...(definition.time === "none" ? [] : ["date", "day"])];

  const columns: PlannedColumn[] = [];
  const extra: { readonly index: number; readonly spec: CovariateSpec }[] = [];
  const unused: string[] = [];
  let time: TimeColumn | null = null;

  const orderOf = (index: number, column: string): DateOrder => {
    const cells = raw.rows
      .map((row) => ({ text: row.cells[index] ?? "", line: row.line }))
      .filter(({ text }) => parseIsoTime(text) === null);
    const inferred = inferDateOrder(cells, { ...where, column });
    issues.push(...inferred.issues);
    return inferred.order;
  };

  for (const [index, column] of raw.header.entries()) {
    const spec = Object.hasOwn(definition.columns, column) ? definition.columns[column] : undefined;
    if (spec !== undefined) {
      const order = spec.kind === "birth" ? orderOf(index, column) : "iso";
      columns.push({ index, name: column, spec, order });
      continue;
    }
    if (definition.time !== "none" && (column === "date" || column === "day")) {
      if (time === null) time = { index, axis: column, order: column === "date" ? orderOf(index, column) : "iso" };
      else
        issues.push(
          errorIssue({
            code: "two-time-columns",
            message: `${definition.file} has both a date and a day column; only "${time.axis}" was read.`,
            wanted: "one of date and day in the whole bundle",
            mend: "Remove one of the two columns.",
            where: { ...where, line: 1, column },
          }),
        );
      continue;
    }
    const covariate =
      context.known?.find((known) => known.name === column) ?? covariateSpec(codebook, name, column) ?? null;
    if (covariate !== null) {
      extra.push({ index, spec: covariate });
      continue;
    }
    unused.push(column);
    issues.push(
      errorIssue({
        code: "unknown-column",
        message: `${definition.file} has a column that neither the table nor the codebook knows; it is not used.`,
        got: column,
        wanted: definition.open ? "a column of the table, or one named in codebook.csv" : knownNames.join(", "),
        mend: didYouMean(column, knownNames) || `Add a row for "${column}" to codebook.csv, or remove the column.`,
        where: { ...where, line: 1, column },
      }),
    );
  }

  const present = new Set(columns.map((column) => column.name));
  let usable = true;
  for (const [column, spec] of Object.entries(definition.columns))
    if (spec.required && !present.has(column)) {
      usable = false;
      issues.push(
        errorIssue({
          code: "missing-column",
          message: `${definition.file} has no column "${column}".`,
          got: raw.header.join(", "),
          wanted: column,
          mend: didYouMean(column, unused) ? `Is "${unused.join('", "')}" meant? Rename it.` : "Add the column.",
          where: { ...where, line: 1, column },
        }),
      );
    }
  if (definition.time === "required" && time === null) {
    usable = false;
    issues.push(
      errorIssue({
        code: "missing-column",
        message: `${definition.file} has neither a date nor a day column.`,
        got: raw.header.join(", "),
        wanted: "date (YYYY-MM-DD) or day (whole days from the first treatment)",
        mend: "Add one of the two columns.",
        where: { ...where, line: 1, column: "date" },
      }),
    );
  }
  return { columns, extra, unused, time, usable, issues };
}
