/** A smoothed curve over ascending x. */
export interface SmoothCurve {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** Local linear fit at `at` over the window, tricube weights (Cleveland 1979, section 2). Null when no weight is left. */
function localFit(
  x: Float64Array,
  y: Float64Array,
  at: number,
  left: number,
  right: number,
  range: number,
): number | null {
  const n = x.length;
  const reach = Math.max(at - x[left]!, x[right]! - at);
  const near = 0.001 * reach;
  const far = 0.999 * reach;
  const weights: number[] = [];
  let total = 0;
  let last = left - 1;
  for (let j = left; j < n; j++) {
    const distance = Math.abs(x[j]! - at);
    let w = 0;
    if (distance <= far) w = distance <= near ? 1 : (1 - (distance / reach) ** 3) ** 3;
    else if (x[j]! > at) break;
    weights.push(w);
    total += w;
    last = j;
  }
  if (total <= 0) return null;
  let mean = 0;
  for (let j = left; j <= last; j++) {
    weights[j - left]! /= total;
    mean += weights[j - left]! * x[j]!;
  }
  if (reach > 0) {
    let spread = 0;
    for (let j = left; j <= last; j++) spread += weights[j - left]! * (x[j]! - mean) ** 2;
    if (Math.sqrt(spread) > 0.001 * range) {
      const slope = (at - mean) / spread;
      for (let j = left; j <= last; j++) weights[j - left]! *= 1 + slope * (x[j]! - mean);
    }
  }
  let fitted = 0;
  for (let j = left; j <= last; j++) fitted += weights[j - left]! * y[j]!;
  return fitted;
}

/**
 * Locally weighted regression without robustness iterations: local lines over the nearest `span` share of the points;
 * points within 1 % of the range of the last fitted one are interpolated. Input is sorted by x (stable).
 * Source: Cleveland 1979; the interpolation step as in his published routine.
 * Example: `lowess([1, 2, 3, 4], [2, 4, 5, 8]).y`.
 */
export function lowess(xs: ArrayLike<number>, ys: ArrayLike<number>, span = 2 / 3): SmoothCurve {
  const n = xs.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => xs[a]! - xs[b]! || a - b);
  const x = Float64Array.from(order, (i) => xs[i]!);
  const y = Float64Array.from(order, (i) => ys[i]!);
  const fitted = new Float64Array(n);
  if (n < 2) return { x, y: Float64Array.from(y) };
  const size = Math.max(2, Math.min(n, Math.floor(span * n + 1e-7)));
  const range = x[n - 1]! - x[0]!;
  const delta = 0.01 * range;
  let left = 0;
  let right = size - 1;
  let last = -1;
  let i = 0;
  for (;;) {
    while (right < n - 1 && x[i]! - x[left]! > x[right + 1]! - x[i]!) {
      left++;
      right++;
    }
    fitted[i] = localFit(x, y, x[i]!, left, right, range) ?? y[i]!;
    if (last >= 0 && last < i - 1) {
      const width = x[i]! - x[last]!;
      for (let j = last + 1; j < i; j++) {
        const share = (x[j]! - x[last]!) / width;
        fitted[j] = share * fitted[i]! + (1 - share) * fitted[last]!;
      }
    }
    last = i;
    const cut = x[last]! + delta;
    for (i = last + 1; i < n; i++) {
      if (x[i]! > cut) break;
      if (x[i] === x[last]) {
        fitted[i] = fitted[last]!;
        last = i;
      }
    }
    i = Math.max(last + 1, i - 1);
    if (last >= n - 1) return { x, y: fitted };
  }
}

/**
 * Linear interpolation of a curve, the first of tied x counting; null outside its range.
 * Example: `interpolate(lowess(x, y), 2.5)`.
 */
export function interpolate(curve: SmoothCurve, at: number): number | null {
  const { x, y } = curve;
  const n = x.length;
  if (!(at >= x[0]! && at <= x[n - 1]!)) return null;
  let low = 0;
  let high = n - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (x[middle]! < at) low = middle + 1;
    else high = middle;
  }
  if (x[low] === at) return y[low]!;
  // `low` is the first of its ties; on the left, too, the first of the ties is the knot.
  let before = low - 1;
  while (before > 0 && x[before - 1] === x[before]) before--;
  return y[before]! + ((y[low]! - y[before]!) * (at - x[before]!)) / (x[low]! - x[before]!);
}
