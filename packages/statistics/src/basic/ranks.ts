/** Midranks of values, and how much tied they are. */
export interface Ranks {
  readonly ranks: Float64Array;
  /** Σ(t³ − t) over groups of t equal values: 0 without ties. */
  readonly tieSum: number;
  /** Sizes of all groups of equal values, in ascending order of value. */
  readonly groupSizes: readonly number[];
}

/** Ranks 1 … n, equal values sharing the mean of their ranks. R: `rank(x)`. Example: ranks of [5, 3, 5] are [2.5, 1, 2.5]. */
export function midranks(values: ArrayLike<number>): Ranks {
  const n = values.length;
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(n);
  const groupSizes: number[] = [];
  let tieSum = 0;
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
    const t = end - start;
    groupSizes.push(t);
    tieSum += t * t * t - t;
    start = end;
  }
  return { ranks, tieSum, groupSizes };
}
