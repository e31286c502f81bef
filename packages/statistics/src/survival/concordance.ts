import { type Issue, ok, type Result, refuse } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { encodeLevels, type LabelColumn, readSurvival, type SurvivalColumns, takeLevels } from "./input.js";
import { type Estimate, refuseLevel } from "./kaplan-meier.js";
import { fallingEntries, gather, partitionOrder, snapTimes, sortOrder } from "./order.js";

/**
 * Weight of a pair by the event time that makes it comparable: "harrell" counts pairs; "uno" divides by the squared
 * survival of the censoring time G(t−)² (Uno et al. 2011); "peto" weighs by S(t−) over the number at risk.
 */
export type ConcordanceWeight = "harrell" | "uno" | "peto";

export interface ConcordanceColumns extends SurvivalColumns {
  /** One marker per row; more for `compareConcordance`. */
  readonly marker: ArrayLike<number>;
  readonly strata?: LabelColumn | undefined;
  readonly cluster?: LabelColumn | undefined;
}

export interface ConcordanceOptions {
  /** What a larger marker stands for: "longer-survival" or "higher-risk". There is no default direction. */
  readonly direction: "longer-survival" | "higher-risk";
  readonly weight?: ConcordanceWeight;
  readonly level?: number;
}

export interface Concordance {
  readonly method: "concordance";
  readonly weight: ConcordanceWeight;
  readonly direction: "longer-survival" | "higher-risk";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  /** Null when no pair is comparable. */
  readonly concordance: Estimate;
  /** Infinitesimal jackknife; null when there is no pair or when it vanishes. */
  readonly standardError: Estimate;
  readonly variance: Estimate;
  readonly lower: Estimate;
  readonly upper: Estimate;
  readonly level: number;
  /** Pairs, weighted: concordant, discordant, tied in the marker, tied in time, tied in both. */
  readonly pairs: {
    readonly concordant: number;
    readonly discordant: number;
    readonly tiedMarker: number;
    readonly tiedTime: number;
    readonly tiedBoth: number;
  };
  readonly issues: readonly Issue[];
}

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

interface Prepared {
  readonly rows: PairRows;
  readonly markers: readonly Float64Array[];
  readonly clusters: { readonly codes: Int32Array; readonly count: number } | null;
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly issues: readonly Issue[];
}

function prepare(columns: Omit<ConcordanceColumns, "marker">, markers: readonly ArrayLike<number>[]): Result<Prepared> {
  const allStrata = columns.strata === undefined ? null : encodeLevels(columns.strata);
  const allClusters = columns.cluster === undefined ? null : encodeLevels(columns.cluster);
  const read = readSurvival(
    columns,
    markers,
    [allStrata, allClusters].filter((column) => column !== null),
  );
  if (!read.ok) return read;
  const kept = read.value;
  const { n, time, entry, rows } = kept;
  const strata = allStrata === null ? null : takeLevels(allStrata, rows);
  const clusters = allClusters === null ? null : takeLevels(allClusters, rows);
  const byTime = sortOrder(time);
  const ascending = gather(time, byTime);
  const entryOrder = entry === null ? null : sortOrder(entry);
  const entries = entry === null || entryOrder === null ? null : gather(entry, entryOrder);
  snapTimes(ascending, entries);
  for (let i = 0; i < n; i++) time[byTime[i]!] = ascending[i]!;
  if (entry !== null && entries !== null && entryOrder !== null) {
    for (let i = 0; i < n; i++) entry[entryOrder[i]!] = entries[i]!;
  }
  const order = strata === null ? byTime : partitionOrder(byTime, strata.codes, strata.levels.length);
  const starts = [0];
  for (let i = 1; strata !== null && i < n; i++) {
    if (strata.codes[order[i]!] !== strata.codes[order[i - 1]!]) starts.push(i);
  }
  const strataStarts = Uint32Array.from([...starts, n]);
  const sortedEntry = entry === null ? null : gather(entry, order);
  let events = 0;
  for (let i = 0; i < n; i++) events += kept.event[i]!;
  return ok({
    rows: {
      time: gather(time, order),
      event: Uint8Array.from(gather(kept.event, order)),
      entry: sortedEntry,
      weights: kept.weights === null ? null : gather(kept.weights, order),
      strataStarts,
      byEntry: sortedEntry === null ? null : fallingEntries(sortedEntry, strataStarts),
    },
    markers: markers.map((marker) => Float64Array.from(order, (row) => marker[rows[row]!]!)),
    clusters:
      clusters === null
        ? null
        : { codes: Int32Array.from(order, (row) => clusters.codes[row]!), count: clusters.levels.length },
    n,
    events,
    missing: kept.missing,
    issues: kept.issues,
  });
}

function resultOf(
  prepared: Prepared,
  counts: PairCounts,
  options: ConcordanceOptions,
  extraIssues: readonly Issue[],
): Concordance {
  const pairs = counts.concordant + counts.discordant + counts.tiedMarker;
  const comparable = pairs > 0;
  const risk = options.direction === "higher-risk";
  const concordance = comparable ? (risk ? 1 - counts.value : counts.value) : null;
  const variance = comparable ? influenceProduct(counts.influence, counts.influence, prepared.clusters) : null;
  // A vanishing variance (all pairs agree in a tiny sample) is not certainty.
  const standardError = variance !== null && variance > 1e-30 ? Math.sqrt(variance) : null;
  const level = options.level ?? 0.95;
  const half = standardError === null ? null : normalQuantile(1 - (1 - level) / 2) * standardError;
  return {
    method: "concordance",
    weight: options.weight ?? "harrell",
    direction: options.direction,
    n: prepared.n,
    events: prepared.events,
    missing: prepared.missing,
    concordance,
    standardError,
    variance: standardError === null ? null : variance,
    lower: concordance === null || half === null ? null : concordance - half,
    upper: concordance === null || half === null ? null : concordance + half,
    level,
    pairs: {
      concordant: risk ? counts.discordant : counts.concordant,
      discordant: risk ? counts.concordant : counts.discordant,
      tiedMarker: counts.tiedMarker,
      tiedTime: counts.tiedTime,
      tiedBoth: counts.tiedBoth,
    },
    issues: extraIssues,
  };
}

/**
 * Concordance of a marker with survival: the share of comparable pairs in which the marker orders the two as their
 * survival does, ties in the marker counting half. Pairs with equal event times are not comparable; a censoring at an
 * event's time counts as longer. Standard error by the infinitesimal jackknife, limits normal and not clipped.
 * Refuses what `readSurvival` refuses; without a comparable pair the value is null.
 * Sources: Harrell et al. 1982; Uno et al. 2011; Therneau and Watson 2015 (influence).
 * Example: `concordance({ time: [1, 2, 3], event: [1, 1, 1], marker: [3, 2, 1] }, { direction: "higher-risk" })` is 1.
 */
export function concordance(columns: ConcordanceColumns, options: ConcordanceOptions): Result<Concordance> {
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  const prepared = prepare(columns, [columns.marker]);
  if (!prepared.ok) return prepared;
  const { rows, markers, issues } = prepared.value;
  const counts = countPairs(rows, markers[0]!, options.weight ?? "harrell");
  const result = resultOf(prepared.value, counts, options, issues);
  return ok(result, issues);
}

export interface ConcordanceComparison {
  readonly method: "concordance comparison";
  readonly n: number;
  readonly missing: number;
  readonly values: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  /** First minus second. */
  readonly difference: number;
  readonly standardError: Estimate;
}

/**
 * Two markers on the same rows, with the covariance of their concordances from the influences.
 * Refuses missing comparability and what `concordance` refuses. Source: Therneau and Watson 2015.
 */
export function compareConcordance(
  columns: Omit<ConcordanceColumns, "marker"> & { readonly markers: readonly [ArrayLike<number>, ArrayLike<number>] },
  options: ConcordanceOptions,
): Result<ConcordanceComparison> {
  const prepared = prepare(columns, columns.markers);
  if (!prepared.ok) return prepared;
  const { rows, markers, clusters, n, missing, issues } = prepared.value;
  const counts = markers.map((marker) => countPairs(rows, marker, options.weight ?? "harrell"));
  const [a, b] = counts;
  if (a === undefined || b === undefined || !Number.isFinite(a.value) || !Number.isFinite(b.value)) {
    return refuse({ code: "no-comparable-pair", message: "No two rows can be ordered by their survival." });
  }
  const covariance = [a, b].map((u) => [a, b].map((v) => influenceProduct(u.influence, v.influence, clusters)));
  const values = [a, b].map((c) => (options.direction === "higher-risk" ? 1 - c.value : c.value));
  const variance = covariance[0]![0]! + covariance[1]![1]! - 2 * covariance[0]![1]!;
  return ok(
    {
      method: "concordance comparison",
      n,
      missing,
      values,
      covariance,
      difference: values[0]! - values[1]!,
      standardError: variance > 1e-30 ? Math.sqrt(variance) : null,
    },
    issues,
  );
}
