import { type Issue, ok, type Result, refuse } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { encodeLevels, type LabelColumn, readSurvival, type SurvivalColumns, takeLevels } from "./input.js";
import { type Estimate, refuseLevel } from "./kaplan-meier.js";
import { fallingEntries, gather, partitionOrder, snapTimes, sortOrder } from "./order.js";
import { type ConcordanceWeight, countPairs, influenceProduct, type PairCounts, type PairRows } from "./pair-counts.js";

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
 * Example: `compareConcordance({ time, event, markers: [a, b] }, { direction: "higher-risk" })`.
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
