/** Sums that every other moment is made of; `mean` and the squares come from a second pass over the values. */
export interface Moments {
  readonly n: number;
  readonly sum: number;
  readonly mean: number;
  /** Σ(x − mean)², corrected for the rounding of the mean. */
  readonly sumOfSquares: number;
}

/**
 * Sum with Neumaier's compensation (Neumaier 1974), so that the order of large and small values matters little.
 * Example: `compensatedSum([1e16, 1, -1e16])` is 1, where a plain sum is 0.
 */
export function compensatedSum(values: ArrayLike<number>): number {
  let sum = 0;
  let lost = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return sum + lost;
}

/**
 * Mean and corrected sum of squares in two passes (Chan, Golub and LeVeque 1983, equation 1.7); values must be finite, n ≥ 1.
 * One-pass formulas lose the variance of values like 10⁹ + 4. Example: `moments([4, 7, 13, 16]).sumOfSquares` is 90.
 */
export function moments(values: ArrayLike<number>): Moments {
  const n = values.length;
  const sum = compensatedSum(values);
  const mean = sum / n;
  let squares = 0;
  let drift = 0;
  for (let i = 0; i < n; i++) {
    const d = values[i]! - mean;
    squares += d * d;
    drift += d;
  }
  return { n, sum, mean, sumOfSquares: squares - (drift * drift) / n };
}

/** Arithmetic mean; n ≥ 1. */
export const mean = (values: ArrayLike<number>): number => compensatedSum(values) / values.length;

/** Sample variance with divisor n − 1; n ≥ 2. R: `var(x)`. */
export const variance = (values: ArrayLike<number>): number => moments(values).sumOfSquares / (values.length - 1);

/** Sample standard deviation with divisor n − 1; n ≥ 2. R: `sd(x)`. */
export const standardDeviation = (values: ArrayLike<number>): number => Math.sqrt(variance(values));
