import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { chiSquareUpperTail } from "./distributions.js";
import type { ChiSquareResult } from "./k-sample.js";

/** Counts by rows and columns. */
export type CountTable = readonly (readonly number[])[];

/** Margins of a checked table. */
export interface Margins {
  readonly n: number;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Refuses a table that is not rectangular, has fewer than 2 rows or columns, or holds anything but whole counts. */
export function tableMargins(table: CountTable): Result<Margins> {
  const width = table[0]?.length ?? 0;
  if (table.length < 2 || width < 2 || table.some((row) => row.length !== width)) {
    return refuse({
      code: "table-shape",
      message: "The table of counts must have at least 2 rows and 2 columns, all rows equally long.",
      got: table.map((row) => row.length).join(", "),
      wanted: "a rectangular table",
    });
  }
  const bad = table.flat().find((count) => !(Number.isInteger(count) && count >= 0));
  if (bad !== undefined) {
    return refuse({
      code: "not-a-count",
      message: "A cell of the table is not a count.",
      got: bad,
      wanted: "whole numbers of at least 0",
    });
  }
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0));
  const columns = Array.from({ length: width }, (_, j) => table.reduce((sum, row) => sum + row[j]!, 0));
  const n = rows.reduce((sum, count) => sum + count, 0);
  if (n === 0)
    return refuse({
      code: "empty-table",
      message: "The table holds no observations.",
      got: 0,
      wanted: "at least one count",
    });
  return ok({ n, rows, columns });
}

/** Pearson's chi-square of independence and what goes with it. */
export interface ContingencyTest {
  readonly n: number;
  readonly expected: readonly (readonly number[])[];
  readonly minExpected: number;
  /** Share of cells with an expected count below 5. */
  readonly shareExpectedBelow5: number;
  readonly pearson: ChiSquareResult;
  /** Yates 1934; 2×2 tables only. The correction is held below the smallest deviation. */
  readonly yates: ChiSquareResult | null;
  readonly likelihoodRatio: ChiSquareResult;
  readonly cramersV: number;
  /** Signed φ of a 2×2 table. */
  readonly phi: number | null;
}

/**
 * Chi-square tests of independence of an r×c table. Refuses what is no table of counts, and an empty row or column.
 * Warns when expected counts are small (Cochran 1954). R: `chisq.test(m, correct = FALSE)` and, for 2×2, `correct = TRUE`.
 * Example: `contingencyTest([[30, 36], [2, 10]]).value.pearson.chiSquare` = 3.478….
 */
export function contingencyTest(table: CountTable): Result<ContingencyTest> {
  const margins = tableMargins(table);
  if (!margins.ok) return margins;
  const { n, rows, columns } = margins.value;
  if (rows.includes(0) || columns.includes(0)) {
    return refuse({
      code: "empty-margin",
      message: "A row or a column of the table holds no observations.",
      got: `rows ${rows.join(", ")}; columns ${columns.join(", ")}`,
      wanted: "at least one count in every row and column",
      mend: "Leave the empty level out.",
    });
  }
  const expected = rows.map((row) => columns.map((column) => (row * column) / n));
  const cells = table.flatMap((row, i) => row.map((count, j) => ({ count, expected: expected[i]![j]! })));
  const df = (rows.length - 1) * (columns.length - 1);
  const test = (chiSquare: number): ChiSquareResult => ({ chiSquare, df, p: chiSquareUpperTail(chiSquare, df) });
  const pearson = test(cells.reduce((sum, cell) => sum + (cell.count - cell.expected) ** 2 / cell.expected, 0));
  const g2 = cells.reduce(
    (sum, cell) => sum + (cell.count === 0 ? 0 : 2 * cell.count * Math.log(cell.count / cell.expected)),
    0,
  );
  const twoByTwo = rows.length === 2 && columns.length === 2;
  const held = Math.min(0.5, ...cells.map((cell) => Math.abs(cell.count - cell.expected)));
  const corrected = cells.reduce(
    (sum, cell) => sum + (Math.abs(cell.count - cell.expected) - held) ** 2 / cell.expected,
    0,
  );
  const below5 = cells.filter((cell) => cell.expected < 5).length / cells.length;
  const minExpected = Math.min(...cells.map((cell) => cell.expected));
  const issues: Issue[] = [];
  if (below5 > 0.2 || minExpected < 1) {
    issues.push(
      warningIssue({
        code: "small-expected-counts",
        message: "Expected counts are too small for the chi-square approximation.",
        got: `smallest ${minExpected}`,
        wanted: "at least 5 in 80 % of the cells, none below 1",
        mend: "Use Fisher's exact test.",
      }),
    );
  }
  const [a, b, c, d] = [table[0]![0]!, table[0]![1]!, table[1]![0]!, table[1]![1]!];
  return ok(
    {
      n,
      expected,
      minExpected,
      shareExpectedBelow5: below5,
      pearson,
      yates: twoByTwo ? test(corrected) : null,
      likelihoodRatio: test(Math.max(0, g2)),
      cramersV: Math.sqrt(pearson.chiSquare / (n * (Math.min(rows.length, columns.length) - 1))),
      phi: twoByTwo ? (a * d - b * c) / Math.sqrt(rows[0]! * rows[1]! * columns[0]! * columns[1]!) : null,
    },
    issues,
  );
}

/** Trend of a proportion over ordered groups. */
export interface TrendTest {
  readonly armitage: ChiSquareResult;
  /** (n − 1) r² of scores and outcome (Mantel 1963), which SPSS prints as linear-by-linear association. */
  readonly linearByLinear: ChiSquareResult;
}

/**
 * Cochran–Armitage trend of events over groups with scores (Armitage 1955), no continuity correction.
 * Refuses unequal lengths, events above totals, equal scores, and all or no events. R: `prop.trend.test(events, totals, scores)`.
 * Example: `trendTest([3, 3, 7, 12], [86, 93, 136, 82], [1, 2, 3, 4]).value.armitage.chiSquare` = 8.22….
 */
export function trendTest(
  events: readonly number[],
  totals: readonly number[],
  scores: readonly number[],
): Result<TrendTest> {
  if (events.length !== totals.length || events.length !== scores.length || events.length < 2) {
    return refuse({
      code: "unequal-lengths",
      message: "Events, totals and scores must have one entry per group.",
      got: `${events.length}, ${totals.length}, ${scores.length}`,
      wanted: "equal lengths of at least 2",
    });
  }
  if (events.some((event, i) => !(event >= 0 && event <= totals[i]!))) {
    return refuse({
      code: "events-above-total",
      message: "A group has more events than members.",
      got: events.join(", "),
      wanted: totals.join(", "),
    });
  }
  const n = totals.reduce((sum, total) => sum + total, 0);
  const p = events.reduce((sum, event) => sum + event, 0) / n;
  const centre = scores.reduce((sum, score, i) => sum + score * totals[i]!, 0) / n;
  const spread = scores.reduce((sum, score, i) => sum + totals[i]! * (score - centre) ** 2, 0);
  if (!(spread > 0 && p > 0 && p < 1)) {
    return refuse({
      code: "no-trend-to-test",
      message: "The scores are all equal, or every group has all or no events.",
      got: p,
      wanted: "scores that differ and events between none and all",
    });
  }
  const slope = scores.reduce((sum, score, i) => sum + (score - centre) * (events[i]! - totals[i]! * p), 0);
  const test = (chiSquare: number): ChiSquareResult => ({ chiSquare, df: 1, p: chiSquareUpperTail(chiSquare, 1) });
  const armitage = slope ** 2 / (p * (1 - p) * spread);
  return ok({ armitage: test(armitage), linearByLinear: test((armitage * (n - 1)) / n) });
}
