import { errorIssue, type Issue, type IssueWhere } from "@livermark/core";
import { csvText } from "../csv-out.js";
import { convertLab } from "../indices/labs.js";
import { didYouMean } from "../suggest.js";
import { missingReason, parseMeasured } from "../tables/cells.js";
import type { RawRow, RawTable } from "../tables/csv.js";
import { type DateOrder, inferDateOrder, parseDate } from "../tables/dates.js";
import { tableDefinition } from "../tables/definitions.js";
import { isoDate } from "../time.js";
import type { TableMapping } from "./mapping.js";

/**
 * How identities are kept out of a study: a name for each patient, and the whole days by which its dates move. The
 * caller makes both from its key, the same way as for the images, so that tables and images stay together.
 */
export interface Pseudonyms {
  readonly of: (id: string) => string;
  readonly shiftDays: (id: string) => number;
}

/** A foreign table in canonical form, where each row came from, and what was refused. */
export interface ImportedTable {
  /** File name under `tables/`. */
  readonly file: string;
  readonly csv: string;
  /** Source line (or sheet row) of each canonical row, in order. */
  readonly sourceLines: readonly number[];
  /** Identifier → pseudonym, to be kept apart from the study. */
  readonly keyTable: ReadonlyMap<string, string>;
  readonly issues: readonly Issue[];
}

type ColumnMapping = TableMapping["columns"][number];

/**
 * Applies a saved mapping to a raw table. Each refused cell is an Issue with sheet, row and column and becomes empty;
 * a row whose identifier is refused is left out; the rest is imported. Dates are read in the order that the mapping
 * names or that the column itself decides, refused when it decides nothing, and moved by the patient's keyed days.
 * Decimal commas, limits (`<20`), value lists and units are turned into canonical writing.
 */
export function importTable(
  raw: RawTable,
  mapping: TableMapping,
  file: string,
  pseudonyms: Pseudonyms | null = null,
): ImportedTable {
  const issues: Issue[] = [...raw.issues];
  const place: IssueWhere = { file, ...(mapping.source.sheet === undefined ? {} : { table: mapping.source.sheet }) };
  const indexOf = new Map(raw.header.map((name, i) => [name, i]));
  const present = (name: string): boolean => {
    if (indexOf.has(name)) return true;
    issues.push(
      errorIssue({
        code: "source-column",
        message: `The source has no column "${name}".`,
        got: raw.header.join(", "),
        wanted: name,
        mend: didYouMean(name, raw.header) || "Correct the mapping.",
        where: { ...place, line: 1, column: name },
      }),
    );
    return false;
  };
  const columns = mapping.columns.filter(({ from }) => present(from));
  const wide = mapping.wide.filter(
    ({ from, date_from }) => present(from) && (date_from === undefined || present(date_from)),
  );
  const textOf = (row: RawRow, name: string): string => row.cells[indexOf.get(name) ?? -1] ?? "";

  const orders = new Map<string, DateOrder>();
  const learnOrder = (name: string, given: DateOrder | undefined): void => {
    if (given !== undefined || orders.has(name)) {
      orders.set(name, given ?? orders.get(name)!);
      return;
    }
    const inferred = inferDateOrder(
      raw.rows.map((row) => ({ text: textOf(row, name), line: row.line })),
      { ...place, column: name },
    );
    issues.push(...inferred.issues);
    orders.set(name, inferred.order);
  };
  for (const one of columns) if (isDate(one.to)) learnOrder(one.from, one.order);
  for (const one of wide) if (one.date_from !== undefined) learnOrder(one.date_from, undefined);

  const keyTable = new Map<string, string>();
  const constants = Object.entries(mapping.constants);
  const wideColumns = mapping.wide.length > 0 ? ["date", "name", "value", "unit"] : [];
  const header = [...new Set([...columns.map(({ to }) => to), ...constants.map(([to]) => to), ...wideColumns])];
  const rows: { line: number; cells: Map<string, string> }[] = [];
  for (const row of raw.rows) {
    const refuseCell = (from: string, got: string, wanted: string, code = "refused-cell"): void => {
      issues.push(
        errorIssue({
          code,
          message: `Row ${row.line}, column "${from}" cannot be imported.`,
          got,
          wanted,
          mend: "Correct the cell, or extend the mapping.",
          where: { ...place, line: row.line, column: from },
        }),
      );
    };
    const identity = columns.find(({ to }) => to === "patient" || to === "subject");
    const id = identity === undefined ? "" : textOf(row, identity.from);
    if (identity !== undefined && missingReason(id, mapping.missing) !== null) {
      refuseCell(identity.from, id, "an identifier", "missing-cell");
      continue;
    }
    const shift = pseudonyms?.shiftDays(id) ?? 0;
    const cells = new Map<string, string>(constants);
    const dateText = (from: string): string => {
      const text = textOf(row, from);
      if (missingReason(text, mapping.missing) !== null) return "";
      const time = parseDate(text, orders.get(from) ?? "iso");
      if (time === null) {
        refuseCell(from, text, "a date whose order is known");
        return "";
      }
      if (shift === 0) return time.precision === "day" ? isoDate(time.day) : time.text;
      // A date known to the month only cannot be moved by days: the middle of the month moves, the precision stays.
      const moved = isoDate(time.day + shift);
      return time.precision === "day" ? moved : moved.slice(0, time.precision === "month" ? 7 : 4);
    };
    for (const one of columns) {
      if (isDate(one.to)) cells.set(one.to, dateText(one.from));
      else if (one.identifier && pseudonyms !== null) {
        const text = textOf(row, one.from);
        const name = pseudonyms.of(text);
        keyTable.set(text, name);
        cells.set(one.to, name);
      } else {
        const made = canonicalCell(textOf(row, one.from), one, mapping);
        if ("refused" in made) refuseCell(one.from, textOf(row, one.from), made.refused);
        cells.set(one.to, "text" in made ? made.text : "");
      }
    }
    if (wide.length === 0) {
      rows.push({ line: row.line, cells });
      continue;
    }
    for (const lab of wide) {
      const text = textOf(row, lab.from);
      if (missingReason(text, mapping.missing) !== null) continue;
      const made = canonicalCell(text, { from: lab.from, to: "value", identifier: false }, mapping);
      if ("refused" in made) {
        refuseCell(lab.from, text, made.refused);
        continue;
      }
      const own = new Map(cells).set("name", lab.name).set("value", made.text).set("unit", lab.unit);
      if (lab.date_from !== undefined) own.set("date", dateText(lab.date_from));
      rows.push({ line: row.line, cells: own });
    }
  }
  return {
    file: tableDefinition(mapping.table).file,
    csv: csvText([header, ...rows.map(({ cells }) => header.map((name) => cells.get(name) ?? ""))]),
    sourceLines: rows.map(({ line }) => line),
    keyTable,
    issues,
  };
}

const isDate = (column: string): boolean => column === "date" || column === "birth_date";

/** Canonical writing of one cell: value lists, decimal commas, limits and units. */
function canonicalCell(
  text: string,
  column: Pick<ColumnMapping, "from" | "to" | "identifier"> & Partial<ColumnMapping>,
  mapping: TableMapping,
): { readonly text: string } | { readonly refused: string } {
  if (column.values !== undefined) {
    if (text === "") return { text };
    const found = Object.entries(column.values).find(([written]) => written.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return { text: found[1] };
    return missingReason(text, mapping.missing) !== null
      ? { text: "" }
      : { refused: Object.keys(column.values).join(" | ") };
  }
  const missing = missingReason(text, mapping.missing);
  if (missing !== null) return { text: mapping.missing.includes(text) ? "" : text };
  const spec = tableDefinition(mapping.table).columns[column.to];
  const numeric =
    column.unit !== undefined || spec?.kind === "number" || spec?.kind === "integer" || spec?.kind === "measured";
  if (!numeric) return { text };
  const plain = decimalPoint(text, mapping.source.decimal);
  const parsed = plain === null ? null : parseMeasured(plain);
  if (parsed === null)
    return { refused: mapping.source.decimal === "," ? "a number with a decimal comma" : "a number" };
  let value = parsed.value;
  if (column.unit !== undefined && column.to_unit !== undefined) {
    const converted = convertLab(column.test ?? column.from.toLowerCase(), value, column.unit, column.to_unit);
    if (converted === null) return { refused: `a unit that becomes ${column.to_unit}` };
    value = Number(converted.toPrecision(12));
  }
  return { text: `${parsed.censored === "below" ? "<" : parsed.censored === "above" ? ">" : ""}${value}` };
}

/** Number text with a decimal point; null where the separators contradict the mapping (1.234,5 is read under `,`). */
function decimalPoint(text: string, decimal: "." | ","): string | null {
  const bare = text.replace(/[\s\u00a0\u202f]/g, "");
  if (decimal === ".") return bare.includes(",") ? null : bare;
  if (!bare.includes(".")) return bare.replace(",", ".");
  return /^[<>≤≥]?[+-]?\d{1,3}(\.\d{3})+(,\d+)?$/.test(bare) ? bare.replaceAll(".", "").replace(",", ".") : null;
}
