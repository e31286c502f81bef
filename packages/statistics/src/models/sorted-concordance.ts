import type { CoxSample } from "./cox-sample.js";

/** Pairs of follow-up compared with a risk score. */
export interface SortedConcordance {
  /** (concordant + half of tied scores) / comparable, high score = early event; 0.5 without comparable pairs. */
  readonly concordance: number;
  readonly comparable: number;
}

/** Scores replaced by dense ranks. */
export interface Ranked {
  /** 1 = lowest, in the order of the scores given. */
  readonly rank: Int32Array;
  /** The distinct scores, ascending. */
  readonly values: Float64Array;
}

/** Dense ranks of scores. */
export function rankScores(score: Float64Array): Ranked {
  const sorted = Float64Array.from(score).sort();
  let size = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[size++] = sorted[i]!;
  const rank = new Int32Array(score.length);
  for (let i = 0; i < score.length; i++) {
    const value = score[i]!;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    rank[i] = low + 1;
  }
  return { rank, values: sorted.subarray(0, size) };
}

/**
 * Harrell's concordance of a ranked risk score (in the sample's sorted order) with follow-up: one pass from the last time
 * to the first over a Fenwick tree, O(n log n). `counts` are frequencies of the sorted rows. A patient censored at a
 * death's time outlives it; two deaths at one time are not compared. Source: Harrell, Lee and Mark 1996.
 */
export function concordanceOf(
  sample: CoxSample,
  { rank, values }: Ranked,
  counts: Float64Array | null,
): SortedConcordance {
  const { starts, event } = sample;
  const size = values.length;
  const tree = new Float64Array(size + 1);
  const equal = new Float64Array(size + 1);
  let inTree = 0;
  let concordant = 0;
  let tied = 0;
  let comparable = 0;
  const add = (i: number): void => {
    const c = counts === null ? 1 : counts[i]!;
    if (c === 0) return;
    const r = rank[i]!;
    equal[r]! += c;
    inTree += c;
    for (let k = r; k <= size; k += k & -k) tree[k]! += c;
  };
  for (let g = starts.length - 2; g >= 0; g--) {
    const [from, to] = [starts[g]!, starts[g + 1]!];
    for (let i = from; i < to; i++) if (event[i] === 0) add(i);
    for (let i = from; i < to; i++) {
      const c = counts === null ? 1 : counts[i]!;
      if (event[i] === 0 || c === 0) continue;
      const r = rank[i]!;
      let below = 0;
      for (let k = r - 1; k > 0; k -= k & -k) below += tree[k]!;
      concordant += c * below;
      tied += c * equal[r]!;
      comparable += c * inTree;
    }
    for (let i = from; i < to; i++) if (event[i] === 1) add(i);
  }
  return { concordance: comparable === 0 ? 0.5 : (concordant + tied / 2) / comparable, comparable };
}

/** Gini's mean difference of ranked scores, `counts` times each. */
export function giniOfRanked({ rank, values }: Ranked, counts: Float64Array | null): number {
  const inBin = new Float64Array(values.length);
  let n = 0;
  for (let i = 0; i < rank.length; i++) {
    const c = counts === null ? 1 : counts[i]!;
    inBin[rank[i]! - 1]! += c;
    n += c;
  }
  let below = 0;
  let sum = 0;
  for (let k = 0; k < values.length; k++) {
    const c = inBin[k]!;
    sum += values[k]! * c * (2 * below + c - n);
    below += c;
  }
  return n < 2 ? 0 : (2 * sum) / (n * (n - 1));
}
