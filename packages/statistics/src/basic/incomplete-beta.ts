import { deviancePart, logGamma, stirlingError } from "./gamma-function.js";
import type { TailPair } from "./incomplete-gamma.js";

const TINY = 1e-300;

/** Γ(a+b+1)/(Γ(a+1)Γ(b+1)) x^a y^b for real a, b ≥ 0 and y = 1 − x: the binomial probability of a in a + b (Loader 2000). */
export function binomialTerm(a: number, b: number, x: number, y: number): number {
  if (x === 0) return a === 0 ? 1 : 0;
  if (y === 0) return b === 0 ? 1 : 0;
  if (a === 0) return Math.exp(b * (x < 0.1 ? Math.log1p(-x) : Math.log(y)));
  if (b === 0) return Math.exp(a * (y < 0.1 ? Math.log1p(-y) : Math.log(x)));
  const n = a + b;
  if (a < 1e-3 || b < 1e-3) {
    return Math.exp(
      logGamma(n + 1) -
        logGamma(a + 1) -
        logGamma(b + 1) +
        a * Math.log(x) +
        b * (x < 0.1 ? Math.log1p(-x) : Math.log(y)),
    );
  }
  const exponent =
    stirlingError(n) - stirlingError(a) - stirlingError(b) - deviancePart(a, n * x) - deviancePart(b, n * y);
  return Math.exp(exponent) * Math.sqrt(n / (2 * Math.PI * a * b));
}

/** The continued fraction of I_x(a, b) without its prefactor, by Lentz's method (Abramowitz and Stegun 1964, 26.5.8). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  if (Math.abs(d) < TINY) d = TINY;
  d = 1 / d;
  let fraction = d;
  const limit = 1000 + 100 * Math.sqrt(Math.max(a, b));
  for (let m = 1; m < limit; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 + even * d;
    if (Math.abs(d) < TINY) d = TINY;
    c = 1 + even / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 + odd * d;
    if (Math.abs(d) < TINY) d = TINY;
    c = 1 + odd / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return fraction;
}

/**
 * Regularised incomplete beta function I_x(a, b) and its complement; a, b > 0, 0 ≤ x ≤ 1.
 * `y` is 1 − x where the caller knows it better than the subtraction does. Throws outside the domain.
 * Example: `incompleteBeta(0.2, 1, 1).lower` is 0.2.
 */
export function incompleteBeta(x: number, a: number, b: number, y = 1 - x): TailPair {
  if (
    !(a > 0 && b > 0 && x >= 0 && x <= 1 && y >= 0) ||
    a === Number.POSITIVE_INFINITY ||
    b === Number.POSITIVE_INFINITY
  ) {
    throw new RangeError(`incompleteBeta wants a, b > 0 and 0 <= x <= 1, got a ${a}, b ${b}, x ${x}`);
  }
  if (x === 0) return { lower: 0, upper: 1 };
  if (y === 0) return { lower: 1, upper: 0 };
  // x^a y^b / B(a, b) = binomialTerm · ab/(a + b)
  const density = binomialTerm(a, b, x, y) / (a + b);
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(1, density * b * betaFraction(a, b, x));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, density * a * betaFraction(b, a, y));
  return { lower: 1 - upper, upper };
}
