import { all, ok, type Result } from "@livermark/core";
import { type ForeignTable, foreignTable, guessEncoding, sheetNames } from "@livermark/study";
import { readBytes } from "./files.js";

/** Every sheet of every table, read as far as it can be without a mapping. */
export async function foreignTables(paths: readonly string[]): Promise<Result<readonly ForeignTable[]>> {
  const found: Result<readonly ForeignTable[]>[] = [];
  for (const path of paths) {
    const bytes = readBytes(path);
    if (!bytes.ok) return bytes;
    const plain = { skip_rows: 0, header_rows: 1, decimal: "." } as const;
    if (path.toLowerCase().endsWith(".xlsx")) {
      const sheets = await sheetNames(bytes.value, path);
      if (!sheets.ok) return sheets;
      for (const sheet of sheets.value) {
        const raw = await foreignTable(path, bytes.value, { source: { ...plain, sheet } });
        found.push(
          raw.ok
            ? ok([{ file: path, sheet: sheets.value.length > 1 ? sheet : null, encoding: null, raw: raw.value }])
            : raw,
        );
      }
      continue;
    }
    const encoding = guessEncoding(bytes.value, path);
    if (!encoding.ok) return encoding;
    const raw = await foreignTable(path, bytes.value, { source: { ...plain, encoding: encoding.value } });
    found.push(raw.ok ? ok([{ file: path, sheet: null, encoding: encoding.value, raw: raw.value }]) : raw);
  }
  const tables = all(found);
  return tables.ok ? ok(tables.value.flat(), tables.issues) : tables;
}
