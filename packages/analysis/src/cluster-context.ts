import type { Issue, Json, Random } from "@livermark/core";
import type { StopSignal } from "@livermark/statistics";
import type { CellLedger } from "./cell-ledger.js";
import type { Dataset } from "./dataset.js";
import type { SurvivalData } from "./survival-data.js";

/** One comparison of treatments, patients being the clusters. */
export interface ClusterComparison {
  readonly id: string;
  readonly label: string;
  readonly by: string;
}

/** How the resampling is done. */
export interface ClusterPlan {
  readonly resamples: number;
  readonly seed: number;
  readonly ties: "efron" | "breslow";
  readonly level: number;
  /** Continuous markers whose best cut-off is searched for, e.g. LETB change. */
  readonly markers: readonly string[];
  /** Asked between resamples; a stopped analysis leaves no table. */
  readonly signal?: StopSignal;
}

/** Follow-up of each treatment, and whose it is. */
export interface ClusterRows {
  readonly months: readonly number[];
  readonly event: readonly number[];
  readonly start: readonly number[];
  readonly patients: readonly string[];
}

/** What comparisons and searches of one endpoint share. */
export interface ClusterContext {
  readonly data: Dataset;
  readonly survival: SurvivalData;
  readonly rows: ClusterRows;
  /** Positions of the rows of each patient. */
  readonly clusters: readonly (readonly number[])[];
  readonly plan: ClusterPlan;
  readonly root: Random;
  readonly ledger: CellLedger;
  readonly facts: { readonly [name: string]: Json };
  readonly issues: Issue[];
  readonly stopped: () => boolean;
  /** Percentile limits of resampled values; null where too few resamples gave one. */
  readonly limits: (values: readonly number[]) => { readonly low: number; readonly high: number } | null;
}
