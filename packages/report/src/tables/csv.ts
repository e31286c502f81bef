import type { ResultFigure, ResultTable } from "@livermark/analysis";
import type { Json } from "@livermark/core";
import { columnHeading, printTable } from "./table-model.js";

/** What a spreadsheet would run as a formula gets an apostrophe before it; a plain negative number stays as it is. */
const guarded = (text: string): string =>
  /^[=+\-@\t\r]/.test(text) && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? `'${text}` : text;

function csvCell(value: string | number | null, guard: boolean): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const text = guard ? guarded(value) : value;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replace(/"/g, '""')}"` : text;
}

type CsvRows = readonly (readonly (string | number | null)[])[];

const lines = (rows: CsvRows, guard: boolean): string =>
  `${rows.map((row) => row.map((value) => csvCell(value, guard)).join(",")).join("\n")}\n`;

/** Rows as CSV (RFC 4180, LF) for people: numbers at full precision, missing as empty cells, formulas disarmed. */
export const csv = (rows: CsvRows): string => lines(rows, true);

/** Rows as CSV for programs: every text exactly as it is. */
export const exactCsv = (rows: CsvRows): string => lines(rows, false);

/** A table as printed; rows of a level keep two spaces before their label. */
export function tableCsv(table: ResultTable): string {
  const printed = printTable(table);
  return csv([
    ["", ...printed.columns.map(columnHeading)],
    ...printed.rows.map((row) => [
      `${row.indent === 1 ? "  " : ""}${row.label}`,
      ...row.cells.map((cell) => cell.text),
    ]),
  ]);
}

/** A scalar of a figure's data, or null for what has parts. */
const scalar = (value: Json): string | number | null | undefined =>
  value === null || typeof value === "string" || typeof value === "number"
    ? value
    : typeof value === "boolean"
      ? String(value)
      : undefined;

/** Every number of a figure with its path, in the order of the data. */
function leaves(value: Json, path: string): readonly (readonly [string, string | number | null])[] {
  const own = scalar(value);
  if (own !== undefined) return [[path, own]];
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => leaves(item, `${path}[${i + 1}]`));
  return Object.entries(value as { readonly [key: string]: Json }).flatMap(([key, item]) =>
    leaves(item, path === "" ? key : `${path}.${key}`),
  );
}

/** Parallel columns of one length become a table under their path; everything else stays as `path, value` lines. */
function blocks(value: Json, path: string): readonly (readonly (readonly (string | number | null)[])[])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const entries = Object.entries(value as { readonly [key: string]: Json });
  const columns = entries.filter(
    (entry): entry is [string, readonly (string | number | null)[]] =>
      Array.isArray(entry[1]) && entry[1].length > 0 && entry[1].every((item: Json) => scalar(item) !== undefined),
  );
  const lengths = [...new Set(columns.map(([, values]) => values.length))];
  const tables = lengths.map((length) => {
    const same = columns.filter(([, values]) => values.length === length);
    const head = same.map(([key]) => (path === "" ? key : `${path}.${key}`));
    return [head, ...Array.from({ length }, (_, i) => same.map(([, values]) => values[i] ?? null))];
  });
  const plain = new Set(columns.map(([key]) => key));
  const nested = entries.flatMap(([key, item]) => {
    const inner = path === "" ? key : `${path}.${key}`;
    if (plain.has(key) || scalar(item) !== undefined) return [];
    if (Array.isArray(item)) return item.flatMap((one: Json, i) => blocks(one, `${inner}[${i + 1}]`));
    return blocks(item, inner);
  });
  const singles = entries
    .filter(([, item]) => scalar(item) !== undefined)
    .map(([key, item]) => [path === "" ? key : `${path}.${key}`, scalar(item) ?? null]);
  return [...(singles.length > 0 ? [singles] : []), ...tables, ...nested];
}

/**
 * The numbers behind a figure: single values as `name, value` lines, parallel columns as tables, an empty line between.
 * Pictures are left out.
 */
export function figureCsv(figure: ResultFigure): string {
  if (figure.kind === "image-panel") {
    const panels = figure.panels.map(({ pixels: _pixels, overlay: _overlay, outlines: _outlines, ...facts }) => facts);
    return csv([["name", "value"], ...leaves(asJson({ ...figure, panels }), "")]);
  }
  return blocks(asJson(figure), "")
    .map((rows) => csv(rows))
    .join("\n");
}

/** A figure is plain data; this only changes what the compiler knows about it. */
const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
