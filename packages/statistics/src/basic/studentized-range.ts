import { normalCdf, normalDensity } from "./distributions.js";
import { logGamma } from "./gamma-function.js";

/** Nodes and weights of Gauss–Legendre quadrature on −1 … 1, by Newton's method on the Legendre polynomial. */
function gaussLegendre(n: number): readonly { readonly x: number; readonly weight: number }[] {
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let iteration = 0; iteration < 100; iteration++) {
      let before = 1;
      let value = x;
      for (let k = 2; k <= n; k++) {
        const next = ((2 * k - 1) * x * value - (k - 1) * before) / k;
        before = value;
        value = next;
      }
      slope = (n * (x * value - before)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    return { x, weight: 2 / ((1 - x * x) * slope * slope) };
  });
}

type Rule = ReturnType<typeof gaussLegendre>;

function integrate(f: (x: number) => number, from: number, to: number, pieces: number, rule: Rule): number {
  const half = (to - from) / pieces / 2;
  let total = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const centre = from + half * (2 * piece + 1);
    for (const { x, weight } of rule) total += weight * f(centre + half * x);
  }
  return total * half;
}

/** P(range of k standard normals > w) = k ∫ φ(z) Φ(z)^(k−1) [1 − (1 − Φ(z − w)/Φ(z))^(k−1)] dz, z being the largest value. */
function rangeUpperTail(w: number, k: number, rule: Rule): number {
  const tail = (z: number): number => {
    const all = normalCdf(z);
    return k * normalDensity(z) * all ** (k - 1) * -Math.expm1((k - 1) * Math.log1p(-normalCdf(z - w) / all));
  };
  return integrate(tail, -8, 9, 24, rule);
}

/**
 * P(Q > q) of the studentized range of k means with df degrees of freedom, by Gauss–Legendre quadrature of its double integral
 * (Copenhaver and Holland 1988, equation 2.1). The p-value of Tukey's honest significant differences.
 * Throws for k < 2 or df < 2. R: `ptukey(q, k, df, lower.tail = FALSE)`. Example: `studentizedRangeUpperTail(3.5, 3, 20)` = 0.0559.
 */
export function studentizedRangeUpperTail(q: number, k: number, df: number): number {
  if (!(k >= 2 && df >= 2))
    throw new RangeError(`studentizedRangeUpperTail wants k >= 2 and df >= 2, got ${k} and ${df}`);
  if (q <= 0) return 1;
  const rule = gaussLegendre(16);
  if (df > 1e6) return Math.min(1, rangeUpperTail(q, k, rule));
  // Density of s = √(χ²/df)
  const constant = (df / 2) * Math.log(df / 2) + Math.LN2 - logGamma(df / 2);
  const density = (s: number): number => Math.exp(constant + (df - 1) * Math.log(s) - (df * s * s) / 2);
  const spread = 1 / Math.sqrt(2 * df);
  const from = Math.max(1e-12, 1 - 12 * spread);
  const to = 1 + 14 * spread;
  return Math.min(
    1,
    integrate((s) => density(s) * rangeUpperTail(q * s, k, rule), from, to, 12, rule),
  );
}
