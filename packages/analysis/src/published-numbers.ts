import { ok, type Result, refuse } from "@livermark/core";
import { normalQuantile, normalTwoSided, twoByTwoEffects } from "@livermark/statistics";

/** What a printed normal interval says: its centre, standard error and test of no effect. */
export interface IntervalReading {
  /** Middle of the interval on its own scale: the geometric mean of a ratio's limits. */
  readonly centre: number;
  /** Of the logarithm for ratios. */
  readonly standardError: number;
  readonly z: number;
  readonly p: number;
}

/**
 * Reads a printed confidence interval back: a Wald interval lies evenly about its estimate (for ratios on the log scale), so
 * its limits give estimate, standard error and p. With `estimate` the p is that of the printed estimate. Refuses limits in the wrong order, and a
 * ratio that is not above 0. Altman and Bland 2011. Example: HR 1.358 (0.571 to 3.230) has p = 0.489.
 */
export function readInterval(
  interval: { readonly low: number; readonly high: number; readonly estimate?: number },
  scale: "ratio" | "difference",
  level = 0.95,
): Result<IntervalReading> {
  const { low, high, estimate } = interval;
  const usable = Number.isFinite(low) && Number.isFinite(high) && low < high && (scale === "difference" || low > 0);
  if (!usable || (scale === "ratio" && estimate !== undefined && !(estimate > 0)))
    return refuse({
      code: "not-an-interval",
      message: "These are not the limits of a normal interval.",
      got: `${low} to ${high}`,
      wanted: scale === "ratio" ? "two limits above 0, the lower first" : "two limits, the lower first",
    });
  const on = scale === "ratio" ? Math.log : (value: number): number => value;
  const back = scale === "ratio" ? Math.exp : (value: number): number => value;
  const middle = (on(low) + on(high)) / 2;
  const standardError = (on(high) - on(low)) / (2 * normalQuantile(0.5 + level / 2));
  const z = (estimate === undefined ? middle : on(estimate)) / standardError;
  return ok({ centre: back(middle), standardError, z, p: normalTwoSided(z) });
}

/** Counts of a 2×2 table: with and without the event, in those with the finding and in those without. */
export interface CountsOfTwo {
  readonly withEvent: number;
  readonly withNone: number;
  readonly withoutEvent: number;
  readonly withoutNone: number;
}

/**
 * All 2×2 tables of whole numbers with these totals of the outcome whose odds ratio (and, if given, Wald limits) round to the
 * printed ones. `having` fixes how many have the finding. Tables with an empty cell are left out, since their ratio has
 * no interval. Example: 46 and 32 with OR 0.210 and 14 having the finding give 4/10 against 42/22.
 */
export function tablesOf(
  totals: { readonly events: number; readonly none: number; readonly having?: number },
  printed: { readonly oddsRatio: number; readonly low?: number; readonly high?: number },
  decimals: number,
): readonly CountsOfTwo[] {
  const half = 0.5 * 10 ** -decimals + 1e-9;
  const rounds = (value: number, wanted: number | undefined): boolean =>
    wanted === undefined || Math.abs(value - wanted) <= half;
  const found: CountsOfTwo[] = [];
  for (let a = 1; a < totals.events; a++)
    for (let b = 1; b < totals.none; b++) {
      if (totals.having !== undefined && a + b !== totals.having) continue;
      const c = totals.events - a;
      const d = totals.none - b;
      const effects = twoByTwoEffects([
        [a, b],
        [c, d],
      ]);
      if (!effects.ok) continue;
      const { value, interval } = effects.value.oddsRatio;
      if (typeof value !== "number" || !interval.estimable) continue;
      if (rounds(value, printed.oddsRatio) && rounds(interval.low, printed.low) && rounds(interval.high, printed.high))
        found.push({ withEvent: a, withNone: b, withoutEvent: c, withoutNone: d });
    }
  return found;
}

/**
 * Predictive values from sensitivity, specificity and prevalence (Bayes), as programs print them that do not use the counts.
 * Refuses shares outside 0 to 1, and a test that is never positive or never negative.
 * Example: 0.674, 0.781 and 0.59 give 0.8158 and 0.6247.
 */
export function predictiveValues(
  sensitivity: number,
  specificity: number,
  prevalence: number,
): Result<{ readonly positive: number; readonly negative: number }> {
  const positive = sensitivity * prevalence + (1 - specificity) * (1 - prevalence);
  const shares = [sensitivity, specificity, prevalence].every((share) => share >= 0 && share <= 1);
  if (!shares || !(positive > 0 && positive < 1))
    return refuse({
      code: "not-shares",
      message:
        "Predictive values need sensitivity, specificity and prevalence as shares, and a test with both answers.",
      got: `${sensitivity}, ${specificity}, ${prevalence}`,
      wanted: "numbers from 0 to 1",
    });
  return ok({
    positive: (sensitivity * prevalence) / positive,
    negative: (specificity * (1 - prevalence)) / (1 - positive),
  });
}
