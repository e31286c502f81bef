import { ok, type Result, refuse } from "@livermark/core";
import { chiSquareUpperTail } from "../basic/distributions.js";
import { type NumericColumn, outcomeRows } from "./columns.js";
import { type NotEstimable, notEstimable } from "./estimability.js";
import { quantileOfSorted } from "./quantile.js";

/** Observed and expected events in groups of predicted risk. */
export interface HosmerLemeshow {
  readonly method: "Hosmer-Lemeshow, groups by quantiles of risk (type 7), ties merged";
  readonly groups: number;
  readonly n: readonly number[];
  readonly observed: readonly number[];
  readonly expected: readonly number[];
  readonly test:
    | { readonly estimable: true; readonly chi2: number; readonly df: number; readonly p: number }
    | NotEstimable;
}

/**
 * Hosmer–Lemeshow test of predicted probabilities against 0/1 outcomes; groups are cut at type-7 quantiles, intervals
 * closed above, and equal cut points merge groups. Refuses fewer than two groups asked for and probabilities outside
 * 0 … 1. Not a proof of good calibration: it depends on the grouping. Source: Hosmer and Lemeshow 1980.
 * Example: `hosmerLemeshow(risk, response).value.test`.
 */
export function hosmerLemeshow(predicted: NumericColumn, outcome: NumericColumn, groups = 10): Result<HosmerLemeshow> {
  if (!(Number.isInteger(groups) && groups >= 3)) {
    return refuse({
      code: "too-few-groups",
      message: "The test needs at least three groups.",
      got: groups,
      wanted: "a whole number of 3 or more",
    });
  }
  const complete = outcomeRows(outcome, [{ name: "predicted", values: predicted }]);
  if (!complete.ok) return complete;
  const { y, columns } = complete.value;
  const p = columns[0]!;
  const sorted = Float64Array.from(p).sort();
  if (sorted[0]! < 0 || sorted[sorted.length - 1]! > 1) {
    return refuse({
      code: "probability-out-of-range",
      message: "A predicted probability lies outside 0 … 1.",
      got: sorted[0]! < 0 ? sorted[0] : sorted[sorted.length - 1],
      wanted: "0 … 1",
    });
  }
  const cuts = Array.from({ length: groups + 1 }, (_, k) => quantileOfSorted(sorted, k / groups)).filter(
    (cut, k, all) => k === 0 || cut !== all[k - 1],
  );
  const bins = Math.max(1, cuts.length - 1);
  const n = new Array<number>(bins).fill(0);
  const observed = new Array<number>(bins).fill(0);
  const expected = new Array<number>(bins).fill(0);
  for (let i = 0; i < y.length; i++) {
    let bin = 0;
    while (bin < bins - 1 && p[i]! > cuts[bin + 1]!) bin++;
    n[bin]!++;
    observed[bin]! += y[i]!;
    expected[bin]! += p[i]!;
  }
  const used = n
    .map((count, k) => ({ n: count, observed: observed[k]!, expected: expected[k]! }))
    .filter((bin) => bin.n > 0);
  let chi2 = 0;
  for (const bin of used) {
    const difference = (bin.observed - bin.expected) ** 2;
    chi2 += difference / bin.expected + difference / (bin.n - bin.expected);
  }
  const df = used.length - 2;
  return ok({
    method: "Hosmer-Lemeshow, groups by quantiles of risk (type 7), ties merged",
    groups: used.length,
    n: used.map((bin) => bin.n),
    observed: used.map((bin) => bin.observed),
    expected: used.map((bin) => bin.expected),
    test:
      df >= 1 && Number.isFinite(chi2)
        ? { estimable: true, chi2, df, p: chiSquareUpperTail(chi2, df) }
        : notEstimable(df < 1 ? "fewer than three distinct groups of risk" : "a group expects 0 events or only events"),
  });
}
