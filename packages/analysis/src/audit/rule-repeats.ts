import type { AuditCertainty, AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { lastPlace, printed } from "./printed.js";

const BARE_RATIO = /\b(?:hazards?\sratio|odds\sratio|HR|OR)(?:\s?\[(?:HR|OR)\])?\s?[,=:]\s{0,2}(\d+\.\d+)(?!\s?[([])/gi;

/** A ratio without interval is one of those the work prints with an interval. */
function bareRatios(facts: AuditFacts): readonly AuditFinding[] {
  const { page, estimates } = facts;
  const ratios = estimates.filter((claim) => claim.kind === "ratio" && claim.interval);
  if (ratios.length < 4) return [];
  const bare = [...page.text.matchAll(BARE_RATIO)].flatMap((match) => {
    const end = match.index + match[0].length;
    if (estimates.some((claim) => claim.start < end && match.index < claim.end)) return [];
    const value = printed(match[1] ?? "");
    const same = ratios.some(
      ({ estimate }) => Math.abs(estimate.value - value.value) < Math.max(lastPlace(value), lastPlace(estimate)) * 0.51,
    );
    return [{ match, end, same, value }];
  });
  // Only where the work repeats its own ratios: others come from the literature.
  const same = bare.filter((entry) => entry.same).length;
  if (same < 2 || same < 0.6 * bare.length) return [];
  return bare
    .filter((entry) => !entry.same)
    .map(({ match, end, value }) => ({
      code: "ratio-not-in-tables",
      certainty: "unlikely" as const,
      quotes: [page.quote(match.index, end)],
      arithmetic: `${value.text} is none of the ${ratios.length} ratios printed with an interval`,
      message: "A ratio is stated that no ratio with an interval agrees with.",
    }));
}

/** One area under the curve has one interval. */
function areaTwice(facts: AuditFacts): readonly AuditFinding[] {
  const { page, estimates } = facts;
  const areas = estimates.filter(
    (claim) => claim.interval && claim.kind !== "ratio" && claim.estimate.decimals >= 3 && claim.estimate.value < 1,
  );
  return areas.flatMap((claim, i) => {
    const before = areas.slice(0, i).filter(({ estimate }) => estimate.text === claim.estimate.text);
    const same = ({ low, high }: (typeof areas)[number]): boolean =>
      low.value === claim.low.value && high.value === claim.high.value;
    const other = before.some(same) ? undefined : before[0];
    if (other === undefined) return [];
    return [
      {
        code: "two-intervals",
        certainty: "unlikely" as const,
        quotes: [page.quote(other.start, other.end), page.quote(claim.start, claim.end)],
        arithmetic: `${claim.estimate.text}: ${other.low.text} to ${other.high.text}, and ${claim.low.text} to ${claim.high.text}`,
        message: "The same value is printed with two different intervals.",
      },
    ];
  });
}

/** Where nearly all median intervals of a work are symmetric (SPSS), the one that is not is a slip. */
function asymmetricMedians(facts: AuditFacts): readonly AuditFinding[] {
  // One program made the intervals of one file; a supplement may come from another.
  const files = new Set(facts.estimates.map((claim) => facts.page.quote(claim.start, claim.end).file));
  return [...files].flatMap((file) => asymmetricIn(facts, file));
}

function asymmetricIn(facts: AuditFacts, file: string): readonly AuditFinding[] {
  const { page } = facts;
  const estimates = facts.estimates.filter((claim) => page.quote(claim.start, claim.end).file === file);
  const medians = estimates.filter(
    (claim) =>
      claim.kind !== "ratio" &&
      claim.kind !== "auc" &&
      claim.estimate.value > 1 &&
      claim.low.value > 0 &&
      claim.high.value > claim.low.value &&
      claim.limits !== "range" &&
      !/IQR|quartile/i.test(claim.limits),
  );
  const gaps = medians.map(({ estimate, low, high }) => {
    const slack =
      (high.high - high.value + low.high - low.value) / 2 +
      (estimate.high - estimate.value) +
      0.5 * lastPlace(estimate);
    return { gap: Math.abs((low.value + high.value) / 2 - estimate.value), slack };
  });
  const even = gaps.filter(({ gap, slack }) => gap <= slack).length;
  if (medians.length < 8 || even < 0.85 * medians.length) return [];
  return medians.flatMap((claim, i) => {
    const { gap, slack } = gaps[i] ?? { gap: 0, slack: 0 };
    if (gap <= 2 * slack || claim.estimate.value < claim.low.value || claim.estimate.value > claim.high.value)
      return [];
    return [
      {
        code: "median-off-centre",
        certainty: "unlikely" as const,
        quotes: [page.quote(claim.start, claim.end)],
        arithmetic: `(${claim.low.text} + ${claim.high.text}) / 2 = ${((claim.low.value + claim.high.value) / 2).toFixed(2)}, printed ${claim.estimate.text}; ${even} of ${medians.length} intervals of this work are symmetric`,
        message: "The interval is not symmetric about its value, unlike nearly all others here.",
      },
    ];
  });
}

const MEDIAN =
  /\bmedian\s(OS|PFS|overall\ssurvival|progression-free\ssurvival|follow-up)(?:\stime)?(?:\s\((?:OS|PFS)\))?\s(?:was|of)\s(\d+(?:\.\d+)?)\s?months(?!\s(?:in|for|vs|versus|compared|with|among|and))/gi;
const OTHERS =
  /\b(?:groups?|arms?|respon\w*|patients with|trials?|stud(?:y|ies)|prior|previous|et al|reported|cohorts?|by)\b/i;
const RATE_OTHERS =
  /\b(?:groups?|arms?|responders|patients with|trials?|stud(?:y|ies)|prior|previous|et al|reported|cohorts?|by|with|after|at|months?|weeks?|lines?|review|investigators?|sub\w+|lesions?|m?RECIST|while|whereas)\b/i;
const NAME: Readonly<Record<string, string>> = {
  "overall survival": "os",
  "progression-free survival": "pfs",
  "objective response rate": "orr",
  "disease control rate": "dcr",
};

/** `the ORR was 45.0%`, without words that make it one of several. */
const RATE =
  /\b(?:the|overall|our)\s(ORR|DCR|objective\sresponse\srate|disease\scontrol\srate)(?:\s\((?:ORR|DCR)\))?\swas\s(\d+(?:\.\d+)?)\s?%(?!\s(?:in|for|vs|versus|compared|with|among|and|by|per|at|after|on|according)\b)/gi;
const CRITERIA = /\b(?:mRECIST|modified\sRECIST|iRECIST|EASL|Choi|PERCIST|irRC|WHO\scriteria)\b/i;
const PLAIN_RECIST = /(?<!modified\s)\bRECIST\b/;

/** The value of one quantity, stated at several places of the work. */
interface Stated {
  readonly key: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const clauseBefore = (text: string, place: number): string =>
  text
    .slice(Math.max(0, place - 120), place)
    .split(/\.\s/)
    .pop() ?? "";

function statedIn({ page: { text } }: AuditFacts, pattern: RegExp, others: RegExp): readonly Stated[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const [whole, name = "", value = ""] = match;
    // "the median OS of patients in …", comparisons and the literature speak of others.
    if (others.test(clauseBefore(text, match.index))) return [];
    const plain = name.toLowerCase().replaceAll(/\s/g, " ");
    return [{ key: NAME[plain] ?? plain, value, start: match.index, end: match.index + whole.length }];
  });
}

/** Statements of a quantity that its first statement disagrees with, whatever was rounded. */
function statedTwice(
  facts: AuditFacts,
  stated: readonly Stated[],
  certainty: AuditCertainty,
  quantity: string,
): readonly AuditFinding[] {
  const seen = new Map<string, Stated>();
  return stated.flatMap((here) => {
    const first = seen.get(here.key);
    if (first === undefined) {
      seen.set(here.key, here);
      return [];
    }
    const [a, b] = [printed(first.value), printed(here.value)];
    if (a.low <= b.high && b.low <= a.high) return [];
    return [
      {
        code: "stated-twice",
        certainty,
        quotes: [facts.page.quote(first.start, first.end), facts.page.quote(here.start, here.end)],
        arithmetic: `${first.value} ≠ ${here.value}`,
        message: `The same ${quantity} is stated with two different values.`,
      },
    ];
  });
}

/** An unqualified median stated twice is the same number twice. */
const mediansTwice = (facts: AuditFacts): readonly AuditFinding[] =>
  statedTwice(facts, statedIn(facts, MEDIAN, OTHERS), "unlikely", "median");

/** So is a response rate of the whole study, unless it was judged by several criteria; other times and doses stay possible. */
function ratesTwice(facts: AuditFacts): readonly AuditFinding[] {
  const { text } = facts.page;
  if (CRITERIA.test(text) && PLAIN_RECIST.test(text)) return [];
  const cited = ({ end }: Stated): boolean => /^[^.]{0,80}(?:\[(?:\d|ref\])|\bet al\b)/.test(text.slice(end, end + 90));
  const stated = statedIn(facts, RATE, RATE_OTHERS).filter((one) => !cited(one));
  return statedTwice(facts, stated, "check", "response rate");
}

/** Values that the work states more than once. */
export const repeatFindings = (facts: AuditFacts): readonly AuditFinding[] => [
  ...bareRatios(facts),
  ...areaTwice(facts),
  ...asymmetricMedians(facts),
  ...mediansTwice(facts),
  ...ratesTwice(facts),
];
