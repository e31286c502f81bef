import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { ownHeading, sinceCaption } from "./own-heading.js";

const NAMED = /\bp(?:[\s-]?values?)?\s?[=:]\s?0?\.0+(?![\d.])|\bp(?:[\s-]?values?)?\s?=\s?0(?![\d.])/gi;
const BARE = /(?<![\w.,–<>(-])0?\.000(?![\d.])(?!\s?(?:[–)-]|\(\s?\d))/g;
const NOT_P = /difference|intercept|slope/i;
const COLUMN = /(?:^|[\s|])P(?:[\s-]values?)?(?=[\s|]|$)/gim;
// Whole numbers are often another p: variables in a model, pressure.
const ABOVE_ONE = /\bp(?:[\s-]?values?)?\s?=\s?(?:1\.0*[1-9]\d*|(?:[2-9]|\d{2,})\.\d+)(?![\d.])/gi;

/** True in a cell whose column has a heading, which does not say p, or whose row is that of a difference. */
function namedOtherwise({ page }: AuditFacts, place: number): boolean {
  const cell = page.cellAt(place);
  if (cell === null) return false;
  const { column, cells, above } = cell;
  const headed = above.some((row) => row.cells.length === cells.length && /[a-z]/i.test(row.cells[column] ?? ""));
  return headed || NOT_P.test(cells[0] ?? "");
}

/** A p-value is never 0 and never above 1; programs print 0.000 for p < 0.0005. */
export function pZeroFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { text, quote } = facts.page;
  const places = [...text.matchAll(NAMED)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
  for (const match of text.matchAll(BARE)) {
    const end = match.index + match[0].length;
    if (places.some((place) => match.index < place.end && place.start < end)) continue;
    // An intercept or a difference of areas may be 0.000: the column must be one of p-values.
    const own = ownHeading(facts.page, match.index);
    if (own !== null && own !== "p") continue;
    if (own === null && namedOtherwise(facts, match.index)) continue;
    const table = sinceCaption(facts.page, match.index, 2500);
    const before = table ?? text.slice(Math.max(0, match.index - 2500), match.index);
    const line = before.slice(before.lastIndexOf("\n") + 1);
    if (table !== null && NOT_P.test(table) && !/\.\d/.test(line)) continue;
    if (own === "p" || [...before.matchAll(COLUMN)].length > 0) places.push({ start: match.index, end });
  }
  const zero = places.map((place) => ({
    code: "p-zero",
    certainty: "check" as const,
    quotes: [quote(place.start, place.end)],
    arithmetic: "p > 0 always; 0.000 stands for p < 0.0005",
    message: "A p-value is printed as zero: write p < 0.001.",
  }));
  const above = [...text.matchAll(ABOVE_ONE)].map((match) => ({
    code: "p-above-one",
    certainty: "contradiction" as const,
    quotes: [quote(match.index, match.index + match[0].length)],
    arithmetic: "p ≤ 1 always",
    message: "A p-value is above 1.",
  }));
  return [...zero, ...above];
}
