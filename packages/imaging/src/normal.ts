import { exponential } from "./portable-math.js";

/**
 * Standard normal distribution function by its power series, Φ(x) = ½ + φ(x)·Σ x²ⁿ⁺¹/(1·3·5…(2n+1)); absolute error below
 * 1e-15 for |x| ≤ 8, beyond which it is 0 or 1. Source: Abramowitz and Stegun 26.2.11.
 * Example: `normalCdf(-2)` is 0.02275.
 */
export function normalCdf(x: number): number {
  if (x > 8) return 1;
  if (x < -8) return 0;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (x * x) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (exponential(-0.5 * x * x) / Math.sqrt(2 * Math.PI)) * sum;
}

/** 97.5 % quantile of the standard normal. */
export const Z975 = 1.959963984540054;

const T975_SMALL = [12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934, 2.5705818356363146];

/**
 * 97.5 % quantile of Student's t with `df` ≥ 1 degrees of freedom (need not be whole above 5): tabulated up to 5, then the
 * expansion in 1/df around the normal quantile (Abramowitz and Stegun 26.7.5), whose error there is below 2e-4.
 */
export function t975(df: number): number {
  if (df < 1) throw new Error(`t975 wants df >= 1, got ${df}`);
  if (df <= 5) {
    const low = Math.floor(df);
    const a = T975_SMALL[low - 1]!;
    return a + (df - low) * (T975_SMALL[Math.min(low, 4)]! - a);
  }
  const z = Z975;
  const z2 = z * z;
  const g1 = (z * (z2 + 1)) / 4;
  const g2 = (z * (5 * z2 * z2 + 16 * z2 + 3)) / 96;
  const g3 = (z * (3 * z2 * z2 * z2 + 19 * z2 * z2 + 17 * z2 - 15)) / 384;
  const g4 = (z * (79 * z2 * z2 * z2 * z2 + 776 * z2 * z2 * z2 + 1482 * z2 * z2 - 1920 * z2 - 945)) / 92160;
  return z + g1 / df + (g2 + (g3 + g4 / df) / df) / (df * df);
}
