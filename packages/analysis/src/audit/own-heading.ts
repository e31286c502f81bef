import type { AuditPage } from "./page.js";

/** What a column or a row says of its numbers: a ratio with a Wald interval, a p-value, or something else. */
export type HeadingKind = "ratio" | "auc" | "median" | "p" | "other";

const P =
  /^p(?:[\s-]?values?)?(?:\s?[([†*‡].*)?$|^sig\.(?:\s?\(2-tailed\))?$|^p\s(?:as|allowing|for|of)\b|\bp[\s-]values?\b/i;
// "or" is a word, OR is a ratio.
const RATIO =
  /\b(?:a?s?HRs?|a?ORs?|a?RRs?|[Hh]azards? [Rr]atios?|[Oo]dds [Rr]atios?|[Rr]isk [Rr]atios?|[Rr]elative [Rr]isks?|[Rr]ate [Rr]atios?)\b/;
// Limits of resampling or of the likelihood need not lie around the estimate.
const NOT_WALD = /bootstrap|profile|exact|credible|percentile/i;
const ENDS_AT_ONE =
  /\bAU(?:RO)?C\b|area under|concordance|Harrell|Uno's|\bC[\s-](?:index|statistic)|^C\b(?!\w)|\bICC\b|intraclass|κ|kappa|sensitivity|specificity|accuracy|\b[PN]PV\b|predictive value/i;
const MEDIAN = /\bmedian\b/i;
const OTHER =
  /cut[\s-]?(?:off|point)|threshold|difference|\bmean\b|correlation|\brho\b|coefficient|intercept|slope|brier|\bIQR\b|\brange\b|net benefit|\bR²|\bkm\b|expected|optimism/i;

/** The kind that a heading or a row's name gives its numbers; null where it names none. */
function kindOf(words: string): HeadingKind | null {
  if (P.test(words)) return "p";
  if (RATIO.test(words)) return NOT_WALD.test(words) || OTHER.test(words) ? "other" : "ratio";
  if (OTHER.test(words)) return "other";
  if (ENDS_AT_ONE.test(words)) return "auc";
  return MEDIAN.test(words) ? "median" : null;
}

const PLAIN = /^(?:estimate|value|result)s?\b/i;

/**
 * What the number at `place` is by its own column heading or, below a heading like "Estimate", by its row's name:
 * the nearest cell above in its column that names a kind. Null outside cells, where nothing in the column names one,
 * and where the heading row has fewer cells than the number's row, so that columns may be shifted.
 * Example: below "Cut-off (95 % CI)" it is "other", whatever an earlier column says of ratios.
 */
export function ownHeading(page: AuditPage, place: number): HeadingKind | null {
  const cell = page.cellAt(place);
  if (cell === null || cell.column === 0) return null;
  for (const { cells } of cell.above.toReversed()) {
    const heading = cells[cell.column] ?? "";
    if (!/[a-zκβ]/i.test(heading) || cells.length < cell.cells.length) continue;
    if (PLAIN.test(heading)) return kindOf(cell.cells[0] ?? "");
    const kind = kindOf(heading);
    if (kind !== null) return kind;
  }
  return null;
}

const CAPTION = /\n(?:Supplementary )?Table S?\d+\. [A-Z]/g;

/** Text from the last caption of a table ("Table 3. Models") to `place`; null where the text before it has none. */
export function sinceCaption(page: AuditPage, place: number, reach: number): string | null {
  const before = page.text.slice(Math.max(0, place - reach), place);
  const last = [...before.matchAll(CAPTION)].at(-1);
  return last === undefined ? null : before.slice(last.index);
}
