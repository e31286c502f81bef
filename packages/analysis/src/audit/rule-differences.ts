import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { NUMBER, printed, shown } from "./printed.js";

const ROW = new RegExp(
  String.raw`(?<![\w.,–])(${NUMBER})\s?\(${NUMBER}\s?[,–]\s?${NUMBER}\)?[\s|]{1,3}(${NUMBER})\s?\(${NUMBER}\s?[,–]\s?${NUMBER}\)?[\s|]{1,3}(${NUMBER})(?![\d.]|\s?[(%–])`,
  "g",
);

/**
 * Rows of two estimates with intervals and their difference. Only where a header names a difference and most of its
 * rows keep to it: a p-value may stand in the same place.
 */
export function differenceFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { text, quote } = facts.page;
  const rows = [...text.matchAll(ROW)].flatMap((match) => {
    if (!/difference/i.test(text.slice(Math.max(0, match.index - 6000), match.index))) return [];
    const [whole, first = "", second = "", third = ""] = match;
    const [a, b, d] = [printed(first), printed(second), printed(third)];
    // The authors may have subtracted before rounding, in either order.
    const ways = [a.value - b.value, b.value - a.value];
    const slack = a.high - a.value + (b.high - b.value) + (d.high - d.value);
    const fits = ways.some((way) => Math.abs(way - d.value) <= slack);
    const arithmetic = `${first} − ${second} = ${shown(ways[0] ?? 0)} ± ${shown(slack, 2)} by rounding, printed ${third}`;
    return [{ fits, arithmetic, quotes: [quote(match.index, match.index + whole.length)] }];
  });
  const fitting = rows.filter(({ fits }) => fits).length;
  if (fitting < 2 || fitting < 0.6 * rows.length) return [];
  return rows
    .filter(({ fits }) => !fits)
    .map(({ arithmetic, quotes }) => ({
      code: "difference",
      certainty: "contradiction" as const,
      quotes,
      arithmetic,
      message: "The difference does not follow from the two values, as it does in the other rows.",
    }));
}
