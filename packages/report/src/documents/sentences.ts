import type { Cell, Results, ResultTable } from "@livermark/analysis";
import { counted, inSentence } from "@livermark/core";
import { formatCell, sentenceP } from "../format.js";
import { itemNames } from "../outline.js";
import { typeset } from "../typeset.js";

/** Text that ends as a sentence does. */
export const sentence = (text: string): string => (text === "" || /[.!?]$/.test(text) ? text : `${text}.`);

/** `203 patients screened`; a label that begins with the unit says it alone: `119 patients in the study tables`. */
function countedAs({ n, unit, label }: Results["flow"][number]): string {
  const words = label.toLowerCase();
  return words.startsWith(unit) ? `${n} ${words}` : `${counted(n, unit)} ${words}`;
}

function flowSentences(results: Results): readonly string[] {
  const first = results.flow[0];
  const last = results.flow.at(-1);
  if (first === undefined || last === undefined) return [];
  if (first === last)
    return [`${counted(last.n, last.unit)} ${last.n === 1 ? "was" : "were"} ${last.label.toLowerCase()}.`];
  const excluded = results.flow.flatMap((step) => step.excluded);
  const reasons =
    excluded.length === 0 ? "" : ` (left out: ${excluded.map(({ n, reason }) => `${n} ${reason}`).join("; ")})`;
  return [`Of ${countedAs(first)}, ${last.n} ${last.n === 1 ? "was" : "were"} ${last.label.toLowerCase()}${reasons}.`];
}

const isTime = (cell: Cell | undefined): boolean =>
  cell?.kind === "not-reached" || (cell?.kind === "estimate" && (cell.unit === "months" || cell.unit === "days"));

/** Row of all patients in a table of one endpoint. */
const WHOLE = "All";

/** How long each endpoint was followed, from the first column of the table of follow-up. */
function followUpSentences(table: ResultTable, name: string): readonly string[] {
  const [column] = table.columns;
  return table.rows.flatMap((row) => {
    const cell = column === undefined ? undefined : row.cells[column.key];
    return cell !== undefined && isTime(cell)
      ? [`Median follow-up for ${inSentence(typeset(row.label))} was ${formatCell(cell)} (${name}).`]
      : [];
  });
}

/** One sentence for each block of a survival table: medians of its levels, then the test. */
function survivalSentences(table: ResultTable, name: string): readonly string[] {
  const column = table.columns.find(({ key }) => table.rows.some((row) => isTime(row.cells[key])));
  if (column === undefined) return [];
  const sentences: string[] = [];
  const title = inSentence(typeset(table.title).replace(/\.$/, ""));
  // Where the whole cohort has a row, the table is of one endpoint and its other rows are groupings.
  const ofOne = table.rows.some((row) => row.label === WHOLE);
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
      const label = inSentence(typeset(row.label));
      heading = `${!ofOne ? label : row.label === WHOLE ? title : `${title} by ${label}`} `;
      const p = Object.values(row.cells).find((cell) => cell.kind === "p");
      test = p?.kind === "p" ? `, ${sentenceP(p.value)}` : "";
    }
    const cell = row.cells[column.key];
    if (cell !== undefined && isTime(cell)) {
      medians.push(row.indent === 1 ? `${formatCell(cell)} (${inSentence(typeset(row.label))})` : formatCell(cell));
    }
  }
  flush();
  return sentences;
}

/**
 * Sentences of a results section, made from the flow, the follow-up and the survival tables of the main part only:
 * sweeps and sensitivity analyses are left to their tables. They state numbers and where they stand, and conclude nothing.
 */
export const resultSentences = (results: Results): readonly string[] => [
  ...flowSentences(results),
  ...results.tables.flatMap((table) => {
    const name = itemNames(results).get(table.id) ?? table.title;
    if (table.id === "follow-up") return followUpSentences(table, name);
    return /^survival(?:\.|$)/.test(table.id) ? survivalSentences(table, name) : [];
  }),
];

/** A paragraph longer than this is hard to read. */
const PARAGRAPH_LETTERS = 900;

/** Sentences joined to paragraphs of about equal length, in their order: each stands where its middle falls. */
export function paragraphs(sentences: readonly string[]): readonly string[] {
  const all = sentences.reduce((sum, one) => sum + one.length + 1, 0);
  const each = all / Math.ceil(all / PARAGRAPH_LETTERS);
  const made = new Map<number, readonly string[]>();
  let start = 0;
  for (const one of sentences) {
    const place = Math.floor((start + one.length / 2) / each);
    made.set(place, [...(made.get(place) ?? []), one]);
    start += one.length + 1;
  }
  return [...made.values()].map((members) => members.join(" "));
}
