import { sortOrder } from "./order.js";

/**
 * Weight of a pair by the event time that makes it comparable: "harrell" counts pairs; "uno" divides by the squared
 * survival of the censoring time G(t−)² (Uno et al. 2011); "peto" weighs by S(t−) over the number at risk.
 */
export type ConcordanceWeight = "harrell" | "uno" | "peto";

/** Rows in sorted order, as the pair counter wants them. */
export interface PairRows {
  readonly time: Float64Array;
  readonly event: Uint8Array;
  readonly entry: Float64Array | null;
  readonly weights: Float64Array | null;
  readonly strataStarts: Uint32Array;
  /** Positions by falling entry within each stratum. */
  readonly byEntry: Uint32Array | null;
}

export interface PairCounts {
  readonly concordant: number;
  readonly discordant: number;
  readonly tiedMarker: number;
  readonly tiedTime: number;
  readonly tiedBoth: number;
  /** Derivative of the concordance by each row's weight, times its weight. */
  readonly influence: Float64Array;
  readonly value: number;
}

/** Ranks 1 … of the distinct values. */
function denseRanks(values: Float64Array): { ranks: Uint32Array; count: number } {
  const order = sortOrder(values);
  const ranks = new Uint32Array(values.length);
  let rank = 0;
  for (let i = 0; i < order.length; i++) {
    if (i === 0 || values[order[i]!] !== values[order[i - 1]!]) rank++;
    ranks[order[i]!] = rank;
  }
  return { ranks, count: rank };
}

/** Prefix sums over ranks, updated in log time (Fenwick 1994), with the plain sums beside them. */
interface RankSums {
  readonly tree: Float64Array;
  readonly at: Float64Array;
  total: number;
}

const rankSums = (count: number): RankSums => ({
  tree: new Float64Array(count + 1),
  at: new Float64Array(count + 1),
  total: 0,
});

function add(sums: RankSums, rank: number, weight: number): void {
  const { tree, at } = sums;
  at[rank]! += weight;
  sums.total += weight;
  for (let i = rank; i < tree.length; i += i & -i) tree[i]! += weight;
}

/** Sum over ranks below `rank`. */
function below({ tree }: RankSums, rank: number): number {
  let sum = 0;
  for (let i = rank - 1; i > 0; i &= i - 1) sum += tree[i]!;
  return sum;
}

function clear(sums: RankSums): void {
  sums.tree.fill(0);
  sums.at.fill(0);
  sums.total = 0;
}

/** Weight of each event time (by the position of its first row) within one stratum. */
function timeWeights(rows: PairRows, from: number, to: number, kind: ConcordanceWeight): Float64Array | null {
  if (kind === "harrell") return null;
  const { time, event, weights, entry } = rows;
  const weighted = new Float64Array(to - from);
  let atRisk = 0;
  for (let i = from; i < to; i++) atRisk += weights === null ? 1 : weights[i]!;
  let survival = 1;
  let censoring = 1;
  for (let i = from; i < to; ) {
    const t = time[i]!;
    let inRisk = atRisk;
    if (entry !== null) {
      inRisk = 0;
      for (let j = i; j < to; j++) if (entry[j]! < t) inRisk += weights === null ? 1 : weights[j]!;
    }
    const first = i;
    let d = 0;
    let c = 0;
    for (; i < to && time[i] === t; i++) {
      const w = weights === null ? 1 : weights[i]!;
      if (event[i] === 1) d += w;
      else c += w;
    }
    const weight = kind === "uno" ? 1 / (censoring * censoring) : survival / inRisk;
    for (let j = first; j < i; j++) weighted[j - from] = weight;
    survival *= (inRisk - d) / inRisk;
    // Events leave the risk set before the censorings of the same time.
    if (c > 0 && inRisk - d > 0) censoring *= (inRisk - d - c) / (inRisk - d);
    atRisk -= d + c;
  }
  return weighted;
}

/**
 * Counts comparable pairs in O(n log n): walking back in time each event is compared with those still at risk, walking
 * forward each row is compared with the events before it, so that every row's influence is known.
 */
export function countPairs(rows: PairRows, marker: Float64Array, kind: ConcordanceWeight): PairCounts {
  const { time, event, entry, weights, strataStarts, byEntry } = rows;
  const n = time.length;
  const { ranks, count } = denseRanks(marker);
  const numerator = new Float64Array(n);
  const denominator = new Float64Array(n);
  const sums = rankSums(count);
  const sameTime = new Float64Array(count + 1);
  let concordant = 0;
  let discordant = 0;
  let tiedMarker = 0;
  let tiedTime = 0;
  let tiedBoth = 0;
  for (let s = 0; s + 1 < strataStarts.length; s++) {
    const start = strataStarts[s]!;
    const end = strataStarts[s + 1]!;
    const factor = timeWeights(rows, start, end, kind);
    clear(sums);
    let next = start;
    for (let i = end - 1; i >= start; ) {
      const t = time[i]!;
      const last = i;
      for (; i >= start && time[i] === t; i--) {
        if (event[i] === 0) add(sums, ranks[i]!, weights === null ? 1 : weights[i]!);
      }
      const first = i + 1;
      let deaths = 0;
      for (let row = first; row <= last; row++) deaths += event[row]!;
      if (deaths === 0) continue;
      while (entry !== null && byEntry !== null && next < end && entry[byEntry[next]!]! >= t) {
        const row = byEntry[next]!;
        add(sums, ranks[row]!, -(weights === null ? 1 : weights[row]!));
        next++;
      }
      const f = factor === null ? 1 : factor[first - start]!;
      let deathWeight = 0;
      for (let row = first; row <= last; row++) {
        if (event[row] === 0) continue;
        const w = weights === null ? 1 : weights[row]!;
        const rank = ranks[row]!;
        const less = below(sums, rank);
        const equal = sums.at[rank]!;
        const greater = sums.total - less - equal;
        concordant += f * w * greater;
        discordant += f * w * less;
        tiedMarker += f * w * equal;
        numerator[row]! += f * (greater + equal / 2);
        denominator[row]! += f * sums.total;
        if (deaths > 1) {
          tiedBoth += f * w * sameTime[rank]!;
          tiedTime += f * w * (deathWeight - sameTime[rank]!);
          sameTime[rank]! += w;
          deathWeight += w;
        }
      }
      for (let row = first; row <= last; row++) {
        if (event[row] === 0) continue;
        sameTime[ranks[row]!] = 0;
        add(sums, ranks[row]!, weights === null ? 1 : weights[row]!);
      }
    }
    clear(sums);
    next = end - 1;
    for (let i = start; i < end; ) {
      const t = time[i]!;
      while (entry !== null && byEntry !== null && next >= start && entry[byEntry[next]!]! < t) {
        const row = byEntry[next]!;
        const rank = ranks[row]!;
        numerator[row]! -= below(sums, rank) + sums.at[rank]! / 2;
        denominator[row]! -= sums.total;
        next--;
      }
      const first = i;
      while (i < end && time[i] === t) i++;
      const f = factor === null ? 1 : factor[first - start]!;
      const compare = (row: number): void => {
        const rank = ranks[row]!;
        numerator[row]! += below(sums, rank) + sums.at[rank]! / 2;
        denominator[row]! += sums.total;
      };
      for (let row = first; row < i; row++) if (event[row] === 1) compare(row);
      for (let row = first; row < i; row++) {
        if (event[row] === 1) add(sums, ranks[row]!, f * (weights === null ? 1 : weights[row]!));
      }
      for (let row = first; row < i; row++) if (event[row] === 0) compare(row);
    }
  }
  const pairs = concordant + discordant + tiedMarker;
  const value = (concordant + tiedMarker / 2) / pairs;
  const influence = numerator;
  for (let i = 0; i < n; i++) {
    influence[i] = ((weights === null ? 1 : weights[i]!) * (numerator[i]! - value * denominator[i]!)) / pairs;
  }
  return { concordant, discordant, tiedMarker, tiedTime, tiedBoth, influence, value };
}

/** Sum of products of two influences, first summed within clusters when there are any. */
export function influenceProduct(
  a: Float64Array,
  b: Float64Array,
  clusters: { readonly codes: Int32Array; readonly count: number } | null,
): number {
  let sum = 0;
  if (clusters === null) {
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
    return sum;
  }
  const left = new Float64Array(clusters.count);
  const right = new Float64Array(clusters.count);
  for (let i = 0; i < a.length; i++) {
    left[clusters.codes[i]!]! += a[i]!;
    right[clusters.codes[i]!]! += b[i]!;
  }
  for (let c = 0; c < clusters.count; c++) sum += left[c]! * right[c]!;
  return sum;
}
