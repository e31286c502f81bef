import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { completeRows, type NamedColumn, type NumericColumn } from "./columns.js";

/** One covariate of a model: a number, or a factor whose first level is the reference. */
export type ModelTerm =
  | { readonly kind: "numeric"; readonly name: string; readonly values: NumericColumn }
  | {
      readonly kind: "factor";
      readonly name: string;
      readonly values: ArrayLike<string | number | null>;
      readonly levels: readonly (string | number)[];
    };

/** What one model term became: its columns in the design, and the reference level it is compared with. */
export interface DesignTerm {
  readonly name: string;
  readonly columns: readonly number[];
  readonly reference: string | null;
}

/** The complete rows of outcome columns and covariates; factors as one 0/1 column per non-reference level. */
export interface Design {
  readonly n: number;
  readonly missing: number;
  readonly rows: Int32Array;
  /** The other columns (outcome, time, weights …), in the order given. */
  readonly others: readonly Float64Array[];
  readonly terms: readonly DesignTerm[];
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
}

function factorCodes(term: Extract<ModelTerm, { kind: "factor" }>): Result<(number | null)[]> {
  const code = new Map(term.levels.map((level, i) => [String(level), i]));
  const codes: (number | null)[] = [];
  for (let i = 0; i < term.values.length; i++) {
    const value = term.values[i];
    if (value === null || value === undefined || value === "" || Number.isNaN(value)) {
      codes.push(null);
      continue;
    }
    const found = code.get(String(value));
    if (found === undefined) {
      return refuse({
        code: "unknown-level",
        message: `Factor ${term.name} holds a value that is not among its levels.`,
        got: value,
        wanted: term.levels.join(", "),
        mend: "Correct the value or add the level.",
        where: { column: term.name, line: i + 2 },
      });
    }
    codes.push(found);
  }
  return ok(codes);
}

/**
 * Builds the design of a regression from its terms, on the rows where everything is present. Dummy names are the
 * factor's name followed by the level. Refuses unknown levels, factors of fewer than two levels, repeated names,
 * unequal lengths, and data without a complete row.
 * Example: factor `race` with levels 1, 2, 3 gives columns `race2` and `race3`, reference "1".
 */
export function buildDesign(others: readonly NamedColumn[], terms: readonly ModelTerm[]): Result<Design> {
  const seen = new Set<string>();
  const named: NamedColumn[] = [...others];
  for (const term of terms) {
    if (seen.has(term.name)) {
      return refuse({
        code: "repeated-term",
        message: `Covariate ${term.name} is given twice.`,
        got: term.name,
        wanted: "each covariate once",
        mend: "Remove one of them.",
      });
    }
    seen.add(term.name);
    if (term.kind === "numeric") {
      named.push(term);
      continue;
    }
    if (term.levels.length < 2 || new Set(term.levels.map(String)).size < term.levels.length) {
      return refuse({
        code: "bad-levels",
        message: `Factor ${term.name} needs at least two different levels.`,
        got: term.levels.join(", "),
        wanted: "two or more levels, the reference first",
        where: { column: term.name },
      });
    }
    const codes = factorCodes(term);
    if (!codes.ok) return codes;
    named.push({ name: term.name, values: codes.value });
  }
  const complete = completeRows(named);
  if (!complete.ok) return complete;
  const n = complete.value.rows.length;
  if (n === 0) {
    return refuse({
      code: "no-complete-rows",
      message: "No row has a value in every column of the model.",
      got: `${complete.value.missing} incomplete rows`,
      wanted: "complete rows",
      mend: "Look for a column that is empty.",
    });
  }
  const designTerms: DesignTerm[] = [];
  const names: string[] = [];
  const columns: Float64Array[] = [];
  terms.forEach((term, t) => {
    const values = complete.value.columns[others.length + t]!;
    if (term.kind === "numeric") {
      designTerms.push({ name: term.name, columns: [columns.length], reference: null });
      names.push(term.name);
      columns.push(values);
      return;
    }
    const at: number[] = [];
    for (let level = 1; level < term.levels.length; level++) {
      at.push(columns.length);
      names.push(`${term.name}${term.levels[level]}`);
      columns.push(values.map((code) => (code === level ? 1 : 0)));
    }
    designTerms.push({ name: term.name, columns: at, reference: String(term.levels[0]) });
  });
  return ok({
    n,
    missing: complete.value.missing,
    rows: complete.value.rows,
    others: complete.value.columns.slice(0, others.length),
    terms: designTerms,
    names,
    columns,
  });
}

/** Row-major, centred and scaled columns with a leading column of ones when `intercept`. */
export interface ScaledDesign {
  readonly n: number;
  readonly width: number;
  readonly intercept: boolean;
  readonly x: Float64Array;
  /** What was subtracted from, and divided out of, each column (the intercept not counted). */
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  /** Indexes of columns that do not vary. */
  readonly constant: readonly number[];
}

/** Scales columns by their standard deviation, and centres them unless `centred` is false; constant columns become 0. */
export function scaleDesign(
  columns: readonly Float64Array[],
  n: number,
  intercept: boolean,
  centred = true,
): ScaledDesign {
  const lead = intercept ? 1 : 0;
  const width = columns.length + lead;
  const x = new Float64Array(n * width);
  const centre = new Float64Array(columns.length);
  const scale = new Float64Array(columns.length).fill(1);
  const constant: number[] = [];
  if (intercept) for (let i = 0; i < n; i++) x[i * width] = 1;
  columns.forEach((column, j) => {
    let mean = 0;
    for (const value of column) mean += value;
    mean /= n;
    let square = 0;
    let largest = 0;
    for (const value of column) {
      square += (value - mean) ** 2;
      largest = Math.max(largest, Math.abs(value));
    }
    const sd = Math.sqrt(square / n);
    if (!(sd > 1e-12 * largest)) {
      constant.push(j);
      return;
    }
    centre[j] = centred ? mean : 0;
    scale[j] = sd;
    for (let i = 0; i < n; i++) x[i * width + lead + j] = (column[i]! - centre[j]!) / sd;
  });
  return { n, width, intercept, x, centre, scale, constant };
}

/** Coefficients on the scale of the original columns. */
export function unscaleCoefficients(design: ScaledDesign, beta: Float64Array): Float64Array {
  const lead = design.intercept ? 1 : 0;
  const out = Float64Array.from(beta);
  for (let j = 0; j < design.scale.length; j++) {
    out[lead + j]! /= design.scale[j]!;
    if (lead === 1) out[0]! -= out[1 + j]! * design.centre[j]!;
  }
  return out;
}

/** A covariance matrix (row-major) on the scale of the original columns. */
export function unscaleCovariance(design: ScaledDesign, covariance: Float64Array): Float64Array {
  const { width } = design;
  const lead = design.intercept ? 1 : 0;
  const out = Float64Array.from(covariance);
  for (let pass = 0; pass < 2; pass++) {
    for (let c = 0; c < width; c++) {
      const at = (r: number): number => (pass === 0 ? r * width + c : c * width + r);
      for (let j = 0; j < design.scale.length; j++) {
        out[at(lead + j)]! /= design.scale[j]!;
        if (lead === 1) out[at(0)]! -= out[at(lead + j)]! * design.centre[j]!;
      }
    }
  }
  return out;
}

/** Warnings for columns that cannot be estimated because they are constant or determined by earlier ones. */
export function columnWarnings(
  names: readonly string[],
  constant: readonly number[],
  dropped: readonly number[],
): readonly Issue[] {
  const still = new Set(constant);
  return [
    ...constant.map((j) =>
      warningIssue({
        code: "constant-column",
        message: `Covariate ${names[j]} has the same value in every row of the model.`,
        got: names[j],
        wanted: "a covariate that varies",
        mend: "Leave it out.",
        where: { column: names[j]! },
      }),
    ),
    ...dropped
      .filter((j) => !still.has(j))
      .map((j) =>
        warningIssue({
          code: "collinear-column",
          message: `Covariate ${names[j]} is determined by the covariates before it.`,
          got: names[j],
          wanted: "columns that are not sums of each other",
          mend: "Leave one of them out.",
          where: { column: names[j]! },
        }),
      ),
  ];
}
