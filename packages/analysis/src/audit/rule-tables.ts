import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import type { PlacedRow } from "./page.js";
import { agrees, nearlyAgrees, type Printed, printed, shown } from "./printed.js";
import { possibleTotals } from "./rule-shares.js";

/** A cell like `18 (20.5)`, by its row. */
export interface ShareCell {
  readonly row: number;
  readonly count: number;
  readonly percent: Printed;
}

const SHARE = /^(\d+)\s?\(\s?(\d+(?:\.\d+)?)\s?%?\s?\)$/;

const MISSING = /not (?:recorded|known|available|reported)|missing|unknown/i;

/** The shares of one column. */
export const shareCells = (rows: readonly PlacedRow[], column: number): readonly ShareCell[] =>
  rows.flatMap(({ cells }, row) => {
    const match = SHARE.exec(cells[column] ?? "");
    return match === null ? [] : [{ row, count: Number(match[1]), percent: printed(match[2] ?? "") }];
  });

/** The whole number that most shares of a column are percentages of. */
export function columnTotal(cells: readonly ShareCell[]): number | null {
  const votes = new Map<number, number>();
  const telling = cells.filter(({ count }) => count > 0);
  for (const { count, percent } of telling) {
    const totals = possibleTotals(count, percent);
    if (totals === null || totals.to - totals.from > 2000) continue;
    for (let n = totals.from; n <= totals.to; n++) votes.set(n, (votes.get(n) ?? 0) + 1);
  }
  const [best] = [...votes].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  return best !== undefined && telling.length >= 4 && best[1] >= 0.6 * telling.length ? best[0] : null;
}

/** Runs of rows that hold a share in this column: the levels of one characteristic. */
function groups(cells: readonly ShareCell[]): readonly (readonly ShareCell[])[] {
  const runs: ShareCell[][] = [];
  for (const cell of cells) {
    const run = runs[runs.length - 1];
    if (run !== undefined && run[run.length - 1]?.row === cell.row - 1) run.push(cell);
    else runs.push([cell]);
  }
  return runs;
}

/** True where the next row counts the rest as not known, and every share of the group is one of those known. */
function sharesOfKnown(
  rows: readonly PlacedRow[],
  column: number,
  group: readonly ShareCell[],
  total: number,
): boolean {
  const known = group.reduce((all, cell) => all + cell.count, 0);
  const next = rows[(group.at(-1)?.row ?? 0) + 1]?.cells ?? [];
  return (
    MISSING.test(next[0] ?? "") &&
    Number(next[column]) === total - known &&
    group.every(({ count, percent }) => agrees(percent, (100 * count) / known))
  );
}

function columnFindings(rows: readonly PlacedRow[], column: number): readonly AuditFinding[] {
  const cells = shareCells(rows, column);
  const total = columnTotal(cells);
  if (total === null) return [];
  const findings: AuditFinding[] = [];
  for (const group of groups(cells)) {
    const sum = group.reduce((all, cell) => all + cell.count, 0);
    if (sharesOfKnown(rows, column, group, total)) continue;
    const odd = group.filter(({ count, percent }) => !agrees(percent, (100 * count) / total));
    for (const { row, count, percent } of odd) {
      const quote = rows[row]?.quote;
      // What fits no total at all is reported where shares are looked at one by one.
      if (quote === undefined || possibleTotals(count, percent) === null) continue;
      const slip = nearlyAgrees(percent, (100 * count) / total);
      findings.push({
        code: "percent-of-column",
        certainty: !slip && group.length > 1 && sum === total ? "contradiction" : "unlikely",
        quotes: [quote],
        arithmetic: `${count}/${total} = ${shown((100 * count) / total, 5)} %, printed ${percent.text} %${
          sum === total && group.length > 1 ? `; ${group.map((cell) => cell.count).join(" + ")} = ${total}` : ""
        }`,
        message: "The percentage is not that of the column's total.",
      });
    }
    const percents = group.reduce((all, cell) => all + cell.percent.value, 0);
    const slack = group.reduce((all, cell) => all + cell.percent.high - cell.percent.value, 0);
    const last = rows[group[group.length - 1]?.row ?? 0]?.quote;
    if (
      group.length > 1 &&
      sum !== total &&
      Math.abs(percents - 100) <= slack &&
      last !== undefined &&
      odd.length === 1
    ) {
      findings.push({
        code: "parts-sum",
        certainty: "contradiction",
        quotes: group.flatMap((cell) => rows[cell.row]?.quote ?? []),
        arithmetic: `${group.map((cell) => cell.count).join(" + ")} = ${sum}, the column's total is ${total}`,
        message: "The parts do not add up to the column's total.",
      });
    }
  }
  return findings;
}

const COUNT_CELL = /^(\d+)(?:\s?\(\s?\d+(?:\.\d+)?\s?%?\s?\))?$/;
const MEAN_CELL = /^(-?\d+(?:\.\d+)?)\s?±\s?\d+(?:\.\d+)?$/;

/** Where the first group column is the sum of the others in most rows, it must be so in all; means must lie between. */
function wholeFindings(rows: readonly PlacedRow[]): readonly AuditFinding[] {
  const counts = rows.map(({ cells }) => cells.map((cell) => COUNT_CELL.exec(cell)?.[1]));
  const width = Math.max(...rows.map(({ cells }) => cells.length));
  const findings: AuditFinding[] = [];
  for (let first = 1; first <= 2; first++) {
    for (let parts = 2; parts <= 4 && first + parts < width; parts++) {
      const full = counts.flatMap((row, i) => {
        const [whole, ...rest] = row.slice(first, first + parts + 1);
        if (whole === undefined || rest.length < parts || rest.some((cell) => cell === undefined)) return [];
        return [{ i, whole: Number(whole), rest: rest.map(Number) }];
      });
      const sumOf = (rest: readonly number[]): number => rest.reduce((a, b) => a + b, 0);
      const right = full.filter(({ whole, rest }) => sumOf(rest) === whole && whole > 0);
      if (right.length < 3 || right.length < 0.6 * full.length) continue;
      for (const { i, whole, rest } of full) {
        const quote = rows[i]?.quote;
        if (sumOf(rest) === whole || quote === undefined) continue;
        // Grades that are seldom seen: mild and moderate add up to the whole until there is a severe one.
        const further = (counts[i] ?? []).slice(first + parts + 1, first + 5).map((count) => Number(count ?? 0));
        if (further.some((_, k) => sumOf([...rest, ...further.slice(0, k + 1)]) === whole)) continue;
        findings.push({
          code: "groups-sum",
          certainty: "contradiction",
          quotes: [quote],
          arithmetic: `${rest.join(" + ")} = ${sumOf(rest)}, printed ${whole}`,
          message: "The groups do not add up to the whole, as they do in the other rows.",
        });
      }
      findings.push(...meanFindings(rows, first, parts));
    }
  }
  return findings;
}

function meanFindings(rows: readonly PlacedRow[], first: number, parts: number): readonly AuditFinding[] {
  const totals = Array.from({ length: parts }, (_, k) => columnTotal(shareCells(rows, first + 1 + k)));
  return rows.flatMap(({ cells, quote }): AuditFinding[] => {
    const means = cells.slice(first, first + parts + 1).map((cell) => MEAN_CELL.exec(cell)?.[1]);
    const [whole, ...rest] = means.map((text) => (text === undefined ? null : printed(text)));
    if (whole === undefined || whole === null || rest.length < parts) return [];
    const group = rest.filter((mean) => mean !== null);
    if (group.length < parts) return [];
    const low = Math.min(...group.map((mean) => mean.low));
    const high = Math.max(...group.map((mean) => mean.high));
    const outside = whole.high < low || whole.low > high;
    const message = "The mean of the whole cannot come from the means of its groups.";
    const base = { code: "mean-of-groups", quotes: [quote], message };
    if (outside) {
      const arithmetic = `${whole.text} is not between ${group.map((mean) => mean.text).join(" and ")}`;
      return [{ ...base, certainty: "contradiction", arithmetic }];
    }
    const sizes = totals.filter((n) => n !== null);
    if (sizes.length < parts) return [];
    const all = sizes.reduce((a, b) => a + b, 0);
    const weighted = (pick: (mean: Printed) => number): number =>
      group.reduce((sum, mean, k) => sum + pick(mean) * (sizes[k] ?? 0), 0) / all;
    const [from, to] = [weighted((mean) => mean.low), weighted((mean) => mean.high)];
    if (from <= whole.high && to >= whole.low) return [];
    // Missing values move the weights a little.
    const far = Math.max(from - whole.high, whole.low - to) > 0.1 * (high - low);
    const terms = group.map((mean, k) => `${sizes[k]} × ${mean.text}`).join(" + ");
    const arithmetic = `(${terms}) / ${all} = ${shown(from, 5)} to ${shown(to, 5)}, printed ${whole.text}`;
    return [{ ...base, certainty: far ? "contradiction" : "unlikely", arithmetic }];
  });
}

/** Tables with rows and cells: shares against their column's total, groups against the whole, means of groups. */
export const tableFindings = (facts: AuditFacts): readonly AuditFinding[] =>
  facts.page.tables.flatMap((rows) => {
    const width = Math.max(0, ...rows.map(({ cells }) => cells.length));
    const columns = Array.from({ length: width }, (_, column) => columnFindings(rows, column)).flat();
    return [...columns, ...wholeFindings(rows)];
  });
