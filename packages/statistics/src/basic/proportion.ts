import { ok, type Result, refuse } from "@livermark/core";
import { type Limits, limits } from "../models/estimability.js";
import { binomialTest } from "./discrete-distributions.js";
import { betaQuantile, normalQuantile } from "./distributions.js";

/** A proportion with its intervals by name. */
export interface Proportion {
  readonly events: number;
  readonly n: number;
  readonly value: number;
  readonly clopperPearson: Limits;
  readonly wilson: Limits;
  /** Wilson with continuity correction (Newcombe 1998, method 4). */
  readonly wilsonCorrected: Limits;
  readonly agrestiCoull: Limits;
  /** Unclipped; falls outside 0 … 1 near the ends and has width 0 at 0 and n. */
  readonly wald: Limits;
  /** Exact two-sided test of one half. */
  readonly pAgainstHalf: number;
}

/**
 * Wilson's score interval (Wilson 1927), with the continuity correction `correction`/n on request; x events of n ≥ 1.
 * Example: `scoreInterval(7, 20, 0.95).low` = 0.1812….
 */
export function scoreInterval(x: number, n: number, level: number, correction = 0): Limits {
  const z = normalQuantile((1 + level) / 2);
  const half = (z * z) / (2 * n);
  const bound = (p: number, sign: 1 | -1): number =>
    (p + half + sign * z * Math.sqrt((p * (1 - p)) / n + half / (2 * n))) / (1 + 2 * half);
  const up = x / n + correction / n;
  const down = x / n - correction / n;
  return limits(
    correction > 0 ? "Wilson, continuity corrected" : "Wilson",
    level,
    down <= 0 ? 0 : Math.max(0, bound(down, -1)),
    up >= 1 ? 1 : Math.min(1, bound(up, 1)),
  );
}

/**
 * Exact interval of Clopper and Pearson 1934 from beta quantiles; x events of n ≥ 1, also for real x.
 * Example: `exactInterval(0, 10, 0.95).high` = 0.3085….
 */
export function exactInterval(x: number, n: number, level: number): Limits {
  const tail = (1 - level) / 2;
  return limits(
    "Clopper-Pearson",
    level,
    x === 0 ? 0 : betaQuantile(tail, x, n - x + 1),
    x === n ? 1 : betaQuantile(1 - tail, x + 1, n - x),
  );
}

/**
 * Proportion of x events in n, with five intervals by name. Refuses counts that are not whole, n = 0, or x outside 0 … n.
 * Sources: Clopper and Pearson 1934; Wilson 1927; Newcombe 1998; Agresti and Coull 1998. R: `binom.test`, `prop.test`.
 * Example: `proportion(56, 102).value.wilson.low` = 0.452….
 */
export function proportion(x: number, n: number, level = 0.95): Result<Proportion> {
  if (!(Number.isInteger(x) && Number.isInteger(n) && n > 0 && x >= 0 && x <= n)) {
    return refuse({
      code: "not-a-proportion",
      message: "A proportion needs whole counts, events between 0 and the total.",
      got: `${x} of ${n}`,
      wanted: "0 <= events <= total, total at least 1",
    });
  }
  if (!(level > 0 && level < 1)) {
    return refuse({
      code: "level-out-of-range",
      message: "The confidence level must lie between 0 and 1.",
      got: level,
      wanted: "e.g. 0.95",
      path: "level",
    });
  }
  const p = x / n;
  const z = normalQuantile((1 + level) / 2);
  const more = n + z * z;
  const centre = (x + (z * z) / 2) / more;
  const agresti = z * Math.sqrt((centre * (1 - centre)) / more);
  const wald = z * Math.sqrt((p * (1 - p)) / n);
  return ok({
    events: x,
    n,
    value: p,
    clopperPearson: exactInterval(x, n, level),
    wilson: scoreInterval(x, n, level),
    // The correction never carries a proportion past one half, as in prop.test
    wilsonCorrected: scoreInterval(x, n, level, Math.min(0.5, Math.abs(x - n / 2))),
    agrestiCoull: limits("Agresti-Coull", level, centre - agresti, centre + agresti),
    wald: limits("Wald, unclipped", level, p - wald, p + wald),
    pAgainstHalf: binomialTest(x, n, 0.5),
  });
}
