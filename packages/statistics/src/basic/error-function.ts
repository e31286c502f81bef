/** Rational approximations of Cody 1969, "Rational Chebyshev approximation for the error function", tables I–III. */
const ERF_P = [3.1611237438705655, 113.86415415105016, 377.485237685302, 3209.3775891384694] as const;
const ERF_LEAD = 0.18577770618460315;
const ERF_Q = [23.601290952344122, 244.02463793444417, 1282.6165260773723, 2844.236833439171] as const;
const MIDDLE_P = [
  0.5641884969886701, 8.883149794388377, 66.11919063714163, 298.6351381974001, 881.952221241769, 1712.0476126340707,
  2051.0783778260716, 1230.3393547979972,
] as const;
const MIDDLE_LEAD = 2.1531153547440383e-8;
const MIDDLE_Q = [
  15.744926110709835, 117.6939508913125, 537.1811018620099, 1621.3895745666903, 3290.7992357334597, 4362.619090143247,
  3439.3676741437216, 1230.3393548037495,
] as const;
const TAIL_P = [
  0.30532663496123236, 0.36034489994980445, 0.12578172611122926, 0.016083785148742275, 0.0006587491615298378,
] as const;
const TAIL_LEAD = 0.016315387137302097;
const TAIL_Q = [
  2.568520192289822, 1.8729528499234673, 0.5279051029514285, 0.06051834131244132, 0.0023352049762686918,
] as const;
const ONE_OVER_SQRT_PI = 0.5641895835477563;

/** (lead·x^k + p₀x^(k−1) + …) / (x^k + q₀x^(k−1) + …), Cody's layout of the coefficients. */
function ratio(lead: number, p: readonly number[], q: readonly number[], x: number): number {
  let top = lead * x;
  let bottom = x;
  const last = p.length - 1;
  for (let i = 0; i < last; i++) {
    top = (top + p[i]!) * x;
    bottom = (bottom + q[i]!) * x;
  }
  return (top + p[last]!) / (bottom + q[last]!);
}

/** exp(x²) erfc(x) for x ≥ 0.46875. */
function scaledTail(x: number): number {
  if (x <= 4) return ratio(MIDDLE_LEAD, MIDDLE_P, MIDDLE_Q, x);
  const inverse = 1 / (x * x);
  return (ONE_OVER_SQRT_PI - inverse * ratio(TAIL_LEAD, TAIL_P, TAIL_Q, inverse)) / x;
}

/** exp(−x²) with x split at 1/16, so that the rounding of x² does not enter (Cody 1969, p. 635). */
function expMinusSquare(x: number): number {
  const head = Math.trunc(x * 16) / 16;
  return Math.exp(-head * head) * Math.exp(-(x - head) * (x + head));
}

/** erf(x), relative error below 1e-15. Cody 1969. Throws for NaN. Example: `errorFunction(0.5)` = 0.5204998778…. */
export function errorFunction(x: number): number {
  if (Number.isNaN(x)) throw new RangeError("errorFunction wants a number, got NaN");
  const size = Math.abs(x);
  if (size <= 0.46875) return x * ratio(ERF_LEAD, ERF_P, ERF_Q, size < 1e-150 ? 0 : x * x);
  const tail = expMinusSquare(size) * scaledTail(size);
  return x > 0 ? 1 - tail : tail - 1;
}

/**
 * erfc(x) = 1 − erf(x), relative error below 1e-15 also far in the upper tail. Cody 1969. Throws for NaN.
 * Example: `complementaryErrorFunction(3)` = 2.209e-5.
 */
export function complementaryErrorFunction(x: number): number {
  if (!(Math.abs(x) > 0.46875)) return 1 - errorFunction(x);
  const tail = Math.abs(x) > 27.3 ? 0 : expMinusSquare(Math.abs(x)) * scaledTail(Math.abs(x));
  return x > 0 ? tail : 2 - tail;
}

/** ln erfc(x) for x ≥ 0, finite where erfc underflows. */
export function logComplementaryErrorFunction(x: number): number {
  if (x <= 0.46875) return Math.log(complementaryErrorFunction(x));
  return -x * x + Math.log(scaledTail(x));
}
