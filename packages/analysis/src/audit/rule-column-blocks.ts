import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { agrees, nearlyAgrees, printed, shown } from "./printed.js";

const BLOCKS = /(?<=\n\n)((?:\d+\n){1,9}\d+)\n\n((?:\d+\.\d+\n){1,9}\d+\.\d+)(?=\n\n)/g;

/** Tables drawn from a PDF column by column: a block of counts, then the block of their percentages. */
export function columnBlockFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { page } = facts;
  const blocks = [...page.text.matchAll(BLOCKS)].flatMap((match) => {
    const [, first = "", second = ""] = match;
    const counts = first.split("\n").map(Number);
    const percents = second.split("\n").map(printed);
    if (counts.length !== percents.length) return [];
    const sum = counts.reduce((a, b) => a + b, 0);
    const hundred = percents.reduce((all, percent) => all + percent.value, 0);
    const slack = percents.reduce((all, percent) => all + percent.high - percent.value, 0);
    return [
      { match, counts, percents, sum, whole: Math.abs(hundred - 100) <= slack, second: match.index + first.length + 2 },
    ];
  });
  const totals = new Map<number, number>();
  for (const { sum } of blocks) totals.set(sum, (totals.get(sum) ?? 0) + 1);
  const [most] = [...totals].sort((a, b) => b[1] - a[1]);
  if (most === undefined || most[1] < 3) return [];
  const [total] = most;
  return blocks.flatMap(({ match, counts, percents, sum, whole, second }): AuditFinding[] => {
    if (sum !== total && whole) {
      return [
        {
          code: "parts-sum",
          certainty: facts.sizes.has(sum) ? "unlikely" : "contradiction",
          quotes: [page.quote(match.index, match.index + match[0].length)],
          arithmetic: `${counts.join(" + ")} = ${sum}, the other blocks add up to ${total}`,
          message: "The parts do not add up to the table's total.",
        },
      ];
    }
    if (sum !== total) return [];
    return percents.flatMap((percent, i): AuditFinding[] => {
      const value = (100 * (counts[i] ?? 0)) / total;
      if (agrees(percent, value)) return [];
      return [
        {
          code: "percent-of-column",
          certainty: nearlyAgrees(percent, value) ? "unlikely" : "contradiction",
          quotes: [
            page.quote(match.index, match.index + match[0].length),
            page.quote(second, match.index + match[0].length),
          ],
          arithmetic: `${counts[i]}/${total} = ${shown(value, 5)} %, printed ${percent.text} %; ${counts.join(" + ")} = ${total}`,
          message: "The percentage does not follow from the count and the table's total.",
        },
      ];
    });
  });
}
