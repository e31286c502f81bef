import { complementaryErrorFunction, logComplementaryErrorFunction } from "./error-function.js";
import { binomialTerm, incompleteBeta } from "./incomplete-beta.js";
import { incompleteGamma, poissonTerm, type TailPair } from "./incomplete-gamma.js";
import { invertMonotone } from "./invert.js";

const SQRT_HALF = Math.SQRT1_2;

function demand(holds: boolean, name: string, wanted: string, got: number): void {
  if (!holds) throw new RangeError(`${name} wants ${wanted}, got ${got}`);
}

const demandProbability = (name: string, p: number): void =>
  demand(p >= 0 && p <= 1, name, "a probability from 0 to 1", p);

/** Standard normal density φ(x). R: `dnorm(x)`. Throws for NaN. Example: `normalDensity(1)` = 0.24197…. */
export function normalDensity(x: number): number {
  demand(!Number.isNaN(x), "normalDensity", "a number", x);
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * P(Z ≤ x) of the standard normal, accurate in the lower tail. Cody 1969. Throws for NaN. R: `pnorm(x)`.
 * Example: `normalCdf(-1.96)` = 0.024998….
 */
export function normalCdf(x: number): number {
  demand(!Number.isNaN(x), "normalCdf", "a number", x);
  return 0.5 * complementaryErrorFunction(-x * SQRT_HALF);
}

/**
 * P(Z > x), accurate in the upper tail. Cody 1969. Throws for NaN. R: `pnorm(x, lower.tail = FALSE)`.
 * Example: `normalUpperTail(1.96)` = 0.024998….
 */
export const normalUpperTail = (x: number): number => normalCdf(-x);

/** Two-sided p-value of a standard normal statistic. Example: `normalTwoSided(1.96)` = 0.04999…. */
export const normalTwoSided = (z: number): number => Math.min(1, 2 * normalUpperTail(Math.abs(z)));

/**
 * ln P(Z ≤ x), finite where the probability underflows. Cody 1969. Throws for NaN. R: `pnorm(x, log.p = TRUE)`.
 * Example: `normalLogCdf(-40)` = −804.608….
 */
export function normalLogCdf(x: number): number {
  demand(!Number.isNaN(x), "normalLogCdf", "a number", x);
  return x > 0 ? Math.log1p(-normalUpperTail(x)) : logComplementaryErrorFunction(-x * SQRT_HALF) - Math.LN2;
}

/** Coefficients of Wichura 1988, algorithm AS 241, PPND16: numerator and denominator of its three ranges, highest power first. */
const CENTRE = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852546, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
] as const;
const SHOULDER = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
] as const;
const TAIL = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
] as const;

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduce((sum, c) => sum * x + c, 0);

/**
 * Quantile of the standard normal, −∞ at 0 and ∞ at 1. Wichura 1988, AS 241 (about 1e-16). Throws outside 0 … 1. R: `qnorm(p)`.
 * For an upper tail q use `-normalQuantile(q)`, never `normalQuantile(1 - q)`. Example: `normalQuantile(0.975)` = 1.959963984540054.
 */
export function normalQuantile(p: number): number {
  demandProbability("normalQuantile", p);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * polynomial(CENTRE[0], r)) / polynomial(CENTRE[1], r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const [[top, bottom], shift] = r <= 5 ? ([SHOULDER, 1.6] as const) : ([TAIL, 5] as const);
  const size = polynomial(top, r - shift) / polynomial(bottom, r - shift);
  return q < 0 ? -size : size;
}

/** Positive quantile x = e^u whose given tail is `target`, found on log–log scale where both tails are nearly straight. */
function positiveQuantile(
  target: number,
  tail: (x: number) => number,
  density: (x: number) => number,
  side: "lower" | "upper",
  highest: number,
  start: number,
): number {
  const sign = side === "lower" ? 1 : -1;
  const goal = Math.log(target);
  const u = invertMonotone(
    (v) => {
      const x = Math.exp(v);
      const t = tail(x);
      return { value: Math.log(t) - goal, slope: (sign * x * density(x)) / t };
    },
    -745,
    highest,
    Math.log(start),
  );
  return u <= -745 ? 0 : Math.exp(u);
}

const gammaTails = (x: number, shape: number): TailPair => incompleteGamma(shape, Math.max(x, 0));

/**
 * P(X ≤ x) of the gamma distribution with this shape and rate 1. Abramowitz and Stegun 1964, 6.5; Loader 2000. Throws for
 * shape ≤ 0 or NaN. R: `pgamma(x, shape)`. Example: `gammaCdf(2, 3)` = 0.32332….
 */
export const gammaCdf = (x: number, shape: number): number => gammaTails(x, shape).lower;

/**
 * P(X > x) of the gamma distribution with rate 1, accurate in the tail; source and domain as `gammaCdf`.
 * R: `pgamma(x, shape, lower.tail = FALSE)`. Example: `gammaUpperTail(2, 3)` = 0.67667….
 */
export const gammaUpperTail = (x: number, shape: number): number => gammaTails(x, shape).upper;

/**
 * Quantile of the gamma distribution with rate 1, by Newton steps inside a bracket on log–log scale. Throws for p outside 0 … 1
 * and shape ≤ 0. R: `qgamma(p, shape)`. Example: `gammaQuantile(0.5, 2)` = 1.67834….
 */
export function gammaQuantile(p: number, shape: number): number {
  demandProbability("gammaQuantile", p);
  demand(shape > 0, "gammaQuantile", "shape > 0", shape);
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const density = (x: number): number => (poissonTerm(shape, x) * shape) / x;
  // Wilson and Hilferty 1931
  const cube = 1 - 1 / (9 * shape) + normalQuantile(p) / (3 * Math.sqrt(shape));
  const start = cube > 0.1 ? shape * cube ** 3 : Math.min(1, shape);
  return p <= 0.5
    ? positiveQuantile(p, (x) => gammaCdf(x, shape), density, "lower", 709, start)
    : positiveQuantile(1 - p, (x) => gammaUpperTail(x, shape), density, "upper", 709, start);
}

/**
 * P(X ≤ x) of chi-square; df > 0. Source and domain as `gammaCdf`. R: `pchisq(x, df)`.
 * Example: `chiSquareCdf(3.84, 1)` = 0.94995….
 */
export const chiSquareCdf = (x: number, df: number): number => gammaCdf(x / 2, df / 2);

/**
 * P(X > x) of chi-square: the p-value of a chi-square statistic; df > 0. Source and domain as `gammaCdf`.
 * R: `pchisq(x, df, lower.tail = FALSE)`. Example: `chiSquareUpperTail(3.84, 1)` = 0.050043….
 */
export const chiSquareUpperTail = (x: number, df: number): number => gammaUpperTail(x / 2, df / 2);

/** Quantile of chi-square. R: `qchisq(p, df)`. Example: `chiSquareQuantile(0.95, 1)` = 3.841458820694124. */
export const chiSquareQuantile = (p: number, df: number): number => 2 * gammaQuantile(p, df / 2);

const clampUnit = (x: number): number => Math.min(1, Math.max(0, x));

/**
 * P(X ≤ x) of the beta distribution. Abramowitz and Stegun 1964, 26.5.8; Loader 2000. Throws for a or b ≤ 0 or NaN.
 * R: `pbeta(x, a, b)`. Example: `betaCdf(0.5, 2, 3)` = 0.6875.
 */
export const betaCdf = (x: number, a: number, b: number): number => incompleteBeta(clampUnit(x), a, b).lower;

/**
 * P(X > x) of the beta distribution, accurate in the tail; source and domain as `betaCdf`.
 * R: `pbeta(x, a, b, lower.tail = FALSE)`. Example: `betaUpperTail(0.9, 2, 3)` = 0.0037.
 */
export const betaUpperTail = (x: number, a: number, b: number): number => incompleteBeta(clampUnit(x), a, b).upper;

/**
 * Quantile of the beta distribution; 0 where it lies below the smallest double. Method as `gammaQuantile`. Throws for p outside
 * 0 … 1 and a or b ≤ 0. R: `qbeta(p, a, b)`. Example: `betaQuantile(0.025, 3, 5)` = 0.098988….
 */
export function betaQuantile(p: number, a: number, b: number): number {
  demandProbability("betaQuantile", p);
  demand(a > 0, "betaQuantile", "a > 0", a);
  demand(b > 0, "betaQuantile", "b > 0", b);
  if (p === 0 || p === 1) return p;
  const density = (x: number): number => (binomialTerm(a, b, x, 1 - x) * a * b) / ((a + b) * x * (1 - x));
  const start = a / (a + b);
  return p <= 0.5
    ? positiveQuantile(p, (x) => betaCdf(x, a, b), density, "lower", 0, start)
    : positiveQuantile(1 - p, (x) => betaUpperTail(x, a, b), density, "upper", 0, start);
}

function fTails(x: number, df1: number, df2: number): TailPair {
  demand(df1 > 0 && df2 > 0, "the F distribution", "positive degrees of freedom", Math.min(df1, df2));
  if (x <= 0) return { lower: 0, upper: 1 };
  if (x === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
  if (df2 === Number.POSITIVE_INFINITY) return gammaTails((x * df1) / 2, df1 / 2);
  const scaled = df1 * x;
  return incompleteBeta(scaled / (scaled + df2), df1 / 2, df2 / 2, df2 / (scaled + df2));
}

/**
 * P(X ≤ x) of Fisher's F, by the beta distribution (Abramowitz and Stegun 1964, 26.6.2); df2 may be infinite. Throws for df ≤ 0 or
 * NaN. R: `pf(x, df1, df2)`. Example: `fCdf(3, 2, 10)` = 0.90463….
 */
export const fCdf = (x: number, df1: number, df2: number): number => fTails(x, df1, df2).lower;

/**
 * P(X > x) of Fisher's F: the p-value of an F statistic. Source and domain as `fCdf`. R: `pf(x, df1, df2, lower.tail = FALSE)`.
 * Example: `fUpperTail(3, 2, 10)` = 0.095367….
 */
export const fUpperTail = (x: number, df1: number, df2: number): number => fTails(x, df1, df2).upper;

/** Quantile of Fisher's F. R: `qf(p, df1, df2)`. Example: `fQuantile(0.975, 6, 12)` = 3.7282921153925086. */
export function fQuantile(p: number, df1: number, df2: number): number {
  demandProbability("fQuantile", p);
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  if (df2 === Number.POSITIVE_INFINITY) return chiSquareQuantile(p, df1) / df1;
  const a = df1 / 2;
  const b = df2 / 2;
  const density = (x: number): number => {
    const sum = df1 * x + df2;
    return (binomialTerm(a, b, (df1 * x) / sum, df2 / sum) * a * b) / ((a + b) * x);
  };
  return p <= 0.5
    ? positiveQuantile(p, (x) => fCdf(x, df1, df2), density, "lower", 700, 1)
    : positiveQuantile(1 - p, (x) => fUpperTail(x, df1, df2), density, "upper", 700, 1);
}

/**
 * P(T > t) of Student's t, accurate in the tail; t² has Fisher's F. df may be infinite. Throws for df ≤ 0 or NaN.
 * R: `pt(t, df, lower.tail = FALSE)`. Example: `studentUpperTail(2, 10)` = 0.036694….
 */
export function studentUpperTail(t: number, df: number): number {
  demand(!Number.isNaN(t), "studentUpperTail", "a number", t);
  demand(df > 0, "studentUpperTail", "df > 0", df);
  if (df === Number.POSITIVE_INFINITY) return normalUpperTail(t);
  const outside = fTails(t * t, 1, df).upper / 2;
  return t >= 0 ? outside : 1 - outside;
}

/** P(T ≤ t) of Student's t; source and domain as `studentUpperTail`. R: `pt(t, df)`. Example: `studentCdf(2, 10)` = 0.96330…. */
export const studentCdf = (t: number, df: number): number => studentUpperTail(-t, df);

/** Two-sided p-value of a t statistic. Example: `studentTwoSided(2.228139, 10)` = 0.05. */
export const studentTwoSided = (t: number, df: number): number => Math.min(1, 2 * studentUpperTail(Math.abs(t), df));

/** Quantile of Student's t. R: `qt(p, df)`. Example: `studentQuantile(0.975, 1)` = 12.706204736174694. */
export function studentQuantile(p: number, df: number): number {
  demandProbability("studentQuantile", p);
  demand(df > 0, "studentQuantile", "df > 0", df);
  if (p === 0.5) return 0;
  if (df === Number.POSITIVE_INFINITY) return normalQuantile(p);
  const outer = Math.min(p, 1 - p);
  if (outer === 0) return p === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  const size = Math.sqrt(outer < 0.25 ? fQuantileUpper(2 * outer, df) : fQuantile(2 * Math.abs(p - 0.5), 1, df));
  return p < 0.5 ? -size : size;
}

/** x with P(F(1, df) > x) = q, without forming 1 − q. */
function fQuantileUpper(q: number, df: number): number {
  const density = (x: number): number =>
    (binomialTerm(0.5, df / 2, x / (x + df), df / (x + df)) * df) / (2 * (1 + df) * x);
  return positiveQuantile(q, (x) => fUpperTail(x, 1, df), density, "upper", 700, 4);
}
