import { errorIssue, type Issue, ok, type Result, refuse } from "@livermark/core";
import type { CellValue, Workbook, Worksheet } from "exceljs";
import { didYouMean } from "../suggest.js";
import { ownNames, type RawTable, stackedHeader } from "../tables/csv.js";
import { isoDate } from "../time.js";

/** What to read of a workbook. */
export interface SheetChoice {
  /** Name of the sheet; needed when the workbook has several. */
  readonly sheet?: string | undefined;
  /** Rows above the header to leave out. */
  readonly skipRows?: number;
  /** Rows of the header; merged and stacked names are joined with ` / `. */
  readonly headerRows?: number;
  /** Names that are empty or repeat are given names of their own instead of refusing the sheet. */
  readonly lenient?: boolean;
}

/** A cell as text: dates as ISO days, flags as 1 and 0, formulas by their stored result, errors by their name. */
function cellText(value: CellValue): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value.trim();
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "1" : "0";
  if (value instanceof Date) return isoDate(Math.floor(value.getTime() / 86_400_000));
  if ("error" in value) return value.error;
  if ("richText" in value)
    return value.richText
      .map(({ text }) => text)
      .join("")
      .trim();
  if ("hyperlink" in value) return String(value.text).trim();
  if ("result" in value) return cellText(value.result);
  return "";
}

const notAWorkbook = (file: string): Result<never> =>
  refuse({
    code: "not-a-workbook",
    message: "The file is not an XLSX workbook.",
    wanted: "XLSX",
    mend: "Save it as XLSX or CSV.",
    where: { file },
  });

/** Opens an XLSX file. The reader is loaded only when called. */
async function openWorkbook(bytes: Uint8Array): Promise<Workbook | null> {
  const { default: exceljs } = await import("exceljs");
  const workbook = new exceljs.Workbook();
  try {
    const copy = new ArrayBuffer(bytes.byteLength);
    new Uint8Array(copy).set(bytes);
    await workbook.xlsx.load(copy);
    return workbook;
  } catch {
    return null;
  }
}

/** Names of the sheets of an XLSX file that hold anything. */
export async function sheetNames(bytes: Uint8Array, file: string): Promise<Result<readonly string[]>> {
  const workbook = await openWorkbook(bytes);
  if (workbook === null) return notAWorkbook(file);
  return ok(workbook.worksheets.filter((sheet) => sheet.actualRowCount > 0).map(({ name }) => name));
}

/**
 * Reads one sheet of an XLSX file as a raw table; a row's line is its row number in the sheet. Refuses bytes that are
 * no workbook, a workbook with several sheets when none is named, an unknown sheet, and names that repeat. A formula
 * without a stored result is an Issue and an empty cell. Loads the reader only when called.
 */
export async function readWorkbook(
  bytes: Uint8Array,
  file: string,
  choice: SheetChoice = {},
): Promise<Result<RawTable>> {
  const workbook = await openWorkbook(bytes);
  if (workbook === null) return notAWorkbook(file);
  const names = workbook.worksheets.map(({ name }) => name);
  const sheet: Worksheet | undefined =
    choice.sheet === undefined
      ? names.length === 1
        ? workbook.worksheets[0]
        : undefined
      : workbook.getWorksheet(choice.sheet);
  if (sheet === undefined)
    return refuse({
      code: "sheet",
      message: choice.sheet === undefined ? "The workbook has several sheets." : `There is no sheet "${choice.sheet}".`,
      got: choice.sheet ?? `${names.length} sheets`,
      wanted: names.join(", "),
      mend:
        (choice.sheet !== undefined && didYouMean(choice.sheet, names)) ||
        "Name the sheet in the mapping (source.sheet).",
      where: { file },
    });
  return sheetTable(sheet, file, choice);
}

function sheetTable(sheet: Worksheet, file: string, choice: SheetChoice): Result<RawTable> {
  const skip = choice.skipRows ?? 0;
  const headerRows = choice.headerRows ?? 1;
  const width = sheet.columnCount;
  const issues: Issue[] = [];
  const textAt = (row: number, column: number): string => {
    const cell = sheet.getCell(row, column);
    const { value } = cell;
    if (
      typeof value === "object" &&
      value !== null &&
      ("formula" in value || "sharedFormula" in value) &&
      (value.result === undefined || value.result === null)
    )
      issues.push(
        errorIssue({
          code: "formula-without-result",
          message: `Cell ${cell.address} of sheet "${sheet.name}" holds a formula that was never computed.`,
          got: `=${"formula" in value ? value.formula : value.sharedFormula}`,
          wanted: "a value",
          mend: "Open the file in a spreadsheet program and save it, or write the value.",
          where: { file, table: sheet.name, line: row, column: cell.address },
        }),
      );
    return cellText(value);
  };
  const stacked = stackedHeader(
    Array.from({ length: headerRows }, (_, r) =>
      Array.from({ length: width }, (_, c) => textAt(skip + 1 + r, c + 1).normalize("NFC")),
    ),
  );
  while (stacked.length > 0 && stacked[stacked.length - 1] === "") stacked.pop();
  const header = choice.lenient === true ? ownNames(stacked) : stacked;
  const repeated = header.find((name, i) => name === "" || header.indexOf(name) !== i);
  if (header.length === 0 || repeated !== undefined)
    return refuse({
      code: header.length === 0 ? "empty-table" : repeated === "" ? "unnamed-column" : "repeated-column",
      message:
        header.length === 0
          ? `Sheet "${sheet.name}" has no header.`
          : `Column "${repeated}" of sheet "${sheet.name}" has no name of its own.`,
      got: header.join(", "),
      wanted: "one name for each column",
      mend: "Name each column, or set source.header_rows and source.skip_rows in the mapping.",
      where: { file, table: sheet.name, line: skip + 1 },
    });
  const rows: { line: number; cells: string[] }[] = [];
  for (let row = skip + headerRows + 1; row <= sheet.rowCount; row++) {
    const cells = header.map((_, c) => textAt(row, c + 1));
    if (cells.some((cell) => cell !== "")) rows.push({ line: row, cells });
  }
  return ok({ header, rows, issues });
}
