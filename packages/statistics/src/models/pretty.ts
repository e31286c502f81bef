/**
 * Round numbers that cover a range in about `count` steps of 1, 2, 5 or 10 times a power of ten.
 * Rule as R's `pretty` (Becker, Chambers and Wilks 1988): high bias 1.5, five-bias 2.75.
 * Example: `prettyTicks(14, 45, 10)` is 10, 15 … 45.
 */
export function prettyTicks(low: number, high: number, count: number): number[] {
  const bias = 1.5;
  const fiveBias = 0.5 + 1.5 * bias;
  const range = high - low;
  const largest = Math.max(Math.abs(low), Math.abs(high));
  let cell = range > largest * 1e-10 ? range / count : largest === 0 ? 1 : largest * (1 + 1 / (1 + bias));
  if (range <= largest * 1e-10) cell /= count;
  const base = 10 ** Math.floor(Math.log10(cell));
  let unit = base;
  if (2 * base - cell < bias * (cell - unit)) {
    unit = 2 * base;
    if (5 * base - cell < fiveBias * (cell - unit)) {
      unit = 5 * base;
      if (10 * base - cell < bias * (cell - unit)) unit = 10 * base;
    }
  }
  let first = Math.floor(low / unit + 1e-7);
  let last = Math.ceil(high / unit - 1e-7);
  while (first * unit > low + 1e-7 * unit) first--;
  while (last * unit < high - 1e-7 * unit) last++;
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * unit);
}
