import type { ProvenanceInput } from "@livermark/core";

/** What a column is, so that a plan and a report can choose. */
export type ColumnRole =
  | "covariate"
  | "biomarker"
  | "change"
  | "feature"
  | "index"
  | "response"
  | "group"
  | "endpoint-time"
  | "endpoint-event"
  | "endpoint-cause"
  | "outcome"
  | "count";

/** A column of the analysis set. */
export interface AnalysisColumn {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly type: "number" | "category" | "text";
  /** Ordered levels, the first being the reference; null for numbers and texts. */
  readonly levels: readonly string[] | null;
  /** Order of the levels in print, where it does not begin with the reference. */
  readonly printOrder?: readonly string[];
  readonly role: ColumnRole;
  /** Known only after the treatment began. */
  readonly afterBaseline: boolean;
}

/** One value with its passport. A category holds one of its levels as text. */
export interface AnalysisCell {
  readonly value: number | string | null;
  /** Why there is no value; empty when there is one. */
  readonly missing: string;
  /** Set when the value is a reporting limit. */
  readonly censored: "below" | "above" | null;
  /** The rows and results that it was made from. */
  readonly sources: readonly ProvenanceInput[];
  /** How it was made, when it is more than a copy. */
  readonly how: string;
}

export interface AnalysisRow {
  readonly patient: string;
  /** null in the table of patients. */
  readonly treatment: number | null;
  readonly cells: { readonly [column: string]: AnalysisCell };
}

/** Time and event columns of one endpoint. */
export interface AnalysisEndpoint {
  readonly name: string;
  readonly label: string;
  readonly version: string;
  readonly time: string;
  readonly event: string;
  /** Column that says what ended the clock, where more than one thing can; for competing risks. */
  readonly cause?: string;
  readonly unit: "days" | "months";
  readonly given: boolean;
}

/** One table of the analysis set. */
export interface AnalysisTable {
  readonly unit: "patient" | "treatment";
  readonly columns: readonly AnalysisColumn[];
  readonly endpoints: readonly AnalysisEndpoint[];
  readonly rows: readonly AnalysisRow[];
}

/** One row per patient and one per treatment. */
export interface AnalysisSet {
  readonly patients: AnalysisTable;
  readonly treatments: AnalysisTable;
}

const bareMissing = new Map<string, AnalysisCell>();

/** A cell without a value. Cells that have no sources either are shared: a large study has millions of them. */
export function missingCell(reason: string, sources: readonly ProvenanceInput[] = []): AnalysisCell {
  const shared = sources.length === 0 ? bareMissing.get(reason) : undefined;
  if (shared !== undefined) return shared;
  const made: AnalysisCell = { value: null, missing: reason, censored: null, sources, how: "" };
  if (sources.length === 0 && bareMissing.size < 1000) bareMissing.set(reason, made);
  return made;
}

export const cell = (
  value: number | string,
  sources: readonly ProvenanceInput[],
  how = "",
  censored: AnalysisCell["censored"] = null,
): AnalysisCell => ({ value, missing: "", censored, sources, how });

/** A table row as a source. */
export const fromRow = (table: string, line: number, column?: string): ProvenanceInput =>
  column === undefined ? { kind: "row", table, line } : { kind: "row", table, line, column };
