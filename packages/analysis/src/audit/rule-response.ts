import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { NUMBER, printed, shown } from "./printed.js";
import type { ShareClaim } from "./share-claims.js";

type Category = "CR" | "PR" | "SD" | "PD" | "ORR" | "DCR";
const CATEGORIES: readonly Category[] = ["CR", "PR", "SD", "PD", "ORR", "DCR"];
const NAMES: Readonly<Record<Category, RegExp>> = {
  CR: /\bCRs?\b|complete (?:response|remission)/i,
  PR: /\bPRs?\b|partial (?:response|remission)/i,
  SD: /\bSD\b|stable disease/i,
  PD: /\bPD\b|progressive disease|disease progression|progressive/i,
  ORR: /\bORR\b|objective response|overall response/i,
  DCR: /\bDCR\b|disease control/i,
};

/** The category named last, nearest to the share that follows. */
const lastCategory = (text: string): Category | null => {
  const places = CATEGORIES.map((category) => {
    const all = [...text.matchAll(new RegExp(NAMES[category].source, "gi"))];
    return { category, at: all[all.length - 1]?.index ?? -1 };
  });
  const last = places.sort((a, b) => b.at - a.at)[0];
  return last === undefined || last.at < 0 ? null : last.category;
};

type Set = Partial<Record<Category, ShareClaim>>;

const categoryIn = (text: string): Category | null => {
  const found = CATEGORIES.filter((category) => NAMES[category].test(text));
  // An abbreviation after its long name is one name; two names cannot be told apart.
  return found.length === 1 ? (found[0] ?? null) : null;
};

/** Label of a share: the words between it and the share before it, else those up to the next one. */
function labelled(facts: AuditFacts): readonly { claim: ShareClaim; category: Category }[] {
  const { text } = facts.page;
  return facts.shares.flatMap((claim, i) => {
    const before = text.slice(Math.max(facts.shares[i - 1]?.end ?? 0, claim.start - 60), claim.start);
    const next = facts.shares[i + 1];
    const limit = Math.min(next?.start ?? text.length, claim.end + 50);
    const clause = /^[^.;,\n]*?(?=[.;,]|\band\b|$)/.exec(text.slice(claim.end, limit).replaceAll("\n", " "))?.[0] ?? "";
    const inside = text.slice(claim.start, claim.end);
    const after = categoryIn(clause);
    const category = categoryIn(inside) ?? after ?? lastCategory(before);
    return category === null ? [] : [{ claim, category }];
  });
}

/** Labels in one column and `n (%)` in the next, as text drawn from a PDF has them. */
function columnSets(facts: AuditFacts): readonly Set[] {
  const { text } = facts.page;
  return [...text.matchAll(/\b(CR\nPR\nSD\nPD\n(?:(?:ORR|DCR)\n){0,2})(?:[^\n]*\n){1,2}/g)].flatMap((match) => {
    const names = (match[1] ?? "").trim().split("\n");
    const from = match.index + (match[1] ?? "").length;
    const claims = facts.shares.filter((claim) => claim.start >= from && claim.start < from + 40 + 20 * names.length);
    if (claims.length < names.length) return [];
    const set: Set = {};
    names.forEach((name, i) => {
      const category = CATEGORIES.find((known) => known === name);
      const claim = claims[i];
      if (category !== undefined && claim !== undefined) set[category] = claim;
    });
    return [set];
  });
}

const LIST =
  /(?:\bCR|complete response)(?:\s\(CR\))?,\s(?:a\s)?(?:PR|partial response)(?:\s\(PR\))?,\s(?:SD|stable disease)(?:\s\(SD\))?,?\sand\s(?:PD|progressive disease|disease progression)\b(?:\s\(PD\))?/gi;

/** The four categories named in a row, then their four shares in the same order. */
function listedSets(facts: AuditFacts): readonly Set[] {
  const plain = facts.page.text.replaceAll("\n", " ");
  return [...plain.matchAll(LIST)].flatMap((match) => {
    const end = match.index + match[0].length;
    const [CR, PR, SD, PD] = facts.shares.filter((claim) => claim.start >= end);
    if (CR === undefined || PR === undefined || SD === undefined || PD === undefined) return [];
    const apart = CR.start - end > 160 || PR.start - CR.end > 30 || SD.start - PR.end > 30 || PD.start - SD.end > 40;
    return apart ? [] : [{ CR, PR, SD, PD }];
  });
}

/** Sets of response categories in reading order: a category seen again starts a new set. */
function responseSets(facts: AuditFacts): readonly Set[] {
  const columns = [...columnSets(facts), ...listedSets(facts)];
  const inColumns = columns.flatMap((set) => Object.values(set));
  const sets: Set[] = [];
  let current: Set = {};
  let end = 0;
  for (const { claim, category } of labelled(facts)) {
    if (inColumns.includes(claim)) continue;
    if (current[category] !== undefined || claim.start - end > 250) {
      sets.push(current);
      current = {};
    }
    current[category] = claim;
    end = claim.end;
  }
  return [...sets, current, ...columns];
}

const RATE = new RegExp(
  String.raw`\b(ORR|DCR|objective response rate|overall response rate|disease control rate)\b(?:\s?\((?:ORR|DCR)\))?(?:\s(?:was|of|rate|to|with|in|for|the|[A-Za-z-]+)){0,10}\s(${NUMBER})\s?%`,
  "gi",
);

// Between a set of categories and a rate, these words say that the rate may be of others or judged by others.
const OTHER =
  /\b(?:groups?|arms?|m?RECIST|review|reviewers?|investigators?|prior|previous|trials?|stud(?:y|ies)|versus|vs|cohorts?|confirmed|et al|reported|months?|respectively)\b|\[(?:\d+|ref)\]/i;

/** Objective response is CR + PR, disease control is CR + PR + SD: as counts, and as percentages in the text. */
export function responseFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { page } = facts;
  const findings: AuditFinding[] = [];
  const sets = responseSets(facts).filter((set) => set.PR !== undefined && set.SD !== undefined);
  for (const set of sets) {
    const { CR, PR, SD, ORR, DCR } = set;
    if (PR === undefined || SD === undefined) continue;
    const quote = (claim: ShareClaim) => page.quote(claim.start, claim.end);
    const parts: readonly (readonly [Category, ShareClaim | undefined, readonly ShareClaim[]])[] = [
      ["ORR", ORR, CR === undefined ? [PR] : [CR, PR]],
      ["DCR", DCR, CR === undefined ? [PR, SD] : [CR, PR, SD]],
    ];
    for (const [name, whole, terms] of parts) {
      if (whole === undefined) continue;
      const sum = terms.reduce((total, term) => total + term.count, 0);
      if (sum === whole.count || (CR === undefined && sum < whole.count)) continue;
      findings.push({
        code: "response-sum",
        certainty: "contradiction",
        quotes: [quote(whole), ...terms.map(quote)],
        arithmetic: `${terms.map((term) => term.count).join(" + ")} = ${sum}, printed ${whole.count}`,
        message: `${name} is not the sum of its response categories.`,
      });
    }
  }
  const complete = sets.filter((set) => set.CR !== undefined || /\bno\b[^.]{0,30}\bC(?:R|omplete)/i.test(page.text));
  for (const match of page.text.matchAll(RATE)) {
    const [whole, name = "", percent = ""] = match;
    const rate = printed(percent);
    const control = /DCR|control/i.test(name);
    const near = complete
      .map((set) => ({ set, distance: match.index - (set.SD?.start ?? 0) }))
      .filter(({ distance }) => distance > 0 && distance < 700)
      .sort((a, b) => a.distance - b.distance)[0]?.set;
    if (near === undefined) continue;
    const from = Math.max(...Object.values(near).map((claim) => claim.end));
    if (from < match.index && OTHER.test(page.text.slice(from, match.index + whole.length + 40))) continue;
    const terms = [near.CR, near.PR, control ? near.SD : undefined].filter((term) => term !== undefined);
    const sum = terms.reduce((total, term) => total + term.percent.value, 0);
    const slack = terms.reduce((total, term) => total + term.percent.high - term.percent.value, rate.high - rate.value);
    const counts = terms.reduce((total, term) => total + term.count, 0);
    const exact = [...facts.sizes.keys()].some((size) => {
      const fitting = terms.every(
        (term) =>
          Math.abs((100 * term.count) / size - term.percent.value) < 1.01 * (term.percent.high - term.percent.value),
      );
      return fitting && Math.abs((100 * counts) / size - rate.value) <= rate.high - rate.value;
    });
    if (exact || Math.abs(sum - rate.value) <= slack) continue;
    findings.push({
      code: "response-rate",
      certainty: "contradiction",
      quotes: [
        page.quote(match.index, match.index + whole.length),
        ...terms.map((term) => page.quote(term.start, term.end)),
      ],
      arithmetic: `${terms.map((term) => term.percent.text).join(" + ")} = ${shown(sum)} ± ${shown(slack, 2)} by rounding, printed ${percent}`,
      message: `${control ? "Disease control" : "Objective response"} is not the sum of its response categories.`,
    });
  }
  return findings;
}
