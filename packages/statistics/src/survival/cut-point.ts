import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { chiSquareUpperTail, normalDensity, normalTwoSided } from "../basic/distributions.js";
import { exactCutPointP } from "./cut-point-exact.js";
import { type Cuts, largestOf, logRankScores, type ScanData, scan } from "./cut-point-scan.js";
import { readSurvival } from "./input.js";
import type { Estimate } from "./kaplan-meier.js";
import { gather, snapTimes, sortOrder } from "./order.js";

export interface CutPointColumns {
  readonly time: ArrayLike<number>;
  readonly event: ArrayLike<number>;
  readonly marker: ArrayLike<number>;
}

export interface CutPointOptions {
  /**
   * Smallest and largest share of rows in the low group; 0.1 and 0.9 unless given. The rank statistic takes them as counts
   * rounded down (as R's maxstat), the log-rank search as they are.
   */
  readonly smallestShare?: number;
  readonly largestShare?: number;
  /** Compute the exact p-values too (up to 170 rows; about half a second at 150). */
  readonly exact?: boolean;
}

/** One candidate: rows with marker ≤ cut are the low group. */
export interface CandidateCut {
  readonly cut: number;
  readonly lowGroup: number;
  /** |standardised sum of log-rank scores| of the low group, with the permutation variance. */
  readonly standardized: number;
  /** Log-rank chi-square with its usual (hypergeometric) variance; null where the groups cannot be compared. */
  readonly chiSquare: Estimate;
}

/** All candidate cuts of one marker, the best by two criteria, and p-values that know of the search. */
export interface CutPointScan {
  readonly method: "maximally selected rank statistics";
  readonly rule: "low group is marker <= cut";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly smallestShare: number;
  readonly largestShare: number;
  readonly candidates: readonly CandidateCut[];
  /** Largest standardised rank statistic M and its cut. */
  readonly rank: {
    readonly cut: number;
    readonly statistic: number;
    /** Lausen and Schumacher 1992. */
    readonly pLausenSchumacher: number;
    /** Improved Bonferroni bound, Lausen, Sauerbrei and Schumacher 1994. */
    readonly pImprovedBonferroni: number;
    /** Sum of exact permutation probabilities over the cuts, an upper bound; null unless asked for, and beyond 170 rows. */
    readonly pExactBonferroni: Estimate;
    /** Hothorn and Lausen 2003 as R's maxstat computes it (`pmethod = "HL"`); null unless asked for, and beyond 170 rows. */
    readonly pHothornLausen: Estimate;
  };
  /** Largest log-rank chi-square and its cut; null when no candidate can be compared. */
  readonly logRank: {
    readonly cut: number;
    readonly chiSquare: number;
    /** What an unplanned comparison at this cut would print: far too small. */
    readonly pNaive: number;
    /** Miller and Siegmund 1982. */
    readonly pMillerSiegmund: number;
    readonly pBonferroni: number;
  } | null;
  readonly issues: readonly Issue[];
}

/** First candidate whose low group is at least the smallest share without rounding: where the log-rank search starts. */
function firstStrict(cuts: Cuts, n: number, smallest: number): number {
  let first = 0;
  while (first < cuts.count && cuts.low[first]! / n < smallest) first++;
  return first;
}

/** Rows ready to be scanned, once or in many resamples. */
export interface PreparedScan {
  readonly data: ScanData;
  readonly events: number;
  readonly missing: number;
  readonly smallest: number;
  readonly largest: number;
  readonly issues: readonly Issue[];
}

/** Checks the columns and the shares, and orders the rows by time and by marker. */
export function prepareScan(columns: CutPointColumns, options: CutPointOptions): Result<PreparedScan> {
  const smallest = options.smallestShare ?? 0.1;
  const largest = options.largestShare ?? 0.9;
  if (!(smallest > 0 && smallest < largest && largest < 1)) {
    return refuse({
      code: "bad-shares",
      message: "The smallest and largest share of the low group must lie between 0 and 1, in this order.",
      got: `${smallest} and ${largest}`,
      wanted: "for example 0.1 and 0.9",
    });
  }
  const read = readSurvival(columns, [columns.marker]);
  if (!read.ok) return read;
  const { n, event, rows, missing, issues } = read.value;
  const order = sortOrder(read.value.time);
  const time = gather(read.value.time, order);
  snapTimes(time);
  const slot = new Int32Array(n);
  let slots = 0;
  for (let i = 0; i < n; i++) {
    if (i > 0 && time[i] !== time[i - 1]) slots++;
    slot[order[i]!] = slots;
  }
  const marker = Float64Array.from(rows, (row) => columns.marker[row]!);
  let events = 0;
  for (let i = 0; i < n; i++) events += event[i]!;
  if (events === 0) {
    return refuse({
      code: "no-events",
      message: "Nobody had the event: no cut-point can be sought.",
      got: `${n} rows`,
    });
  }
  return ok({
    data: { n, slot, event, marker, byMarker: sortOrder(marker), slots: slots + 1 },
    events,
    missing,
    smallest,
    largest,
    issues,
  });
}

/** Probability that a maximally selected standardised statistic exceeds b, Lausen and Schumacher 1992, equation 6. */
function lausenSchumacher(b: number, smallest: number, largest: number): number {
  if (!(b > 1)) return 1;
  const density = normalDensity(b);
  const range = Math.log((largest * (1 - smallest)) / ((1 - largest) * smallest));
  return Math.min(1, density * (b - 1 / b) * range + (4 * density) / b);
}

/** Improved Bonferroni bound over the actual cuts, Lausen, Sauerbrei and Schumacher 1994; Worsley 1982. */
function improvedBonferroni(b: number, low: ArrayLike<number>, count: number, n: number): number {
  const base = Math.exp((-b * b) / 2) / Math.PI;
  let sum = normalTwoSided(b);
  for (let i = 0; i + 1 < count; i++) {
    const t = Math.sqrt(1 - (low[i]! * (n - low[i + 1]!)) / ((n - low[i]!) * low[i + 1]!));
    sum += base * (t - ((b * b) / 4 - 1) * (t ** 3 / 6));
  }
  return Math.max(0, Math.min(1, sum));
}

/**
 * Searches the marker for the cut that separates survival best: all cuts that leave the low group between the two shares.
 * The p-values allow for the search; the naive one is given so that it can be compared, not reported. The effect at the
 * best cut is too large (optimism): confirm it in other patients. Refuses what `readSurvival` refuses, bad shares, no events,
 * and a marker without any admissible cut.
 * Sources: Lausen and Schumacher 1992; Miller and Siegmund 1982; Hothorn and Lausen 2003.
 * Example: `scanCutPoints({ time, event, marker }, { smallestShare: 0.2, largestShare: 0.8 })`.
 */
export function scanCutPoints(columns: CutPointColumns, options: CutPointOptions = {}): Result<CutPointScan> {
  const prepared = prepareScan(columns, options);
  if (!prepared.ok) return prepared;
  const { data, events, missing, smallest, largest, issues } = prepared.value;
  const cuts = scan(data, null, smallest, largest);
  const best = largestOf(cuts.standardized, cuts.count);
  if (best < 0) {
    return refuse({
      code: "no-admissible-cut",
      message: "The marker has no value that splits the rows within the wanted shares.",
      got: `${new Set(data.marker).size} distinct values`,
      wanted: `a low group of ${smallest * 100} to ${largest * 100} % of the rows`,
    });
  }
  const statistic = cuts.standardized[best]!;
  const exact =
    options.exact === true ? exactCutPointP(logRankScores(data), Array.from(cuts.low.subarray(0, cuts.count))) : null;
  const strict = firstStrict(cuts, data.n, smallest);
  const bestLogRank = largestOf(cuts.chiSquare, cuts.count, strict);
  const all = [
    ...issues,
    warningIssue({
      code: "cut-point-optimised",
      message: `The cut was chosen among ${cuts.count} on this outcome: use a corrected p-value and expect a smaller effect in other patients.`,
      got: cuts.count,
    }),
  ];
  return ok(
    {
      method: "maximally selected rank statistics",
      rule: "low group is marker <= cut",
      n: data.n,
      events,
      missing,
      smallestShare: smallest,
      largestShare: largest,
      candidates: Array.from({ length: cuts.count }, (_, i) => ({
        cut: cuts.cut[i]!,
        lowGroup: cuts.low[i]!,
        standardized: cuts.standardized[i]!,
        chiSquare: Number.isFinite(cuts.chiSquare[i]!) ? cuts.chiSquare[i]! : null,
      })),
      rank: {
        cut: cuts.cut[best]!,
        statistic,
        pLausenSchumacher: lausenSchumacher(statistic, smallest, largest),
        pImprovedBonferroni: improvedBonferroni(statistic, cuts.low, cuts.count, data.n),
        pExactBonferroni: exact?.bonferroni ?? null,
        pHothornLausen: exact?.hothornLausen ?? null,
      },
      logRank: bestLogRank < 0 ? null : logRankBest(cuts, bestLogRank, smallest, cuts.count - strict),
      issues: all,
    },
    all,
  );
}

function logRankBest(
  cuts: Cuts,
  best: number,
  smallest: number,
  searched: number,
): NonNullable<CutPointScan["logRank"]> {
  const chiSquare = cuts.chiSquare[best]!;
  const pNaive = chiSquareUpperTail(chiSquare, 1);
  return {
    cut: cuts.cut[best]!,
    chiSquare,
    pNaive,
    pMillerSiegmund: lausenSchumacher(Math.sqrt(chiSquare), smallest, 1 - smallest),
    pBonferroni: Math.min(1, pNaive * searched),
  };
}
