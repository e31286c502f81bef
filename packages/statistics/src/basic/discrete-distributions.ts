import { betaCdf, betaUpperTail, gammaCdf, gammaUpperTail } from "./distributions.js";
import { logChoose } from "./gamma-function.js";
import { binomialTerm } from "./incomplete-beta.js";
import { poissonTerm } from "./incomplete-gamma.js";

function demandCounts(name: string, holds: boolean, got: string): void {
  if (!holds) throw new RangeError(`${name}: arguments outside the domain, got ${got}`);
}

/** P(X = k) of the binomial distribution (Loader 2000). R: `dbinom(k, n, p)`. */
export function binomialProbability(k: number, n: number, p: number): number {
  demandCounts("binomialProbability", Number.isInteger(n) && n >= 0 && p >= 0 && p <= 1, `n ${n}, p ${p}`);
  return !Number.isInteger(k) || k < 0 || k > n ? 0 : binomialTerm(k, n - k, p, 1 - p);
}

/** P(X ≤ k) of the binomial distribution. R: `pbinom(k, n, p)`. */
export function binomialCdf(k: number, n: number, p: number): number {
  demandCounts("binomialCdf", Number.isInteger(n) && n >= 0 && p >= 0 && p <= 1, `n ${n}, p ${p}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 0 : whole >= n ? 1 : betaUpperTail(p, whole + 1, n - whole);
}

/** P(X > k) of the binomial distribution. R: `pbinom(k, n, p, lower.tail = FALSE)`. */
export function binomialUpperTail(k: number, n: number, p: number): number {
  demandCounts("binomialUpperTail", Number.isInteger(n) && n >= 0 && p >= 0 && p <= 1, `n ${n}, p ${p}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 1 : whole >= n ? 0 : betaCdf(p, whole + 1, n - whole);
}

/** How much larger a probability may be and still count as equal to the observed one, as R's exact tests do. */
export const EQUAL_PROBABILITY = 1 + 1e-7;

/**
 * Exact two-sided binomial test: total probability of all counts that are not more likely than the observed one.
 * R: `binom.test(x, n, p)$p.value`. Example: `binomialTest(3, 12, 0.5)` = 0.1459….
 */
export function binomialTest(x: number, n: number, p: number): number {
  const limit = binomialProbability(x, n, p) * EQUAL_PROBABILITY;
  let total = 0;
  for (let k = 0; k <= n; k++) {
    const probability = binomialProbability(k, n, p);
    if (probability <= limit) total += probability;
  }
  return Math.min(1, total);
}

/** P(X = k) of the Poisson distribution. R: `dpois(k, mean)`. */
export function poissonProbability(k: number, mean: number): number {
  demandCounts("poissonProbability", mean >= 0, `mean ${mean}`);
  return !Number.isInteger(k) || k < 0 ? 0 : poissonTerm(k, mean);
}

/** P(X ≤ k) of the Poisson distribution. R: `ppois(k, mean)`. */
export function poissonCdf(k: number, mean: number): number {
  demandCounts("poissonCdf", mean >= 0, `mean ${mean}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 0 : gammaUpperTail(mean, whole + 1);
}

/** P(X > k) of the Poisson distribution. R: `ppois(k, mean, lower.tail = FALSE)`. */
export function poissonUpperTail(k: number, mean: number): number {
  demandCounts("poissonUpperTail", mean >= 0, `mean ${mean}`);
  const whole = Math.floor(k + 1e-7);
  return whole < 0 ? 1 : gammaCdf(mean, whole + 1);
}

/** Support and probabilities of a hypergeometric count: `marked` and `unmarked` balls, `drawn` without replacement. */
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

/** P(X ≤ k) of the hypergeometric distribution. R: `phyper(k, marked, unmarked, drawn)`. */
export function hypergeometricCdf(k: number, marked: number, unmarked: number, drawn: number): number {
  const { lowest, probabilities } = hypergeometricProbabilities(marked, unmarked, drawn);
  return Math.min(
    1,
    probabilities.reduce((sum, p, i) => (lowest + i <= k ? sum + p : sum), 0),
  );
}

/** P(X > k) of the hypergeometric distribution. R: `phyper(k, marked, unmarked, drawn, lower.tail = FALSE)`. */
export function hypergeometricUpperTail(k: number, marked: number, unmarked: number, drawn: number): number {
  const { lowest, probabilities } = hypergeometricProbabilities(marked, unmarked, drawn);
  return Math.min(
    1,
    probabilities.reduceRight((sum, p, i) => (lowest + i > k ? sum + p : sum), 0),
  );
}
