import { type NotEstimable, notEstimable } from "./estimability.js";

/** Coefficients of the cubic through four points that Forsythe, Malcolm and Moler fit at each end of their spline. */
function thirdDivided(x: readonly number[], y: readonly number[], at: number): number {
  const d = (i: number, j: number): number => (y[j]! - y[i]!) / (x[j]! - x[i]!);
  const second = (i: number): number => (d(i + 1, i + 2) - d(i, i + 1)) / (x[i + 2]! - x[i]!);
  return (second(at + 1) - second(at)) / (x[at + 3]! - x[at]!);
}

/**
 * Cubic spline through points in ascending x whose third derivative at each end is that of the cubic through the four
 * end points (Forsythe, Malcolm and Moler 1977, chapter 4). Needs four points.
 */
export function cubicSpline(x: readonly number[], y: readonly number[]): (at: number) => number {
  const n = x.length;
  const h = Array.from({ length: n - 1 }, (_, i) => x[i + 1]! - x[i]!);
  const slope = h.map((step, i) => (y[i + 1]! - y[i]!) / step);
  // Unknowns are sigma = second derivative / 6; a symmetric tridiagonal system.
  const diagonal = new Array<number>(n).fill(0);
  const right = new Array<number>(n).fill(0);
  diagonal[0] = -h[0]!;
  diagonal[n - 1] = -h[n - 2]!;
  right[0] = h[0]! ** 2 * thirdDivided(x, y, 0);
  right[n - 1] = -(h[n - 2]! ** 2) * thirdDivided(x, y, n - 4);
  for (let i = 1; i < n - 1; i++) {
    diagonal[i] = 2 * (h[i - 1]! + h[i]!);
    right[i] = slope[i]! - slope[i - 1]!;
  }
  for (let i = 1; i < n; i++) {
    const ratio = h[i - 1]! / diagonal[i - 1]!;
    diagonal[i]! -= ratio * h[i - 1]!;
    right[i]! -= ratio * right[i - 1]!;
  }
  const sigma = new Array<number>(n).fill(0);
  sigma[n - 1] = right[n - 1]! / diagonal[n - 1]!;
  for (let i = n - 2; i >= 0; i--) sigma[i] = (right[i]! - h[i]! * sigma[i + 1]!) / diagonal[i]!;
  return (at) => {
    let i = 0;
    while (i < n - 2 && at > x[i + 1]!) i++;
    const u = at - x[i]!;
    const v = x[i + 1]! - at;
    const step = h[i]!;
    return (
      (v * y[i]! + u * y[i + 1]!) / step +
      sigma[i]! * ((v * v * v) / step - v * step) +
      sigma[i + 1]! * ((u * u * u) / step - u * step)
    );
  };
}

/**
 * Profile limits by interpolation: the profile is fitted on a grid of fifths of the 98.75 % deviate (for 95 % limits)
 * around the estimate, a cubic spline is laid through the signed roots, and the spline, tabled at three times as many
 * points, is inverted linearly. This is what R prints; it differs from the exact limits in the fourth or fifth digit.
 * Source: Venables and Ripley 2002, section 7.2; grid and table as R's `confint` for generalised linear models.
 */
export function interpolatedProfileLimits(
  signedRoot: (value: number) => number | null,
  estimate: number,
  standardError: number,
  quantiles: { readonly target: number; readonly furthest: number },
): { readonly low: number | NotEstimable; readonly high: number | NotEstimable } {
  const points: { x: number; z: number }[] = [{ x: estimate, z: 0 }];
  for (const side of [-1, 1]) {
    for (let k = 1; k <= 10; k++) {
      const x = estimate + (side * k * quantiles.furthest * standardError) / 5;
      const root = signedRoot(x);
      if (root === null) break;
      points.push({ x, z: side * root });
      if (root > quantiles.furthest) break;
    }
  }
  points.sort((a, b) => a.x - b.x);
  const x = points.map((point) => point.x);
  if (x.length < 4)
    return {
      low: notEstimable("the profile has too few points"),
      high: notEstimable("the profile has too few points"),
    };
  const spline = cubicSpline(
    x,
    points.map((point) => point.z),
  );
  const size = 3 * x.length;
  const first = x[0]!;
  const width = x[x.length - 1]! - first;
  const table = Array.from({ length: size }, (_, i) => {
    const at = first + (width * i) / (size - 1);
    return { x: at, z: spline(at) };
  });
  const cross = (target: number): number | NotEstimable => {
    for (let i = 1; i < size; i++) {
      const [a, b] = [table[i - 1]!, table[i]!];
      if (a.z <= target && target <= b.z) return a.x + ((b.x - a.x) * (target - a.z)) / (b.z - a.z);
    }
    return notEstimable("the profile does not reach the limit within ten steps");
  };
  return { low: cross(-quantiles.target), high: cross(quantiles.target) };
}
