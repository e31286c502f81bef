import type { SurvivalRows } from "./input.js";
import { gather, snapTimes, sortOrder } from "./order.js";

/**
 * The censoring distribution by Kaplan–Meier, for weighting by the inverse probability of not being censored.
 * At one time events leave the risk set before censorings (as prodlim's reverse estimate does, unlike a flipped status).
 * Rows are sorted by time.
 */
export interface CensoringDistribution {
  readonly n: number;
  readonly time: Float64Array;
  readonly event: Uint8Array;
  /** Input row of each sorted position. */
  readonly rows: Uint32Array;
  /** Probability of being uncensored just before each row's time. */
  readonly before: Float64Array;
  /** Rows that could be censored at each row's time. */
  readonly atRisk: Float64Array;
}

export function censoringDistribution(kept: SurvivalRows): CensoringDistribution {
  const order = sortOrder(kept.time);
  const time = gather(kept.time, order);
  snapTimes(time);
  const { n } = kept;
  const event = Uint8Array.from(order, (row) => kept.event[row]!);
  const before = new Float64Array(n);
  const atRisk = new Float64Array(n);
  let survival = 1;
  for (let i = 0; i < n; ) {
    const first = i;
    let events = 0;
    for (; i < n && time[i] === time[first]; i++) events += event[i]!;
    const censored = i - first - events;
    const left = n - first - events;
    for (let row = first; row < i; row++) {
      before[row] = survival;
      atRisk[row] = left;
    }
    if (censored > 0) survival *= 1 - censored / left;
  }
  return { n, time, event, rows: Uint32Array.from(order, (row) => kept.rows[row]!), before, atRisk };
}

/** Probability of being uncensored at `time`, censorings at that time included. */
export function uncensoredAt(censoring: CensoringDistribution, time: number): number {
  const { n, time: times, event, before, atRisk } = censoring;
  let k = -1;
  while (k + 1 < n && times[k + 1]! <= time * (1 + 1e-12)) k++;
  if (k < 0) return 1;
  let censored = 0;
  for (let i = k; i >= 0 && times[i] === times[k]; i--) censored += 1 - event[i]!;
  return before[k]! * (censored === 0 ? 1 : 1 - censored / atRisk[k]!);
}

/**
 * What the estimation of the censoring distribution adds to each row's influence on Σ a: `amount` holds, per row, what its
 * weighted term is worth; a case's weight depends on censorings before its own time, a control's on those up to `horizon`.
 * The martingale of the censorings has all rows still observed as its risk set, as in Gerds and Schumacher 2006.
 */
export function censoringInfluence(
  censoring: CensoringDistribution,
  amount: Float64Array,
  horizon: number,
): Float64Array {
  const { n, time, event } = censoring;
  const influence = new Float64Array(n);
  let later = 0;
  for (let i = 0; i < n; i++) later += amount[i]!;
  let compensator = 0;
  for (let i = 0; i < n; ) {
    const first = i;
    let censored = 0;
    for (; i < n && time[i] === time[first]; i++) {
      censored += 1 - event[i]!;
      later -= amount[i]!;
    }
    const observed = n - first;
    const inside = time[first]! <= horizon * (1 + 1e-12);
    const jump = inside && censored > 0 ? later / observed : 0;
    compensator += (jump * censored) / observed;
    for (let row = first; row < i; row++) influence[row] = (event[row] === 1 ? 0 : jump) - compensator;
  }
  return influence;
}
