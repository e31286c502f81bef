import { normalCdf, studentCdf } from "./distributions.js";
import { logGamma } from "./gamma-function.js";
import { incompleteBeta } from "./incomplete-beta.js";

/**
 * P(T ≤ t) of the noncentral t distribution. Series in incomplete beta functions (Lenth 1989, algorithm AS 243), summed from the
 * largest Poisson weight outwards, so that large noncentrality does not underflow. Throws for df ≤ 0 or |ncp| > 37.
 * R: `pt(t, df, ncp)`. Example: `noncentralStudentCdf(2, 10, 1.5)` = 0.65915….
 */
export function noncentralStudentCdf(t: number, df: number, ncp: number): number {
  if (!(df > 0 && Math.abs(ncp) <= 37))
    throw new RangeError(`noncentralStudentCdf wants df > 0 and |ncp| <= 37, got ${df} and ${ncp}`);
  if (ncp === 0) return studentCdf(t, df);
  if (t < 0) return 1 - noncentralStudentCdf(-t, df, -ncp);
  if (t === 0) return normalCdf(-ncp);
  const half = (ncp * ncp) / 2;
  const sum = t * t + df;
  const x = (t * t) / sum;
  const y = df / sum;
  const term = (j: number): number => {
    const p = Math.exp(-half + j * Math.log(half) - logGamma(j + 1));
    const q = (ncp / Math.SQRT2) * Math.exp(-half + j * Math.log(half) - logGamma(j + 1.5));
    return p * incompleteBeta(x, j + 0.5, df / 2, y).lower + q * incompleteBeta(x, j + 1, df / 2, y).lower;
  };
  const centre = Math.floor(half);
  let total = 0;
  for (let j = centre; j >= 0; j--) {
    const part = term(j);
    total += part;
    if (Math.abs(part) < 1e-18) break;
  }
  for (let j = centre + 1; j < centre + 2000; j++) {
    const part = term(j);
    total += part;
    if (Math.abs(part) < 1e-18) break;
  }
  return Math.min(1, Math.max(0, normalCdf(-ncp) + total / 2));
}
