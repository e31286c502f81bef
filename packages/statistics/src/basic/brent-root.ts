/**
 * Root of a continuous function with a sign change on [low, high], to within `tolerance` of x (Brent 1973, chapter 4).
 * The steps are those of the published algorithm, so that a coarse tolerance stops where R's `uniroot` stops; for an exact root
 * use `invertMonotone`. Throws without a sign change. Example: `brentRoot((x) => x * x - 2, 0, 2, 1e-4)` = 1.4142….
 */
export function brentRoot(f: (x: number) => number, low: number, high: number, tolerance: number): number {
  let [a, b, c] = [low, high, low];
  let [fa, fb] = [f(low), f(high)];
  let fc = fa;
  if (fa === 0) return a;
  if (fb === 0) return b;
  if (fa > 0 === fb > 0) throw new RangeError(`brentRoot wants a sign change between ${low} and ${high}`);
  for (let i = 0; i < 1000; i++) {
    const before = b - a;
    if (Math.abs(fc) < Math.abs(fb)) {
      [a, b, c] = [b, c, b];
      [fa, fb, fc] = [fb, fc, fb];
    }
    const near = 2 * Number.EPSILON * Math.abs(b) + tolerance / 2;
    let step = (c - b) / 2;
    if (Math.abs(step) <= near || fb === 0) return b;
    if (Math.abs(before) >= near && Math.abs(fa) > Math.abs(fb)) {
      const interpolated = interpolation(a, b, c, fa, fb, fc);
      const { p, q } = interpolated;
      if (p < 0.75 * (c - b) * q - Math.abs(near * q) / 2 && p < Math.abs((before * q) / 2)) step = p / q;
    }
    if (Math.abs(step) < near) step = step > 0 ? near : -near;
    a = b;
    fa = fb;
    b += step;
    fb = f(b);
    if (fb > 0 === fc > 0) {
      c = a;
      fc = fa;
    }
  }
  return b;
}

/** Step p/q of linear interpolation, or of inverse quadratic interpolation when three points differ; p ≥ 0. */
function interpolation(
  a: number,
  b: number,
  c: number,
  fa: number,
  fb: number,
  fc: number,
): { readonly p: number; readonly q: number } {
  const s = fb / fa;
  if (a === c) return signed((c - b) * s, 1 - s);
  const t = fa / fc;
  const r = fb / fc;
  return signed(s * ((c - b) * t * (t - r) - (b - a) * (r - 1)), (t - 1) * (r - 1) * (s - 1));
}

const signed = (p: number, q: number): { readonly p: number; readonly q: number } =>
  p > 0 ? { p, q: -q } : { p: -p, q };
