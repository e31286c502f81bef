import { ownHeading, sinceCaption } from "./own-heading.js";
import type { AuditPage } from "./page.js";
import { NUMBER, type Printed, printed } from "./printed.js";

export type EstimateKind = "ratio" | "auc" | "median" | "mean" | "other";

/** A printed p-value with its sign. */
export interface PrintedP {
  readonly relation: "=" | "<" | ">";
  readonly value: Printed;
}

/** An estimate with two limits, e.g. `HR 0.56 (95% CI: 0.33, 0.95), P = .03`, `71 (48.00, 111.25)`. */
export interface EstimateClaim {
  readonly start: number;
  readonly end: number;
  readonly kind: EstimateKind;
  /** True where the limits are those of a confidence interval. */
  readonly interval: boolean;
  /** What the limits are called, for people. */
  readonly limits: string;
  readonly level: number;
  readonly estimate: Printed;
  readonly low: Printed;
  readonly high: Printed;
  readonly p: PrintedP | null;
}

const SEPARATOR = String.raw`\s?%?\s?(?:months?|mo|years?|days?)?\s?(?:[–~,;-]|to)\s?`;
const LEVEL = String.raw`(?:(\d\d)\s?%\s?)?(?:CIs?\b|confidence\sintervals?(?:\s?\(CI\))?)\s?[:,=]?\s?`;
const LABEL = String.raw`(?:${LEVEL}|(IQR|interquartile\srange|range|min[–-]max)\s?[:,=]?\s?)`;
const P_AFTER = String.raw`(?:[)\]]?[\s,;|]{0,3}(?:and\s)?p(?:[\s-]?value)?\s?([=<>])\s?(${NUMBER}))?`;
const UNIT = String.raw`(?:\s?%|\s(?:months?|mo|years?|days?|weeks?|mm|cm|ml|cm3))?`;

/** est (limits), est [limits], est, 95% CI limits. */
const PROSE = new RegExp(
  String.raw`(?<![\w.,–+×])(?<!±\s?)(${NUMBER})${UNIT}(?:\s?[([]|\s?[,;]\s?(?=\d\d\s?%\s?C))\s?${LABEL}?(${NUMBER})${SEPARATOR}(${NUMBER})(?!\d|\.\d|\s?,\s?\d)${UNIT}(?=[)\];,\s|]|$|\.)${P_AFTER}`,
  "gi",
);
/** A table row without brackets: est low-high p. */
const BARE_ROW =
  /(?<![\w.,–-])(\d+\.\d+)[ |]{1,3}(\d+\.\d+)\s?[–-]\s?(\d+\.\d+)(?:[ |]{1,3}([<>]?)\s?(0?\.\d+))?(?![\d.])/g;
/** A second label inside the brackets: 14.2 months (range 1.8–83.3 months, 95% CI: 11.1–17.3). */
const SECOND = new RegExp(
  String.raw`(?<![\w.,–+×])(?<!±\s?)(${NUMBER})${UNIT}[\s,]{0,2}[([]?range:?\s${NUMBER}\s?[–-]\s?${NUMBER}${UNIT}[,;]\s?${LEVEL}(${NUMBER})${SEPARATOR}(${NUMBER})(?!\d|\.\d)`,
  "gi",
);

// "or" is a word, OR is a ratio.
const RATIO =
  /\b(?:a?HRs?|a?ORs?|RRs?|[Hh]azards? [Rr]atios?|[Oo]dds [Rr]atios?|[Rr]isk [Rr]atios?|[Rr]elative [Rr]isks?)\b/;
const AUC =
  /\b(?:AUC|AUROC|area under|C-index|c-statistic|concordance|ICC|intraclass|κ|kappa|sensitivity|specificity|accuracy)/i;
const MEDIAN = /\bmedian\b/i;

const last = (pattern: RegExp, text: string): number => {
  let found = -1;
  for (const match of text.matchAll(new RegExp(pattern.source, `g${pattern.flags}`))) found = match.index;
  return found;
};

/** The kind that the words before it name last; in tables the caption and header are further away. */
function kindAt(page: AuditPage, start: number): EstimateKind {
  const near = page.text.slice(Math.max(0, start - 70), start);
  const ranks: readonly (readonly [EstimateKind, number])[] = [
    ["ratio", last(RATIO, near)],
    ["auc", last(AUC, near)],
    ["median", last(MEDIAN, near)],
  ];
  const nearest = [...ranks].sort((a, b) => b[1] - a[1])[0];
  if (nearest === undefined || nearest[1] < 0) return "other";
  // A header line above names every column of its table, not the first number below it.
  const headed = nearest[0] === "ratio" && near.includes("\n", nearest[1]) && !page.inTable(start);
  return headed && sinceCaption(page, start, 9000) !== null ? tableKind(page, start) : nearest[0];
}

/** Names ratios only where the last header of interval columns says HR or OR. */
const TABLE_RATIO =
  /\b(?:HR|OR|RR|hazards? ratio|odds ratio)s?\b[\s|]{0,3}\(?\s?(?:95\s?%\s?)?(?:\(?95|CI)|Multivaria\w+ Cox|OR \(95|HR \(95/i;
const TABLE_OTHER = /\bmedian\b[^.]{0,60}(?:\(|,\s)(?:mo|months)\b|IQR|AUC\b/i;
const RESAMPLED = /\bCI,?\s[^)]{0,20}bootstrap/i;
const AFTER_VALUE = /(?:\d\.\d+|[)\]%]|\bN[RE]|reached)[ |]{1,3}$/;

function tableKind(page: AuditPage, start: number): EstimateKind {
  const table = page.inTable(start) ? null : sinceCaption(page, start, 9000);
  const before = table ?? page.text.slice(Math.max(0, start - 9000), start);
  const ratio = last(TABLE_RATIO, before);
  if (ratio < 0) return "other";
  const other = last(TABLE_OTHER, before);
  if (other > ratio) return "other";
  // Words of a table by its caption: medians stand before ratios, and resampled limits are no Wald limits.
  if (table !== null && (RESAMPLED.test(table) || (other >= 0 && !AFTER_VALUE.test(before)))) return "other";
  return "ratio";
}

function pOf(relation: string | undefined, value: string | undefined): PrintedP | null {
  if (value === undefined) return null;
  const number = printed(value);
  if (number.value < 0 || number.value > 1) return null;
  return { relation: relation === "<" || relation === ">" ? relation : "=", value: number };
}

/** p in the next cell or column of the same row, as tables print it. */
function pInRow(page: AuditPage, end: number): { p: PrintedP | null; end: number } {
  const match = /^[)\]]?[\s*†|]{1,4}([<>]?)\s?(0?\.\d{2,4})(?![\d.–-]|\s?[([–-])/.exec(page.text.slice(end, end + 24));
  if (match === null || match[0].includes("\n")) return { p: null, end };
  return { p: pOf(match[1], match[2]), end: end + match[0].length };
}

/** Every estimate with two limits, in reading order. */
export function estimateClaims(page: AuditPage): readonly EstimateClaim[] {
  const claims: EstimateClaim[] = [];
  const taken = (start: number, end: number): boolean => claims.some((other) => start < other.end && other.start < end);
  for (const match of page.text.matchAll(SECOND)) {
    const [whole, estimate = "", level, low = "", high = ""] = match;
    const claim = {
      start: match.index,
      end: match.index + whole.length,
      estimate: printed(estimate),
      low: printed(low),
      high: printed(high),
    };
    claims.push({
      ...claim,
      kind: "median",
      interval: true,
      limits: "confidence interval",
      level: Number(level ?? 95),
      p: null,
    });
  }
  for (const match of page.text.matchAll(PROSE)) {
    const [whole, estimate = "", level, label, low = "", high = "", relation, p] = match;
    const inner = match.index + whole.length;
    if (taken(match.index, inner)) continue;
    const named = level !== undefined || label !== undefined || /\bCI\b|confidence/i.test(whole);
    const decimals = [estimate, low, high].filter((text) => text.includes(".")).length;
    if (!named && (decimals < 2 || !/[([]/.test(whole))) continue;
    // "ref 12 (3.2–4.1)": a whole number before limits with decimals is a value only in a table.
    if (!named && !estimate.includes(".") && !page.inTable(match.index)) continue;
    // 2011;30:788–795 and (17,22,23) are references.
    if (/^\s?[:;]/.test(page.text.slice(inner, inner + 2)) && !named) continue;
    const row = p === undefined ? pInRow(page, inner) : { p: pOf(relation, p), end: inner };
    const own = ownHeading(page, match.index);
    const headed = own === null || own === "p" ? null : own;
    const near = headed ?? kindAt(page, match.index);
    const isRange = label !== undefined;
    const ofTime = /^\s?(?:%|months?|\bmo\b|years?|days?|weeks?|mm|cm|ml)/i.test(
      whole.slice(estimate.length).split(/[([]/)[0] ?? "",
    );
    const kind =
      headed !== null || near !== "other" || isRange || !/\./.test(estimate) ? near : tableKind(page, match.index);
    claims.push({
      start: match.index,
      end: row.end,
      kind: (isRange || ofTime) && kind === "ratio" ? "other" : kind,
      interval: !isRange && (named || kind === "ratio"),
      limits: label ?? (named || kind === "ratio" ? "confidence interval" : "limits"),
      level: Number(level ?? 95),
      estimate: printed(estimate),
      low: printed(low),
      high: printed(high),
      p: row.p,
    });
  }
  for (const match of page.text.matchAll(BARE_ROW)) {
    const [whole, estimate = "", low = "", high = "", relation, p] = match;
    if (taken(match.index, match.index + whole.length)) continue;
    const header = page.inTable(match.index) ? page.text.slice(Math.max(0, match.index - 600), match.index) : "";
    const area = last(/\bAU(?:RO)?C\b/i, header) > last(TABLE_RATIO, header);
    const own = ownHeading(page, match.index);
    const kind = area ? "auc" : own === null || own === "p" ? tableKind(page, match.index) : own;
    if (kind === "other") continue;
    claims.push({
      start: match.index,
      end: match.index + whole.length,
      kind,
      interval: true,
      limits: "confidence interval",
      level: 95,
      estimate: printed(estimate),
      low: printed(low),
      high: printed(high),
      p: area ? null : pOf(relation, p),
    });
  }
  claims.push(...columnClaims(page));
  return withoutQuartiles(page, claims).sort((a, b) => a.start - b.start);
}

/** Tables drawn from a PDF column by column: k estimates, then their k intervals, then their k p-values. */
function columnClaims(page: AuditPage): readonly EstimateClaim[] {
  const number = String.raw`(?:\d+\.\d+|-)`;
  const pattern = new RegExp(
    String.raw`(?<=\n)((?:${number}\n){2,}\n?)((?:(?:\d+\.\d+[–-]\d+\.\d+|-)\n){2,}\n?)((?:${number}\n)*)`,
    "g",
  );
  const entries = (text: string, from: number) =>
    [...text.matchAll(/[^\n]+/g)].map((match) => ({ text: match[0], start: from + match.index }));
  return [...page.text.matchAll(pattern)].flatMap((match) => {
    const [, first = "", second = "", third = ""] = match;
    const estimates = entries(first, match.index);
    const intervals = entries(second, match.index + first.length);
    const ps = entries(third, match.index + first.length + second.length);
    if (estimates.length !== intervals.length || tableKind(page, match.index) !== "ratio") return [];
    return estimates.flatMap(({ text, start }, i): EstimateClaim[] => {
      const interval = intervals[i];
      const limits = /^(\d+\.\d+)[–-](\d+\.\d+)$/.exec(interval?.text ?? "");
      if (text === "-" || limits === null || interval === undefined) return [];
      const [, low = "", high = ""] = limits;
      const p = ps.length === estimates.length && ps[i]?.text !== "-" ? pOf("=", ps[i]?.text) : null;
      return [
        {
          start,
          end: interval.start + interval.text.length,
          kind: "ratio",
          interval: true,
          limits: "confidence interval",
          level: 95,
          estimate: printed(text),
          low: printed(low),
          high: printed(high),
          p,
        },
      ];
    });
  });
}

/** Ratios and medians with quartiles in one table: they differ by how the limits are parted, a dash or a comma. */
function withoutQuartiles(page: AuditPage, claims: readonly EstimateClaim[]): EstimateClaim[] {
  const comma = (claim: EstimateClaim): boolean => /\d\s?,\s/.test(page.text.slice(claim.start, claim.end));
  const rows = claims.filter((claim) => claim.kind === "ratio" && page.inTable(claim.start));
  const dashes = rows.filter((claim) => !comma(claim)).length;
  const odd = dashes > rows.length - dashes ? comma : () => false;
  return claims.map((claim) =>
    rows.includes(claim) && odd(claim)
      ? { ...claim, kind: "other", interval: false, limits: "limits", p: null }
      : claim,
  );
}
