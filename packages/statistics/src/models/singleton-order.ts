import type { CoxSample } from "./cox-sample.js";

/**
 * Ascending order of values by Singleton's quicksort (Singleton 1969, CACM algorithm 347): median of three, insertion
 * below eleven elements. It is unstable; what it does with equal values is the point of using it here.
 */
export function singletonOrder(values: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i);
  const at = (position: number): number => values[order[position]!]!;
  const swap = (a: number, b: number): void => {
    const kept = order[a]!;
    order[a] = order[b]!;
    order[b] = kept;
  };
  const insertion = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const moving = order[i + 1]!;
      const value = values[moving]!;
      let k = i;
      while (k >= from && value < at(k)) {
        order[k + 1] = order[k]!;
        k--;
      }
      order[k + 1] = moving;
    }
  };
  const waiting: [number, number][] = [[0, values.length - 1]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    let [i, j] = next;
    while (j - i > 10 || (i === 0 && i < j)) {
      const middle = (i + j + 2) >>> 1;
      const centre = middle - 1;
      if (at(i) > at(centre)) swap(i, centre);
      if (at(j) < at(centre)) {
        swap(j, centre);
        if (at(i) > at(centre)) swap(i, centre);
      }
      const pivot = at(centre);
      let left = i;
      let right = j;
      for (;;) {
        do right--;
        while (at(right) > pivot);
        do left++;
        while (at(left) < pivot);
        if (left > right) break;
        swap(left, right);
      }
      if (right - i <= j - left) {
        waiting.push([left, j]);
        j = right;
      } else {
        waiting.push([i, right]);
        i = left;
      }
    }
    if (i > 0) insertion(i, j);
  }
  return order;
}

/** Added to the times of censored rows before sorting; it vanishes in rounding for times of 128 and more. */
const AFTER_EVENTS = 100 * Number.EPSILON;

/**
 * Follow-up in the order and risk sets of glmnet 4.1: a risk set starts at the first death, in sorted order, of its
 * time, so a row censored at that time and sorted before it is left out.
 */
export function sortFollowUpUnstably(time: Float64Array, event: Float64Array): CoxSample {
  const shifted = time.map((t, i) => t + (1 - event[i]!) * AFTER_EVENTS);
  const order = singletonOrder(shifted);
  const sorted = Float64Array.from(order, (row) => shifted[row]!);
  const dies = Uint8Array.from(order, (row) => event[row]!);
  const n = order.length;
  const starts: number[] = [0];
  let last = Number.NaN;
  for (let i = 0; i < n; i++) {
    if (dies[i] !== 1 || sorted[i] === last) continue;
    let from = i;
    // Rows censored at the very first death's time stay in its risk set.
    if (Number.isNaN(last)) while (from > 0 && sorted[from - 1] === sorted[i]) from--;
    if (from > 0) starts.push(from);
    last = sorted[i]!;
  }
  starts.push(n);
  return { n, order, time: sorted, event: dies, starts: Int32Array.from(starts) };
}
