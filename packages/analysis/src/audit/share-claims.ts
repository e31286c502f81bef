import type { AuditPage } from "./page.js";
import { COUNT, countOf, NUMBER, type Printed, printed } from "./printed.js";

/** A count with its percentage, e.g. `56 (54.9%)`, `99 of 119 (83%)`; `total` is null where none is printed with it. */
export interface ShareClaim {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly total: number | null;
  readonly percent: Printed;
}

const FRACTION = new RegExp(
  String.raw`(?<![\w.,/–-])(${COUNT})\s?(/|(?:out\sof|of)(?:\s(?:the|all))?\s)\s?(${COUNT})(?!\d)((?:\s[a-z-]+){0,4})\s?[([](${NUMBER})(\s?%)?(?=[)\];,])`,
  "gi",
);
const REVERSED = new RegExp(
  String.raw`(?<![\w.])(${NUMBER})\s?%(?:\s[a-z-]+){0,2}\s?[([](?:n\s?=\s?)?(\d+)\s?(?:/|of)\s?(\d+)(?=[)\];,\s])`,
  "gi",
);
/** 12 (8·3%) of 145: the total behind the percentage. */
const TRAILING = new RegExp(
  String.raw`(?<![\w.,/–<>≤≥+×-])(${COUNT})\s?[([](${NUMBER})\s?%[)\]]\sof\s(?:the\s|all\s)?(\d+)(?![\d.%]|\s?%)(?!\s(?:months|years|weeks|days))`,
  "gi",
);
const COUNTED = new RegExp(
  String.raw`(?<![\w.,/–<>≤≥+×-])(${COUNT})(?![\d.,]\d)((?:\s[a-z-]+){0,3})\s?[([](${NUMBER})\s?%(?=[)\];,])`,
  "gi",
);
const BARE = /(?<![\w.,/–<>≤≥+×-])(\d+)\s?\((\d+\.\d+)\)/g;
const BARE_HEADER = /\bn\s?\/\s?%|\bn\s?\(\s?%\s?\)|\bNo\.?\s?\(\s?%\s?\)|count \(percentage\)/i;

// Numbers that look like counts and are names, ages, limits or times.
const NAMED =
  /(?:grade|grades|stage|class|type|score|machine|fig|figure|table|ps|day|week|month|year|phase|cycle|group|level|aged|than|least|above|below|under|over|[<>≤≥]|to|score of|age|at)\s?$/i;
const UNITS = /^\s?(?:months?|years?|weeks?|days?|mg|ml|cm|mm|hours?|min|minutes?|mo|yr|units?|points?)\b/i;

// In words, only people and what is treated are counted: "one cycle (72.7 %)" is a name.
const PEOPLE =
  /^\s(?:[a-z-]+\s)?(?:patients?|participants?|subjects?|cases?|men|women|males?|females?|lesions?|tumou?rs?|treatments?|procedures?)\b/i;

/** Every count with a percentage in reading order. */
export function shareClaims(page: AuditPage): readonly ShareClaim[] {
  const claims: ShareClaim[] = [];
  const taken: { start: number; end: number }[] = [];
  const add = (claim: ShareClaim): void => {
    if (taken.some((other) => claim.start < other.end && other.start < claim.end)) return;
    taken.push(claim);
    claims.push(claim);
  };
  for (const match of page.text.matchAll(FRACTION)) {
    const [whole, count = "", joint = "", total = "", , percent = "", sign] = match;
    if (sign === undefined && joint.trim() !== "/") continue;
    const end = match.index + whole.length + 1;
    add({ start: match.index, end, count: countOf(count), total: countOf(total), percent: printed(percent) });
  }
  for (const match of page.text.matchAll(REVERSED)) {
    const [whole, percent = "", count = "", total = ""] = match;
    const end = match.index + whole.length + 1;
    add({ start: match.index, end, count: Number(count), total: Number(total), percent: printed(percent) });
  }
  for (const match of page.text.matchAll(TRAILING)) {
    const [whole, count = "", percent = "", total = ""] = match;
    const end = match.index + whole.length;
    add({ start: match.index, end, count: countOf(count), total: Number(total), percent: printed(percent) });
  }
  for (const match of page.text.matchAll(COUNTED)) {
    const [whole, count = "", words = "", percent = ""] = match;
    if (NAMED.test(page.text.slice(Math.max(0, match.index - 12), match.index)) || UNITS.test(words)) continue;
    if (/^[a-z]/i.test(count) && words.trim() !== "" && !PEOPLE.test(words)) continue;
    const end = match.index + whole.length + 1;
    add({ start: match.index, end, count: countOf(count), total: null, percent: printed(percent) });
  }
  for (const match of page.text.matchAll(BARE)) {
    const [whole, count = "", percent = ""] = match;
    if (!BARE_HEADER.test(page.text.slice(Math.max(0, match.index - 1500), match.index))) continue;
    if (NAMED.test(page.text.slice(Math.max(0, match.index - 12), match.index))) continue;
    add({
      start: match.index,
      end: match.index + whole.length,
      count: Number(count),
      total: null,
      percent: printed(percent),
    });
  }
  return claims
    .filter((claim) => claim.percent.value <= 100 && claim.percent.value >= 0)
    .sort((a, b) => a.start - b.start);
}

const SIZES = new RegExp(
  String.raw`\bn\s?=\s?(\d+)|(?<![\w.,/–-])(${COUNT})\s(?:[a-z-]+\s){0,3}(?:patients|participants|subjects|treatments|procedures|lesions|cases|tumou?rs|sessions|records|men|women)\b|/\s?(\d+)\s?\(`,
  "gi",
);

/** Group sizes the text names (n = 88, 88 patients, …/126), with how often. */
export function groupSizes(page: AuditPage): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  for (const match of page.text.matchAll(SIZES)) {
    const size = countOf(match[1] ?? match[2] ?? match[3] ?? "0");
    if (size > 1) sizes.set(size, (sizes.get(size) ?? 0) + 1);
  }
  return sizes;
}
