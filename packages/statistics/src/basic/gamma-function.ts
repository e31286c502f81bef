/** ζ(k) − 1 for k = 2 … 28, the coefficients of the Taylor series of ln Γ about 1 (Abramowitz and Stegun 1964, 23.2). */
const ZETA_MINUS_ONE = [
  0.6449340668482264, 0.2020569031595943, 0.08232323371113819, 0.03692775514336993, 0.01734306198444914,
  0.008349277381922827, 0.00407735619794434, 0.0020083928260822143, 0.0009945751278180853, 0.0004941886041194645,
  0.0002460865533080483, 0.00012271334757848915, 6.124813505870483e-5, 3.058823630702049e-5, 1.528225940865187e-5,
  7.637197637899763e-6, 3.81729326499984e-6, 1.908212716553939e-6, 9.539620338727962e-7, 4.769329867878064e-7,
  2.38450502727733e-7, 1.1921992596531106e-7, 5.960818905125948e-8, 2.980350351465228e-8, 1.4901554828365043e-8,
  7.45071178983543e-9, 3.725334024788457e-9,
] as const;
const ONE_MINUS_EULER = 0.42278433509846713;
const HALF_LOG_TWO_PI = 0.9189385332046728;

/** ln Γ(2 + z) for |z| ≤ 1/2: exact to the last digits also where ln Γ vanishes. */
function logGammaNearTwo(z: number): number {
  let sum = 0;
  for (let k = ZETA_MINUS_ONE.length + 1; k >= 2; k--) {
    sum = -z * sum + ZETA_MINUS_ONE[k - 2]! / k;
  }
  return z * (ONE_MINUS_EULER + z * sum);
}

/** The Stirling series 1/12n − 1/360n³ + …, for n ≥ 10. */
function stirlingSeries(n: number): number {
  const r = 1 / (n * n);
  return (
    (1 / 12 -
      r *
        (1 / 360 -
          r *
            (1 / 1260 -
              r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360 - r * (1 / 156 - r * 0.029550653594771242))))))) /
    n
  );
}

/**
 * ln Γ(x), x > 0, to about 1e-15 relative, also near its zeros at 1 and 2.
 * Taylor series about 2 (Abramowitz and Stegun 1964, 6.1.33), recurrence below 10, Stirling's series above (6.1.41).
 * Throws for x that is not a positive number. Example: `logGamma(5)` is ln 24.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) throw new RangeError(`logGamma wants x > 0, got ${x}`);
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x < 0.5) return logGammaNearTwo(x) - Math.log1p(x) - Math.log(x);
  if (x < 1.5) return logGammaNearTwo(x - 1) - Math.log(x);
  if (x <= 2.5) return logGammaNearTwo(x - 2);
  if (x < 10) {
    let product = 1;
    let y = x;
    while (y > 2.5) {
      y -= 1;
      product *= y;
    }
    return logGammaNearTwo(y - 2) + Math.log(product);
  }
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_TWO_PI + stirlingSeries(x);
}

/**
 * δ(n) = ln n! − (n + ½) ln n + n − ½ ln 2π: what Stirling's formula leaves out; n > 0, real.
 * Loader 2000, "Fast and accurate computation of binomial probabilities", section 2.
 */
export function stirlingError(n: number): number {
  if (n >= 10) return stirlingSeries(n);
  return logGamma(n + 1) - (n + 0.5) * Math.log(n) + n - HALF_LOG_TWO_PI;
}

/**
 * Deviance part D(x, m) = x ln(x/m) + m − x without cancellation near x = m; x ≥ 0, m > 0 (Loader 2000, section 3).
 */
export function deviancePart(x: number, m: number): number {
  if (x === 0) return m;
  const difference = x - m;
  if (Math.abs(difference) >= 0.1 * (x + m)) return x * Math.log(x / m) + m - x;
  const v = difference / (x + m);
  const square = v * v;
  let sum = difference * v;
  let term = 2 * x * v;
  for (let j = 1; j < 1000; j++) {
    term *= square;
    const next = sum + term / (2 * j + 1);
    if (next === sum) break;
    sum = next;
  }
  return sum;
}

/** ln Γ(n + 1) = ln n!, n > −1, by `logGamma`. R: `lfactorial(n)`. Example: `logFactorial(4)` is ln 24. */
export const logFactorial = (n: number): number => logGamma(n + 1);

/** ln of the number of ways to choose k of n, by `logGamma`; −Infinity outside 0 ≤ k ≤ n. R: `lchoose(n, k)`. Example: `logChoose(10, 3)` is ln 120. */
export const logChoose = (n: number, k: number): number =>
  k < 0 || k > n
    ? Number.NEGATIVE_INFINITY
    : k === 0 || k === n
      ? 0
      : logFactorial(n) - logFactorial(k) - logFactorial(n - k);
