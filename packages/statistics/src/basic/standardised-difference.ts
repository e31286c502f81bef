import { ok, type Result, refuse } from "@livermark/core";
import { solve } from "../linear/index.js";
import type { NumericColumn } from "../models/columns.js";
import { moments } from "./moments.js";
import { presentValues } from "./sample.js";

/**
 * Standardised mean difference of a numeric variable for a baseline table: (mean₁ − mean₂)/√((s₁² + s₂²)/2), which does not
 * depend on the sizes of the groups. Refuses fewer than 2 values and no spread in either group. Austin 2009, equation 1.
 * Example: `standardisedDifference([1, 2, 3], [2, 3, 4]).value` is −1.
 */
export function standardisedDifference(first: NumericColumn, second: NumericColumn): Result<number> {
  const x = presentValues(first, "first group", 2);
  if (!x.ok) return x;
  const y = presentValues(second, "second group", 2);
  if (!y.ok) return y;
  const a = moments(x.value.values);
  const b = moments(y.value.values);
  const spread = (a.sumOfSquares / (a.n - 1) + b.sumOfSquares / (b.n - 1)) / 2;
  if (!(spread > 0)) {
    return a.mean === b.mean
      ? ok(0)
      : refuse({
          code: "no-spread",
          message: "Neither group has spread, so that the difference cannot be standardised.",
          got: `${a.mean} and ${b.mean}`,
          wanted: "values that differ within a group",
        });
  }
  return ok((a.mean - b.mean) / Math.sqrt(spread));
}

/**
 * Standardised difference of a variable with k levels from its counts in two groups: Mahalanobis distance of the shares of
 * levels 2 … k (Yang and Dalton 2012); for two levels the usual |p₁ − p₂|/√((p₁q₁ + p₂q₂)/2). Levels empty in both groups are
 * left out. Refuses unequal lengths and empty groups; differing groups without spread have no standardised difference.
 * Example: `standardisedCategoryDifference([30, 36], [2, 10]).value` = 0.6545….
 */
export function standardisedCategoryDifference(first: readonly number[], second: readonly number[]): Result<number> {
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const [n1, n2] = [total(first), total(second)];
  if (first.length !== second.length || !(n1 > 0 && n2 > 0) || [...first, ...second].some((count) => !(count >= 0))) {
    return refuse({
      code: "table-shape",
      message: "Both groups need counts of the same levels.",
      got: `${first.length} and ${second.length} levels, ${n1} and ${n2} observations`,
      wanted: "equal numbers of levels and observations in both groups",
    });
  }
  const levels = first.flatMap((count, i) => (count + second[i]! > 0 ? [i] : [])).slice(1);
  const p = levels.map((i) => first[i]! / n1);
  const q = levels.map((i) => second[i]! / n2);
  const difference = p.map((share, i) => share - q[i]!);
  if (difference.every((d) => d === 0)) return ok(0);
  const covariance = levels.flatMap((_, i) =>
    levels.map((_unused, j) =>
      i === j ? (p[i]! * (1 - p[i]!) + q[i]! * (1 - q[i]!)) / 2 : -(p[i]! * p[j]! + q[i]! * q[j]!) / 2,
    ),
  );
  const solved = solve(covariance, difference);
  if (!solved.ok) {
    return refuse({
      code: "no-spread",
      message: "The levels do not overlap between the groups, so that the difference cannot be standardised.",
      got: `${first.join(", ")} against ${second.join(", ")}`,
      wanted: "levels that occur in both groups",
    });
  }
  return ok(
    Math.sqrt(
      Math.max(
        0,
        difference.reduce((sum, d, i) => sum + d * solved.value[i]!, 0),
      ),
    ),
  );
}
