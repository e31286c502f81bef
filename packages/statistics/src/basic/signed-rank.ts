import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { normalQuantile, normalTwoSided } from "./distributions.js";
import { median } from "./quantile.js";
import { midranks } from "./ranks.js";
import { type Estimable, presentPairs } from "./sample.js";

/** Wilcoxon signed-rank test of paired values. */
export interface SignedRank {
  readonly method: "Wilcoxon signed rank";
  /** Zero differences are left out before ranking (Wilcoxon 1945). */
  readonly zeroRule: "dropped";
  readonly tieRule: "midranks";
  readonly pairs: number;
  readonly zeros: number;
  readonly ties: boolean;
  readonly missing: number;
  /** Sum of the ranks of positive differences. */
  readonly v: number;
  readonly z: Estimable;
  readonly pNormal: Estimable;
  readonly pNormalCorrected: Estimable;
  /** Exact over all sign changes, also with ties. */
  readonly pExact: Estimable;
  /** Median of the Walsh averages of the non-zero differences. */
  readonly pseudomedian: number;
  readonly interval: Limits | NotEstimable;
}

/** Sums of all subsets of whole numbers: entry s counts the subsets with sum s, as a share of all 2^n. */
function signSums(numbers: ArrayLike<number>): Float64Array {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i]!;
  const share = new Float64Array(total + 1);
  share[0] = 1;
  let reach = 0;
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    reach += value;
    for (let s = reach; s >= 0; s--) share[s] = (share[s]! + (s >= value ? share[s - value]! : 0)) / 2;
  }
  return share;
}

/** Smallest v with P(V ≤ v) ≥ p for n untied differences. R: `qsignrank(p, n)`. */
function signedRankQuantile(p: number, n: number): number {
  const share = signSums(Float64Array.from({ length: n }, (_, i) => i + 1));
  let below = 0;
  for (let v = 0; v < share.length; v++) {
    below += share[v]!;
    if (below >= p - 10 * Number.EPSILON) return v;
  }
  return share.length - 1;
}

const EXACT_LIMIT = 400;

/**
 * Wilcoxon signed-rank test of the differences x − y. Refuses no pairs, or pairs without any difference.
 * Sources: Wilcoxon 1945; Hollander and Wolfe 1999, section 3.1 (exact, ties), 3.2–3.3 (pseudomedian and its interval).
 * R: `wilcox.test(x, y, paired = TRUE)`. Example: `signedRank([3, 5, 9], [1, 4, 4]).value.v` is 6.
 */
export function signedRank(
  x: NumericColumn,
  y: NumericColumn,
  options: { readonly level?: number } = {},
): Result<SignedRank> {
  const pairs = presentPairs(x, y, 1);
  if (!pairs.ok) return pairs;
  const all = pairs.value.x.map((value, i) => value - pairs.value.y[i]!);
  const differences = all.filter((d) => d !== 0);
  const n = differences.length;
  const zeros = all.length - n;
  if (n === 0) {
    return refuse({
      code: "no-difference",
      message: "The two values agree in every pair.",
      got: `${all.length} pairs without difference`,
      wanted: "pairs that differ",
      mend: "Report the agreement without a test.",
    });
  }
  const { ranks, tieSum } = midranks(differences.map(Math.abs));
  let v = 0;
  for (let i = 0; i < n; i++) if (differences[i]! > 0) v += ranks[i]!;
  const deviation = v - (n * (n + 1)) / 4;
  const sigma = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - tieSum / 48);
  const level = options.level ?? 0.95;
  const walsh = walshAverages(differences);
  const issues: Issue[] = [...pairs.value.issues];
  if (zeros > 0) {
    issues.push(
      warningIssue({
        code: "zero-differences",
        message: `${zeros} pairs without a difference were left out of the ranking.`,
        got: zeros,
      }),
    );
  }
  return ok(
    {
      method: "Wilcoxon signed rank",
      zeroRule: "dropped",
      tieRule: "midranks",
      pairs: all.length,
      zeros,
      ties: tieSum > 0,
      missing: pairs.value.missing,
      v,
      z: deviation / sigma,
      pNormal: normalTwoSided(deviation / sigma),
      pNormalCorrected: normalTwoSided((deviation - 0.5 * Math.sign(deviation)) / sigma),
      pExact: n <= EXACT_LIMIT ? exactP(ranks, v) : notEstimable("too many pairs for the exact distribution"),
      pseudomedian: median(walsh),
      interval: walshLimits(walsh, n, n <= EXACT_LIMIT && zeros === 0 && tieSum === 0, level),
    },
    issues,
  );
}

function exactP(ranks: Float64Array, v: number): number {
  const share = signSums(ranks.map((rank) => Math.round(2 * rank)));
  const observed = Math.round(2 * v);
  const centre = (share.length - 1) / 2;
  let p = 0;
  share.forEach((probability, s) => {
    if (Math.abs(s - centre) >= Math.abs(observed - centre)) p += probability;
  });
  return Math.min(1, p);
}

function walshAverages(differences: Float64Array): Float64Array {
  const n = differences.length;
  const averages = new Float64Array((n * (n + 1)) / 2);
  let k = 0;
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) averages[k++] = (differences[i]! + differences[j]!) / 2;
  return averages.sort();
}

function walshLimits(averages: Float64Array, n: number, exact: boolean, level: number): Limits | NotEstimable {
  const tail = (1 - level) / 2;
  const total = averages.length;
  const rank = exact
    ? Math.max(1, signedRankQuantile(tail, n))
    : Math.floor(total / 2 + normalQuantile(tail) * Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24));
  if (rank < 1) return notEstimable("too few pairs for this level");
  const method = exact ? "Walsh averages, exact ranks" : "Walsh averages, ranks by normal approximation";
  return limits(method, level, averages[rank - 1]!, averages[total - rank]!);
}
