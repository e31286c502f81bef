import { readableJson } from "@livermark/core";

/** One generated file; `path` is relative and uses `/`. */
export interface PhantomFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A text file in UTF-8. */
export const textFile = (path: string, text: string): PhantomFile => ({ path, bytes: new TextEncoder().encode(text) });

/** A JSON file with sorted keys. */
export const jsonFile = (path: string, value: unknown): PhantomFile => textFile(path, readableJson(value));

/** What a table cell may hold; null is an empty cell. */
export type Cell = string | number | null;

const quoted = (cell: Cell): string => {
  const text = cell === null ? "" : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/**
 * A CSV file (RFC 4180 quoting, `\n` line ends) with the given columns in order; a row without one leaves it empty.
 * Example: `csvFile("t.csv", ["a", "b"], [{ a: 1 }])` holds `a,b\n1,\n`.
 */
export function csvFile(
  path: string,
  columns: readonly string[],
  rows: readonly { readonly [column: string]: Cell }[],
): PhantomFile {
  const lines = [columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))];
  return textFile(path, `${lines.map((line) => line.map(quoted).join(",")).join("\n")}\n`);
}

/** The same files inside a folder. */
export const inFolder = (folder: string, files: readonly PhantomFile[]): readonly PhantomFile[] =>
  files.map(({ path, bytes }) => ({ path: `${folder}/${path}`, bytes }));
