/** The nine definitions of Hyndman and Fan 1996. SPSS percentiles are type 6, SAS 2 by its default (PCTLDEF 5), R 7. */
export type QuantileType = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

const sorted = (values: ArrayLike<number>): Float64Array => Float64Array.from(values).sort();

/** How far a position may lie from a whole number and still count as that number: 4 units in the last place, as R does. */
const FUZZ = 4 * Number.EPSILON;

/** Value at the fractional 1-based position h of sorted values, positions outside held at the ends. */
function between(values: Float64Array, h: number): number {
  const whole = Math.floor(h + FUZZ);
  const part = h - whole;
  const gamma = Math.abs(part) < FUZZ ? 0 : part;
  const last = values.length - 1;
  const lower = values[Math.min(last, Math.max(0, whole - 1))]!;
  const upper = values[Math.min(last, Math.max(0, whole))]!;
  return gamma === 0 ? lower : gamma === 1 ? upper : lower + gamma * (upper - lower);
}

function sortedQuantile(values: Float64Array, p: number, type: QuantileType): number {
  const n = values.length;
  const last = n - 1;
  const at = (position: number): number => values[Math.min(last, Math.max(0, position - 1))]!;
  const np = n * p;
  switch (type) {
    case 1:
    case 2: {
      const j = Math.floor(np + FUZZ);
      if (np - j > FUZZ) return at(j + 1);
      return type === 1 ? at(j) : (at(j) + at(j + 1)) / 2;
    }
    case 3: {
      const h = np - 0.5;
      const j = Math.floor(h + FUZZ);
      return Math.abs(h - j) <= FUZZ && j % 2 === 0 ? at(j) : at(j + 1);
    }
    case 4:
      return between(values, np);
    case 5:
      return between(values, np + 0.5);
    case 6:
      return between(values, (n + 1) * p);
    case 7:
      return between(values, 1 + (n - 1) * p);
    case 8:
      return between(values, (n + 1 / 3) * p + 1 / 3);
    case 9:
      return between(values, (n + 0.25) * p + 0.375);
  }
}

/**
 * Sample quantiles of values (any order, all finite, n ≥ 1) at probabilities p in 0 … 1, in the order of p.
 * Types as numbered by Hyndman and Fan 1996; default 7. Throws for no values or p outside 0 … 1. R: `quantile(x, p, type = type)`.
 * Example: `quantiles([1, 2, 3, 4], [0.25], 6)` is [1.25].
 */
export function quantiles(
  values: ArrayLike<number>,
  probabilities: readonly number[],
  type: QuantileType = 7,
): number[] {
  if (values.length === 0) throw new RangeError("quantiles wants at least one value");
  const ordered = sorted(values);
  return probabilities.map((p) => {
    if (!(p >= 0 && p <= 1)) throw new RangeError(`quantiles wants probabilities from 0 to 1, got ${p}`);
    return sortedQuantile(ordered, p, type);
  });
}

/**
 * Median: the middle value, or the mean of the two middle ones (equal for types 2, 5, 6, 7, 8 and 9). Throws where there is no value.
 * R: `median(x)`. Example: `median([4, 1, 3, 2])` is 2.5.
 */
export const median = (values: ArrayLike<number>): number => quantiles(values, [0.5], 7)[0]!;

/**
 * Tukey's five numbers: minimum, lower hinge, median, upper hinge, maximum (Tukey 1977). SPSS draws boxplots with these hinges.
 * R: `fivenum(x)`. Example: `tukeyFiveNumbers([1, 2, 3, 4])` is [1, 1.5, 2.5, 3.5, 4].
 */
export function tukeyFiveNumbers(values: ArrayLike<number>): [number, number, number, number, number] {
  const ordered = sorted(values);
  const n = ordered.length;
  const depth = Math.floor((n + 3) / 2) / 2;
  const at = (d: number): number => (ordered[Math.floor(d) - 1]! + ordered[Math.ceil(d) - 1]!) / 2;
  return [at(1), at(depth), at((n + 1) / 2), at(n + 1 - depth), at(n)];
}

/** Median absolute deviation from the median, times 1.4826 so that it estimates the SD of a normal sample. R: `mad(x)`. */
export function medianAbsoluteDeviation(values: ArrayLike<number>): number {
  const centre = median(values);
  return 1.4826 * median(Array.from(values, (x) => Math.abs(x - centre)));
}
