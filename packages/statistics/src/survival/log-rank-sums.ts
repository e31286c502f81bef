import type { Levels } from "./input.js";
import { gather, partitionOrder, snapTimes, sortOrder } from "./order.js";

/** Weight given to each event time. */
export type LogRankWeight =
  | { readonly kind: "log-rank" }
  /** Number at risk (generalised Wilcoxon). */
  | { readonly kind: "gehan" }
  /** Square root of the number at risk. */
  | { readonly kind: "tarone-ware" }
  /** Peto–Peto–Prentice: the modified survival estimate Π (1 − d/(r + 1)) up to and including the time. */
  | { readonly kind: "peto-peto" }
  /** S(t−)^rho (1 − S(t−))^gamma with the pooled Kaplan–Meier estimate; rho 1, gamma 0 is `survdiff(rho = 1)` in R. */
  | { readonly kind: "fleming-harrington"; readonly rho: number; readonly gamma: number };

/** Sums over event times, one entry per group. */
export interface Sums {
  readonly observed: Float64Array;
  readonly expected: Float64Array;
  readonly score: Float64Array;
  readonly covariance: Float64Array;
}

/** Columns in sorted order (by stratum, then time). */
export interface SortedColumns {
  readonly time: Float64Array;
  readonly event: Uint8Array;
  readonly entry: Float64Array | null;
  readonly group: Int32Array;
}

/** Rows start … end − 1 are one stratum, ascending in time: adds its event times to the sums. */
export function addStratum(
  sums: Sums,
  groups: number,
  weight: LogRankWeight,
  columns: SortedColumns,
  start: number,
  end: number,
): void {
  const { time, event, entry, group } = columns;
  const atRisk = new Float64Array(groups);
  const deaths = new Float64Array(groups);
  const leaving = new Float64Array(groups);
  const byEntry = entry === null ? null : sortOrder(entry.subarray(start, end));
  if (byEntry === null) for (let i = start; i < end; i++) atRisk[group[i]!]!++;
  let entered = 0;
  let survival = 1;
  let modified = 1;
  for (let i = start; i < end; ) {
    const t = time[i]!;
    while (byEntry !== null && entered < byEntry.length && entry![start + byEntry[entered]!]! < t) {
      atRisk[group[start + byEntry[entered]!]!]!++;
      entered++;
    }
    deaths.fill(0);
    leaving.fill(0);
    let d = 0;
    for (; i < end && time[i] === t; i++) {
      const g = group[i]!;
      leaving[g]!++;
      if (event[i] === 1) {
        deaths[g]!++;
        d++;
      }
    }
    if (d > 0) {
      let r = 0;
      for (let g = 0; g < groups; g++) r += atRisk[g]!;
      modified *= 1 - d / (r + 1);
      const w = timeWeight(weight, r, survival, modified);
      survival *= (r - d) / r;
      const spread = r > 1 ? (w * w * d * (r - d)) / (r - 1) : 0;
      for (let g = 0; g < groups; g++) {
        const share = atRisk[g]! / r;
        sums.observed[g]! += deaths[g]!;
        sums.expected[g]! += d * share;
        sums.score[g]! += w * (deaths[g]! - d * share);
        if (share === 0) continue;
        sums.covariance[g * groups + g]! += spread * share;
        for (let h = 0; h < groups; h++) sums.covariance[g * groups + h]! -= spread * share * (atRisk[h]! / r);
      }
    }
    for (let g = 0; g < groups; g++) atRisk[g]! -= leaving[g]!;
  }
}

function timeWeight(weight: LogRankWeight, atRisk: number, before: number, modified: number): number {
  switch (weight.kind) {
    case "log-rank":
      return 1;
    case "gehan":
      return atRisk;
    case "tarone-ware":
      return Math.sqrt(atRisk);
    case "peto-peto":
      return modified;
    case "fleming-harrington":
      return before ** weight.rho * (1 - before) ** weight.gamma;
  }
}

/** Sorts once by time, parts by stratum, and makes times that differ by rounding one time across all strata. */
export function sortColumns(
  time: Float64Array,
  event: Uint8Array,
  entry: Float64Array | null,
  group: Int32Array,
  strata: Levels | null,
): { columns: SortedColumns; starts: readonly number[] } {
  const n = time.length;
  const byTime = sortOrder(time);
  const ascending = gather(time, byTime);
  const entryOrder = entry === null ? null : sortOrder(entry);
  const entries = entry === null || entryOrder === null ? null : gather(entry, entryOrder);
  snapTimes(ascending, entries);
  if (entry !== null && entries !== null && entryOrder !== null) {
    for (let i = 0; i < n; i++) entry[entryOrder[i]!] = entries[i]!;
  }
  let order = byTime;
  let sortedTime = ascending;
  const starts = [0];
  if (strata !== null) {
    order = partitionOrder(byTime, strata.codes, strata.levels.length);
    for (let i = 0; i < n; i++) time[byTime[i]!] = ascending[i]!;
    sortedTime = gather(time, order);
    for (let i = 1; i < n; i++) if (strata.codes[order[i]!] !== strata.codes[order[i - 1]!]) starts.push(i);
  }
  starts.push(n);
  const sortedEvent = new Uint8Array(n);
  const sortedGroup = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const row = order[i]!;
    sortedEvent[i] = event[row]!;
    sortedGroup[i] = group[row]!;
  }
  return {
    columns: {
      time: sortedTime,
      event: sortedEvent,
      entry: entry === null ? null : gather(entry, order),
      group: sortedGroup,
    },
    starts,
  };
}
