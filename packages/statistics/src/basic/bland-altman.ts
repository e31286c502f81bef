import { ok, type Result, warningIssue } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { pearsonCorrelation } from "./correlation.js";
import { normalQuantile, studentQuantile } from "./distributions.js";
import { moments } from "./moments.js";
import { type Estimable, presentPairs } from "./sample.js";

/** Agreement of two measurements of the same quantity; differences are first minus second. */
export interface BlandAltman {
  readonly n: number;
  readonly missing: number;
  readonly bias: number;
  readonly sd: number;
  readonly biasInterval: Limits;
  /** Limits of agreement: bias ± 1.96 sd, as Bland and Altman print them. */
  readonly lowerLimit: number;
  readonly upperLimit: number;
  /** Bias ± the exact normal quantile × sd. */
  readonly lowerLimitExact: number;
  readonly upperLimitExact: number;
  /** √(3/n) sd (1986), and the form with n − 1 in the variance of sd, which the intervals use (1999). */
  readonly limitStandardErrorApproximate: number;
  readonly limitStandardError: number;
  readonly lowerLimitInterval: Limits;
  readonly upperLimitInterval: Limits;
  /** Correlation and slope of difference on mean. */
  readonly proportionalBias: { readonly r: number; readonly p: number; readonly slope: number } | NotEstimable;
  /** √(Σd²/2n) of duplicate measurements, and 1.96 √2 times it. */
  readonly withinSubjectSd: number;
  readonly repeatabilityCoefficient: number;
  /** 1.96 sd: repeatability when the bias is taken as real. */
  readonly repeatabilityFromSd: number;
  /** Concordance correlation coefficient (Lin 1989, divisor n). */
  readonly linConcordance: Estimable;
  /** Mean and SD of 200 (a − b)/(a + b), in percent. */
  readonly percentBias: Estimable;
  readonly percentSd: Estimable;
}

/**
 * Bland–Altman analysis of two columns, in rows where both are present. Refuses fewer than 3 pairs.
 * Warns when the difference changes with the mean (p < 0.05), where constant limits mislead.
 * Sources: Bland and Altman 1986, 1999; Lin 1989. Example: `blandAltman([1, 2, 4], [1, 3, 3]).value.bias` is 0.
 */
export function blandAltman(a: NumericColumn, b: NumericColumn, level = 0.95): Result<BlandAltman> {
  const pairs = presentPairs(a, b, 3);
  if (!pairs.ok) return pairs;
  const { x, y } = pairs.value;
  const n = x.length;
  const differences = x.map((value, i) => value - y[i]!);
  const means = x.map((value, i) => (value + y[i]!) / 2);
  const d = moments(differences);
  const bias = d.mean;
  const sd = Math.sqrt(d.sumOfSquares / (n - 1));
  const t = studentQuantile((1 + level) / 2, n - 1);
  const seLimit = sd * Math.sqrt(1 / n + 1.96 ** 2 / (2 * (n - 1)));
  const around = (method: string, centre: number, se: number): Limits =>
    limits(method, level, centre - t * se, centre + t * se);
  const trend = pearsonCorrelation(differences, means, level);
  const proportionalBias = trend.ok
    ? {
        r: trend.value.r,
        p: trend.value.p,
        slope: trend.value.r * Math.sqrt(d.sumOfSquares / moments(means).sumOfSquares),
      }
    : notEstimable("the differences or the means are all equal");
  const withinSubjectSd = Math.sqrt(differences.reduce((sum, value) => sum + value * value, 0) / (2 * n));
  const sums = x.map((value, i) => value + y[i]!);
  const percents = sums.every((sum) => sum !== 0)
    ? moments(differences.map((value, i) => (200 * value) / sums[i]!))
    : null;
  const zeroSum = notEstimable("a pair sums to zero");
  const issues = [...pairs.value.issues];
  if (trend.ok && trend.value.p < 0.05) {
    issues.push(
      warningIssue({
        code: "proportional-bias",
        message:
          "The difference changes with the size of the measurement, so that constant limits of agreement mislead.",
        got: `r ${trend.value.r}`,
        mend: "Analyse on log or percent scale.",
      }),
    );
  }
  return ok(
    {
      n,
      missing: pairs.value.missing,
      bias,
      sd,
      biasInterval: around("Student t", bias, sd / Math.sqrt(n)),
      lowerLimit: bias - 1.96 * sd,
      upperLimit: bias + 1.96 * sd,
      lowerLimitExact: bias - normalQuantile(0.975) * sd,
      upperLimitExact: bias + normalQuantile(0.975) * sd,
      limitStandardErrorApproximate: (Math.sqrt(3) * sd) / Math.sqrt(n),
      limitStandardError: seLimit,
      lowerLimitInterval: around("Student t", bias - 1.96 * sd, seLimit),
      upperLimitInterval: around("Student t", bias + 1.96 * sd, seLimit),
      proportionalBias,
      withinSubjectSd,
      repeatabilityCoefficient: 1.96 * Math.SQRT2 * withinSubjectSd,
      repeatabilityFromSd: 1.96 * sd,
      linConcordance: concordance(x, y),
      percentBias: percents === null ? zeroSum : percents.mean,
      percentSd: percents === null ? zeroSum : Math.sqrt(percents.sumOfSquares / (n - 1)),
    },
    issues,
  );
}

function concordance(x: Float64Array, y: Float64Array): Estimable {
  const a = moments(x);
  const b = moments(y);
  let cross = 0;
  for (let i = 0; i < x.length; i++) cross += (x[i]! - a.mean) * (y[i]! - b.mean);
  const scale = a.sumOfSquares + b.sumOfSquares + x.length * (a.mean - b.mean) ** 2;
  return scale > 0 ? (2 * cross) / scale : notEstimable("all values are equal");
}
