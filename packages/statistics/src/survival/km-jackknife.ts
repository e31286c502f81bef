import type { SurvivalRows } from "./input.js";
import { gather, snapTimes, sortOrder } from "./order.js";

/**
 * Variance of log S(t) by the infinitesimal jackknife, for case weights that are not counts: Greenwood's formula takes a
 * weight of 2.5 for 2.5 patients, this one for one patient who counts 2.5 times.
 * A row at risk from its entry e to t has influence G(e) − G(t), G being Greenwood's sum; an event adds 1 / (r − d).
 * Source: Therneau and Grambsch 2000, section 4.4 (influence of a weight); the default of R's survfit for such weights.
 */
export function jackknifeLogVariance(
  rows: SurvivalRows,
  weights: Float64Array,
  steps: { readonly time: Float64Array; readonly atRisk: Float64Array; readonly eventCount: Float64Array },
): Float64Array {
  const size = steps.time.length;
  const order = sortOrder(rows.time);
  const time = gather(rows.time, order);
  const entryOrder = rows.entry === null ? null : sortOrder(rows.entry);
  const entries = rows.entry === null || entryOrder === null ? null : gather(rows.entry, entryOrder);
  snapTimes(time, entries);
  const entryOf = new Float64Array(rows.n).fill(Number.NEGATIVE_INFINITY);
  if (entries !== null && entryOrder !== null) {
    for (let i = 0; i < entries.length; i++) entryOf[entryOrder[i]!] = entries[i]!;
  }
  const greenwood = new Float64Array(size + 1);
  const atTime = (t: number): number => {
    let low = 0;
    let high = size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (steps.time[middle]! <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  for (let k = 0; k < size; k++) {
    const d = steps.eventCount[k]!;
    const r = steps.atRisk[k]!;
    greenwood[k + 1] = greenwood[k]! + (d > 0 ? d / (r * (r - d)) : 0);
  }
  // Rows that have left contribute a constant; those still there (G − G(entry))² times their squared weight.
  const variance = new Float64Array(size);
  let left = 0;
  let squares = 0;
  let first = 0;
  let second = 0;
  let entered = 0;
  const change = (row: number, sign: number): void => {
    const w2 = sign * weights[row]! ** 2;
    const g = greenwood[atTime(entryOf[row]!)]!;
    squares += w2;
    first += w2 * g;
    second += w2 * g * g;
  };
  if (entries === null) for (let row = 0; row < rows.n; row++) change(row, 1);
  for (let k = 0, i = 0; k < size; k++) {
    const t = steps.time[k]!;
    while (entries !== null && entered < rows.n && entries[entered]! < t) change(entryOrder![entered++]!, 1);
    const g = greenwood[k + 1]!;
    for (; i < rows.n && time[i] === t; i++) {
      const row = order[i]!;
      const own = rows.event[row] === 1 ? 1 / (steps.atRisk[k]! - steps.eventCount[k]!) : 0;
      left += (weights[row]! * (own - g + greenwood[atTime(entryOf[row]!)]!)) ** 2;
      change(row, -1);
    }
    // Between events nothing changes; carrying the value on keeps flat limits exactly flat.
    const carried = k > 0 && steps.eventCount[k] === 0;
    variance[k] = carried ? variance[k - 1]! : left + g * g * squares - 2 * g * first + second;
  }
  return variance;
}
