import { type NotEstimable, notEstimable } from "./estimability.js";

/** One end of a confidence interval, or why there is none. */
export type Bound = number | NotEstimable;

/** A likelihood maximised over everything but one coefficient: its value and its slope in that coefficient. */
export type ProfileAt = (value: number) => { readonly loglik: number; readonly slope: number } | null;

/**
 * Where twice the drop of a profiled log likelihood reaches the chi-square quantile `drop`, on one side of the maximum.
 * Newton on the signed root of the drop, whose slope follows from the score of the held coefficient (Venzon and
 * Moolgavkar 1988), kept inside a bracket.
 */
export function profileLimit(
  profile: ProfileAt,
  maximum: { readonly estimate: number; readonly loglik: number; readonly standardError: number },
  drop: number,
  side: 1 | -1,
): Bound {
  const target = Math.sqrt(drop);
  let inside = maximum.estimate;
  let outside: number | null = null;
  let value = maximum.estimate + side * target * maximum.standardError;
  for (let iteration = 0; iteration < 80; iteration++) {
    const at = profile(value);
    if (at === null) return notEstimable("the profiled fit did not converge");
    const fallen = 2 * (maximum.loglik - at.loglik);
    const root = Math.sqrt(Math.max(0, fallen));
    if (Math.abs(root - target) < 1e-11 * target) return value;
    if (root < target) inside = value;
    else outside = value;
    const slope = -at.slope / root;
    let next = root > 0 && slope * side > 0 ? value + (target - root) / slope : Number.NaN;
    const furthest = value + side * 4 * Math.abs(value - maximum.estimate);
    if (outside === null) {
      if (!((next - inside) * side > 0) || (next - furthest) * side > 0) next = furthest;
      if (Math.abs(next - maximum.estimate) > 1e4 * maximum.standardError + 1e6) {
        return notEstimable("the likelihood stays flat on this side");
      }
    } else {
      if (!((next - inside) * side > 0 && (outside - next) * side > 0)) next = (inside + outside) / 2;
      if (Math.abs(outside - inside) <= 1e-13 * (Math.abs(outside) + Math.abs(inside))) return next;
    }
    if (next === value) return value;
    value = next;
  }
  return notEstimable("the limit was not found in 80 steps");
}
