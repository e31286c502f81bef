import { deviancePart, logGamma, stirlingError } from "./gamma-function.js";

/** A probability and its complement, each computed for itself where it is small. */
export interface TailPair {
  readonly lower: number;
  readonly upper: number;
}

const TINY = 1e-300;

/** x^a e^(−x) / Γ(a + 1), the Poisson probability of a events with mean x for real a (Loader 2000). */
export function poissonTerm(a: number, x: number): number {
  if (x === 0) return a === 0 ? 1 : 0;
  if (a === 0) return Math.exp(-x);
  if (a < 1e-4) return Math.exp(a * Math.log(x) - x - logGamma(a + 1));
  return Math.exp(-stirlingError(a) - deviancePart(a, x)) / Math.sqrt(2 * Math.PI * a);
}

/**
 * Regularised incomplete gamma functions P(a, x) and Q(a, x) = 1 − P; a > 0, x ≥ 0.
 * Power series below x = a + 1, continued fraction above (Abramowitz and Stegun 1964, 6.5.29 and 6.5.31, by Lentz's method),
 * with the saddle-point prefactor of Loader 2000. Throws outside the domain.
 * Example: `incompleteGamma(1, 2).upper` is e⁻².
 */
export function incompleteGamma(a: number, x: number): TailPair {
  if (!(a > 0 && a < Number.POSITIVE_INFINITY && x >= 0)) {
    throw new RangeError(`incompleteGamma wants a > 0 and x >= 0, got ${a} and ${x}`);
  }
  if (x === 0) return { lower: 0, upper: 1 };
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  const factor = poissonTerm(a, x);
  const limit = 1000 + 40 * Math.sqrt(a);
  if (x < a + 1) {
    let term = 1;
    let sum = 1;
    for (let n = 1; n < limit * 10; n++) {
      term *= x / (a + n);
      sum += term;
      if (term < sum * 1e-17) break;
    }
    const lower = Math.min(1, factor * sum);
    return { lower, upper: 1 - lower };
  }
  let b = x + 1 - a;
  let c = 1 / TINY;
  let d = 1 / b;
  let fraction = d;
  for (let i = 1; i < limit * 10; i++) {
    const numerator = -i * (i - a);
    b += 2;
    d = numerator * d + b;
    if (Math.abs(d) < TINY) d = TINY;
    c = b + numerator / c;
    if (Math.abs(c) < TINY) c = TINY;
    d = 1 / d;
    const change = c * d;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  const upper = Math.min(1, factor * a * fraction);
  return { lower: 1 - upper, upper };
}
