import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { nearlyAgrees, shown } from "./printed.js";
import { possibleTotals } from "./rule-shares.js";

const HEADER = /^[^\n]*\bn\s?=\s?\d+[^\n]*\bn\s?=\s?\d+[^\n]*$/gim;

/** Tables kept as lines of text: the header gives each group's size, each line one share per group. */
export function textColumnFindings(facts: AuditFacts): readonly AuditFinding[] {
  const { page, shares } = facts;
  return [...page.text.matchAll(HEADER)].flatMap((match): readonly AuditFinding[] => {
    if (page.inTable(match.index)) return [];
    const totals = [...match[0].matchAll(/\bn\s?=\s?(\d+)/gi)].map((size) => Number(size[1]));
    const from = match.index + match[0].length + 1;
    const stop = page.text.indexOf("\n\n", from);
    const lines = page.text
      .slice(from, stop < 0 ? undefined : stop)
      .split("\n")
      .slice(0, 60);
    let at = from;
    const cells = lines.flatMap((line) => {
      const start = at;
      at += line.length + 1;
      const here = shares.filter(
        (claim) => claim.start >= start && claim.end <= start + line.length && claim.total === null,
      );
      if (here.length !== totals.length) return [];
      return here.map((claim, i) => ({ claim, total: totals[i] ?? 0 }));
    });
    const fits = ({ claim, total }: (typeof cells)[number]): boolean =>
      nearlyAgrees(claim.percent, (100 * claim.count) / total);
    const fitting = cells.filter(fits).length;
    // The sizes belong to these columns only if most shares say so.
    if (fitting < 3 || fitting < 0.6 * cells.length) return [];
    return cells
      .filter((cell) => !fits(cell) && possibleTotals(cell.claim.count, cell.claim.percent) !== null)
      .map(({ claim, total }) => ({
        code: "percent-of-column",
        certainty: claim.count > total ? ("contradiction" as const) : ("unlikely" as const),
        quotes: [page.quote(claim.start, claim.end)],
        arithmetic: `${claim.count}/${total} = ${shown((100 * claim.count) / total, 5)} %, printed ${claim.percent.text} %; ${fitting} of ${cells.length} shares are of the group sizes in the header`,
        message: "The percentage is not that of the group's size.",
      }));
  });
}
