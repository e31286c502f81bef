import type { Cell, Results, ResultTable } from "@livermark/analysis";
import { counted, inSentence } from "@livermark/core";
import { formatCell, sentenceP } from "../format.js";
import { itemNames } from "../outline.js";

/** Text that ends as a sentence does. */
export const sentence = (text: string): string => (text === "" || /[.!?]$/.test(text) ? text : `${text}.`);

function flowSentences(results: Results): readonly string[] {
  const first = results.flow[0];
  const last = results.flow.at(-1);
  if (first === undefined || last === undefined) return [];
  if (first === last)
    return [`${counted(last.n, last.unit)} ${last.n === 1 ? "was" : "were"} ${last.label.toLowerCase()}.`];
  const excluded = results.flow.flatMap((step) => step.excluded);
  const reasons =
    excluded.length === 0 ? "" : ` (left out: ${excluded.map(({ n, reason }) => `${n} ${reason}`).join("; ")})`;
  return [
    `Of ${counted(first.n, first.unit)} ${first.label.toLowerCase()}, ${last.n} ${last.n === 1 ? "was" : "were"} ${last.label.toLowerCase()}${reasons}.`,
  ];
}

const isTime = (cell: Cell | undefined): boolean =>
  cell?.kind === "not-reached" || (cell?.kind === "estimate" && (cell.unit === "months" || cell.unit === "days"));

/** One sentence for each block of a survival table: medians of its levels, then the test. */
function survivalSentences(table: ResultTable, name: string): readonly string[] {
  const column = table.columns.find(({ key }) => table.rows.some((row) => isTime(row.cells[key])));
  if (column === undefined) return [];
  const sentences: string[] = [];
  let heading = "";
  let medians: string[] = [];
  let test = "";
  const flush = (): void => {
    if (medians.length > 0) sentences.push(`Median ${heading}was ${medians.join(" and ")}${test} (${name}).`);
    medians = [];
  };
  for (const row of table.rows) {
    if (row.indent !== 1) {
      flush();
      heading = `${inSentence(row.label)} `;
      const p = Object.values(row.cells).find((cell) => cell.kind === "p");
      test = p?.kind === "p" ? `, ${sentenceP(p.value)}` : "";
    }
    const cell = row.cells[column.key];
    if (cell !== undefined && isTime(cell)) {
      medians.push(row.indent === 1 ? `${formatCell(cell)} (${inSentence(row.label)})` : formatCell(cell));
    }
  }
  flush();
  return sentences;
}

/**
 * Sentences of a results section, made from the flow and the survival tables only. They state numbers and where they
 * stand, and conclude nothing.
 */
export const resultSentences = (results: Results): readonly string[] => [
  ...flowSentences(results),
  ...results.tables.flatMap((table) => survivalSentences(table, itemNames(results).get(table.id) ?? table.title)),
];

/** A paragraph longer than this is hard to read. */
const PARAGRAPH_LETTERS = 900;

/** Sentences joined to paragraphs of about equal length, in their order. */
export function paragraphs(sentences: readonly string[]): readonly string[] {
  const all = sentences.join(" ").length;
  const most = all / Math.ceil(all / PARAGRAPH_LETTERS);
  const made: string[] = [];
  let room = 0;
  for (const one of sentences) {
    if (made.length === 0 || room <= one.length / 2) {
      made.push(one);
      room = most - one.length;
    } else {
      made.push(`${made.pop()} ${one}`);
      room -= one.length + 1;
    }
  }
  return made;
}
