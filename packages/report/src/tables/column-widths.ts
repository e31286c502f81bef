import { textWidth } from "../text.js";
import { columnHeading, type PrintedTable, splitAtPoint } from "./table-model.js";

/** How wide each column of a printed table is; the first is that of the row labels. */
export interface FittedColumns {
  readonly sizePt: number;
  readonly widthsPt: readonly number[];
}

/** Space on both sides of a cell, in points. */
const PADDING = 7;
/** Words wrap beyond these widths, in points. */
const WORDS_WIDTH = 110;
const HEADING_WIDTH = 80;
const LABEL_WIDTH = 92;
/** No column is narrower, in times the size of its type: that a p-value never breaks. */
const NARROWEST = 3.2;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Needs {
  readonly labels: { readonly least: number; readonly natural: number };
  readonly columns: readonly { readonly least: number; readonly natural: number; readonly full: number }[];
}

/** Widths grown from `least` towards `most` by what the room allows, each by the same share of what it lacks. */
function grown(least: readonly number[], most: readonly number[], room: number): readonly number[] {
  const lacking = sum(most) - sum(least);
  const share = lacking <= 0 ? 0 : Math.min(1, Math.max(0, room / lacking));
  return least.map((width, i) => width + share * (most[i]! - width));
}

/**
 * What each column needs at a size: the least at which no number and no word breaks, what it would like, and the width at
 * which less wraps.
 */
function needs(table: PrintedTable, sizePt: number, stretch: number): Needs {
  const wide = (text: string): number => textWidth(text, sizePt * stretch);
  const word = (text: string): number => Math.max(...text.split(/[ \u2013/-](?!\d)/).map(wide));
  const label = Math.max(0, ...table.rows.map((row) => wide(row.label) + row.indent * sizePt));
  const longest = Math.max(0, ...table.rows.map((row) => word(row.label) + row.indent * sizePt));
  const columns = table.columns.map((column, c) => {
    const cells = table.rows.map((row) => row.cells[c]!);
    const numbers = cells.filter((cell) => cell.numeric).map((cell) => splitAtPoint(cell.text));
    const aligned =
      Math.max(0, ...numbers.map(({ head }) => wide(head))) + Math.max(0, ...numbers.map(({ tail }) => wide(tail)));
    const words = cells.filter((cell) => !cell.numeric).map((cell) => cell.text);
    const wrapped = Math.max(0, ...words.map((text) => Math.max(word(text), Math.min(wide(text), WORDS_WIDTH))));
    const heading = columnHeading(column);
    // Headings are semibold, a fifteenth wider.
    const least = Math.max(Math.max(aligned, wrapped, word(heading) * 1.07) + PADDING, NARROWEST * sizePt * stretch);
    const natural = Math.max(least, Math.min(wide(heading) * 1.07, HEADING_WIDTH) + PADDING);
    const unbroken = Math.max(
      Math.min(wide(heading) * 1.07, WORDS_WIDTH),
      ...words.map((text) => Math.min(wide(text), 2 * WORDS_WIDTH)),
    );
    return { least, natural, full: Math.max(natural, unbroken + PADDING) };
  });
  return {
    labels: { least: Math.max(longest, Math.min(label, LABEL_WIDTH)) + PADDING, natural: label + PADDING },
    columns,
  };
}

/**
 * Column widths by the measured text, in points, so that no number breaks and the table is as wide as it needs and no
 * wider than the page; what room is left goes to headings and words that would wrap. In want of room headings wrap first, then row labels, then the type becomes smaller, by the sizes given in
 * descending order. `stretch` tells how much wider the face in use runs than the one measured.
 * Example: `fitColumns(printTable(table), 504, [8, 7.5, 7])`.
 */
export function fitColumns(
  table: PrintedTable,
  pagePt: number,
  sizesPt: readonly number[],
  stretch = 1,
): FittedColumns {
  let smallest: FittedColumns = { sizePt: sizesPt[0] ?? 8, widthsPt: [] };
  for (const sizePt of sizesPt) {
    const { labels, columns } = needs(table, sizePt, stretch);
    const natural = columns.map((column) => column.natural);
    const full = columns.map((column) => column.full);
    // Labels longer than half the page give way to words that would wrap more.
    const label =
      sum(full) > sum(natural) ? Math.max(labels.least, Math.min(labels.natural, pagePt / 2)) : labels.natural;
    const spare = pagePt - label - sum(natural);
    if (spare >= 0) {
      const [first, ...others] = grown([label, ...natural], [labels.natural, ...full], spare);
      return { sizePt, widthsPt: [first!, ...others] };
    }
    const least = columns.map((column) => column.least);
    const room = pagePt - sum(least);
    if (room >= labels.least) {
      const kept = Math.min(room, labels.natural);
      return { sizePt, widthsPt: [kept, ...grown(least, natural, room - kept)] };
    }
    const all = [labels.least, ...least];
    smallest = { sizePt, widthsPt: all.map((width) => (width * pagePt) / sum(all)) };
  }
  return smallest;
}
