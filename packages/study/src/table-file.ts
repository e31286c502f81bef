import { ok, type Result, refuse, refuseWith } from "@livermark/core";
import { decodeText } from "./import/encoding.js";
import { type ImportedTable, importTable, type Pseudonyms } from "./import/import-table.js";
import type { TableMapping } from "./import/mapping.js";
import { type RedcapField, redcapRecords, redcapTable } from "./import/redcap.js";
import { readWorkbook } from "./import/workbook.js";
import { type TableFile, tableNameOf } from "./records.js";
import type { CovariateSpec } from "./tables/cells.js";
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

/** What an import needs besides the file and its mapping. */
export interface ImportContext {
  readonly pseudonyms?: Pseudonyms | null;
  /** Columns beyond the canonical ones that the study explains, by table. */
  readonly known?: (table: TableMapping["table"]) => readonly CovariateSpec[];
  /** Data dictionary of a REDCap source. */
  readonly dictionary?: readonly RedcapField[] | undefined;
}

/**
 * A foreign file brought into canonical form by a saved mapping: decoded or unzipped, its header found, a REDCap
 * export unfolded by its dictionary, then mapped. Refuses bytes that cannot be read as a table.
 */
export async function importFile(
  path: string,
  bytes: Uint8Array,
  mapping: TableMapping,
  context: ImportContext = {},
): Promise<Result<ImportedTable>> {
  const raw = await foreignTable(path, bytes, mapping);
  if (!raw.ok) return raw;
  const known = context.known?.(mapping.table) ?? [];
  const { redcap } = mapping.source;
  if (redcap === undefined)
    return ok(importTable(raw.value, mapping, path, context.pseudonyms ?? null, known), raw.issues);
  if (context.dictionary === undefined)
    return refuse({
      code: "no-dictionary",
      message: "A REDCap export needs its data dictionary.",
      wanted: "the dictionary that the project's designer exports",
      mend: "Name it in the mapping (source.redcap.dictionary) or with --dictionary.",
      where: { file: path },
    });
  const { records, issues } = redcapRecords(context.dictionary, raw.value, path, redcap.missing_codes);
  const choice = {
    instrument: redcap.instrument,
    ...(redcap.forms === undefined ? {} : { forms: redcap.forms }),
    ...(redcap.event === undefined ? {} : { event: redcap.event }),
  };
  const table = redcapTable(context.dictionary, records, choice);
  return ok(importTable({ ...table, issues }, mapping, path, context.pseudonyms ?? null, known), raw.issues);
}

/** A foreign CSV or XLSX file as text cells, its header found where the mapping says. */
export async function foreignTable(
  path: string,
  bytes: Uint8Array,
  { source }: Pick<TableMapping, "source">,
): Promise<Result<RawTable>> {
  const header = { skipRows: source.skip_rows, headerRows: source.header_rows, lenient: true };
  if (isWorkbook(path)) return readWorkbook(bytes, path, { sheet: source.sheet, ...header });
  const decoded = decodeText(bytes, source.encoding ?? null, path);
  return decoded.ok ? parseDelimited(decoded.value.text, path, header) : decoded;
}
