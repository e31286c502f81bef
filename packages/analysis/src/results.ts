import type { Issue, Json, Passport } from "@livermark/core";
import type { ResultFigure } from "./figures.js";

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
  /** The analysis set and the computations on it, from which `recompute.R` is written. Holds no date and no identity. */
  readonly recompute?: RecomputePlan;
  /** Answers to items of reporting guidelines that the run itself knows, by guideline and item number. */
  readonly checklist?: readonly ChecklistAnswer[];
}

/** One table of patient-safe data (times in days, pseudonyms only) and what was computed from it. */
export interface RecomputePlan {
  readonly tables: readonly RecomputeTable[];
  readonly computations: readonly Computation[];
}

export interface RecomputeTable {
  /** File name without folder, e.g. `analysis-set.csv`. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Row by row in the order of `columns`; null = missing. */
  readonly rows: readonly (readonly (number | string | null)[])[];
}

/** One statistic as a case of `livermark stat`: method and options of its contract, and the answer Livermark gave. */
export interface Computation {
  /** Result id that the answer belongs to. */
  readonly id: string;
  readonly method: string;
  /** Name of a table of the plan. */
  readonly data: string;
  readonly spec: { readonly [option: string]: Json };
  /** Fields of the method's answer that the report prints. */
  readonly answer: { readonly [field: string]: Json };
}

export interface ChecklistAnswer {
  readonly guideline: "REMARK" | "TRIPOD+AI" | "STARD" | "STROBE" | "CLAIM";
  readonly item: string;
  /** Where the report answers the item: the id of a table or figure, or a sentence. */
  readonly answer: string;
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
  readonly columns: readonly {
    readonly key: string;
    readonly label: string;
    /** Neighbouring columns of one group stand under a common heading, e.g. "Univariable". */
    readonly group?: string;
  }[];
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

/** `provenance.json`: the passport of each result id, and what the inputs were. */
export interface Provenance {
  readonly schema: "livermark.provenance/1";
  readonly passports: { readonly [id: string]: Passport };
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[];
}
