import type { Cell, CellContent, Results } from "@livermark/analysis";
import type { Font, Row, Worksheet } from "exceljs";
import { conventionList, protocolText, softwareText } from "../documents/study-facts.js";
import { stableOffice } from "../documents/zip.js";
import { itemName, type OutlineItem, outline } from "../outline.js";
import { wrapText } from "../text.js";
import { typeset } from "../typeset.js";
import { fitColumns } from "./column-widths.js";
import { columnHeading, isWordColumn, printTable } from "./table-model.js";
import { face, STRETCH } from "./word-table.js";

type TableItem = Extract<OutlineItem, { kind: "table" }>;

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

type Workbook = InstanceType<typeof import("exceljs").Workbook>;

const SIZE_PT = 10;
const LINE_PT = 13;
const PADDING_PT = 6;
/** A landscape A4 page less its margins; a wider table is printed smaller. */
const PAGE_PT = 760;
/** A portrait one: no table is narrower than it needs for its title and notes to be read. */
const LEAST_PT = 400;
/** Steps by which a table too wide for the page gets a wider one. */
const ROOM = [1, 0.8, 0.65, 0.5, 0.4, 0.3].map((step) => step * SIZE_PT);

const plain = { name: face, size: SIZE_PT };
const strong = { ...plain, bold: true };

/** Excel's unit of column width: digits of 7 px and 5 px of padding, at 96 px to the inch. */
const columnUnits = (widthPt: number): number => Math.round(((widthPt / 0.75 - 5) / 7) * 100) / 100;

/** Lines that a text takes in a width, in a face as wide as any that stands in for ours. */
const linesIn = (text: string, widthPt: number, sizePt = SIZE_PT): number =>
  wrapText(text, widthPt - PADDING_PT, STRETCH * sizePt).length;

/** A height for the words of a row: programs measure it themselves only when a person asks. */
function fitHeight(row: Row, texts: readonly string[], widthsPt: readonly number[]): void {
  row.height = LINE_PT * Math.max(1, ...texts.map((text, c) => linesIn(text, widthsPt[c]!))) + 2;
}

/** Words over all columns of a table, as high as they need; merged, so that they neither widen a column nor end at one. */
function wideLine(sheet: Worksheet, text: string, columns: number, widthPt: number, font: Partial<Font>): void {
  const row = sheet.addRow([text]);
  if (columns > 1) sheet.mergeCells(row.number, 1, row.number, columns);
  const cell = row.getCell(1);
  cell.font = font;
  cell.alignment = { wrapText: true, vertical: "top", horizontal: "left" };
  row.height = LINE_PT * linesIn(text, widthPt, font.size) + 3;
}

/** A4 on which every sheet is as wide as the page, its first rows on each. */
function printSetup(sheet: Worksheet, landscape: boolean, titleRows: string, foot: string): void {
  sheet.pageSetup = {
    paperSize: 9,
    orientation: landscape ? "landscape" : "portrait",
    fitToPage: true,
    fitToWidth: 1,
    fitToHeight: 0,
    margins: { left: 0.5, right: 0.5, top: 0.6, bottom: 0.7, header: 0.3, footer: 0.3 },
    printTitlesRow: titleRows,
  };
  sheet.headerFooter = { oddFooter: `&L&8${foot.replace(/&/g, "&&")}&R&8&A, &P / &N` };
}

function addTable(book: Workbook, item: TableItem, foot: string): void {
  const { table } = item;
  const printed = printTable(table);
  const columns = printed.columns.map((column, c) => {
    const group = printed.spans.length === 0 ? "" : typeset(table.columns[c]!.group ?? "");
    return group === "" ? column : { ...column, label: `${group}: ${column.label}` };
  });
  const { sizePt, widthsPt } = fitColumns({ ...printed, columns }, PAGE_PT, ROOM, STRETCH);
  const fitted = widthsPt.map((width) => (width * SIZE_PT) / sizePt);
  const missing = Math.max(0, LEAST_PT - fitted.reduce((sum, width) => sum + width, 0));
  const widths = fitted.map((width, c) => (c === 0 ? width + missing : width));
  const widthPt = widths.reduce((sum, width) => sum + width, 0);
  const sheet = book.addWorksheet(itemName(item), { views: [{ state: "frozen", xSplit: 1, ySplit: 2 }] });
  printSetup(sheet, widthPt > 0.7 * PAGE_PT, "1:2", foot);
  widths.forEach((width, c) => {
    sheet.getColumn(c + 1).width = columnUnits(width);
  });
  wideLine(sheet, `${itemName(item)}. ${printed.title}`, widths.length, widthPt, { ...strong, size: 11 });
  // Words begin apart from the numbers that end at their left.
  const side = columns.map((_, c) =>
    isWordColumn(printed, c) ? ({ horizontal: "left", indent: 1 } as const) : ({ horizontal: "right" } as const),
  );
  const heads = sheet.addRow(["", ...columns.map(columnHeading)]);
  fitHeight(heads, ["", ...columns.map(columnHeading)], widths);
  widths.forEach((_, c) => {
    const cell = heads.getCell(c + 1);
    cell.font = strong;
    cell.border = { top: { style: "thin" }, bottom: { style: "thin" } };
    cell.alignment = { wrapText: true, vertical: "bottom", ...(side[c - 1] ?? { horizontal: "left" }) };
  });
  printed.rows.forEach((row, r) => {
    const line = sheet.addRow([row.label]);
    fitHeight(line, [row.label, ...row.cells.map(({ text }) => text)], widths);
    line.getCell(1).font = plain;
    line.getCell(1).alignment = { horizontal: "left", vertical: "top", indent: row.indent, wrapText: true };
    row.cells.forEach((printedCell, c) => {
      const cell = line.getCell(c + 2);
      const number = numberFormat(table.rows[r]!.cells[printed.columns[c]!.key]);
      if (number === null) {
        cell.value = printedCell.text === "" ? null : printedCell.text;
      } else {
        cell.value = number.value;
        cell.numFmt = number.format;
      }
      cell.font = plain;
      cell.alignment = { ...side[c]!, vertical: "top", wrapText: true };
    });
    if (r === printed.rows.length - 1)
      widths.forEach((_, c) => {
        line.getCell(c + 1).border = { bottom: { style: "thin" } };
      });
  });
  for (const note of printed.footnotes) wideLine(sheet, note, widths.length, widthPt, { ...plain, size: 9 });
}

/** What the workbook is and where each table stands. */
function addAbout(book: Workbook, results: Results, tables: readonly TableItem[], foot: string): void {
  const sheet = book.addWorksheet("About");
  printSetup(sheet, false, "1:1", foot);
  sheet.getColumn(1).width = 30;
  sheet.getColumn(2).width = 80;
  const line = (name: string, value: string, font: Partial<Font>): Row => {
    const row = sheet.addRow([name, value]);
    for (const at of [1, 2]) {
      row.getCell(at).font = font;
      row.getCell(at).alignment = { wrapText: true, vertical: "top", horizontal: "left" };
    }
    return row;
  };
  line("Title", results.study.title, strong);
  for (const [name, value] of [
    ["Protocol", protocolText(results.study)],
    ["Data lock", results.study.lock ?? "none given"],
    ["Data, SHA-256", results.study.inputsSha256],
    ["Software", softwareText(results.study)],
    ...conventionList(results.study).map(([convention, value]) => [`Convention: ${convention}`, value] as const),
    ["Use", "For research use. Not a medical device."],
  ] as const)
    line(name, value, plain);
  sheet.addRow([]);
  line("Sheet", "Table", strong);
  for (const item of tables) {
    const name = itemName(item);
    const row = line(name, typeset(item.table.title), plain);
    row.getCell(1).value = { text: name, hyperlink: `#'${name}'!A1` };
    row.getCell(1).font = { ...plain, underline: true, color: { argb: "FF0072B2" } };
  }
  line("Numbers", "Every number at full precision, with its id in results.json", plain);
}

/**
 * All tables as one workbook: a sheet for each as printed under its number in the report (single numbers as numbers), the sheet "About" with their
 * titles, and the sheet "Numbers" with every
 * cell's numbers at full precision beside its result id. The same results give the same bytes.
 */
export async function resultsXlsx(results: Results): Promise<Uint8Array> {
  const { default: excel } = await import("exceljs");
  const book = new excel.Workbook();
  book.creator = `${results.study.software.name} ${results.study.software.version}`;
  const foot = `${protocolText(results.study)}. ${softwareText(results.study)}. For research use.`;
  const tables = outline(results).sections.flatMap(({ items }) =>
    items.flatMap((one) => (one.kind === "table" ? [one] : [])),
  );
  addAbout(book, results, tables, foot);
  for (const item of tables) addTable(book, item, foot);
  const numbers = book.addWorksheet("Numbers", { views: [{ state: "frozen", ySplit: 1 }] });
  printSetup(numbers, true, "1:1", foot);
  [30, 44, 24, 52, 14, 10, ...numberColumns.map(() => 13)].forEach((width, c) => {
    numbers.getColumn(c + 1).width = width;
    numbers.getColumn(c + 1).font = plain;
  });
  numbers.addRow(["table", "row", "column", "id", "kind", "unit", ...numberColumns]).font = strong;
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
