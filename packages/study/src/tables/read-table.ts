import { errorIssue, type Issue, type Result, warningIssue } from "@livermark/core";
import { blankRecord } from "../blank-record.js";
import { didYouMean } from "../suggest.js";
import { type StudyTime, studyDay, type TimeAxis } from "../time.js";
import { type CovariateSpec, missingReason, parseCovariate, parseFlag, parseMeasured, parseNumber } from "./cells.js";
import { type Column, rangeOf } from "./columns.js";
import { decodeUtf8, parseDelimited, type RawRow, type RawTable } from "./csv.js";
import { type DateOrder, parseDate } from "./dates.js";
import { type CovariateCell, type Row, type TableName, tableDefinition } from "./definitions.js";
import { planColumns, type ReadTableContext } from "./plan-columns.js";

/** A cell without a value that was not simply empty, with its reason. */
export interface MissingCell {
  readonly line: number;
  readonly column: string;
  readonly text: string;
  readonly reason: string;
}

/** A canonical table that was read. */
export interface Table<N extends TableName> {
  readonly name: N;
  readonly file: string;
  readonly rows: readonly Row<N>[];
  /** Columns of the file, as written. */
  readonly columns: readonly string[];
  /** Extra columns that the codebook explains, in file order. */
  readonly extra: readonly CovariateSpec[];
  /** Columns that were not read. */
  readonly unused: readonly string[];
  readonly missing: readonly MissingCell[];
  /** `date`, `day`, or null for a table without times. */
  readonly axis: TimeAxis | null;
}

/** A table without rows, for a file that is not there. */
export const emptyTable = <N extends TableName>(name: N): Table<N> => ({
  name,
  file: tableDefinition(name).file,
  rows: [],
  columns: [],
  extra: [],
  unused: [],
  missing: [],
  axis: null,
});

type CellReading = { readonly value: unknown } | { readonly refused: string };

const possible = (value: number | null, { least = -Infinity, most = Infinity }: Column): number | null =>
  value !== null && value >= least && value <= most ? value : null;

/** One cell by its column's kind: its value, or what was wanted. */
export function readCell(text: string, column: Column, order: DateOrder): CellReading {
  const wrap = (value: unknown, wanted: string): CellReading => (value === null ? { refused: wanted } : { value });
  switch (column.kind) {
    case "text":
      return { value: text };
    case "number":
      return wrap(possible(parseNumber(text), column), `a number with a decimal point${rangeOf(column)}`);
    case "integer": {
      const value = possible(parseNumber(text), column);
      return wrap(value !== null && Number.isInteger(value) ? value : null, `a whole number${rangeOf(column)}`);
    }
    case "flag":
      return wrap(parseFlag(text), "0 or 1");
    case "measured":
      return wrap(parseMeasured(text), "a number, or a limit such as <20");
    case "birth":
      return wrap(parseDate(text, order), "YYYY-MM-DD, YYYY-MM or YYYY");
    case "word": {
      const words = column.words ?? [];
      const exact = words.find((candidate) => candidate === text);
      const folded = exact ?? words.find((candidate) => candidate.toLowerCase() === text.toLowerCase());
      return wrap(folded ?? null, words.join(" | "));
    }
  }
}

/**
 * Types a raw table by the definition of `name`. Every row keeps its file line. Refused cells become Issues that name
 * file, line and column: a row whose required cell is missing or refused is left out, an optional cell becomes null.
 * A column that neither the definition, nor the codebook, nor `context.known` knows is an error and is not read.
 * Dates are ISO; other writings are accepted only where the column decides day and month by itself.
 */
export function typeTable<N extends TableName>(
  name: N,
  raw: RawTable,
  file: string,
  context: ReadTableContext = {},
): { readonly table: Table<N>; readonly issues: readonly Issue[] } {
  const definition = tableDefinition(name);
  const plan = planColumns(name, raw, file, context);
  const { columns, extra, time: timeColumn } = plan;
  const issues: Issue[] = [...raw.issues, ...plan.issues];
  const missing: MissingCell[] = [];
  const where = { file, table: name };

  const rows: Row<N>[] = [];
  const blank = blankRecord<unknown>(
    [...Object.keys(definition.columns), ...(definition.time === "none" ? [] : ["when"]), "line", "extra"],
    null,
  );

  const none: { readonly [column: string]: CovariateCell } = {};
  let usable = true;
  const refuseCell = (
    { line, cells: texts }: RawRow,
    column: string,
    got: string,
    wanted: string,
    required: boolean,
  ): void => {
    if (required) usable = false;
    const guess = didYouMean(got, wanted.includes(" | ") ? wanted.split(" | ") : []);
    const patient = texts[raw.header.indexOf("patient")];
    issues.push(
      errorIssue({
        code: got === "" ? "missing-cell" : "refused-cell",
        message:
          got === ""
            ? `Column "${column}" is empty; the row was left out.`
            : `The cell cannot be read${required ? "; the row was left out" : "; it counts as missing"}.`,
        got,
        wanted,
        mend: guess || `Correct column "${column}" of this row.`,
        where: { ...where, line, column, ...(patient === undefined || patient === "" ? {} : { patient }) },
      }),
    );
  };
  // Ids, names and days repeat through a table: one copy of each serves all rows.
  const texts = new Map<string, string>();
  const times = new Map<string, StudyTime | null>();
  const shared = (text: string): string => {
    const known = texts.get(text);
    if (known === undefined) texts.set(text, text);
    return known ?? text;
  };
  const timeOf = (text: string, axis: TimeAxis, order: DateOrder): StudyTime | null => {
    let known = times.get(text);
    if (known === undefined) {
      known = readTime(text, axis, order);
      times.set(text, known);
    }
    return known;
  };
  for (const row of plan.usable ? raw.rows : []) {
    const cells: { [column: string]: unknown } = { ...blank };
    usable = true;
    for (const { index, name: column, spec, order } of columns) {
      const text = row.cells[index] ?? "";
      const reason = spec.kind === "text" && text !== "" ? null : missingReason(text);
      if (reason !== null) {
        if (text !== "") missing.push({ line: row.line, column, text, reason });
        if (spec.required) refuseCell(row, column, text, "a value", true);
        continue;
      }
      const reading = readCell(text, spec, order);
      if ("value" in reading) cells[column] = typeof reading.value === "string" ? shared(reading.value) : reading.value;
      else refuseCell(row, column, text, reading.refused, spec.required);
    }
    if (definition.time !== "none") {
      cells.when = null;
      const text = timeColumn === null ? "" : (row.cells[timeColumn.index] ?? "");
      const required = definition.time === "required";
      if (timeColumn !== null && (required || missingReason(text) === null)) {
        const when = timeOf(text, timeColumn.axis, timeColumn.order);
        if (when !== null) cells.when = when;
        else {
          const wanted = timeColumn.axis === "date" ? "YYYY-MM-DD (or YYYY-MM, YYYY)" : "a whole number of days";
          refuseCell(row, timeColumn.axis, text, wanted, required);
        }
      }
    }
    if (!usable) continue;
    cells.line = row.line;
    cells.extra = extra.length === 0 ? none : readExtra(row, extra, missing, refuseCell);
    // Every column of the definition was filled above, by its kind: here text becomes data.
    rows.push(cells as Row<N>);
  }
  if (timeColumn === null && definition.time === "optional" && raw.rows.length > 0)
    issues.push(
      warningIssue({
        code: "no-time-column",
        message: `${definition.file} has no date or day column; times are taken from time-points.csv.`,
        wanted: "date or day",
        mend: "Add the column, or list each time point in time-points.csv.",
        where: { ...where, line: 1 },
      }),
    );
  return {
    table: {
      name,
      file,
      rows,
      columns: raw.header,
      extra: extra.map(({ spec }) => spec),
      unused: plan.unused,
      missing,
      axis: timeColumn?.axis ?? null,
    },
    issues,
  };
}

type RefuseCell = (row: RawRow, column: string, got: string, wanted: string, required: boolean) => void;

function readExtra(
  row: RawRow,
  extra: readonly { readonly index: number; readonly spec: CovariateSpec }[],
  missing: MissingCell[],
  refuseCell: RefuseCell,
): { readonly [column: string]: CovariateCell } {
  const covariates: { [column: string]: CovariateCell } = {};
  for (const { index, spec } of extra) {
    const text = row.cells[index] ?? "";
    const cell = parseCovariate(text, spec);
    if (cell === null)
      refuseCell(row, spec.name, text, spec.type === "number" ? "a number" : spec.levels.join(" | "), false);
    else if (cell.missing !== null && text !== "")
      missing.push({ line: row.line, column: spec.name, text, reason: cell.missing });
    covariates[spec.name] = cell ?? { value: null, censored: null, missing: `refused: ${text}` };
  }
  return covariates;
}

function readTime(text: string, axis: TimeAxis, order: DateOrder): StudyTime | null {
  if (axis === "date") return parseDate(text, order);
  const day = parseNumber(text);
  return day !== null && Number.isInteger(day) ? studyDay(day) : null;
}

/**
 * Reads one canonical table from CSV text or bytes; see `typeTable` for what is refused. A file that is no table
 * gives an empty table and its Issues. Example: `readTable("events", "patient,day,event\nP1,90,death\n", "events.csv")`.
 */
export function readTable<N extends TableName>(
  name: N,
  content: string | Uint8Array,
  file: string,
  context: ReadTableContext = {},
): { readonly table: Table<N>; readonly issues: readonly Issue[] } {
  const decoded: Result<string> =
    typeof content === "string" ? { ok: true, value: content, issues: [] } : decodeUtf8(content, file);
  const raw = decoded.ok ? parseDelimited(decoded.value, file) : decoded;
  if (!raw.ok) return { table: { ...emptyTable(name), file }, issues: raw.issues };
  return typeTable(name, raw.value, file, context);
}
