import { ok, type Result, refuse, warningIssue } from "@livermark/core";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { normalQuantile } from "./distributions.js";
import { type Proportion, proportion } from "./proportion.js";
import type { Estimable } from "./sample.js";

/** Counts of a test against a reference standard. */
export interface DiagnosticCounts {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/** A likelihood ratio with its interval. */
export interface LikelihoodRatio {
  readonly value: Estimable;
  /** True when no false result makes the ratio infinite. */
  readonly infinite: boolean;
  readonly interval: Limits | NotEstimable;
}

/** Accuracy of a yes/no test. A proportion without observations is not estimable. */
export interface DiagnosticAccuracy {
  readonly n: number;
  readonly prevalence: number;
  readonly sensitivity: Proportion | NotEstimable;
  readonly specificity: Proportion | NotEstimable;
  readonly positivePredictiveValue: Proportion | NotEstimable;
  readonly negativePredictiveValue: Proportion | NotEstimable;
  readonly accuracy: Proportion;
  readonly likelihoodRatioPositive: LikelihoodRatio;
  readonly likelihoodRatioNegative: LikelihoodRatio;
  readonly youden: Estimable;
  readonly balancedAccuracy: Estimable;
  readonly diagnosticOddsRatio: Estimable;
  readonly f1: Estimable;
  readonly matthewsCorrelation: Estimable;
}

const share = (x: number, n: number, level: number, why: string): Proportion | NotEstimable => {
  if (n === 0) return notEstimable(why);
  const result = proportion(x, n, level);
  return result.ok ? result.value : notEstimable(why);
};

/** (x/n)/(y/m) with the log interval of Simel 1991. */
function likelihoodRatio(x: number, n: number, y: number, m: number, level: number): LikelihoodRatio {
  if (n === 0 || m === 0) {
    const why = notEstimable("patients with or without the condition are missing");
    return { value: why, infinite: false, interval: why };
  }
  const top = x / n;
  const bottom = y / m;
  if (bottom === 0) {
    const why = notEstimable(top === 0 ? "both shares are zero" : "infinite: no false results");
    return { value: why, infinite: top > 0, interval: why };
  }
  const value = top / bottom;
  if (x === 0) return { value, infinite: false, interval: notEstimable("a count is zero") };
  const se = Math.sqrt(1 / x - 1 / n + 1 / y - 1 / m);
  const z = normalQuantile((1 + level) / 2);
  return {
    value,
    infinite: false,
    interval: limits("log (Simel 1991)", level, value * Math.exp(-z * se), value * Math.exp(z * se)),
  };
}

/**
 * Accuracy of a diagnostic test from its four counts, every proportion with five intervals by name.
 * Refuses counts that are not whole, and no patients. Sources: Altman and Bland 1994; Simel 1991 (likelihood ratios).
 * Example: `diagnosticAccuracy({ truePositive: 29, falsePositive: 3, falseNegative: 17, trueNegative: 29 })`.
 */
export function diagnosticAccuracy(counts: DiagnosticCounts, level = 0.95): Result<DiagnosticAccuracy> {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = counts;
  if ([tp, fp, fn, tn].some((count) => !(Number.isInteger(count) && count >= 0))) {
    return refuse({
      code: "not-a-count",
      message: "The four counts must be whole numbers of at least 0.",
      got: `${tp}, ${fp}, ${fn}, ${tn}`,
      wanted: "counts",
    });
  }
  const n = tp + fp + fn + tn;
  const accuracy = proportion(tp + tn, n, level);
  if (!accuracy.ok) return accuracy;
  const diseased = tp + fn;
  const healthy = fp + tn;
  const bothClasses = diseased > 0 && healthy > 0;
  const none = notEstimable("patients with or without the condition are missing");
  const sensitivity = tp / diseased;
  const specificity = tn / healthy;
  const mccScale = (tp + fp) * diseased * healthy * (tn + fn);
  const zero = [tp, fp, fn, tn].includes(0);
  return ok(
    {
      n,
      prevalence: diseased / n,
      sensitivity: share(tp, diseased, level, "no patient has the condition"),
      specificity: share(tn, healthy, level, "every patient has the condition"),
      positivePredictiveValue: share(tp, tp + fp, level, "no test is positive"),
      negativePredictiveValue: share(tn, tn + fn, level, "no test is negative"),
      accuracy: accuracy.value,
      likelihoodRatioPositive: likelihoodRatio(tp, diseased, fp, healthy, level),
      likelihoodRatioNegative: likelihoodRatio(fn, diseased, tn, healthy, level),
      youden: bothClasses ? sensitivity + specificity - 1 : none,
      balancedAccuracy: bothClasses ? (sensitivity + specificity) / 2 : none,
      diagnosticOddsRatio: fp * fn > 0 ? (tp * tn) / (fp * fn) : notEstimable("there are no false results of one kind"),
      f1: tp + fp + fn > 0 ? (2 * tp) / (2 * tp + fp + fn) : notEstimable("there is no positive result or condition"),
      matthewsCorrelation: mccScale > 0 ? (tp * tn - fp * fn) / Math.sqrt(mccScale) : notEstimable("a margin is zero"),
    },
    zero
      ? [
          warningIssue({
            code: "zero-cell",
            message: "A count is zero: some ratios are infinite or have no interval.",
            got: `${tp}, ${fp}, ${fn}, ${tn}`,
          }),
        ]
      : [],
  );
}
