import { normalCdf, normalDensity } from "./distributions.js";
import { logGamma } from "./gamma-function.js";

interface Node {
  readonly x: number;
  readonly weight: number;
}

/** Nodes and weights of Gauss–Legendre quadrature on −1 … 1, by Newton's method on the Legendre polynomial. */
function gaussLegendre(n: number): readonly Node[] {
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

function integrate(f: (x: number) => number, from: number, to: number, pieces: number, rule: readonly Node[]): number {
  const half = (to - from) / pieces / 2;
  let total = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const centre = from + half * (2 * piece + 1);
    for (const { x, weight } of rule) total += weight * f(centre + half * x);
  }
  return total * half;
}

/** P(range of k standard normals > w) = k ∫ φ(z) Φ(z)^(k−1) [1 − (1 − Φ(z − w)/Φ(z))^(k−1)] dz, z being the largest value. */
function rangeUpperTail(w: number, k: number, rule: readonly Node[]): number {
  const tail = (z: number): number => {
    const all = normalCdf(z);
    return k * normalDensity(z) * all ** (k - 1) * -Math.expm1((k - 1) * Math.log1p(-normalCdf(z - w) / all));
  };
  return integrate(tail, -8, 9, 24, rule);
}

function demandDomain(name: string, k: number, df: number): void {
  if (!(k >= 2 && df >= 2)) throw new RangeError(`${name} wants k >= 2 and df >= 2, got ${k} and ${df}`);
}

/**
 * P(Q > q) of the studentized range of k means with df degrees of freedom, about 1e-14 relative: Gauss–Legendre quadrature of
 * the upper tail itself (Copenhaver and Holland 1988, equation 2.1). The p-value of Tukey's honest significant differences.
 * Throws for k < 2 or df < 2. Example: `studentizedRangeUpperTail(3.5, 3, 20)` = 0.0559.
 */
export function studentizedRangeUpperTail(q: number, k: number, df: number): number {
  demandDomain("studentizedRangeUpperTail", k, df);
  if (q <= 0) return 1;
  const rule = gaussLegendre(16);
  if (df > 1e6) return Math.min(1, rangeUpperTail(q, k, rule));
  // Density of s = √(χ²/df)
  const constant = (df / 2) * Math.log(df / 2) + Math.LN2 - logGamma(df / 2);
  const density = (s: number): number => Math.exp(constant + (df - 1) * Math.log(s) - (df * s * s) / 2);
  const spread = 1 / Math.sqrt(2 * df);
  const from = Math.max(1e-12, 1 - 12 * spread);
  return Math.min(
    1,
    integrate((s) => density(s) * rangeUpperTail(q * s, k, rule), from, 1 + 14 * spread, 12, rule),
  );
}

/** P(range ≤ w) with the inner quadrature of Copenhaver and Holland 1988, section 3: 12 nodes on 2 or 3 parts of w/2 … 8. */
function coarseRangeCdf(w: number, k: number, rule: readonly Node[]): number {
  const start = w / 2;
  if (start >= 8) return 1;
  const centre = 2 * normalCdf(start) - 1;
  const inner = (z: number): number =>
    z * z > 60 ? 0 : normalDensity(z) * (normalCdf(z) - normalCdf(z - w)) ** (k - 1);
  return Math.min(1, centre ** k + 2 * k * integrate(inner, start, 8, w > 3 ? 2 : 3, rule));
}

/**
 * The same probability with the published quadrature rule of Copenhaver and Holland 1988, whose error reaches 1e-9: what
 * R prints. R: `ptukey(q, k, df, lower.tail = FALSE)`. Throws as `studentizedRangeUpperTail`, which is the one to use.
 */
export function studentizedRangeUpperTailCoarse(q: number, k: number, df: number): number {
  demandDomain("studentizedRangeUpperTailCoarse", k, df);
  if (q <= 0) return 1;
  const inner = gaussLegendre(12);
  if (df > 25000) return 1 - coarseRangeCdf(q, k, inner);
  const outer = gaussLegendre(16);
  const half = df <= 100 ? 1 : df <= 800 ? 0.5 : df <= 5000 ? 0.25 : 0.125;
  const constant = (df / 2) * Math.log(df) - df * Math.LN2 - logGamma(df / 2);
  let total = 0;
  for (let piece = 1; piece <= 50; piece++) {
    let part = 0;
    for (const { x, weight } of outer) {
      const u = (2 * piece - 1) * half + x * half;
      const log = constant + Math.log(half) + (df / 2 - 1) * Math.log(u) - (u * df) / 4;
      if (log >= -30) part += weight * Math.exp(log) * coarseRangeCdf(q * Math.sqrt(u / 2), k, inner);
    }
    if (piece * half >= 1 && part <= 1e-14) break;
    total += part;
  }
  return Math.max(0, 1 - Math.min(1, total));
}
