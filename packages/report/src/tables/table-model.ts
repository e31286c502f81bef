import type { Cell, ResultRow, ResultTable } from "@livermark/analysis";
import { sentence } from "../documents/sentences.js";
import { cellUnit, formatCellValue, withUnit } from "../format.js";
import { textWidth } from "../text.js";
import { tableTitle } from "../titles.js";
import { typeset } from "../typeset.js";

/** A table as it is printed: every renderer (HTML, CSV, Markdown, LaTeX, Word, Excel) starts from this. */
export interface PrintedTable {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly PrintedColumn[];
  readonly rows: readonly PrintedRow[];
  /** The table's own footnotes, then one for each abbreviation its cells use. */
  readonly footnotes: readonly string[];
  /** Spanning headings over neighbouring columns; empty when the table has none. */
  readonly spans: readonly { readonly label: string; readonly columns: number }[];
}

export interface PrintedColumn {
  readonly key: string;
  readonly label: string;
  /** Unit that all numbers of the column share; empty otherwise, the cells then carry their own. */
  readonly unit: string;
}

export interface PrintedRow {
  readonly label: string;
  readonly indent: 0 | 1;
  readonly cells: readonly PrintedCell[];
}

export interface PrintedCell {
  /** As printed; empty where the row has nothing in this column. */
  readonly text: string;
  readonly id: string | null;
  /** The cell's number at full precision, for spreadsheets; null where it has none. */
  readonly value: number | null;
  /** Whether the text aligns at its decimal point. */
  readonly numeric: boolean;
  /** Why a cell holds no number. */
  readonly why: string;
}

const empty: PrintedCell = { text: "", id: null, value: null, numeric: false, why: "" };

function rawValue(cell: Cell): number | null {
  switch (cell.kind) {
    case "number":
    case "estimate":
    case "p":
      return cell.value;
    case "count":
    case "share":
      return cell.n;
    case "mean-sd":
      return cell.mean;
    case "median-range":
      return cell.median;
    default:
      return null;
  }
}

function printCell(cell: Cell | undefined, columnUnit: string): PrintedCell {
  if (cell === undefined) return empty;
  const value = formatCellValue(cell);
  const text = columnUnit === "" ? withUnit(cell, value) : value;
  const raw = rawValue(cell);
  const why = cell.kind === "not-estimable" || cell.kind === "missing" ? cell.why : "";
  return { text, id: cell.id, value: raw, numeric: raw !== null, why };
}

/** The unit of a column all of whose numbers are quantities of one and the same unit. */
function sharedUnit(table: ResultTable, key: string): string {
  const units = new Set<string>();
  for (const row of table.rows) {
    const cell = row.cells[key];
    if (cell === undefined) continue;
    if (cell.kind === "number" || cell.kind === "estimate") units.add(cellUnit(cell));
    else if (rawValue(cell) !== null) return "";
  }
  const [unit] = units;
  return units.size === 1 && unit !== undefined ? unit : "";
}

/** What the abbreviations in a table's cells mean, as far as its own footnotes do not say so. */
function abbreviations(table: ResultTable, rows: readonly PrintedRow[]): readonly string[] {
  const cells = rows.flatMap((row) => row.cells.map((cell) => cell.text));
  const kinds = new Set(table.rows.flatMap((row) => Object.values(row.cells).map((cell) => cell.kind)));
  const notes: string[] = [];
  const used = (word: string): boolean => cells.some((text) => new RegExp(`\\b${word}\\b`).test(text));
  const words = [...table.rows.map((row) => row.label), ...table.columns.map((column) => column.label)];
  const said = [...table.footnotes, ...words].join(" ");
  if (kinds.has("mean-sd") && !/mean\s*\u00b1\s*SD/i.test(said)) notes.push("Mean \u00b1 SD.");
  if (used("NR") && !said.includes("NR")) notes.push("NR, not reached.");
  if (used("NE") && !said.includes("NE")) notes.push("NE, not estimable.");
  if (kinds.has("missing") && !said.includes("\u2014")) notes.push("\u2014, not available.");
  return notes;
}

function spansOf(table: ResultTable): PrintedTable["spans"] {
  if (table.columns.every((column) => column.group === undefined)) return [];
  const spans: { label: string; columns: number }[] = [];
  for (const column of table.columns) {
    const label = column.group ?? "";
    const last = spans.at(-1);
    if (last !== undefined && last.label === label) last.columns++;
    else spans.push({ label, columns: 1 });
  }
  return spans;
}

/** Labels, title and footnotes in print; cells keep their own words. */
const typesetCells = (cells: ResultRow["cells"]): ResultRow["cells"] =>
  Object.fromEntries(
    Object.entries(cells).map(([key, cell]) => [
      key,
      // A number given as text stays one that programs can read.
      cell.kind === "text" && /\p{L}/u.test(cell.text) ? { ...cell, text: typeset(cell.text) } : cell,
    ]),
  );

const typesetTable = (table: ResultTable): ResultTable => ({
  ...table,
  title: sentence(tableTitle(table)),
  columns: table.columns.map((column) => ({
    ...column,
    label: typeset(column.label),
    ...(column.group === undefined ? {} : { group: typeset(column.group) }),
  })),
  rows: table.rows.map((row) => ({ ...row, label: typeset(row.label), cells: typesetCells(row.cells) })),
  footnotes: table.footnotes.map(typeset),
});

/** The printed form of a table. A unit shared by a whole column moves into its heading. */
export function printTable(asGiven: ResultTable): PrintedTable {
  const table = typesetTable(asGiven);
  const columns = table.columns.map(({ key, label }) => ({ key, label, unit: sharedUnit(table, key) }));
  const rows = table.rows.map((row) => ({
    label: row.label,
    indent: row.indent ?? 0,
    cells: columns.map(({ key, unit }) => printCell(row.cells[key], unit)),
  }));
  const footnotes = [...table.footnotes, ...abbreviations(table, rows)];
  return { id: table.id, title: table.title, columns, rows, footnotes, spans: spansOf(table) };
}

/** Heading of a column with its unit, which stands before an interval: `Median, months (95% CI)`. */
export function columnHeading({ label, unit }: PrintedColumn): string {
  if (unit === "") return label;
  const interval = /^(.*\S)( \([^()]*\bCI[^()]*\))$/.exec(label);
  return interval === null ? `${label} (${unit})` : `${interval[1]}, ${unit}${interval[2]}`;
}

/** Longer cells of words are set flush left and wrap. */
const WORDS = 28;
/** So long a list of words is read from the left, whatever else stands in its column. */
const LIST = 60;

/** Whether a column holds words that wrap, not numbers. */
export const isWordColumn = (table: PrintedTable, column: number): boolean =>
  (table.rows.every((row) => !row.cells[column]!.numeric) &&
    table.rows.some((row) => row.cells[column]!.text.length > WORDS)) ||
  table.rows.some((row) => row.cells[column]!.text.length > LIST);

/** A cell's text before and after the point at which a column aligns: its first decimal point, else the end of its first number. */
export function splitAtPoint(text: string): { readonly head: string; readonly tail: string } {
  const match = /^([<>]?\u2212?\d*)(.*)$/s.exec(text);
  return match === null ? { head: text, tail: "" } : { head: match[1]!, tail: match[2]! };
}

/**
 * For each row of one column, the space in em to leave before and after the text so that all numbers align at the
 * decimal point in a centred column; null for words, which are centred.
 */
export function decimalPadding(
  cells: readonly PrintedCell[],
): readonly ({ readonly before: number; readonly after: number } | null)[] {
  const widths = cells.map((cell) => {
    if (!cell.numeric) return null;
    const { head, tail } = splitAtPoint(cell.text);
    return { head: textWidth(head, 1), tail: textWidth(tail, 1) };
  });
  const widest = (side: "head" | "tail"): number => Math.max(0, ...widths.map((width) => width?.[side] ?? 0));
  const head = widest("head");
  const tail = widest("tail");
  return widths.map((width) => (width === null ? null : { before: head - width.head, after: tail - width.tail }));
}
