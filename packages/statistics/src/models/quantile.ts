/**
 * Quantile of ascending values by linear interpolation of the order statistics (type 7 of Hyndman and Fan 1996).
 * Tied neighbours are returned as they are, so that a quantile of tied data equals the data.
 * Example: `quantileOfSorted(Float64Array.of(1, 2, 3), 0.5)`.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const low = Math.floor(position + 4 * Number.EPSILON);
  const share = position - low;
  const left = sorted[low]!;
  const right = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return share <= 4 * Number.EPSILON || left === right ? left : (1 - share) * left + share * right;
}
