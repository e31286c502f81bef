import type { AuditQuote } from "./document.js";
import type { AuditPage, PlacedRow } from "./page.js";
import { agrees } from "./printed.js";
import { blocksTotal, countBlocks } from "./rule-column-blocks.js";
import { columnTotal, shareCells } from "./rule-tables.js";

/** How many of a table's people have what its row names. */
export interface LabelledCount {
  /** The label's own words, see `contentWords`. */
  readonly words: readonly string[];
  readonly count: number;
  readonly total: number;
  /** Which table, so that counts of one table are not held against each other. */
  readonly table: string;
  /** Where the label and its count stand. */
  readonly quotes: readonly AuditQuote[];
}

const STOP = new Set("a an the of in at with any his her their n no patient patients history presence".split(" "));

/** Lower-case words that carry the meaning of a label, without plural s. */
export const contentWords = (label: string): readonly string[] =>
  label
    .toLowerCase()
    .replaceAll(/\([^)]*\)|,\s?n\b.*$/g, " ")
    .split(/[^a-z]+/)
    .filter((word) => word.length > 1 && !STOP.has(word))
    .map((word) => (/[^siu]s$/.test(word) && word.length > 4 ? word.slice(0, -1) : word));

const YES = /^(?:yes|present|positive|\+)$/i;
const NO = /^(?:no|absent|negative|none|[-–])$/i;
// One word is a label of its own only where it names a finding, not a degree of one.
const DEGREE =
  /^(?:unilateral|bilateral|multiple|solitary|positive|negative|moderate|unknown|complete|partial|missing|present|previous|primary|secondary|abnormal|elevated|increased|decreased|(?:un)?treated|stable|progressive|others?)$/;

const telling = (words: readonly string[]): boolean =>
  words.length > 1 || (words[0] !== undefined && words[0].length > 5 && !DEGREE.test(words[0]));

/** The column of everybody: the only one with shares, or the one that says so. */
function wholeColumn(rows: readonly PlacedRow[]): number | null {
  const width = Math.max(0, ...rows.map(({ cells }) => cells.length));
  const columns = Array.from({ length: width }, (_, k) => k).filter((k) => shareCells(rows, k).length > 0);
  if (columns.length === 1) return columns[0] ?? null;
  const named = columns.filter((k) =>
    rows.slice(0, 2).some(({ cells }) => /^(?:all|total|overall|entire|whole)\b/i.test(cells[k] ?? "")),
  );
  return named.length === 1 ? (named[0] ?? null) : null;
}

/** What a row counts: its own label, or what stands above its Yes. */
function labelOf(rows: readonly PlacedRow[], at: number, counted: ReadonlySet<number>): string {
  const cells = rows[at]?.cells ?? [];
  const [first = "", second = ""] = cells;
  if (YES.test(second)) return first;
  if (!YES.test(first)) return NO.test(first) || NO.test(second) ? "" : first.replace(/[,:]?\s(?:yes|present)$/i, "");
  for (let above = at - 1; above >= Math.max(0, at - 2); above--) {
    if (!counted.has(above)) return rows[above]?.cells[0] ?? "";
    if (!NO.test(rows[above]?.cells[0] ?? "")) return "";
  }
  return "";
}

function rowCounts(rows: readonly PlacedRow[], table: string): readonly LabelledCount[] {
  const column = wholeColumn(rows);
  if (column === null || column === 0) return [];
  const shares = shareCells(rows, column);
  const total = columnTotal(shares);
  if (total === null) return [];
  const counted = new Set(shares.map(({ row }) => row));
  return shares.flatMap(({ row, count, percent }) => {
    const words = contentWords(labelOf(rows, row, counted));
    const quote = rows[row]?.quote;
    if (quote === undefined || !telling(words) || !agrees(percent, (100 * count) / total)) return [];
    return [{ words, count, total, table, quotes: [quote] }];
  });
}

const COLUMN = /^(?:No\.|n|n \(%\)|Percentage|%|Number)$/i;
const HEADING = /^(?:Characteristics?|Variables?|Parameters?|Factors?|Table\s)/i;

/**
 * A table that a PDF gives as all its labels, then blocks of counts and percentages. It is read only where the lines
 * are exactly one heading and its levels for each block, below a line that heads them.
 */
function blockCounts(page: AuditPage): readonly LabelledCount[] {
  const blocks = countBlocks(page);
  const total = blocksTotal(blocks);
  const first = blocks[0];
  if (total === null || first === undefined || blocks.some(({ sum }) => sum !== total)) return [];
  const wanted = blocks.reduce((lines, { counts }) => lines + counts.length + 1, 0);
  const from = Math.max(0, first.start - 60 * (wanted + 10));
  const above = [...page.text.slice(from, first.start).matchAll(/[^\n]+/g)]
    .map((match) => ({ text: match[0].trim(), start: from + match.index, end: from + match.index + match[0].length }))
    .filter(({ text }) => text !== "" && !COLUMN.test(text));
  const labels = above.slice(-wanted);
  if (labels.length < wanted || !HEADING.test(above[above.length - wanted - 1]?.text ?? "")) return [];
  let at = 0;
  const found = blocks.map(({ counts, start, second }) => {
    const [head, ...levels] = labels.slice(at, at + 1 + counts.length);
    at += counts.length + 1;
    return { head, levels: levels.map(({ text }) => text), counts, quote: page.quote(start, second - 2) };
  });
  const answers = (text: string | undefined): boolean => text !== undefined && (YES.test(text) || NO.test(text));
  if (found.some(({ head, levels }) => answers(head?.text) || (levels.some(answers) && !levels.every(answers))))
    return [];
  return found.flatMap(({ head, levels, counts, quote }): readonly LabelledCount[] => {
    const count = counts[levels.findIndex((level) => YES.test(level))];
    const words = contentWords(head?.text ?? "");
    if (head === undefined || count === undefined || !telling(words)) return [];
    return [{ words, count, total, table: "blocks", quotes: [page.quote(head.start, head.end), quote] }];
  });
}

/** Counts of the whole that tables print with a label that means the same in a sentence. */
export const labelledCounts = (page: AuditPage): readonly LabelledCount[] => [
  ...page.tables.flatMap((rows, i) => rowCounts(rows, String(i))),
  ...blockCounts(page),
];
