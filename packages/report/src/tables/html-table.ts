import type { ResultTable } from "@livermark/analysis";
import { escapeXml } from "../markup.js";
import { fitColumns } from "./column-widths.js";
import {
  columnHeading,
  decimalPadding,
  isWordColumn,
  type PrintedCell,
  type PrintedTable,
  printTable,
} from "./table-model.js";

const em = (value: number): string =>
  `${
    value
      .toFixed(2)
      .replace(/\.?0+$/, "")
      .replace(/^0\./, ".") || "0"
  }em`;

function cellHtml(
  cell: PrintedCell,
  padding: { readonly before: number; readonly after: number } | null,
  first: boolean,
  words: boolean,
): string {
  const kind = words ? ' class="words"' : "";
  const open = cell.id === null ? "" : ` data-id="${escapeXml(cell.id)}" tabindex="${first ? 0 : -1}"`;
  const title = cell.why === "" ? "" : ` title="${escapeXml(cell.why)}"`;
  const text = escapeXml(cell.text);
  if (padding === null || (padding.before < 0.005 && padding.after < 0.005))
    return `<td${kind}${open}${title}>${text}</td>`;
  return `<td${kind}${open}${title}><span style="padding:0 ${em(padding.after)} 0 ${em(padding.before)}">${text}</span></td>`;
}

/** Width of the text on a screen and on A4 paper, in points, with the sizes of type that tables may take there. */
const SCREEN = { widthPt: 684, sizesPt: [11.3, 10.4, 9.6, 8.8, 8] } as const;
const PAPER = { widthPt: 505, sizesPt: [8.5, 8, 7.5, 7, 6.5, 6] } as const;
/** What a column of an easy table has around it beyond the least, in points. */
const EASE = 10;

/** A table that would run off the page in its usual type stands closer and smaller, so that no column is out of sight. */
function tightness(table: PrintedTable): string {
  const usual = fitColumns(table, Number.POSITIVE_INFINITY, [SCREEN.sizesPt[0]]);
  const width = usual.widthsPt.reduce((sum, one) => sum + one + EASE, 0);
  if (width <= SCREEN.widthPt) return "";
  const screen = fitColumns(table, SCREEN.widthPt, SCREEN.sizesPt).sizePt;
  const paper = fitColumns(table, PAPER.widthPt, PAPER.sizesPt).sizePt;
  return ` class="tight" style="--screen:${screen}pt;--paper:${paper}pt"`;
}

/**
 * One table as HTML: heading row with scope, numbers aligned at the decimal point by measured widths, footnotes below.
 * Cells that have a passport carry `data-id`; one of them is in the tab order, the arrow keys reach the others.
 */
export function tableHtml(table: ResultTable, number: string): string {
  const printed = printTable(table);
  const paddings = printed.columns.map((_, c) => decimalPadding(printed.rows.map((row) => row.cells[c]!)));
  const words = printed.columns.map((_, c) => isWordColumn(printed, c));
  let first = true;
  const rows = printed.rows.map((row, r) => {
    const cells = row.cells.map((cell, c) => {
      const html = cellHtml(cell, paddings[c]![r]!, first, words[c]!);
      if (cell.id !== null) first = false;
      return html;
    });
    const kind = row.indent === 1 ? ' class="level"' : "";
    return `<tr${kind}><th scope="row">${escapeXml(row.label)}</th>${cells.join("")}</tr>`;
  });
  const spans =
    printed.spans.length === 0
      ? ""
      : `<tr class="spans"><td></td>${printed.spans
          .map(({ label, columns }) =>
            label === ""
              ? `<td${columns > 1 ? ` colspan="${columns}"` : ""}></td>`
              : `<th scope="colgroup"${columns > 1 ? ` colspan="${columns}"` : ""}><span>${escapeXml(label)}</span></th>`,
          )
          .join("")}</tr>`;
  const head = printed.columns.map((column) => `<th scope="col">${escapeXml(columnHeading(column))}</th>`).join("");
  const sortable = printed.rows.every((row) => row.indent === 0) && printed.rows.length > 3 ? " data-sortable" : "";
  const notes =
    printed.footnotes.length === 0
      ? ""
      : `\n<div class="notes">${printed.footnotes.map((note) => `<p>${escapeXml(note)}</p>`).join("")}</div>`;
  return `<section class="table" id="${escapeXml(table.id)}" aria-label="Table ${number}">
<div class="scroll"><table${tightness(printed)}${sortable}>
<caption><b>Table ${number}.</b> ${escapeXml(printed.title)}</caption>
<thead>${spans}<tr><td></td>${head}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table></div>${notes}
</section>`;
}
