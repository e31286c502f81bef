import { ok, type Result, refuse } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { normalQuantile, normalTwoSided, studentTwoSided } from "./distributions.js";
import { moments } from "./moments.js";
import { midranks } from "./ranks.js";
import { type Estimable, presentPairs } from "./sample.js";

/** Product-moment correlation of two columns. */
export interface PearsonCorrelation {
  readonly method: "Pearson";
  readonly n: number;
  readonly missing: number;
  readonly r: number;
  readonly t: Estimable;
  readonly df: number;
  readonly p: number;
  readonly interval: Limits | NotEstimable;
}

const constantColumn = refuse({
  code: "constant-values",
  message: "One of the two columns has a single value, so that no correlation exists.",
  wanted: "values that differ in both columns",
});

function correlation(x: Float64Array, y: Float64Array): number | null {
  const a = moments(x);
  const b = moments(y);
  if (!(a.sumOfSquares > 0 && b.sumOfSquares > 0)) return null;
  let cross = 0;
  for (let i = 0; i < x.length; i++) cross += (x[i]! - a.mean) * (y[i]! - b.mean);
  return Math.max(-1, Math.min(1, cross / Math.sqrt(a.sumOfSquares * b.sumOfSquares)));
}

/**
 * Pearson's r with t test and Fisher's z interval, in rows where both are present. Refuses fewer than 3 pairs and a constant column.
 * r = ±1 gives p = 0 exactly and no interval. Fisher 1921. R: `cor.test(x, y)`.
 * Example: `pearsonCorrelation([1, 2, 3, 5], [2, 4, 5, 9]).value.r` = 0.994….
 */
export function pearsonCorrelation(x: NumericColumn, y: NumericColumn, level = 0.95): Result<PearsonCorrelation> {
  const pairs = presentPairs(x, y, 3);
  if (!pairs.ok) return pairs;
  const r = correlation(pairs.value.x, pairs.value.y);
  if (r === null) return constantColumn;
  const n = pairs.value.x.length;
  const df = n - 2;
  const perfect = 1 - r * r <= 4 * Number.EPSILON;
  const t = perfect ? notEstimable("the points lie on one line") : r * Math.sqrt(df / ((1 - r) * (1 + r)));
  const half = n > 3 ? normalQuantile((1 + level) / 2) / Math.sqrt(n - 3) : 0;
  const z = Math.atanh(r);
  return ok(
    {
      method: "Pearson",
      n,
      missing: pairs.value.missing,
      r,
      t,
      df,
      p: typeof t === "number" ? studentTwoSided(t, df) : 0,
      interval: perfect
        ? notEstimable("the points lie on one line")
        : n > 3
          ? limits("Fisher z", level, Math.tanh(z - half), Math.tanh(z + half))
          : notEstimable("3 pairs have no interval"),
    },
    pairs.value.issues,
  );
}

/** Rank correlation by Spearman. */
export interface SpearmanCorrelation {
  readonly method: "Spearman";
  readonly tieRule: "midranks";
  readonly n: number;
  readonly missing: number;
  readonly rho: number;
  /** (n³ − n)(1 − ρ)/6: the sum of squared rank differences when there are no ties. */
  readonly s: number;
  /** Two-sided p by the t approximation with n − 2 degrees of freedom. */
  readonly p: number;
  /** Exact two-sided p over all permutations, for n ≤ 9 without ties. */
  readonly pExact: Estimable;
}

/** Counts of Σ(i − π(i))² over all permutations π of n ≤ 9 ranks, halved sums being the index. */
function squaredDifferenceCounts(n: number): Float64Array {
  const counts = new Float64Array((n ** 3 - n) / 6 + 1);
  const used = new Uint8Array(n);
  const place = (i: number, sum: number): void => {
    if (i === n) {
      counts[sum / 2]!++;
      return;
    }
    for (let j = 0; j < n; j++) {
      if (used[j] === 1) continue;
      used[j] = 1;
      place(i + 1, sum + (i - j) ** 2);
      used[j] = 0;
    }
  };
  place(0, 0);
  return counts;
}

function spearmanExact(s: number, n: number): number {
  const counts = squaredDifferenceCounts(n);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const observed = Math.round(s / 2);
  let below = 0;
  for (let i = 0; i <= observed; i++) below += counts[i]!;
  const above = total - below + counts[observed]!;
  return Math.min(1, (2 * Math.min(below, above)) / total);
}

/**
 * Spearman's ρ (Pearson's r of midranks). Refuses fewer than 3 pairs and a constant column. Spearman 1904.
 * R: `cor.test(x, y, method = "spearman", exact = FALSE)`. Example: `spearmanCorrelation([1, 2, 3], [1, 3, 2]).value.rho` is 0.5.
 */
export function spearmanCorrelation(x: NumericColumn, y: NumericColumn): Result<SpearmanCorrelation> {
  const pairs = presentPairs(x, y, 3);
  if (!pairs.ok) return pairs;
  const a = midranks(pairs.value.x);
  const b = midranks(pairs.value.y);
  const rho = correlation(a.ranks, b.ranks);
  if (rho === null) return constantColumn;
  const n = pairs.value.x.length;
  const s = ((n ** 3 - n) * (1 - rho)) / 6;
  const untied = a.tieSum === 0 && b.tieSum === 0;
  const rest = (1 - rho) * (1 + rho);
  return ok(
    {
      method: "Spearman",
      tieRule: "midranks",
      n,
      missing: pairs.value.missing,
      rho,
      s,
      p: rest > 0 ? studentTwoSided(rho * Math.sqrt((n - 2) / rest), n - 2) : 0,
      pExact: untied && n <= 9 ? spearmanExact(s, n) : notEstimable("exact only for 9 pairs or fewer without ties"),
    },
    pairs.value.issues,
  );
}

/** Rank correlation by Kendall. */
export interface KendallCorrelation {
  readonly method: "Kendall tau-b";
  readonly n: number;
  readonly missing: number;
  readonly tau: number;
  /** Concordant minus discordant pairs. */
  readonly s: number;
  readonly z: number;
  readonly p: number;
}

/**
 * Kendall's τ_b with the normal approximation corrected for ties, no continuity correction. Refuses fewer than 3 pairs and a
 * constant column. Kendall 1970, "Rank Correlation Methods", section 4.9.
 * R: `cor.test(x, y, method = "kendall", exact = FALSE)`. Example: `kendallCorrelation([1, 2, 3], [1, 3, 2]).value.tau` is 0.333….
 */
export function kendallCorrelation(x: NumericColumn, y: NumericColumn): Result<KendallCorrelation> {
  const pairs = presentPairs(x, y, 3);
  if (!pairs.ok) return pairs;
  const { x: a, y: b } = pairs.value;
  const n = a.length;
  let s = 0;
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) s += Math.sign(a[i]! - a[j]!) * Math.sign(b[i]! - b[j]!);
  }
  const ties = (sizes: readonly number[], term: (t: number) => number): number =>
    sizes.reduce((sum, t) => sum + term(t), 0);
  const tx = midranks(a).groupSizes;
  const ty = midranks(b).groupSizes;
  const total = (n * (n - 1)) / 2;
  const pairTerm = (t: number): number => t * (t - 1);
  const freeX = total - ties(tx, pairTerm) / 2;
  const freeY = total - ties(ty, pairTerm) / 2;
  if (!(freeX > 0 && freeY > 0)) return constantColumn;
  const cubic = (t: number): number => t * (t - 1) * (2 * t + 5);
  const triple = (t: number): number => t * (t - 1) * (t - 2);
  const variance =
    (cubic(n) - ties(tx, cubic) - ties(ty, cubic)) / 18 +
    (ties(tx, pairTerm) * ties(ty, pairTerm)) / (2 * n * (n - 1)) +
    (ties(tx, triple) * ties(ty, triple)) / (9 * n * (n - 1) * (n - 2));
  const z = s / Math.sqrt(variance);
  return ok(
    {
      method: "Kendall tau-b",
      n,
      missing: pairs.value.missing,
      tau: s / Math.sqrt(freeX * freeY),
      s,
      z,
      p: normalTwoSided(z),
    },
    pairs.value.issues,
  );
}
