import { ok, type Result } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "../models/estimability.js";
import { studentQuantile } from "./distributions.js";
import { compensatedSum, moments } from "./moments.js";
import { median, medianAbsoluteDeviation, type QuantileType, quantiles, tukeyFiveNumbers } from "./quantile.js";
import { type Estimable, presentValues } from "./sample.js";

/** Description of one numeric variable. Conventions stand in the record. */
export interface Description {
  readonly n: number;
  readonly missing: number;
  readonly sum: number;
  readonly mean: number;
  /** Divisor of the variance: n − 1. */
  readonly varianceDivisor: "n-1";
  readonly variance: Estimable;
  readonly sd: Estimable;
  readonly standardErrorOfMean: Estimable;
  readonly min: number;
  readonly max: number;
  readonly median: number;
  /** Quartiles 25 % and 75 % by the named quantile type. */
  readonly quartiles: readonly [number, number];
  readonly quantileType: QuantileType;
  /** Minimum, lower hinge, median, upper hinge, maximum. */
  readonly tukey: readonly [number, number, number, number, number];
  /** Median absolute deviation × 1.4826. */
  readonly madScaled: number;
  readonly meanInterval: Limits | NotEstimable;
  /** Moment coefficients g₁ and g₂ (divisor n), and their small-sample forms G₁ and G₂, which SPSS and SAS print. */
  readonly skewnessMoment: Estimable;
  readonly kurtosisMoment: Estimable;
  readonly skewness: Estimable;
  readonly kurtosis: Estimable;
  readonly geometricMean: Estimable;
  readonly coefficientOfVariation: Estimable;
}

/**
 * Describes a numeric column; null and NaN are missing and counted. Refuses a column without values, and infinite values.
 * What needs more values than there are, or a positive spread, is tagged as not estimable.
 * Sources: Joanes and Gill 1998 (skewness, kurtosis), Hyndman and Fan 1996 (quartiles), Tukey 1977 (hinges).
 * Example: `describe([3, 7])` has mean 5 and sd 2.828….
 */
export function describe(
  values: NumericColumn,
  options: { readonly quantileType?: QuantileType; readonly level?: number; readonly name?: string } = {},
): Result<Description> {
  const sample = presentValues(values, options.name ?? "x");
  if (!sample.ok) return sample;
  const x = sample.value.values;
  const { n, sum, mean, sumOfSquares } = moments(x);
  const quantileType = options.quantileType ?? 7;
  const level = options.level ?? 0.95;
  const single = notEstimable("one value has no spread");
  const variance = n > 1 ? sumOfSquares / (n - 1) : single;
  const sd = typeof variance === "number" ? Math.sqrt(variance) : variance;
  const standardErrorOfMean = typeof sd === "number" ? sd / Math.sqrt(n) : sd;
  const half =
    typeof standardErrorOfMean === "number" ? studentQuantile((1 + level) / 2, n - 1) * standardErrorOfMean : 0;
  const tukey = tukeyFiveNumbers(x);
  const [low, high] = quantiles(x, [0.25, 0.75], quantileType);
  return ok(
    {
      n,
      missing: sample.value.missing,
      sum,
      mean,
      varianceDivisor: "n-1",
      variance,
      sd,
      standardErrorOfMean,
      min: tukey[0],
      max: tukey[4],
      median: median(x),
      quartiles: [low!, high!],
      quantileType,
      tukey,
      madScaled: medianAbsoluteDeviation(x),
      meanInterval: n > 1 ? limits("Student t", level, mean - half, mean + half) : single,
      ...shape(x, mean, sumOfSquares),
      geometricMean: x.every((value) => value > 0)
        ? Math.exp(compensatedSum(x.map(Math.log)) / n)
        : notEstimable("a value is not positive"),
      coefficientOfVariation: typeof sd !== "number" ? sd : mean === 0 ? notEstimable("the mean is zero") : sd / mean,
    },
    sample.value.issues,
  );
}

function shape(
  x: Float64Array,
  mean: number,
  sumOfSquares: number,
): Pick<Description, "skewnessMoment" | "kurtosisMoment" | "skewness" | "kurtosis"> {
  const n = x.length;
  if (!(sumOfSquares > 0)) {
    const none = notEstimable("all values are equal");
    return { skewnessMoment: none, kurtosisMoment: none, skewness: none, kurtosis: none };
  }
  const m2 = sumOfSquares / n;
  const g1 = compensatedSum(x.map((value) => (value - mean) ** 3)) / n / m2 ** 1.5;
  const g2 = compensatedSum(x.map((value) => (value - mean) ** 4)) / n / m2 ** 2 - 3;
  return {
    skewnessMoment: g1,
    kurtosisMoment: g2,
    skewness: n > 2 ? (g1 * Math.sqrt(n * (n - 1))) / (n - 2) : notEstimable("fewer than 3 values"),
    kurtosis: n > 3 ? ((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6) : notEstimable("fewer than 4 values"),
  };
}
