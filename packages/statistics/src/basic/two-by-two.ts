import { ok, type Result, refuse, warningIssue } from "@livermark/core";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { type CountTable, tableMargins } from "./contingency.js";
import { normalQuantile } from "./distributions.js";
import { scoreInterval } from "./proportion.js";
import type { Estimable } from "./sample.js";

/** A ratio with its standard error on log scale and its interval; with zero cells the interval is not estimable. */
export interface TwoByTwoRatio {
  readonly value: Estimable;
  /** True when a zero cell makes the ratio infinite. */
  readonly infinite: boolean;
  readonly standardErrorLog: Estimable;
  readonly interval: Limits | NotEstimable;
}

/** Effect measures of a 2×2 table [[a, b], [c, d]]: rows are groups, the first column is the event. */
export interface TwoByTwoEffects {
  readonly oddsRatio: TwoByTwoRatio;
  /** Odds ratio after adding ½ to every cell (Haldane 1955), defined with zero cells. */
  readonly haldaneOddsRatio: TwoByTwoRatio;
  readonly relativeRisk: TwoByTwoRatio;
  readonly riskDifference: { readonly value: number; readonly wald: Limits; readonly newcombe: Limits };
}

function ratio(method: string, value: number, variance: number, z: number, level: number): TwoByTwoRatio {
  if (Number.isFinite(value) && value > 0 && Number.isFinite(variance)) {
    const se = Math.sqrt(variance);
    const log = Math.log(value);
    return {
      value,
      infinite: false,
      standardErrorLog: se,
      interval: limits(method, level, Math.exp(log - z * se), Math.exp(log + z * se)),
    };
  }
  const why = notEstimable("a cell of the table is zero");
  const infinite = value === Number.POSITIVE_INFINITY;
  return { value: Number.isFinite(value) ? value : why, infinite, standardErrorLog: why, interval: why };
}

/**
 * Odds ratio (Woolf 1955), Haldane's odds ratio, relative risk (Katz 1978) and risk difference (Wald; Newcombe 1998, method 10).
 * Refuses a table that is not 2×2 and an empty row. A zero cell gives a warning and an interval that is not estimable.
 * Example: `twoByTwoEffects([[30, 36], [2, 10]]).value.oddsRatio.value` = 4.1667.
 */
export function twoByTwoEffects(table: CountTable, level = 0.95): Result<TwoByTwoEffects> {
  const margins = tableMargins(table);
  if (!margins.ok) return margins;
  if (table.length !== 2 || table[0]!.length !== 2) {
    return refuse({
      code: "table-shape",
      message: "Odds ratio and relative risk need a 2 by 2 table.",
      got: `${table.length} by ${table[0]!.length}`,
      wanted: "2 by 2",
    });
  }
  const [r1, r2] = [margins.value.rows[0]!, margins.value.rows[1]!];
  if (r1 === 0 || r2 === 0)
    return refuse({
      code: "empty-margin",
      message: "One of the two groups holds no observations.",
      got: `${r1} and ${r2}`,
      wanted: "observations in both rows",
    });
  const [a, b, c, d] = [table[0]![0]!, table[0]![1]!, table[1]![0]!, table[1]![1]!];
  const z = normalQuantile((1 + level) / 2);
  const inverse = (...cells: readonly number[]): number => cells.reduce((sum, cell) => sum + 1 / cell, 0);
  const p1 = a / r1;
  const p2 = c / r2;
  const value = p1 - p2;
  const half = z * Math.sqrt((p1 * (1 - p1)) / r1 + (p2 * (1 - p2)) / r2);
  const w1 = scoreInterval(a, r1, level);
  const w2 = scoreInterval(c, r2, level);
  const zero = [a, b, c, d].includes(0);
  const issues = zero
    ? [
        warningIssue({
          code: "zero-cell",
          message: "A cell of the table is zero: a ratio is 0, infinite or undefined, and has no Woolf interval.",
          got: `${a}, ${b}, ${c}, ${d}`,
          wanted: "counts above 0",
          mend: "Give the exact conditional interval, or Haldane's odds ratio by name.",
        }),
      ]
    : [];
  return ok(
    {
      oddsRatio: ratio("Woolf", (a * d) / (b * c), inverse(a, b, c, d), z, level),
      haldaneOddsRatio: ratio(
        "Woolf after adding 1/2",
        ((a + 0.5) * (d + 0.5)) / ((b + 0.5) * (c + 0.5)),
        inverse(a + 0.5, b + 0.5, c + 0.5, d + 0.5),
        z,
        level,
      ),
      relativeRisk: ratio("Katz", p1 / p2, 1 / a - 1 / r1 + 1 / c - 1 / r2, z, level),
      riskDifference: {
        value,
        wald: limits("Wald", level, value - half, value + half),
        newcombe: limits(
          "Newcombe 10",
          level,
          value - Math.hypot(p1 - w1.low, w2.high - p2),
          value + Math.hypot(w1.high - p1, p2 - w2.low),
        ),
      },
    },
    issues,
  );
}
