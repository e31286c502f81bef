import { ok, type Result, refuse } from "@livermark/core";
import type { CaseTable } from "./contract.js";

/** Splits comma-separated text into records (RFC 4180: quoted fields may hold commas, doubled quotes and line ends). */
function records(text: string): Result<string[][]> {
  const all: string[][] = [];
  let record: string[] = [];
  let field = "";
  let quoted = false;
  let line = 1;
  const endRecord = (): void => {
    record.push(field);
    field = "";
    if (record.length > 1 || record[0] !== "") all.push(record);
    record = [];
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "\n") line++;
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === ",") {
      record.push(field);
      field = "";
    } else if (c === "\n") endRecord();
    else if (c !== "\r") field += c;
  }
  if (quoted) {
    return refuse({ code: "csv-open-quote", message: "A quoted field is never closed.", where: { line } });
  }
  if (field !== "" || record.length > 0) endRecord();
  return ok(all);
}

const MISSING = new Set(["", "NA"]);
const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/;

/**
 * Reads a case's table: header row, then one row per record; empty and `NA` cells are missing (null).
 * A column is numeric when every present cell is a decimal number, else text. A column without any value counts as numeric.
 * Refuses an empty file, a repeated column name, and rows whose length differs from the header's.
 * Example: `readCaseTable("a,b\n1,x\n")` has columns a = [1] and b = ["x"].
 */
export function readCaseTable(text: string, file = "table.csv"): Result<CaseTable> {
  const parsed = records(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  if (!parsed.ok) return parsed;
  const [header, ...rows] = parsed.value;
  if (header === undefined) {
    return refuse({ code: "csv-empty", message: "The table has no header row.", where: { file } });
  }
  if (new Set(header).size !== header.length) {
    return refuse({
      code: "csv-repeated-column",
      message: "Two columns of the table have the same name.",
      got: header.join(", "),
      where: { file, line: 1 },
    });
  }
  const ragged = rows.findIndex((row) => row.length !== header.length);
  if (ragged >= 0) {
    return refuse({
      code: "csv-ragged-row",
      message: "A row has another number of cells than the header.",
      got: rows[ragged]!.length,
      wanted: `${header.length} cells`,
      where: { file, line: ragged + 2 },
    });
  }
  const columns: { [name: string]: readonly (number | string | null)[] } = {};
  header.forEach((name, j) => {
    const cells = rows.map((row) => (MISSING.has(row[j]!.trim()) ? null : row[j]!.trim()));
    const numeric = cells.every((cell) => cell === null || NUMBER.test(cell));
    columns[name] = numeric ? cells.map((cell) => (cell === null ? null : Number(cell))) : cells;
  });
  return ok({ rows: rows.length, columns });
}

/** Keeps the rows in which `column` equals `equals`; a number and its text count as equal. Refuses an unknown column. */
export function filterCaseTable(table: CaseTable, column: string, equals: number | string): Result<CaseTable> {
  const cells = table.columns[column];
  if (cells === undefined) {
    return refuse({
      code: "unknown-column",
      message: "The filter names a column that the table does not have.",
      got: column,
      wanted: Object.keys(table.columns).join(", "),
    });
  }
  const kept = cells.flatMap((cell, i) => (cell !== null && String(cell) === String(equals) ? [i] : []));
  const columns: { [name: string]: readonly (number | string | null)[] } = {};
  for (const [name, values] of Object.entries(table.columns)) columns[name] = kept.map((i) => values[i]!);
  return ok({ rows: kept.length, columns });
}
