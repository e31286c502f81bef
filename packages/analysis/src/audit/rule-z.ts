import { normalTwoSided } from "@livermark/statistics";
import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { printed, shown } from "./printed.js";

const PAIR = /(?<![\w-])Z\s?=\s?(-?\d+\.\d+)\s?[,;]\s?p\s?([=<])\s?(0?\.\d+)/gi;

/** A two-sided p-value follows from its z statistic (DeLong, Wald). */
export function zFindings(facts: AuditFacts): readonly AuditFinding[] {
  return [...facts.page.text.matchAll(PAIR)].flatMap((match): AuditFinding[] => {
    const [whole, statistic = "", relation, value = ""] = match;
    const z = printed(statistic);
    const p = printed(value);
    const near = Math.max(0, Math.abs(z.value) - (z.high - z.value));
    const far = Math.abs(z.value) + (z.high - z.value);
    const [low, high] = [normalTwoSided(far), normalTwoSided(near)];
    if (relation === "<" ? low < p.value : low <= p.high && high >= p.low) return [];
    // One-sided p-values are half as large.
    const oneSided = relation === "=" && low / 2 <= p.high && high / 2 >= p.low;
    return [
      {
        code: "p-against-z",
        certainty: oneSided ? "unlikely" : "contradiction",
        quotes: [facts.page.quote(match.index, match.index + whole.length)],
        arithmetic: `2 Φ(−${Math.abs(z.value)}) = ${shown(low, 2)} to ${shown(high, 2)}, printed p ${relation} ${value}`,
        message: "The p-value does not follow from z.",
      },
    ];
  });
}
