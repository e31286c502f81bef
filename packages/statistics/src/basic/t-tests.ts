import { andThen, mapResult, ok, type Result, refuse } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Limits, limits } from "../models/estimability.js";
import {
  fCdf,
  fQuantile,
  fUpperTail,
  studentCdf,
  studentQuantile,
  studentTwoSided,
  studentUpperTail,
} from "./distributions.js";
import { type Moments, mean, moments } from "./moments.js";
import { median } from "./quantile.js";
import { presentPairs, presentValues } from "./sample.js";

/** A t test of a difference: first minus second. */
export interface TTest {
  readonly method: "Student (equal variances)" | "Welch" | "paired";
  readonly n: readonly number[];
  readonly missing: number;
  /** Mean of each sample; of the differences when paired. */
  readonly means: readonly number[];
  readonly difference: number;
  readonly standardError: number;
  readonly t: number;
  readonly df: number;
  readonly p: number;
  /** One-sided p-values: first greater, first less. */
  readonly pGreater: number;
  readonly pLess: number;
  readonly interval: Limits;
}

const noSpread = refuse({
  code: "no-spread",
  message: "All values are equal within the samples, so that a t statistic does not exist.",
  wanted: "values that differ",
  mend: "Report the means without a test.",
});

function finish(
  method: TTest["method"],
  n: readonly number[],
  missing: number,
  means: readonly number[],
  difference: number,
  standardError: number,
  df: number,
  level: number,
): Result<TTest> {
  const scale = Math.max(...means.map(Math.abs));
  if (!(standardError > 10 * Number.EPSILON * scale && df > 0)) return noSpread;
  const t = difference / standardError;
  const half = studentQuantile((1 + level) / 2, df) * standardError;
  return ok({
    method,
    n,
    missing,
    means,
    difference,
    standardError,
    t,
    df,
    p: studentTwoSided(t, df),
    pGreater: studentUpperTail(t, df),
    pLess: studentCdf(t, df),
    interval: limits("Student t", level, difference - half, difference + half),
  });
}

/** Moments of two samples of at least 2 present values. */
function twoMoments(
  x: NumericColumn,
  y: NumericColumn,
): Result<{ readonly a: Moments; readonly b: Moments; readonly missing: number }> {
  return andThen(presentValues(x, "x", 2), (first) =>
    mapResult(presentValues(y, "y", 2), (second) => ({
      a: moments(first.values),
      b: moments(second.values),
      missing: first.missing + second.missing,
    })),
  );
}

/**
 * Two-sample t test of mean(x) − mean(y): Welch's by default, Student's with `equalVariances`.
 * Refuses samples of fewer than 2 values and samples without spread. Source: Welch 1947 (degrees of freedom by Satterthwaite).
 * R: `t.test(x, y, var.equal = )`. Example: `tTest([1, 2, 3], [2, 3, 5])` has difference −1.333….
 */
export function tTest(
  x: NumericColumn,
  y: NumericColumn,
  options: { readonly equalVariances?: boolean; readonly level?: number } = {},
): Result<TTest> {
  const both = twoMoments(x, y);
  if (!both.ok) return both;
  const { a, b } = both.value;
  const { missing } = both.value;
  const means = [a.mean, b.mean];
  const level = options.level ?? 0.95;
  const difference = a.mean - b.mean;
  if (options.equalVariances === true) {
    const df = a.n + b.n - 2;
    const se = Math.sqrt(((a.sumOfSquares + b.sumOfSquares) / df) * (1 / a.n + 1 / b.n));
    return finish("Student (equal variances)", [a.n, b.n], missing, means, difference, se, df, level);
  }
  const va = a.sumOfSquares / (a.n - 1) / a.n;
  const vb = b.sumOfSquares / (b.n - 1) / b.n;
  const df = (va + vb) ** 2 / (va ** 2 / (a.n - 1) + vb ** 2 / (b.n - 1));
  return finish("Welch", [a.n, b.n], missing, means, difference, Math.sqrt(va + vb), df, level);
}

/**
 * Paired t test of the differences x − y, in pairs where both are present. Refuses fewer than 2 pairs and equal differences.
 * R: `t.test(x, y, paired = TRUE)`. Example: `pairedTTest([1, 2, 4], [0, 2, 1]).value.difference` is 1.333….
 */
export function pairedTTest(x: NumericColumn, y: NumericColumn, level = 0.95): Result<TTest> {
  const pairs = presentPairs(x, y, 2);
  if (!pairs.ok) return pairs;
  const differences = pairs.value.x.map((value, i) => value - pairs.value.y[i]!);
  const d = moments(differences);
  const se = Math.sqrt(d.sumOfSquares / (d.n - 1) / d.n);
  return finish("paired", [d.n], pairs.value.missing, [d.mean], d.mean, se, d.n - 1, level);
}

/** F test of equal variances of two samples. */
export interface VarianceRatio {
  readonly method: "F ratio of variances";
  readonly ratio: number;
  readonly df1: number;
  readonly df2: number;
  readonly p: number;
  readonly interval: Limits;
}

/**
 * Ratio var(x)/var(y) with its exact normal-theory test and interval. Refuses fewer than 2 values or no spread in a sample.
 * R: `var.test(x, y)`. Sensitive to non-normality: prefer `leveneTest`.
 * Example: `varianceRatioTest([1, 2, 3], [2, 4, 6]).value.ratio` is 0.25.
 */
export function varianceRatioTest(x: NumericColumn, y: NumericColumn, level = 0.95): Result<VarianceRatio> {
  const both = twoMoments(x, y);
  if (!both.ok) return both;
  const { a, b } = both.value;
  if (!(a.sumOfSquares > 0 && b.sumOfSquares > 0)) return noSpread;
  const df1 = a.n - 1;
  const df2 = b.n - 1;
  const ratio = a.sumOfSquares / df1 / (b.sumOfSquares / df2);
  const p = Math.min(1, 2 * Math.min(fCdf(ratio, df1, df2), fUpperTail(ratio, df1, df2)));
  const tail = (1 - level) / 2;
  const interval = limits("F", level, ratio / fQuantile(1 - tail, df1, df2), ratio / fQuantile(tail, df1, df2));
  return ok({ method: "F ratio of variances", ratio, df1, df2, p, interval });
}

/** An F test of k groups. */
export interface FTest {
  readonly f: number;
  readonly df1: number;
  readonly df2: number;
  readonly p: number;
}

/**
 * Levene's test of equal spread: one-way analysis of variance of |value − centre of its group|.
 * `centre` "mean" is Levene 1960, "median" is Brown and Forsythe 1974 (more robust, the default). Groups of at least 1 value.
 * Refuses fewer than 2 groups, no degrees of freedom, and deviations without spread.
 * Example: `leveneTest([[1, 2, 3], [1, 5, 9]])` has df1 1 and df2 4.
 */
export function leveneTest(groups: readonly ArrayLike<number>[], centre: "mean" | "median" = "median"): Result<FTest> {
  if (groups.length < 2 || groups.some((group) => group.length < 2)) {
    return refuse({
      code: "too-few-values",
      message: "A comparison of spreads needs two or more groups of at least 2 values.",
      got: groups.map((group) => group.length).join(", "),
      wanted: "at least 2 values in each group",
    });
  }
  const deviations = groups.map((group) => {
    const c = centre === "mean" ? mean(group) : median(group);
    return Float64Array.from(group, (value) => Math.abs(value - c));
  });
  return oneWayF(deviations);
}

/** F statistic of equal means in k groups of finite values, with the sums of squares behind it. */
export function oneWayF(
  groups: readonly Float64Array[],
): Result<FTest & { readonly between: number; readonly within: number }> {
  const parts = groups.map(moments);
  const n = parts.reduce((sum, part) => sum + part.n, 0);
  const df1 = groups.length - 1;
  const df2 = n - groups.length;
  if (df1 < 1 || df2 < 1) {
    return refuse({
      code: "too-few-values",
      message: "The groups have too few values to compare.",
      got: `${groups.length} groups, ${n} values`,
      wanted: "at least 2 groups and more values than groups",
    });
  }
  const grand = parts.reduce((sum, part) => sum + part.sum, 0) / n;
  const between = parts.reduce((sum, part) => sum + part.n * (part.mean - grand) ** 2, 0);
  const within = parts.reduce((sum, part) => sum + part.sumOfSquares, 0);
  if (!(within > 0)) return noSpread;
  const f = between / df1 / (within / df2);
  return ok({ f, df1, df2, p: fUpperTail(f, df1, df2), between, within });
}

/**
 * Standardised mean difference of two samples: Cohen's d with the pooled SD, and Hedges' g = d (1 − 3/(4N − 9)).
 * Refuses fewer than 2 values and samples without spread. Cohen 1988; Hedges 1981, equation 7e.
 * Example: `cohensD([1, 2, 3], [2, 3, 4]).value.d` is −1.
 */
export function cohensD(x: NumericColumn, y: NumericColumn): Result<{ readonly d: number; readonly hedgesG: number }> {
  const both = twoMoments(x, y);
  if (!both.ok) return both;
  const { a, b } = both.value;
  const n = a.n + b.n;
  const pooled = Math.sqrt((a.sumOfSquares + b.sumOfSquares) / (n - 2));
  if (!(pooled > 0)) return noSpread;
  const d = (a.mean - b.mean) / pooled;
  return ok({ d, hedgesG: d * (1 - 3 / (4 * n - 9)) });
}
