/** Largest number of rows for which the exact distribution is computed: as in R's maxstat, which gives NaN beyond it. */
export const MOST_ROWS_EXACT = 170;

/** Relative distance below which a sum lies on the limit and does not exceed it. */
const ON_THE_LIMIT = 1e-9;

/** What the exact permutation distribution says about a maximally selected rank statistic. */
export interface ExactCutPointP {
  /** max |standardised sum| over the cuts, of the scores mapped to integers. */
  readonly statistic: number;
  /** Σ over the cuts of the exact two-sided probability of exceeding the statistic: always an upper bound. */
  readonly bonferroni: number;
  /**
   * The same less what each cut but the first shares with the size one below it (R's `pmethod = "HL"`). The subtracted part is
   * certain only where that size was searched too, so with few cuts this can be too small.
   */
  readonly hothornLausen: number;
}

/** Scores mapped to integers 0 … n by their range, as R's maxstat does before it uses exact distributions. */
function integerScores(scores: ArrayLike<number>): Int32Array {
  const n = scores.length;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    least = Math.min(least, scores[i]!);
    most = Math.max(most, scores[i]!);
  }
  const range = most - least;
  return Int32Array.from(scores, (score) => (range > 0 ? Math.round(((score - least) * n) / range) : 0));
}

/** Number of subsets of each size 0 … `sizes` with each sum 0 … total (Streitberg and Röhmel 1986, shift algorithm). */
function subsetCounts(scores: Int32Array, sizes: number, total: number): Float64Array[] {
  const counts = Array.from({ length: sizes + 1 }, () => new Float64Array(total + 1));
  counts[0]![0] = 1;
  let reached = 0;
  scores.forEach((score, done) => {
    reached += score;
    for (let size = Math.min(sizes, done + 1); size >= 1; size--) {
      const from = counts[size - 1]!;
      const to = counts[size]!;
      for (let sum = reached; sum >= score; sum--) to[sum]! += from[sum - score]!;
    }
  });
  return counts;
}

/**
 * Exact permutation p-values of a maximally selected rank statistic: `scores` in the order of the marker, `lowGroups` the
 * sizes of the low group at each cut, ascending. Null for more than 170 rows or scores that are all equal.
 *
 * A = {|T_m| > b} has an exact probability for each size m. The Hothorn–Lausen form subtracts, for every cut but the first and
 * every sum v beyond the limits of m, the probability that m − 1 rows have the sum v above their own upper limit, and that
 * they have v − max score below their own lower limit. As in R, a sum of exactly zero is left out when there are several cuts,
 * and the observed statistic itself does not count as exceeding.
 * Sources: Hothorn and Lausen 2003, section 3; Worsley 1982; Streitberg and Röhmel 1986. The details of the subtracted part
 * were found by asking R's maxstat 0.7-25 for small examples (11,852 of 11,852 random ones agree).
 * Example: `exactCutPointP([0.2, -1, 0.9, 0.7, -0.4], [2, 3])`.
 */
export function exactCutPointP(scores: ArrayLike<number>, lowGroups: readonly number[]): ExactCutPointP | null {
  const n = scores.length;
  const integers = integerScores(scores);
  const total = integers.reduce((sum, score) => sum + score, 0);
  const largest = integers.reduce((most, score) => Math.max(most, score), 0);
  if (n > MOST_ROWS_EXACT || lowGroups.length === 0 || largest === 0) return null;
  const mean = total / n;
  const squares = integers.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const deviation = (size: number): number => Math.sqrt((size * (n - size) * squares) / (n * (n - 1)));

  const sumTo = new Float64Array(n + 1);
  integers.forEach((score, i) => {
    sumTo[i + 1] = sumTo[i]! + score;
  });
  const statistic = lowGroups.reduce(
    (most, size) => Math.max(most, Math.abs(sumTo[size]! - size * mean) / deviation(size)),
    0,
  );

  const counts = subsetCounts(integers, lowGroups[lowGroups.length - 1]!, total);
  let bonferroni = 0;
  let shared = 0;
  let zeroSums = 0;
  lowGroups.forEach((size, at) => {
    const limit = (statistic + ON_THE_LIMIT) * deviation(size);
    const limitBefore = (statistic + ON_THE_LIMIT) * deviation(size - 1);
    const meanBefore = (size - 1) * mean;
    const here = counts[size]!;
    const before = counts[size - 1]!;
    let ways = 0;
    let waysBefore = 0;
    let allBefore = 0;
    let all = 0;
    for (let sum = 0; sum <= total; sum++) {
      all += here[sum]!;
      allBefore += before[sum]!;
      if (here[sum] === 0 || Math.abs(sum - size * mean) <= limit) continue;
      ways += here[sum]!;
      if (sum - meanBefore > limitBefore) waysBefore += before[sum]!;
      const least = sum - largest;
      if (least > 0 && meanBefore - least > limitBefore) waysBefore += before[least]!;
    }
    bonferroni += ways / all;
    if (at > 0) shared += waysBefore / allBefore;
    if (lowGroups.length > 1 && size * mean > limit) zeroSums += here[0]! / all;
  });
  return {
    statistic,
    bonferroni: Math.min(1, bonferroni),
    hothornLausen: Math.max(0, Math.min(1, bonferroni - shared - zeroSums)),
  };
}
