/** Below this many values a comparison sort is quicker than counting digits. */
const RADIX_FROM = 800;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const PASSES = 6;

function comparisonOrder(values: Float64Array): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => values[a]! - values[b]! || a - b);
}

/** Order of whole numbers from 0 (days, months) whose range is not larger than the column; null for other columns. */
function countingOrder(values: Float64Array): Uint32Array | null {
  const n = values.length;
  const limit = Math.min(n, 1 << 22);
  let largest = 0;
  for (let i = 0; i < n; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value < limit) || (value | 0) !== value) return null;
    if (value > largest) largest = value;
  }
  const starts = new Uint32Array(largest + 2);
  for (let i = 0; i < n; i++) starts[values[i]! + 1]!++;
  for (let value = 0; value < largest; value++) starts[value + 1]! += starts[value]!;
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[starts[values[i]!]!++] = i;
  return order;
}

/** The doubles' bits, high and low words, changed so that they order as unsigned integers (IEEE 754). */
function sortableBits(values: Float64Array): { low: Uint32Array; high: Uint32Array } {
  const n = values.length;
  const double = new Float64Array(1);
  const bits = new Uint32Array(double.buffer);
  const lowWord = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 0 : 1;
  const low = new Uint32Array(n);
  const high = new Uint32Array(n);
  for (let i = 0; i < n; i++) {
    // Adding 0 turns -0 into 0, which is the same time.
    double[0] = values[i]! + 0;
    const lo = bits[lowWord]!;
    const hi = bits[1 - lowWord]!;
    const negative = hi >>> 31 === 1;
    low[i] = negative ? ~lo : lo;
    high[i] = negative ? ~hi : hi | 0x80000000;
  }
  return { low, high };
}

/** The pass-th group of eleven bits of a 64-bit key; the last has nine. */
function digitOf(low: number, high: number, pass: number): number {
  if (pass === 0) return low & 2047;
  if (pass === 1) return (low >>> 11) & 2047;
  if (pass === 2) return (low >>> 22) | ((high & 1) << 10);
  if (pass === 3) return (high >>> 1) & 2047;
  if (pass === 4) return (high >>> 12) & 2047;
  return high >>> 23;
}

/**
 * Stable ascending order of finite numbers: `order[k]` is the index of the k-th smallest value.
 * Large columns are sorted by least-significant-digit radix passes over the bits of the doubles; passes on which all
 * values agree are skipped; whole numbers within the column's length are counted in one pass. Example: `sortOrder(Float64Array.of(3, 1, 2))` is
 * `[1, 2, 0]`.
 */
export function sortOrder(values: Float64Array): Uint32Array {
  const n = values.length;
  if (n < RADIX_FROM) return comparisonOrder(values);
  let order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  let sorted = true;
  for (let i = 1; i < n && sorted; i++) sorted = values[i]! >= values[i - 1]!;
  if (sorted) return order;
  const counted = countingOrder(values);
  if (counted !== null) return counted;

  let { low, high } = sortableBits(values);
  const counts = new Uint32Array(PASSES * DIGITS);
  for (let i = 0; i < n; i++) {
    const lo = low[i]!;
    const hi = high[i]!;
    for (let pass = 0; pass < PASSES; pass++) counts[pass * DIGITS + digitOf(lo, hi, pass)]!++;
  }
  let nextLow: Uint32Array = new Uint32Array(n);
  let nextHigh: Uint32Array = new Uint32Array(n);
  let nextOrder = new Uint32Array(n);
  for (let pass = 0; pass < PASSES; pass++) {
    const starts = counts.subarray(pass * DIGITS, (pass + 1) * DIGITS);
    if (starts[digitOf(low[0]!, high[0]!, pass)] === n) continue;
    let total = 0;
    for (let digit = 0; digit < DIGITS; digit++) {
      const count = starts[digit]!;
      starts[digit] = total;
      total += count;
    }
    for (let i = 0; i < n; i++) {
      const lo = low[i]!;
      const hi = high[i]!;
      const digit = digitOf(lo, hi, pass);
      const to = starts[digit]!;
      starts[digit] = to + 1;
      nextLow[to] = lo;
      nextHigh[to] = hi;
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
