import { betaCdf, betaUpperTail, gammaCdf, gammaUpperTail } from "./distributions.js";
import { logChoose } from "./gamma-function.js";
import { binomialTerm } from "./incomplete-beta.js";
import { poissonTerm } from "./incomplete-gamma.js";

function demandCounts(name: string, holds: boolean, got: string): void {
  if (!holds) throw new RangeError(`${name}: arguments outside the domain, got ${got}`);
}

const isBinomial = (k: number, n: number, p: number): boolean =>
  !Number.isNaN(k) && Number.isInteger(n) && n >= 0 && p >= 0 && p <= 1;

/**
 * P(X = k) of the binomial distribution, 0 for a k that cannot be. Loader 2000. Throws for an n that is no count, p outside
 * 0 … 1, NaN. R: `dbinom(k, n, p)`. Example: `binomialProbability(2, 5, 0.3)` = 0.3087.
 */
export function binomialProbability(k: number, n: number, p: number): number {
  demandCounts("binomialProbability", isBinomial(k, n, p), `k ${k}, n ${n}, p ${p}`);
  return !Number.isInteger(k) || k < 0 || k > n ? 0 : binomialTerm(k, n - k, p, 1 - p);
}

/**
 * P(X ≤ k) of the binomial distribution, by the beta distribution (Abramowitz and Stegun 1964, 26.5.24). Domain as
 * `binomialProbability`. R: `pbinom(k, n, p)`. Example: `binomialCdf(2, 5, 0.3)` = 0.83692.
 */
export function binomialCdf(k: number, n: number, p: number): number {
  demandCounts("binomialCdf", isBinomial(k, n, p), `k ${k}, n ${n}, p ${p}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 0 : whole >= n ? 1 : betaUpperTail(p, whole + 1, n - whole);
}

/**
 * P(X > k) of the binomial distribution, accurate in the tail; source and domain as `binomialCdf`.
 * R: `pbinom(k, n, p, lower.tail = FALSE)`. Example: `binomialUpperTail(2, 5, 0.3)` = 0.16308.
 */
export function binomialUpperTail(k: number, n: number, p: number): number {
  demandCounts("binomialUpperTail", isBinomial(k, n, p), `k ${k}, n ${n}, p ${p}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 1 : whole >= n ? 0 : betaCdf(p, whole + 1, n - whole);
}

/** How much larger a probability may be and still count as equal to the observed one, as R's exact tests do. */
export const EQUAL_PROBABILITY = 1 + 1e-7;

/**
 * Exact two-sided binomial test: total probability of all counts that are not more likely than the observed one.
 * Throws for an x that is no count from 0 to n. R: `binom.test(x, n, p)$p.value`. Example: `binomialTest(3, 12, 0.5)` = 0.1459….
 */
export function binomialTest(x: number, n: number, p: number): number {
  demandCounts("binomialTest", Number.isInteger(x) && x >= 0 && x <= n, `x ${x}, n ${n}`);
  const limit = binomialProbability(x, n, p) * EQUAL_PROBABILITY;
  let total = 0;
  for (let k = 0; k <= n; k++) {
    const probability = binomialProbability(k, n, p);
    if (probability <= limit) total += probability;
  }
  return Math.min(1, total);
}

/**
 * P(X = k) of the Poisson distribution, 0 for a k that is no count. Loader 2000. Throws for a negative mean and NaN.
 * R: `dpois(k, mean)`. Example: `poissonProbability(2, 3)` = 0.22404….
 */
export function poissonProbability(k: number, mean: number): number {
  demandCounts("poissonProbability", mean >= 0 && !Number.isNaN(k), `k ${k}, mean ${mean}`);
  return !Number.isInteger(k) || k < 0 ? 0 : poissonTerm(k, mean);
}

/**
 * P(X ≤ k) of the Poisson distribution, by the gamma distribution (Abramowitz and Stegun 1964, 26.4.21). Domain as
 * `poissonProbability`. R: `ppois(k, mean)`. Example: `poissonCdf(2, 3)` = 0.42319….
 */
export function poissonCdf(k: number, mean: number): number {
  demandCounts("poissonCdf", mean >= 0 && !Number.isNaN(k), `k ${k}, mean ${mean}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 0 : whole === Number.POSITIVE_INFINITY ? 1 : gammaUpperTail(mean, whole + 1);
}

/**
 * P(X > k) of the Poisson distribution, accurate in the tail; source and domain as `poissonCdf`.
 * R: `ppois(k, mean, lower.tail = FALSE)`. Example: `poissonUpperTail(2, 3)` = 0.57680….
 */
export function poissonUpperTail(k: number, mean: number): number {
  demandCounts("poissonUpperTail", mean >= 0 && !Number.isNaN(k), `k ${k}, mean ${mean}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 1 : whole === Number.POSITIVE_INFINITY ? 0 : gammaCdf(mean, whole + 1);
}

/**
 * Support and probabilities of a hypergeometric count: `marked` and `unmarked` balls, `drawn` without replacement. Throws for
 * numbers that are no counts and more drawn than there are. R: `dhyper(lowest + 0:…, marked, unmarked, drawn)`.
 * Example: `hypergeometricProbabilities(5, 7, 4).probabilities[2]` = 0.42424….
 */
export function hypergeometricProbabilities(
  marked: number,
  unmarked: number,
  drawn: number,
): { readonly lowest: number; readonly probabilities: Float64Array } {
  demandCounts(
    "hypergeometric",
    [marked, unmarked, drawn].every((count) => Number.isInteger(count) && count >= 0) && drawn <= marked + unmarked,
    `${marked}, ${unmarked}, ${drawn}`,
  );
  const lowest = Math.max(0, drawn - unmarked);
  const highest = Math.min(marked, drawn);
  const all = logChoose(marked + unmarked, drawn);
  const probabilities = Float64Array.from({ length: highest - lowest + 1 }, (_, i) =>
    Math.exp(logChoose(marked, lowest + i) + logChoose(unmarked, drawn - lowest - i) - all),
  );
  const total = probabilities.reduce((sum, p) => sum + p, 0);
  return { lowest, probabilities: probabilities.map((p) => p / total) };
}

/**
 * P(X ≤ k) of the hypergeometric distribution, summed. Domain as `hypergeometricProbabilities`; throws for a k of NaN.
 * R: `phyper(k, marked, unmarked, drawn)`. Example: `hypergeometricCdf(2, 5, 7, 4)` = 0.84848….
 */
export function hypergeometricCdf(k: number, marked: number, unmarked: number, drawn: number): number {
  demandCounts("hypergeometricCdf", !Number.isNaN(k), `k ${k}`);
  const { lowest, probabilities } = hypergeometricProbabilities(marked, unmarked, drawn);
  return Math.min(
    1,
    probabilities.reduce((sum, p, i) => (lowest + i <= k ? sum + p : sum), 0),
  );
}

/**
 * P(X > k) of the hypergeometric distribution, summed from the tail; domain as `hypergeometricCdf`.
 * R: `phyper(k, marked, unmarked, drawn, lower.tail = FALSE)`. Example: `hypergeometricUpperTail(2, 5, 7, 4)` = 0.15151….
 */
export function hypergeometricUpperTail(k: number, marked: number, unmarked: number, drawn: number): number {
  demandCounts("hypergeometricUpperTail", !Number.isNaN(k), `k ${k}`);
  const { lowest, probabilities } = hypergeometricProbabilities(marked, unmarked, drawn);
  return Math.min(
    1,
    probabilities.reduceRight((sum, p, i) => (lowest + i > k ? sum + p : sum), 0),
  );
}
