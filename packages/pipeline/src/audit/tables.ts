import type { AuditBlock } from "@livermark/analysis";

/** Cells of delimited text by line, quotes as RFC 4180 has them. */
function records(content: string, delimiter: string): readonly { line: number; cells: readonly string[] }[] {
  const rows: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let first = 1;
  const endRow = (): void => {
    cells.push(cell.trim());
    if (cells.some((entry) => entry !== "")) rows.push({ line: first, cells });
    cells = [];
    cell = "";
  };
  for (let i = 0; i < content.length; i++) {
    const char = content[i];
    if (char === "\n") line++;
    if (quoted) {
      if (char !== '"') cell += char;
      else if (content[i + 1] === '"') cell += content[++i];
      else quoted = false;
    } else if (char === '"' && cell.trim() === "") {
      quoted = true;
      cell = "";
    } else if (char === delimiter) {
      cells.push(cell.trim());
      cell = "";
    } else if (char === "\n") {
      endRow();
      first = line;
    } else cell += char;
  }
  endRow();
  return rows;
}

/** Delimited text as one table; the delimiter is what the first line holds most of comma, semicolon and tab. */
export function delimitedBlocks(content: string): readonly AuditBlock[] {
  const plain = content.replaceAll(/\r\n?/g, "\n");
  const head = plain.slice(0, plain.indexOf("\n") + 1 || plain.length);
  const [delimiter = ","] = [",", ";", "\t"].sort((a, b) => head.split(b).length - head.split(a).length);
  return records(plain, delimiter).map(({ line, cells }) => ({
    kind: "row",
    table: 1,
    line,
    text: cells.join(" | "),
    cells,
  }));
}

/** Every sheet of a workbook as one table each; `line` is the row's number. */
export async function workbookBlocks(bytes: Uint8Array): Promise<readonly AuditBlock[]> {
  const { default: exceljs } = await import("exceljs");
  const workbook = new exceljs.Workbook();
  const buffer = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  await workbook.xlsx.load(buffer);
  const blocks: AuditBlock[] = [];
  workbook.worksheets.forEach((sheet, index) => {
    sheet.eachRow((row, line) => {
      const cells = Array.from({ length: row.cellCount }, (_, column) => {
        const cell = row.getCell(column + 1);
        // Merged cells hold one text, which the library gives for each of them.
        return cell.isMerged && cell.master !== cell ? "" : cell.text.trim();
      });
      if (cells.some((cell) => cell !== ""))
        blocks.push({ kind: "row", table: index + 1, line, text: cells.join(" | "), cells });
    });
  });
  return blocks;
}
