import { errorIssue, type Issue, ok, type Result, refuse } from "@livermark/core";
import { parse } from "csv-parse/sync";

/** A table as text: the header, and each record with the file line it starts on. */
export interface RawTable {
  readonly header: readonly string[];
  readonly rows: readonly RawRow[];
  readonly issues: readonly Issue[];
}

export interface RawRow {
  /** 1-based line of the file, or row of the sheet; the header is line 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Text of a UTF-8 file (a byte-order mark is dropped). Refuses other encodings, which need a mapping that names them. */
export function decodeUtf8(bytes: Uint8Array, file: string): Result<string> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse({
      code: "not-utf-8",
      message: "The file is not valid UTF-8.",
      wanted: "UTF-8",
      mend: "Save it as UTF-8, or import it with `livermark import` and a mapping that names its encoding.",
      where: { file },
    });
  }
}

/** The separator of a header line: the commonest of comma, semicolon and tab outside quotes. */
export function detectDelimiter(text: string): "," | ";" | "\t" {
  const counts = { ",": 0, ";": 0, "\t": 0 };
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) break;
    else if (!quoted && (character === "," || character === ";" || character === "\t")) counts[character]++;
  }
  if (counts[";"] > counts[","] && counts[";"] >= counts["\t"]) return ";";
  return counts["\t"] > counts[","] ? "\t" : ",";
}

interface Records {
  readonly records: readonly (readonly string[])[];
  /** Line of the file on which each record ends. */
  readonly ends: readonly number[];
}

/** Without quotes a record is a line and a cell what lies between two delimiters: most exports, read fast. */
function plainRecords(text: string, delimiter: string): Records {
  const lines = text.split(/\r\n|\n|\r/);
  return {
    records: lines.map((line) => line.split(delimiter).map((cell) => cell.trim())),
    ends: lines.map((_, i) => i + 1),
  };
}

function quotedRecords(text: string, delimiter: string, file: string): Result<Records> {
  const ends: number[] = [];
  try {
    const records = parse(text, {
      delimiter,
      on_record: (record, { lines }) => {
        ends.push(lines);
        return record;
      },
      relax_column_count: true,
      trim: true,
    });
    return ok({ records, ends });
  } catch (error) {
    const lines = typeof error === "object" && error !== null && "lines" in error ? Number(error.lines) : Number.NaN;
    return refuse({
      code: "malformed-csv",
      message: "The file cannot be read as a table.",
      got: error instanceof Error ? error.message : String(error),
      wanted: "RFC 4180: a quote inside a quoted cell is doubled, every quote is closed",
      mend: "Mend the quotes on that line, or export the table again.",
      where: Number.isFinite(lines) ? { file, line: lines } : { file },
    });
  }
}

/** How the header of a foreign table is found. */
export interface HeaderOptions {
  /** Records above the header to leave out. */
  readonly skipRows?: number;
  /** Rows of the header; stacked names are joined with ` / `, empty ones in the upper rows take their left neighbour's. */
  readonly headerRows?: number;
  /** Names that are empty or repeat are given names of their own instead of refusing the table. */
  readonly lenient?: boolean;
}

/** Names of the columns from one or more header rows. Example: rows `["ID", "Blood", ""]`, `["", "ALT", "AST"]` give `Blood / AST`. */
export function stackedHeader(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(0, ...rows.map((row) => row.length));
  const filled = rows.map((row, r) => {
    if (r === rows.length - 1) return row;
    let last = "";
    return Array.from({ length: width }, (_, c) => {
      last = (row[c] ?? "") === "" ? last : row[c]!;
      return last;
    });
  });
  return Array.from({ length: width }, (_, c) => {
    const parts = filled.map((row) => row[c] ?? "").filter((part) => part !== "");
    return parts.filter((part, i) => parts.indexOf(part) === i).join(" / ");
  });
}

/** Every column with a name of its own: `Date`, `Date (2)`, `column 4`. */
export function ownNames(header: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return header.map((name, i) => {
    const base = name === "" ? `column ${i + 1}` : name;
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    return count === 1 ? base : `${base} (${count})`;
  });
}

/**
 * Reads delimited text into a header and records. Blank lines are skipped; cells are trimmed. Refuses a file without
 * a header, repeated or empty column names, and quotes that never close; a record with too many or too few cells
 * becomes an Issue and is left out. Example: `parseDelimited("a,b\n1,2\n", "t.csv")`.
 */
export function parseDelimited(text: string, file: string, options: HeaderOptions = {}): Result<RawTable> {
  const body = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const skip = options.skipRows ?? 0;
  const headerRows = options.headerRows ?? 1;
  const delimiter = detectDelimiter(
    skip === 0
      ? body
      : body
          .split(/\r\n|\n|\r/)
          .slice(skip)
          .join("\n"),
  );
  const read = body.includes('"') ? quotedRecords(body, delimiter, file) : ok(plainRecords(body, delimiter));
  if (!read.ok) return read;
  const { records, ends } = read.value;
  // Lines above the header count as lines, so that every row keeps its place in the file.
  const first = ends.findIndex((end) => end > skip);
  const stacked = first < 0 ? [] : records.slice(first, first + headerRows);
  let header: string[] | undefined =
    stacked.length === 0
      ? undefined
      : (headerRows === 1 ? [...stacked[0]!] : stackedHeader(stacked)).map((name) => name.normalize("NFC"));
  if (header === undefined || header.every((name) => name === ""))
    return refuse({
      code: "empty-table",
      message: "The file has no header row.",
      wanted: "a first row with the column names",
      mend: "Add the header row of this table (docs/tables.md).",
      where: { file, line: 1 },
    });
  while (header.length > 1 && header[header.length - 1] === "") header.pop();
  if (options.lenient === true) header = [...ownNames(header)];
  const names = header;
  const repeated = names.find((name, i) => name === "" || names.indexOf(name) !== i);
  if (repeated !== undefined)
    return refuse({
      code: repeated === "" ? "unnamed-column" : "repeated-column",
      message: repeated === "" ? "A column has no name." : `Column "${repeated}" stands there twice.`,
      got: header.join(", "),
      wanted: "one name for each column",
      mend: "Name each column once.",
      where: { file, line: 1, column: repeated },
    });

  const rows: RawRow[] = [];
  const issues: Issue[] = [];
  for (let i = first + headerRows; i < records.length; i++) {
    const record = records[i]!;
    const line = ends[i - 1]! + 1;
    if (record.every((cell) => cell === "")) continue;
    const filled = record.length > header.length ? record.slice(header.length).some((cell) => cell !== "") : false;
    if (filled || record.length < header.length) {
      issues.push(
        errorIssue({
          code: "wrong-cell-count",
          message: `The row has ${record.length} cells, the header has ${header.length}.`,
          got: record.length,
          wanted: String(header.length),
          mend: "A comma inside a cell needs quotes around the cell; an empty cell still needs its comma.",
          where: { file, line },
        }),
      );
      continue;
    }
    rows.push({ line, cells: record });
  }
  return ok({ header, rows, issues });
}
