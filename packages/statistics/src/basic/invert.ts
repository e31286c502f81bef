/** A point on a curve and its slope there. */
export interface ValueAndSlope {
  readonly value: number;
  readonly slope: number;
}

/**
 * Root of a monotone function inside [low, high] by Newton's method; a step that leaves the bracket, or is not half the last one,
 * is replaced by bisection. When the root lies outside, the nearer end is answered.
 * Example: `invertMonotone((x) => ({ value: x * x - 2, slope: 2 * x }), 0, 2, 1)` is √2.
 */
export function invertMonotone(f: (x: number) => ValueAndSlope, low: number, high: number, start: number): number {
  const atLow = f(low).value;
  const atHigh = f(high).value;
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  if (atLow > 0 === atHigh > 0) return Math.abs(atLow) <= Math.abs(atHigh) ? low : high;
  const rising = atHigh > 0;
  let x = start > low && start < high ? start : (low + high) / 2;
  let previousStep = high - low;
  for (let i = 0; i < 400; i++) {
    const { value, slope } = f(x);
    if (value === 0) return x;
    if (value > 0 === rising) high = x;
    else low = x;
    const newton = x - value / slope;
    const usable = newton >= low && newton <= high && Math.abs(newton - x) <= previousStep / 2;
    const next = usable ? newton : (low + high) / 2;
    previousStep = Math.abs(next - x);
    if (previousStep <= 2e-16 * Math.abs(x) || next === low || next === high) return next;
    x = next;
  }
  return x;
}
