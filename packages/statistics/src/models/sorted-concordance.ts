import type { CoxSample } from "./cox-core.js";

/** Pairs of follow-up compared with a risk score. */
export interface SortedConcordance {
  /** (concordant + half of tied scores) / comparable, high score = early event; 0.5 without comparable pairs. */
  readonly concordance: number;
  readonly comparable: number;
}

/**
 * Harrell's concordance of a risk score with sorted follow-up: one pass from the last time to the first over a Fenwick
 * tree of ranked scores, O(n log n). `counts` are frequencies of the sorted rows. A patient censored at a death's time
 * outlives it; two deaths at one time are not compared. Source: Harrell, Lee and Mark 1996.
 */
export function concordanceOf(
  sample: CoxSample,
  score: Float64Array,
  counts: Float64Array | null,
  ranks?: { readonly rank: Int32Array; readonly size: number },
): SortedConcordance {
  const { starts, event, order } = sample;
  const { rank, size } = ranks ?? rankScores(score);
  const tree = new Float64Array(size + 1);
  const equal = new Float64Array(size + 1);
  let inTree = 0;
  let concordant = 0;
  let tied = 0;
  let comparable = 0;
  const countOf = (i: number): number => (counts === null ? 1 : counts[i]!);
  const add = (i: number): void => {
    const c = countOf(i);
    if (c === 0) return;
    const r = rank[order[i]!]!;
    equal[r]! += c;
    inTree += c;
    for (let k = r; k <= size; k += k & -k) tree[k]! += c;
  };
  for (let g = starts.length - 2; g >= 0; g--) {
    const [from, to] = [starts[g]!, starts[g + 1]!];
    for (let i = from; i < to; i++) if (event[i] === 0) add(i);
    for (let i = from; i < to; i++) {
      const c = countOf(i);
      if (event[i] === 0 || c === 0) continue;
      const r = rank[order[i]!]!;
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

/** Dense ranks (1 = lowest) of scores by row. */
export function rankScores(score: Float64Array): { readonly rank: Int32Array; readonly size: number } {
  const sorted = Float64Array.from(score).sort();
  let size = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[size++] = sorted[i]!;
  const rank = new Int32Array(score.length);
  for (let i = 0; i < score.length; i++) {
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! < score[i]!) low = middle + 1;
      else high = middle;
    }
    rank[i] = low + 1;
  }
  return { rank, size };
}
