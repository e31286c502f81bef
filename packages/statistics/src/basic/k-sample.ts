import { ok, type Result, refuse } from "@livermark/core";
import { chiSquareUpperTail, fUpperTail, normalTwoSided, studentTwoSided } from "./distributions.js";
import { moments } from "./moments.js";
import { adjustP, type PAdjustment } from "./multiplicity.js";
import { midranks } from "./ranks.js";
import type { GroupedSample } from "./sample.js";
import { type FTest, oneWayF } from "./t-tests.js";

/** A chi-square statistic with its p-value. */
export interface ChiSquareResult {
  readonly chiSquare: number;
  readonly df: number;
  readonly p: number;
}

const allEqual = refuse({
  code: "constant-values",
  message: "All values are equal, so that ranks tell nothing.",
  wanted: "values that differ",
});

function pooledRanks(sample: GroupedSample): {
  readonly n: number;
  readonly tieSum: number;
  readonly means: readonly number[];
  readonly sums: readonly number[];
} {
  const pooled = sample.groups.flatMap((group) => Array.from(group));
  const { ranks, tieSum } = midranks(pooled);
  let at = 0;
  const sums = sample.groups.map((group) => {
    let sum = 0;
    for (let i = 0; i < group.length; i++) sum += ranks[at++]!;
    return sum;
  });
  return { n: pooled.length, tieSum, sums, means: sums.map((sum, g) => sum / sample.groups[g]!.length) };
}

/**
 * Kruskal–Wallis test of k groups, corrected for ties (Kruskal and Wallis 1952). Refuses values that are all equal.
 * R: `kruskal.test(v, g)`. Example: two groups give the square of the uncorrected Mann–Whitney z.
 */
export function kruskalWallis(sample: GroupedSample): Result<ChiSquareResult> {
  const { n, tieSum, sums } = pooledRanks(sample);
  const correction = 1 - tieSum / (n ** 3 - n);
  if (!(correction > 0)) return allEqual;
  const raw = sums.reduce((sum, rankSum, g) => sum + rankSum ** 2 / sample.groups[g]!.length, 0);
  const chiSquare = Math.max(0, ((12 * raw) / (n * (n + 1)) - 3 * (n + 1)) / correction);
  const df = sample.groups.length - 1;
  return ok({ chiSquare, df, p: chiSquareUpperTail(chiSquare, df) });
}

/** One pair of groups, first minus second. */
export interface PairComparison {
  readonly first: string;
  readonly second: string;
  readonly statistic: number;
  readonly p: number;
  readonly pAdjusted: number;
}

/** Every pair of group indexes i < j. */
export const groupPairs = (k: number): readonly (readonly [number, number])[] =>
  Array.from({ length: k }, (_, i) =>
    Array.from({ length: k - i - 1 }, (_unused, j) => [i, i + j + 1] as const),
  ).flat();

/**
 * Dunn's z tests of all pairs after Kruskal–Wallis, with the variance of all ranks and tie correction (Dunn 1964, equation 4).
 * Refuses values that are all equal. The statistic is z = (mean rank of first − of second)/SE.
 * Example: `dunnTest(sample, "holm").value[0].pAdjusted`.
 */
export function dunnTest(sample: GroupedSample, adjustment: PAdjustment = "holm"): Result<readonly PairComparison[]> {
  const { n, tieSum, means } = pooledRanks(sample);
  const variance = (n * (n + 1)) / 12 - tieSum / (12 * (n - 1));
  if (!(variance > 0)) return allEqual;
  const pairs = groupPairs(sample.groups.length).map(([i, j]) => {
    const z =
      (means[i]! - means[j]!) / Math.sqrt(variance * (1 / sample.groups[i]!.length + 1 / sample.groups[j]!.length));
    return { first: sample.labels[i]!, second: sample.labels[j]!, statistic: z, p: normalTwoSided(z) };
  });
  return ok(withAdjusted(pairs, adjustment));
}

function withAdjusted(
  pairs: readonly Omit<PairComparison, "pAdjusted">[],
  adjustment: PAdjustment,
): readonly PairComparison[] {
  const adjusted = adjustP(
    pairs.map((pair) => pair.p),
    adjustment,
  );
  return pairs.map((pair, i) => ({ ...pair, pAdjusted: adjusted[i]! }));
}

/** One-way analysis of variance with its sums of squares. */
export type OneWayAnova = FTest & { readonly between: number; readonly within: number };

/**
 * One-way analysis of variance with equal variances (Fisher 1925). Refuses fewer than 2 groups or no spread within groups.
 * R: `anova(lm(v ~ g))`. Example: `oneWayAnova(sample).value.f`.
 */
export const oneWayAnova = (sample: GroupedSample): Result<OneWayAnova> => oneWayF(sample.groups);

function needPairs(sample: GroupedSample, what: string): Result<null> {
  const small = sample.groups.findIndex((group) => group.length < 2);
  if (small >= 0) {
    return refuse({
      code: "too-few-values",
      message: `${what} needs at least 2 values in every group; group ${sample.labels[small]!} has 1.`,
      got: 1,
      wanted: "at least 2 values per group",
      mend: "Join the group with another, or leave it out and say so.",
    });
  }
  const flat = sample.groups.findIndex((group) => !(moments(group).sumOfSquares > 0));
  if (flat >= 0) {
    return refuse({
      code: "no-spread",
      message: `${what} needs spread in every group; all values of group ${sample.labels[flat]!} are equal.`,
      got: sample.groups[flat]![0]!,
      wanted: "values that differ",
    });
  }
  return ok(null);
}

/** Refusal where squared deviations are too small for a double to divide by. */
const spreadTooSmall = refuse({
  code: "no-spread",
  message: "The values hardly differ within the groups, so that the groups cannot be compared.",
  wanted: "values that differ within the groups",
  mend: "Report the means without a test.",
});

/**
 * Welch's one-way analysis of variance without equal variances (Welch 1951). Refuses a group with one value or no spread.
 * R: `oneway.test(v ~ g)`. Example: with two groups f is the square of Welch's t.
 */
export function welchAnova(sample: GroupedSample): Result<FTest> {
  const usable = needPairs(sample, "Welch's analysis of variance");
  if (!usable.ok) return usable;
  const parts = sample.groups.map(moments);
  const k = parts.length;
  const weights = parts.map((part) => part.n / (part.sumOfSquares / (part.n - 1)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const centre = parts.reduce((sum, part, g) => sum + weights[g]! * part.mean, 0) / total;
  const lack = parts.reduce((sum, part, g) => sum + (1 - weights[g]! / total) ** 2 / (part.n - 1), 0) / (k * k - 1);
  const between = parts.reduce((sum, part, g) => sum + weights[g]! * (part.mean - centre) ** 2, 0);
  const f = between / ((k - 1) * (1 + 2 * (k - 2) * lack));
  const df2 = 1 / (3 * lack);
  if (!(Number.isFinite(f) && Number.isFinite(df2))) return spreadTooSmall;
  return ok({ f, df1: k - 1, df2, p: fUpperTail(f, k - 1, df2) });
}

/**
 * Bartlett's test of equal variances (Bartlett 1937). Refuses a group with one value or no spread. Sensitive to non-normality.
 * R: `bartlett.test(v, g)`. Example: groups of equal variance give 0.
 */
export function bartlettTest(sample: GroupedSample): Result<ChiSquareResult> {
  const usable = needPairs(sample, "Bartlett's test");
  if (!usable.ok) return usable;
  const parts = sample.groups.map(moments);
  const k = parts.length;
  const freedom = parts.reduce((sum, part) => sum + part.n - 1, 0);
  const pooled = parts.reduce((sum, part) => sum + part.sumOfSquares, 0) / freedom;
  const logs = parts.reduce((sum, part) => sum + (part.n - 1) * Math.log(part.sumOfSquares / (part.n - 1)), 0);
  const inverse = parts.reduce((sum, part) => sum + 1 / (part.n - 1), 0);
  if (!(Number.isFinite(logs) && pooled > 0)) return spreadTooSmall;
  const chiSquare = Math.max(0, (freedom * Math.log(pooled) - logs) / (1 + (inverse - 1 / freedom) / (3 * (k - 1))));
  return ok({ chiSquare, df: k - 1, p: chiSquareUpperTail(chiSquare, k - 1) });
}

/**
 * t tests of all pairs of groups with the SD pooled over all groups. Refuses a group with one value and no spread.
 * R: `pairwise.t.test(v, g)`. Example: `pairwiseTTests(sample, "bonferroni").value[0].pAdjusted`.
 */
export function pairwiseTTests(
  sample: GroupedSample,
  adjustment: PAdjustment = "holm",
): Result<readonly PairComparison[]> {
  const alone = sample.groups.findIndex((group) => group.length < 2);
  if (alone >= 0) {
    return refuse({
      code: "too-few-values",
      message: `Group ${sample.labels[alone]!} has one value only.`,
      got: 1,
      wanted: "at least 2 values per group",
    });
  }
  const anova = oneWayF(sample.groups);
  if (!anova.ok) return anova;
  const parts = sample.groups.map(moments);
  const { within, df2 } = anova.value;
  if (!(within / df2 > 0)) return spreadTooSmall;
  const pairs = groupPairs(parts.length).map(([i, j]) => {
    const a = parts[i]!;
    const b = parts[j]!;
    const t = (a.mean - b.mean) / Math.sqrt((within / df2) * (1 / a.n + 1 / b.n));
    return { first: sample.labels[i]!, second: sample.labels[j]!, statistic: t, p: studentTwoSided(t, df2) };
  });
  return ok(withAdjusted(pairs, adjustment));
}
