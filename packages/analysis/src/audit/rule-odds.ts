import { normalQuantile } from "@livermark/statistics";
import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import type { PlacedRow } from "./page.js";
import { agrees, type Printed, printed, shown } from "./printed.js";

const SHARE = /^(\d+)\s?\(\s?\d+(?:\.\d+)?\s?%?\s?\)$/;
const RATIO = /^(\d+\.\d+)\s?\(\s?(\d+\.\d+)\s?(?:[–-]|to|,)\s?(\d+\.\d+)\s?\)$/;
const LEVEL = /[<>≤≥]|\b(?:yes|no|present|absent|positive|negative|male|female)\b/i;
const Z = normalQuantile(0.975);

interface TwoLevels {
  readonly first: number;
  readonly second: number;
  readonly row: PlacedRow;
  readonly odds: Printed;
  readonly low: Printed;
  readonly high: Printed;
}

/** Two neighbouring rows with a count each, the first with a univariable odds ratio and its interval. */
function twoLevels(rows: readonly PlacedRow[]): readonly TwoLevels[] {
  return rows.flatMap((row, i) => {
    const next = rows[i + 1];
    const countIn = (cells: readonly string[]): number => cells.findIndex((cell) => SHARE.test(cell));
    const [here, there] = [countIn(row.cells), next === undefined ? -1 : countIn(next.cells)];
    if (next === undefined || here < 0 || there < 0) return [];
    const named = (cells: readonly string[], at: number): boolean => cells.slice(0, at).some((c) => LEVEL.test(c));
    if (!named(row.cells, here) || !named(next.cells, there)) return [];
    const ratio = row.cells.slice(here + 1).flatMap((cell) => RATIO.exec(cell) ?? []);
    // The pair of levels ends with the next characteristic; a ratio of its own makes the second row another one.
    if (next.cells.some((cell) => RATIO.test(cell)) || ratio.length === 0) return [];
    const [, odds = "", low = "", high = ""] = ratio;
    return [
      {
        first: Number(SHARE.exec(row.cells[here] ?? "")?.[1]),
        second: Number(SHARE.exec(next.cells[there] ?? "")?.[1]),
        row,
        odds: printed(odds),
        low: printed(low),
        high: printed(high),
      },
    ];
  });
}

/** The odds ratio of `hits` of `exposed` against the rest of `cases` in `total`; null with an empty cell. */
function oddsOf(hits: number, exposed: number, cases: number, total: number): { odds: number; error: number } | null {
  const [a, b, c, d] = [hits, exposed - hits, cases - hits, total - cases - (exposed - hits)];
  if (Math.min(a, b, c, d) < 1) return null;
  return { odds: (a * d) / (b * c), error: Math.sqrt(1 / a + 1 / b + 1 / c + 1 / d) };
}

const nearly = (value: Printed, exact: number): boolean =>
  agrees(value, exact) || Math.abs(value.value / exact - 1) < 0.005;

/** Sizes of the two outcome classes that the same file names and that add up to `total`. */
function classesOf(facts: AuditFacts, file: string, total: number): readonly number[] {
  const named = [...facts.page.text.matchAll(/\bn\s?=\s?(\d+)/gi)]
    .filter((match) => facts.page.quote(match.index, match.index + match[0].length).file === file)
    .map((match) => Number(match[1]));
  return [...new Set(named)].filter((n) => n > 0 && named.includes(total - n));
}

/**
 * A crude odds ratio of a factor with two levels comes from one table of whole numbers: with both margins printed, only its
 * first cell is free. Searched for either coding and either class as the outcome.
 */
export function oddsFindings(facts: AuditFacts): readonly AuditFinding[] {
  return facts.page.tables.flatMap((rows) =>
    twoLevels(rows).flatMap(({ first, second, row, odds, low, high }) => {
      const total = first + second;
      const classes = classesOf(facts, row.quote.file, total);
      if (classes.length === 0 || !(odds.value > 0 && low.value > 0)) return [];
      const tables = classes.flatMap((cases) =>
        Array.from({ length: first + 1 }, (_, hits) => oddsOf(hits, first, cases, total) ?? []).flat(),
      );
      const fits = tables.some((table) => {
        const [l, h] = [table.odds * Math.exp(-Z * table.error), table.odds * Math.exp(Z * table.error)];
        const straight = nearly(odds, table.odds) && nearly(low, l) && nearly(high, h);
        return straight || (nearly(odds, 1 / table.odds) && nearly(low, 1 / h) && nearly(high, 1 / l));
      });
      if (fits || tables.length === 0) return [];
      const distance = (value: number): number => Math.abs(Math.log(value / odds.value));
      const nearest = tables
        .flatMap((table) => [table.odds, 1 / table.odds])
        .reduce((best, value) => (distance(value) < distance(best) ? value : best));
      return [
        {
          code: "odds-counts",
          certainty: "unlikely" as const,
          quotes: [row.quote],
          arithmetic: `${first} and ${second} against ${classes.map((n) => `${n} and ${total - n}`).join(" or ")}: nearest possible ratio ${shown(nearest)}, printed ${odds.text} (${low.text} to ${high.text})`,
          message: "No table of whole numbers with these margins gives this crude odds ratio with its interval.",
        },
      ];
    }),
  );
}
