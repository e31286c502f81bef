import { ok, type Result, refuse } from "@livermark/core";
import type { NumericColumn } from "../models/columns.js";
import { normalQuantile, normalUpperTail } from "./distributions.js";
import { moments } from "./moments.js";
import { presentValues } from "./sample.js";

/** Result of the Shapiro–Wilk test of normality. */
export interface ShapiroWilk {
  readonly method: "Shapiro-Wilk (Royston 1995)";
  readonly n: number;
  readonly missing: number;
  readonly w: number;
  readonly p: number;
}

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, c) => sum * x + c, 0);

/** Weights of the upper half of the ordered sample, largest first (Royston 1995, section 2). */
function weights(n: number): Float64Array {
  const half = Math.floor(n / 2);
  const a = new Float64Array(half);
  if (n === 3) {
    a[0] = Math.SQRT1_2;
    return a;
  }
  let squares = 0;
  for (let i = 0; i < half; i++) {
    a[i] = -normalQuantile((i + 1 - 0.375) / (n + 0.25));
    squares += a[i]! ** 2;
  }
  const total = 2 * squares;
  const root = Math.sqrt(total);
  const r = 1 / Math.sqrt(n);
  const first = polynomial([0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056], r) + a[0]! / root;
  const second = n > 5 ? polynomial([0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633], r) + a[1]! / root : 0;
  const fixed = n > 5 ? 2 : 1;
  const top = total - 2 * a[0]! ** 2 - (n > 5 ? 2 * a[1]! ** 2 : 0);
  const bottom = 1 - 2 * first ** 2 - (n > 5 ? 2 * second ** 2 : 0);
  const scale = Math.sqrt(top / bottom);
  for (let i = fixed; i < half; i++) a[i] = a[i]! / scale;
  a[0] = first;
  if (n > 5) a[1] = second;
  return a;
}

/** P-value of W (Royston 1995, table 1; exact for n = 3). */
function pValue(oneMinusW: number, n: number): number {
  if (n === 3) {
    const w = 1 - oneMinusW;
    return Math.max(0, (6 / Math.PI) * (Math.asin(Math.sqrt(w)) - Math.asin(Math.sqrt(0.75))));
  }
  let y = Math.log(oneMinusW);
  const logN = Math.log(n);
  let mean: number;
  let sd: number;
  if (n <= 11) {
    const gamma = polynomial([-2.273, 0.459], n);
    if (y >= gamma) return 1e-99;
    y = -Math.log(gamma - y);
    mean = polynomial([0.544, -0.39978, 0.025054, -6.714e-4], n);
    sd = Math.exp(polynomial([1.3822, -0.77857, 0.062767, -0.0020322], n));
  } else {
    mean = polynomial([-1.5861, -0.31082, -0.083751, 0.0038915], logN);
    sd = Math.exp(polynomial([-0.4803, -0.082676, 0.0030302], logN));
  }
  return normalUpperTail((y - mean) / sd);
}

/**
 * Shapiro–Wilk test that values come from a normal distribution, n from 3 to 5000. Refuses other n, and values that are all equal.
 * Royston 1995, algorithm AS R94. Not for deciding the test of a comparison on the same data. R: `shapiro.test(x)`.
 * Example: `shapiroWilk([1, 2, 3, 4, 10])` has w 0.8357….
 */
export function shapiroWilk(values: NumericColumn, name = "x"): Result<ShapiroWilk> {
  const sample = presentValues(values, name, 3);
  if (!sample.ok) return sample;
  const x = Float64Array.from(sample.value.values).sort();
  const n = x.length;
  if (n > 5000) {
    return refuse({
      code: "too-many-values",
      message: "The Shapiro-Wilk approximation ends at 5000 values.",
      got: n,
      wanted: "3 to 5000 values",
    });
  }
  const range = x[n - 1]! - x[0]!;
  if (!(range > 0)) {
    return refuse({
      code: "constant-values",
      message: `All values of ${name} are equal.`,
      got: x[0]!,
      wanted: "values that differ",
    });
  }
  const scaled = x.map((value) => value / range);
  const { mean, sumOfSquares } = moments(scaled);
  const a = weights(n);
  let normaliser = 0;
  for (const weight of a) normaliser += 2 * weight * weight;
  const root = Math.sqrt(normaliser * sumOfSquares);
  let contrast = 0;
  for (let i = 0; i < a.length; i++) contrast += a[i]! * (scaled[n - 1 - i]! - mean - (scaled[i]! - mean));
  // 1 − W = (√ − contrast)(√ + contrast)/√² keeps its digits when W is near 1
  const oneMinusW = Math.max(0, ((root - contrast) * (root + contrast)) / (root * root));
  const p = oneMinusW === 0 ? 1 : pValue(oneMinusW, n);
  return ok(
    { method: "Shapiro-Wilk (Royston 1995)", n, missing: sample.value.missing, w: 1 - oneMinusW, p },
    sample.value.issues,
  );
}
