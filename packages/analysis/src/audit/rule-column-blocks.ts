import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import type { AuditPage } from "./page.js";
import { agrees, nearlyAgrees, type Printed, printed, shown } from "./printed.js";

const BLOCKS = /(?<=\n\n)((?:\d+\n){1,9}\d+)\n\n((?:\d+\.\d+\n){1,9}\d+\.\d+)(?=\n\n)/g;

/** A block of counts with the block of their percentages below it, as tables come from a PDF column by column. */
export interface CountBlock {
  readonly start: number;
  readonly end: number;
  /** Where the percentages begin. */
  readonly second: number;
  readonly counts: readonly number[];
  readonly percents: readonly Printed[];
  readonly sum: number;
  /** True where the percentages add up to 100. */
  readonly whole: boolean;
}

export const countBlocks = (page: AuditPage): readonly CountBlock[] =>
  [...page.text.matchAll(BLOCKS)].flatMap((match) => {
    const [all, first = "", second = ""] = match;
    const counts = first.split("\n").map(Number);
    const percents = second.split("\n").map(printed);
    if (counts.length !== percents.length) return [];
    const hundred = percents.reduce((total, percent) => total + percent.value, 0);
    const slack = percents.reduce((total, percent) => total + percent.high - percent.value, 0);
    return [
      {
        start: match.index,
        end: match.index + all.length,
        second: match.index + first.length + 2,
        counts,
        percents,
        sum: counts.reduce((a, b) => a + b, 0),
        whole: Math.abs(hundred - 100) <= slack,
      },
    ];
  });

/** The total that at least three blocks add up to, and more of them than to any other. */
export function blocksTotal(blocks: readonly CountBlock[]): number | null {
  const totals = new Map<number, number>();
  for (const { sum } of blocks) totals.set(sum, (totals.get(sum) ?? 0) + 1);
  const [most] = [...totals].sort((a, b) => b[1] - a[1]);
  return most === undefined || most[1] < 3 ? null : most[0];
}

/** Tables drawn from a PDF column by column: blocks that do not add up, percentages that do not fit their count. */
export function columnBlockFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { page } = facts;
  const blocks = countBlocks(page);
  const total = blocksTotal(blocks);
  if (total === null) return [];
  return blocks.flatMap(({ start, end, counts, percents, sum, whole, second }): AuditFinding[] => {
    if (sum !== total && whole) {
      return [
        {
          code: "parts-sum",
          certainty: facts.sizes.has(sum) ? "unlikely" : "contradiction",
          quotes: [page.quote(start, end)],
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
          quotes: [page.quote(start, end), page.quote(second, end)],
          arithmetic: `${counts[i]}/${total} = ${shown(value, 5)} %, printed ${percent.text} %; ${counts.join(" + ")} = ${total}`,
          message: "The percentage does not follow from the count and the table's total.",
        },
      ];
    });
  });
}
