/** Below this many values a comparison sort is quicker than sixteen-bit radix passes with their 65 536 counters. */
const RADIX_FROM = 6000;
const RADIX = 65536;

function comparisonOrder(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => values[a]! - values[b]! || a - b);
}

/**
 * Stable ascending order of finite numbers: `order[k]` is the index of the k-th smallest value.
 * Large columns are sorted by least-significant-digit radix passes over the bits of the doubles (IEEE 754 doubles order
 * as integers once negative ones are inverted); passes on which all values agree are skipped, so whole-number times cost
 * two passes. Example: `sortOrder(Float64Array.of(3, 1, 2))` is `[1, 2, 0]`.
 */
export function sortOrder(values: Float64Array): Uint32Array {
  const n = values.length;
  if (n < RADIX_FROM) return comparisonOrder(values);
  let sorted = true;
  for (let i = 1; i < n; i++) {
    if (values[i]! < values[i - 1]!) {
      sorted = false;
      break;
    }
  }
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (sorted) return order;

  const double = new Float64Array(1);
  const bits = new Uint32Array(double.buffer);
  const little = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
  const lowWord = little ? 0 : 1;
  let low = new Uint32Array(n);
  let high = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    // Adding 0 turns -0 into 0, which is the same time.
    double[0] = values[i]! + 0;
    const lo = bits[lowWord]!;
    const hi = bits[1 - lowWord]!;
    if (hi >>> 31 === 1) {
      low[i] = ~lo;
      high[i] = ~hi;
    } else {
      low[i] = lo;
      high[i] = hi | 0x80000000;
    }
  }
  let nextLow = new Uint32Array(n);
  let nextHigh = new Uint32Array(n);
  let nextOrder = new Uint32Array(n);
  const starts = new Uint32Array(RADIX);
  for (let pass = 0; pass < 4; pass++) {
    const word = pass < 2 ? low : high;
    const shift = pass % 2 === 0 ? 0 : 16;
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[(word[i]! >>> shift) & 0xffff]!++;
    if (starts[(word[0]! >>> shift) & 0xffff] === n) continue;
    let total = 0;
    for (let digit = 0; digit < RADIX; digit++) {
      const count = starts[digit]!;
      starts[digit] = total;
      total += count;
    }
    for (let i = 0; i < n; i++) {
      const digit = (word[i]! >>> shift) & 0xffff;
      const to = starts[digit]!;
      starts[digit] = to + 1;
      nextLow[to] = low[i]!;
      nextHigh[to] = high[i]!;
      nextOrder[to] = order[i]!;
    }
    [low, nextLow] = [nextLow, low];
    [high, nextHigh] = [nextHigh, high];
    [order, nextOrder] = [nextOrder, order];
  }
  return order;
}

/** Values in the given order. */
export function gather(values: ArrayLike<number>, order: ArrayLike<number>): Float64Array {
  const gathered = new Float64Array(order.length);
  for (let i = 0; i < gathered.length; i++) gathered[i] = values[order[i]!]!;
  return gathered;
}

/** Relative distance under which two times are one: the square root of machine epsilon, as R's `timefix`. */
const TIME_TOLERANCE = Math.sqrt(Number.EPSILON);

/**
 * Makes times that differ by rounding only (0.1 + 0.2 and 0.3) one time, in place: neighbours nearer than 1.5e-8 times
 * the mean distinct time (or than 1.5e-8 itself) take the value of the first of their run. Both arrays must be ascending.
 * Source: the convention of R's survival package for all its methods.
 */
export function snapTimes(time: Float64Array, entry: Float64Array | null = null): void {
  const other = entry ?? new Float64Array(0);
  const walk = (visit: (value: number, inTime: boolean, index: number) => void): void => {
    let i = 0;
    let j = 0;
    while (i < time.length || j < other.length) {
      if (j >= other.length || (i < time.length && time[i]! <= other[j]!)) {
        visit(time[i]!, true, i);
        i++;
      } else {
        visit(other[j]!, false, j);
        j++;
      }
    }
  };
  let distinct = 0;
  let sum = 0;
  let previous = Number.NaN;
  let smallest = Number.POSITIVE_INFINITY;
  walk((value) => {
    if (value === previous) return;
    if (value - previous < smallest) smallest = value - previous;
    previous = value;
    distinct++;
    sum += Math.abs(value);
  });
  if (distinct < 2) return;
  const limit = Math.max(TIME_TOLERANCE, (TIME_TOLERANCE * sum) / distinct);
  if (smallest > limit) return;
  previous = Number.NaN;
  let first = Number.NaN;
  walk((value, inTime, index) => {
    if (!(value - previous <= limit)) first = value;
    previous = value;
    if (inTime) time[index] = first;
    else other[index] = first;
  });
}

/** Stable partition of an order by code 0 … count − 1: rows of code 0 first, each part in the given order. */
export function partitionOrder(order: Uint32Array, codes: Int32Array, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1);
  for (let i = 0; i < order.length; i++) starts[codes[order[i]!]! + 1]!++;
  for (let c = 0; c < count; c++) starts[c + 1]! += starts[c]!;
  const parted = new Uint32Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const code = codes[row]!;
    parted[starts[code]!] = row;
    starts[code]!++;
  }
  return parted;
}

/** Positions of each stratum by falling entry time. */
export function fallingEntries(entry: Float64Array, starts: Uint32Array): Uint32Array {
  const order = new Uint32Array(entry.length);
  for (let s = 0; s + 1 < starts.length; s++) {
    const from = starts[s]!;
    const to = starts[s + 1]!;
    const ascending = sortOrder(entry.subarray(from, to));
    for (let i = 0; i < ascending.length; i++) order[from + i] = from + ascending[ascending.length - 1 - i]!;
  }
  return order;
}
