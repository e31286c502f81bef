import type { Issue, Json, Passport } from "@livermark/core";

/**
 * `results.json`: everything a report prints, as data. Full precision; rounding belongs to the report's one formatter.
 * Every cell and every figure has an id under which `passports` (provenance.json) tells where it came from.
 */
export interface Results {
  readonly schema: "livermark.results/1";
  readonly study: StudyFacts;
  readonly flow: readonly FlowStep[];
  readonly tables: readonly ResultTable[];
  readonly figures: readonly ResultFigure[];
  readonly models: readonly Json[];
  /** Sentences of the methods paragraph, in order, made from facts. */
  readonly methods: readonly string[];
  readonly notes: readonly DesignNote[];
  /** What was left out and why: every Issue of the run, errors first. */
  readonly issues: readonly Issue[];
}

export interface StudyFacts {
  readonly title: string;
  readonly protocol: { readonly id: string; readonly version: string; readonly sha256: string };
  /** Lock date or lock day as the study file gives it; null when it gives none. */
  readonly lock: string | null;
  readonly software: { readonly name: "livermark"; readonly version: string };
  /** Named statistical conventions in force, e.g. `{ ties: "efron", survivalInterval: "log" }`. */
  readonly conventions: { readonly [name: string]: string };
  /** SHA-256 over the bundle's input files. */
  readonly inputsSha256: string;
  readonly patients: number;
}

/** One box of the flow chart: how many entered, and who left with which reason. */
export interface FlowStep {
  readonly id: string;
  readonly label: string;
  readonly unit: "patient" | "treatment";
  readonly n: number;
  readonly excluded: readonly { readonly reason: string; readonly n: number }[];
}

/** A weakness of the design, with its remedy. */
export interface DesignNote {
  readonly code: string;
  readonly severity: "info" | "caution" | "serious";
  readonly where: string;
  readonly why: string;
  readonly remedy: string;
  readonly reference: string;
}

/** A table whose cells still are numbers. */
export interface ResultTable {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly { readonly key: string; readonly label: string }[];
  readonly rows: readonly ResultRow[];
  readonly footnotes: readonly string[];
}

export interface ResultRow {
  readonly label: string;
  /** 0 = own row, 1 = a level under the row above. */
  readonly indent?: 0 | 1;
  readonly cells: { readonly [columnKey: string]: Cell };
}

/** One printed cell. `id` leads to its passport; null for words that no computation made. */
export type Cell = { readonly id: string | null } & CellContent;

export type CellContent =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly value: number; readonly unit: string; readonly decimals: number }
  | { readonly kind: "count"; readonly n: number }
  /** n of total, printed as n (%), or as n/total (%) where totals differ between cells. */
  | { readonly kind: "share"; readonly n: number; readonly total: number }
  | { readonly kind: "mean-sd"; readonly mean: number; readonly sd: number; readonly decimals: number }
  | {
      readonly kind: "median-range";
      readonly median: number;
      readonly low: number;
      readonly high: number;
      readonly range: "iqr" | "min-max";
      readonly decimals: number;
    }
  | {
      readonly kind: "estimate";
      readonly value: number;
      /** null = unbounded or not reached on that side. */
      readonly low: number | null;
      readonly high: number | null;
      readonly level: number;
      readonly decimals: number;
      readonly unit: string;
    }
  | { readonly kind: "p"; readonly value: number }
  | { readonly kind: "reference" }
  | {
      readonly kind: "not-reached";
      readonly low: number | null;
      readonly high: number | null;
      readonly decimals: number;
    }
  | { readonly kind: "not-estimable"; readonly why: string }
  | { readonly kind: "missing"; readonly why: string };

/** Data of one figure; the report draws it. */
export type ResultFigure = KaplanMeierFigure;

export interface KaplanMeierFigure {
  readonly id: string;
  readonly kind: "kaplan-meier";
  readonly title: string;
  readonly timeLabel: string;
  readonly timeUnit: "days" | "months";
  readonly groups: readonly KaplanMeierGroup[];
  /** Times under the axis at which numbers at risk are printed. */
  readonly riskTimes: readonly number[];
  readonly intervalType: "log" | "log-log" | "plain";
  readonly comparison: { readonly method: string; readonly p: number; readonly id: string } | null;
  readonly hazardRatio: {
    readonly value: number;
    readonly low: number;
    readonly high: number;
    readonly contrast: string;
    readonly id: string;
  } | null;
}

export interface KaplanMeierGroup {
  readonly label: string;
  readonly n: number;
  readonly events: number;
  /** Distinct times in ascending order with survival just after each; limits are null where not estimable. */
  readonly time: readonly number[];
  readonly survival: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Times of censored patients. */
  readonly censored: readonly number[];
  readonly atRisk: readonly number[];
  readonly median: { readonly value: number | null; readonly low: number | null; readonly high: number | null };
}

/** `provenance.json`: the passport of each result id, and what the inputs were. */
export interface Provenance {
  readonly schema: "livermark.provenance/1";
  readonly passports: { readonly [id: string]: Passport };
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[];
}
