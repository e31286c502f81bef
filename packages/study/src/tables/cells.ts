import type { MeasuredValue } from "./columns.js";
import type { CovariateCell } from "./definitions.js";

/** Writings of "no value", with the reason each gives. The empty cell is one of them. */
const MISSING_WORDS: ReadonlyMap<string, string> = new Map([
  ["", "empty"],
  ["na", "not available"],
  ["n/a", "not available"],
  ["n.a.", "not available"],
  ["nan", "not a number"],
  ["null", "empty"],
  [".", "empty"],
  ["-", "empty"],
  ["–", "empty"],
  ["—", "empty"],
  ["nd", "not done"],
  ["n.d.", "not done"],
  ["not done", "not done"],
  ["missing", "missing"],
  ["#n/a", "spreadsheet error"],
  ["#value!", "spreadsheet error"],
  ["#div/0!", "spreadsheet error"],
  ["#ref!", "spreadsheet error"],
  ["#name?", "spreadsheet error"],
]);

const LONGEST_WORD = Math.max(...[...MISSING_WORDS.keys()].map((word) => word.length));

/** Why a cell holds no value, or null when it holds one. Example: `missingReason("ND")` is `not done`. */
export function missingReason(text: string, codes: readonly string[] = []): string | null {
  if (codes.length > 0 && codes.includes(text)) return `missing code ${text}`;
  // No word for "missing" starts with a digit or is longer than these: most cells are told by one look.
  const first = text.charCodeAt(0);
  if ((first >= 48 && first <= 57) || text.length > LONGEST_WORD) return null;
  return MISSING_WORDS.get(text.toLowerCase()) ?? null;
}

const PLAIN = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;

/** A number written with a decimal point, or null. Thousands separators and units are refused. */
export function parseNumber(text: string): number | null {
  if (!PLAIN.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** A number or a reporting limit: `12.5`, `<20`, `> 500`, `≤ 3`. Null when it is neither. */
export function parseMeasured(text: string): MeasuredValue | null {
  const mark = /^([<>≤≥])\s*=?\s*(.+)$/.exec(text);
  if (mark === null) {
    const value = parseNumber(text);
    return value === null ? null : { value, censored: null };
  }
  const limit = parseNumber(mark[2]!);
  if (limit === null) return null;
  return { value: limit, censored: mark[1] === "<" || mark[1] === "≤" ? "below" : "above" };
}

/** 0/1, and what spreadsheets make of them. */
export function parseFlag(text: string): boolean | null {
  const lower = text.toLowerCase();
  if (lower === "1" || lower === "true" || lower === "yes") return true;
  return lower === "0" || lower === "false" || lower === "no" ? false : null;
}

/** A column that the codebook explains. */
export interface CovariateSpec {
  readonly name: string;
  readonly label: string;
  readonly type: "number" | "category" | "date" | "text";
  readonly unit: string;
  /** Ordered levels, the first being the reference; empty = take them as met. */
  readonly levels: readonly string[];
  readonly missingCodes: readonly string[];
}

/** A covariate cell in the codebook's words, or null when the text does not fit the type or the levels. */
export function parseCovariate(text: string, spec: CovariateSpec): CovariateCell | null {
  const missing = spec.levels.includes(text) ? null : missingReason(text, spec.missingCodes);
  if (missing !== null) return { value: null, censored: null, missing };
  if (spec.type === "number") {
    const parsed = parseMeasured(text);
    return parsed === null ? null : { value: parsed.value, censored: parsed.censored, missing: null };
  }
  if (spec.type === "category" && spec.levels.length > 0 && !spec.levels.includes(text)) {
    const sameNumber = spec.levels.find(
      (level) => parseNumber(level) !== null && parseNumber(level) === parseNumber(text),
    );
    return sameNumber === undefined ? null : { value: sameNumber, censored: null, missing: null };
  }
  return { value: text, censored: null, missing: null };
}
