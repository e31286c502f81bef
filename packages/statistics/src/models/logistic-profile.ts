import { chiSquareQuantile, normalQuantile } from "../basic/distributions.js";
import { scaleDesign } from "./design.js";
import { notEstimable } from "./estimability.js";
import { type LogisticProblem, type LogisticState, maximiseLogistic } from "./logistic-core.js";
import type { LogisticInput } from "./logistic-input.js";
import { interpolatedProfileLimits } from "./profile-grid.js";
import { type Bound, profileLimit } from "./profile-limits.js";

/** Profile-likelihood limits of every coefficient, in the order of the design (intercept first). */
export function profileLimits(
  input: LogisticInput,
  estimable: readonly boolean[],
  estimates: Float64Array,
  errors: Float64Array,
  loglik: number,
  level: number,
  how: "exact" | "interpolated",
  firth: boolean,
): { low: Bound; high: Bound }[] {
  // The intercept is a coordinate of its own only where columns are not centred.
  const scaled = scaleDesign(input.design.columns, input.y.length, true, false);
  const factor = (k: number): number => (k === 0 ? 1 : scaled.scale[k - 1]!);
  return estimable.map((usable, held) => {
    if (!usable) return { low: notEstimable("no estimate"), high: notEstimable("no estimate") };
    const problem: LogisticProblem = {
      n: input.y.length,
      width: scaled.width,
      x: scaled.x,
      y: input.y,
      weights: input.weights,
      held,
      firth,
    };
    const best: Float64Array = estimates.map((b, k) => b * factor(k));
    const se = errors[held]! * factor(held);
    let start = best;
    const at = (value: number): LogisticState | null => {
      const from = Float64Array.from(start);
      from[held] = value;
      const state = maximiseLogistic(problem, from, { maxIterations: 100 });
      if (state.converged) start = state.beta;
      return Number.isFinite(state.loglik) ? state : null;
    };
    // The determinant in Firth's penalty changes by a constant when columns are rescaled.
    const top = firth ? maximiseLogistic(problem, best).loglik : loglik;
    const back = (bound: Bound): Bound => (typeof bound === "number" ? bound / factor(held) : bound);
    if (how === "interpolated") {
      const root = (value: number): number | null => {
        const state = at(value);
        return state === null ? null : Math.sqrt(Math.max(0, 2 * (top - state.loglik)));
      };
      const quantiles = {
        target: normalQuantile((1 + level) / 2),
        furthest: Math.sqrt(chiSquareQuantile(1 - (1 - level) / 4, 1)),
      };
      const both = interpolatedProfileLimits(root, best[held]!, se, quantiles);
      return { low: back(both.low), high: back(both.high) };
    }
    const side = (direction: 1 | -1): Bound => {
      start = best;
      const profile = (value: number) => {
        const state = at(value);
        return state === null ? null : { loglik: state.loglik, slope: state.score[held]! };
      };
      return back(
        profileLimit(
          profile,
          { estimate: best[held]!, loglik: top, standardError: se },
          chiSquareQuantile(level, 1),
          direction,
        ),
      );
    };
    return { low: side(-1), high: side(1) };
  });
}
