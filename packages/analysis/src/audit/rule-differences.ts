import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { NUMBER, printed, shown } from "./printed.js";

const ROW = new RegExp(
  String.raw`(?<![\w.,–])(${NUMBER})\s?\(${NUMBER}\s?[,–]\s?${NUMBER}\)?[\s|]{1,3}(${NUMBER})\s?\(${NUMBER}\s?[,–]\s?${NUMBER}\)?[\s|]{1,3}(${NUMBER})(?![\d.]|\s?[(%–])`,
  "g",
);

/** Rows of two estimates with intervals and their difference, under a header that names a difference column. */
export function differenceFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { text, quote } = facts.page;
  return [...text.matchAll(ROW)].flatMap((match) => {
    if (!/difference/i.test(text.slice(Math.max(0, match.index - 6000), match.index))) return [];
    const [whole, first = "", second = "", third = ""] = match;
    const [a, b, d] = [printed(first), printed(second), printed(third)];
    // The authors may have subtracted before rounding, in either order.
    const ways = [a.value - b.value, b.value - a.value];
    const slack = a.high - a.value + (b.high - b.value) + (d.high - d.value);
    if (ways.some((way) => Math.abs(way - d.value) <= slack)) return [];
    return [
      {
        code: "difference",
        certainty: "contradiction" as const,
        quotes: [quote(match.index, match.index + whole.length)],
        arithmetic: `${first} − ${second} = ${shown(ways[0] ?? 0)} ± ${shown(slack, 2)} by rounding, printed ${third}`,
        message: "The difference does not follow from the two values.",
      },
    ];
  });
}
