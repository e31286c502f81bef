import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { contentWords, type LabelledCount, labelledCounts } from "./labelled-counts.js";
import { agrees, COUNT, countOf, NUMBER, printed } from "./printed.js";

const PEOPLE = "(?:patients|participants|subjects)";
const PERCENT = String.raw`(?:\s?\((${NUMBER})\s?%\))?`;
/** 25 patients had a postoperative recurrence. */
const HAD = new RegExp(
  String.raw`(?<![\w.,/–-]|\bof\s)(${COUNT})${PERCENT}\s${PEOPLE}${PERCENT}\s(?:had|with|have)\s([^.,;:()[\]]{4,80}?)\s?(?=[.,;([])`,
  "gi",
);
/** Postoperative recurrence was seen in 25 patients. */
const SEEN = new RegExp(
  String.raw`(?<=(?:\.\s|\n\n|;\s))([A-Za-z][^.,;:()\d]{4,60}?)\s(?:was|were)\s(?:seen|observed|present|found|noted|reported|diagnosed|detected)\sin\s(${COUNT})${PERCENT}\s${PEOPLE}${PERCENT}(?=\s?(?:[.,;]|\n\n|\(Table|$))`,
  "gi",
);
// Words by which a sentence may speak of some of them, of others, or of another time.
const OTHERS =
  /\b(?:groups?|arms?|respectively|respon\w+|among|whom|these|those|cohorts?|stud(?:y|ies)|et al|reported|trials?|versus|vs|exclu\w+|screen\w+|after|before|during|following|follow-up|develop\w*|new|grades?|cycles?|sessions?|procedures?|remaining|other|only|additional|further|least|than|eligib\w+|matched|sub\w+|months?|weeks?|days?|years?|time|both|either|neither|not|without|no)\b|\[/i;

interface Said {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly percent: string | undefined;
  readonly words: readonly string[];
  /** Other whole numbers of the sentence before it, e.g. of how many. */
  readonly of: readonly number[];
}

/** The sentence around a place: what stands before it and behind it. */
function sentenceAround(text: string, start: number, end: number): readonly [string, string] {
  const before =
    text
      .slice(Math.max(0, start - 240), start)
      .split(/[.!?]\s|\n\n/)
      .at(-1) ?? "";
  const after = text.slice(end, end + 160).split(/[.!?](?:\s|$)|\n\n/)[0] ?? "";
  return [before, after];
}

/** Words before a count that leave it a count of everybody, and the number of all of them. */
const LEAD =
  /^(?:\W|there|were|was|overall|in|all|total|a|of|the|our|this|and|also|however|moreover|furthermore|at|baseline|diagnosis|included|patients|we|\d+)*$/i;

const TAIL = /\s(?:of\sthe\s(?:disease|tumou?r|cancer)|at\s(?:baseline|diagnosis|enrol\w+|inclusion))$/i;

function said(facts: AuditFacts): readonly Said[] {
  const { text } = facts.page;
  const claims: Said[] = [];
  const add = (start: number, end: number, count: string, percent: string | undefined, label: string): void => {
    const [before, after] = sentenceAround(text, start, end);
    const lead = before.replace(HAD, "");
    if (facts.page.inTable(start) || !LEAD.test(lead) || OTHERS.test(`${before} | ${label} | ${after}`)) return;
    const words = contentWords(label.replaceAll("\n", " ").replace(TAIL, ""));
    claims.push({ start, end, count: countOf(count), percent, words, of: (lead.match(/\d+/g) ?? []).map(Number) });
  };
  for (const match of text.matchAll(HAD)) {
    const [whole, count = "", before, behind, label = ""] = match;
    add(match.index, match.index + whole.length, count, before ?? behind, label);
  }
  for (const match of text.matchAll(SEEN)) {
    const [whole, label = "", count = "", before, behind] = match;
    add(match.index, match.index + whole.length, count, before ?? behind, label);
  }
  return claims;
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((word, i) => word === b[i]);

/** A sentence on everybody that counts what a table counts, and counts otherwise. */
function againstTables(facts: AuditFacts, counts: readonly LabelledCount[]): readonly AuditFinding[] {
  return said(facts).flatMap((claim): AuditFinding[] => {
    const like = counts.filter(
      ({ words, total }) =>
        same(words, claim.words) &&
        claim.count <= total &&
        claim.of.every((number) => number === total) &&
        (claim.percent === undefined || agrees(printed(claim.percent), (100 * claim.count) / total)),
    );
    const [first] = like;
    if (first === undefined || like.some(({ count, total }) => count === claim.count || total !== first.total))
      return [];
    return [
      {
        code: "restated-count",
        certainty: "check",
        quotes: [facts.page.quote(claim.start, claim.end), ...first.quotes],
        arithmetic: `${claim.count} ≠ ${first.count} of ${first.total} in the table`,
        message: "The text and a table count the same differently.",
      },
    ];
  });
}

/** Two tables of the same people that agree on at least four labels, and differ on one. */
function betweenTables(counts: readonly LabelledCount[]): readonly AuditFinding[] {
  const tables = [...new Set(counts.map(({ table }) => table))];
  // A label twice in one table is of two things.
  const byTable = tables.map((table) => {
    const own = counts.filter((one) => one.table === table);
    return own.filter((one) => own.filter(({ words }) => same(words, one.words)).length === 1);
  });
  return byTable.flatMap((first, i) =>
    byTable.slice(i + 1).flatMap((second): AuditFinding[] => {
      const pairs = first.flatMap((a) => {
        const b = second.find(({ words, total }) => same(words, a.words) && total === a.total);
        return b === undefined ? [] : [{ a, b }];
      });
      const odd = pairs.filter(({ a, b }) => a.count !== b.count);
      const [pair] = odd;
      if (pair === undefined || odd.length > 1 || pairs.length < 5) return [];
      const { a, b } = pair;
      return [
        {
          code: "restated-count",
          certainty: "check",
          quotes: [...a.quotes, ...b.quotes],
          arithmetic: `${a.count} ≠ ${b.count}, both of ${a.total}; ${pairs.length - 1} other rows of the two tables agree`,
          message: "Two tables count the same differently.",
        },
      ];
    }),
  );
}

/** Counts of one thing that the work states more than once, in words and in tables. */
export function restatedFindings(facts: AuditFacts): readonly AuditFinding[] {
  const counts = labelledCounts(facts.page);
  return [...againstTables(facts, counts), ...betweenTables(counts)];
}
