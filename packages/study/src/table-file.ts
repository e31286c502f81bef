import { ok, type Result, refuse, refuseWith } from "@livermark/core";
import { decodeText } from "./import/encoding.js";
import { type ImportedTable, importTable, type Pseudonyms } from "./import/import-table.js";
import type { TableMapping } from "./import/mapping.js";
import { readWorkbook } from "./import/workbook.js";
import { type TableFile, tableNameOf } from "./records.js";
import { parseDelimited, type RawTable } from "./tables/csv.js";
import { TABLE_NAMES, tableDefinition } from "./tables/definitions.js";

const isWorkbook = (path: string): boolean => path.toLowerCase().endsWith(".xlsx");

/**
 * A file of a bundle's `tables/` for `readRecords`: CSV as it is, XLSX read from its only sheet or from the sheet
 * named like the table. Refuses a name that is no table. Example: `await tableFile("tables/labs.xlsx", bytes)`.
 */
export async function tableFile(path: string, bytes: Uint8Array): Promise<Result<TableFile>> {
  const name = tableNameOf(path);
  if (name === null)
    return refuse({
      code: "unknown-table",
      message: "The file is no table of a study.",
      got: path,
      wanted: TABLE_NAMES.map((one) => tableDefinition(one).file).join(", "),
      mend: "Rename it, or import it with a mapping.",
      where: { file: path },
    });
  if (!isWorkbook(path)) return ok({ name, file: path, content: bytes });
  const only = await readWorkbook(bytes, path);
  const sheet = only.ok ? only : await readWorkbook(bytes, path, { sheet: name });
  if (sheet.ok) return ok({ name, file: path, content: sheet.value });
  return refuseWith(only.issues);
}

/** A foreign file brought into canonical form by a saved mapping: decoded or unzipped, then mapped. */
export async function importFile(
  path: string,
  bytes: Uint8Array,
  mapping: TableMapping,
  pseudonyms: Pseudonyms | null = null,
): Promise<Result<ImportedTable>> {
  const raw = isWorkbook(path)
    ? await readWorkbook(bytes, path, {
        sheet: mapping.source.sheet,
        skipRows: mapping.source.skip_rows,
        headerRows: mapping.source.header_rows,
      })
    : readForeignCsv(path, bytes, mapping);
  return raw.ok ? ok(importTable(raw.value, mapping, path, pseudonyms), raw.issues) : raw;
}

function readForeignCsv(path: string, bytes: Uint8Array, mapping: TableMapping): Result<RawTable> {
  const decoded = decodeText(bytes, mapping.source.encoding ?? null, path);
  if (!decoded.ok) return decoded;
  const { skip_rows } = mapping.source;
  // Lines left out above the header stay in the count of lines.
  const lines = decoded.value.text.split(/\r?\n/);
  const raw = parseDelimited(lines.slice(skip_rows).join("\n"), path);
  if (!raw.ok || skip_rows === 0) return raw;
  return ok({ ...raw.value, rows: raw.value.rows.map((row) => ({ ...row, line: row.line + skip_rows })) }, raw.issues);
}
