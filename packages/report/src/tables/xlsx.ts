import type { Cell, CellContent, Results, ResultTable } from "@livermark/analysis";
import { conventionList } from "../documents/study-facts.js";
import { stableOffice } from "../documents/zip.js";
import { columnHeading, printTable } from "./table-model.js";

/** The full-precision numbers of a cell by name, for the sheet of numbers. */
function numbersOf(cell: CellContent): { readonly [name: string]: number | null } {
  switch (cell.kind) {
    case "number":
    case "p":
      return { value: cell.value };
    case "count":
      return { n: cell.n };
    case "share":
      return { n: cell.n, total: cell.total };
    case "mean-sd":
      return { value: cell.mean, sd: cell.sd };
    case "median-range":
      return { value: cell.median, low: cell.low, high: cell.high };
    case "estimate":
      return { value: cell.value, low: cell.low, high: cell.high };
    case "not-reached":
      return { low: cell.low, high: cell.high };
    default:
      return {};
  }
}

const numberColumns = ["value", "low", "high", "sd", "n", "total"] as const;

const unitOf = (cell: CellContent): string => (cell.kind === "number" || cell.kind === "estimate" ? cell.unit : "");

/** How Excel shows a cell that is one number; null where the printed words are needed. */
function numberFormat(cell: Cell | undefined): { readonly value: number; readonly format: string } | null {
  if (cell?.kind === "count") return { value: cell.n, format: "0" };
  if (cell?.kind === "number" && cell.unit !== "mm2/s") {
    return { value: cell.value, format: cell.decimals === 0 ? "0" : `0.${"0".repeat(cell.decimals)}` };
  }
  return null;
}

/** Excel allows 31 characters and none of []:*?/\ in the name of a sheet, and no name twice. */
function sheetName(id: string, taken: ReadonlySet<string>): string {
  const base = id.replace(/[[\]:*?/\\]/g, "-").slice(0, 28);
  let name = base;
  for (let k = 2; taken.has(name.toLowerCase()); k++) name = `${base} ${k}`;
  return name;
}

type Workbook = InstanceType<typeof import("exceljs").Workbook>;

function addTable(book: Workbook, table: ResultTable, name: string): void {
  const printed = printTable(table);
  const sheet = book.addWorksheet(name, { views: [{ state: "frozen", xSplit: 1, ySplit: 2 }] });
  sheet.addRow([printed.title]).font = { bold: true };
  const groups = table.columns.map((column) => column.group);
  const heads = printed.columns.map((column, i) =>
    groups[i] === undefined ? columnHeading(column) : `${groups[i]}: ${columnHeading(column)}`,
  );
  sheet.addRow(["", ...heads]).eachCell((cell) => {
    cell.font = { bold: true };
    cell.border = { bottom: { style: "thin" } };
    cell.alignment = { wrapText: true, vertical: "bottom" };
  });
  printed.rows.forEach((row, r) => {
    const line = sheet.addRow([row.label]);
    line.getCell(1).alignment = { indent: row.indent };
    row.cells.forEach((printedCell, c) => {
      const cell = line.getCell(c + 2);
      const plain = numberFormat(table.rows[r]!.cells[printed.columns[c]!.key]);
      if (plain === null) {
        cell.value = printedCell.text === "" ? null : printedCell.text;
      } else {
        cell.value = plain.value;
        cell.numFmt = plain.format;
      }
      cell.alignment = { horizontal: "right" };
    });
  });
  for (const note of printed.footnotes) sheet.addRow([note]).font = { italic: true, size: 9 };
  sheet.getColumn(1).width = 34;
  printed.columns.forEach((_, c) => {
    sheet.getColumn(c + 2).width = 20;
  });
}

/**
 * All tables as one workbook: a sheet for each as printed (single numbers as numbers), and the sheet "Numbers" with every
 * cell's numbers at full precision beside its result id. The same results give the same bytes.
 */
export async function resultsXlsx(results: Results): Promise<Uint8Array> {
  const { default: excel } = await import("exceljs");
  const book = new excel.Workbook();
  book.creator = `${results.study.software.name} ${results.study.software.version}`;
  const taken = new Set<string>(["numbers", "about"]);
  const about = book.addWorksheet("About");
  for (const [name, value] of [
    ["Title", results.study.title],
    ["Protocol", `${results.study.protocol.id} ${results.study.protocol.version}`],
    ["Data lock", results.study.lock ?? "none given"],
    ["Data, SHA-256", results.study.inputsSha256],
    ["Software", `${results.study.software.name} ${results.study.software.version}`],
    ...conventionList(results.study).map(([convention, value]) => [`Convention: ${convention}`, value]),
    ["Use", "For research use. Not a medical device."],
  ]) {
    about.addRow([name, value]);
  }
  about.getColumn(1).width = 30;
  about.getColumn(2).width = 80;
  for (const table of results.tables) {
    const name = sheetName(table.id, taken);
    taken.add(name.toLowerCase());
    addTable(book, table, name);
  }
  const numbers = book.addWorksheet("Numbers", { views: [{ state: "frozen", ySplit: 1 }] });
  numbers.addRow(["table", "row", "column", "id", "kind", "unit", ...numberColumns]).font = { bold: true };
  for (const table of results.tables) {
    for (const row of table.rows) {
      for (const column of table.columns) {
        const cell = row.cells[column.key];
        if (cell === undefined || cell.kind === "text") continue;
        const values = numbersOf(cell);
        numbers.addRow([
          table.id,
          row.label,
          column.key,
          cell.id,
          cell.kind,
          unitOf(cell),
          ...numberColumns.map((key) => values[key] ?? null),
        ]);
      }
    }
  }
  return stableOffice(new Uint8Array(await book.xlsx.writeBuffer()));
}
