/**
 * What a reader hands to the auditor: one file as lines of text and rows of tables, in reading order.
 * `text` is as the file has it; it may hold line breaks, which then count as lines from `line` on (1-based).
 */
export interface AuditText {
  readonly kind: "text";
  readonly line: number;
  readonly text: string;
}

/** One table row; rows with the same `table` belong together. `text` is what a finding quotes. */
export interface AuditRow {
  readonly kind: "row";
  readonly table: number;
  readonly line: number;
  readonly text: string;
  readonly cells: readonly string[];
}

export type AuditBlock = AuditText | AuditRow;

/** One file to audit. Several documents audited together count as one work. */
export interface AuditDocument {
  readonly file: string;
  readonly blocks: readonly AuditBlock[];
}

/** Words as printed, and where. White space is folded. */
export interface AuditQuote {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/**
 * contradiction: impossible however the printed numbers were rounded. unlikely: possible by an unusual
 * convention or a slip of the last digit. check: a person must decide.
 */
export type AuditCertainty = "contradiction" | "unlikely" | "check";

export interface AuditFinding {
  readonly code: string;
  readonly certainty: AuditCertainty;
  readonly quotes: readonly AuditQuote[];
  /** The calculation, with the interval that rounding leaves open. */
  readonly arithmetic: string;
  readonly message: string;
}
