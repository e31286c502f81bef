import type { ModelTerm } from "@livermark/statistics";

/** A column as resampling needs it: flat numbers, missing as NaN or −1. */
export type FrameColumn =
  | { readonly kind: "number"; readonly name: string; readonly values: Float64Array }
  | {
      readonly kind: "category";
      readonly name: string;
      /** First = reference. */
      readonly levels: readonly string[];
      /** Index into `levels`; −1 = missing. */
      readonly codes: Int16Array;
    };

/** What a recipe explains. */
export type FrameOutcome =
  | { readonly kind: "logistic"; readonly y: Float64Array }
  | {
      readonly kind: "cox";
      readonly time: Float64Array;
      readonly event: Float64Array;
      readonly ties: "efron" | "breslow";
    };

/** The rows that have an outcome, with every column a recipe may touch. */
export interface Frame {
  readonly n: number;
  readonly columns: ReadonlyMap<string, FrameColumn>;
  readonly outcome: FrameOutcome;
  /** Original row of each row: rows drawn twice keep one id, so that they stay in one fold. */
  readonly ids: Int32Array;
}

const pick = (values: Float64Array, rows: ArrayLike<number>): Float64Array =>
  Float64Array.from(rows, (row) => values[row] ?? Number.NaN);

/** One column at the given rows. */
export const columnAt = (column: FrameColumn, rows: ArrayLike<number>): FrameColumn =>
  column.kind === "number"
    ? { ...column, values: pick(column.values, rows) }
    : { ...column, codes: Int16Array.from(rows, (row) => column.codes[row] ?? -1) };

/** The frame at the given rows (a resample names rows several times). */
export function takeRows(frame: Frame, rows: ArrayLike<number>): Frame {
  const { outcome } = frame;
  return {
    n: rows.length,
    columns: new Map([...frame.columns].map(([name, column]) => [name, columnAt(column, rows)])),
    outcome:
      outcome.kind === "logistic"
        ? { kind: "logistic", y: pick(outcome.y, rows) }
        : { ...outcome, time: pick(outcome.time, rows), event: pick(outcome.event, rows) },
    ids: Int32Array.from(rows, (row) => frame.ids[row] ?? row),
  };
}

/** Levels that some row has, the reference first as given. */
export const levelsPresent = (column: Extract<FrameColumn, { kind: "category" }>): readonly number[] => {
  const seen = new Set(column.codes);
  return column.levels.map((_, k) => k).filter((k) => seen.has(k));
};

/** A column as a term of a model, or null when it has nothing to compare (one level, or one value). */
export function termOf(column: FrameColumn): ModelTerm | null {
  if (column.kind === "number") {
    let first = Number.NaN;
    let varies = false;
    for (const value of column.values) {
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(first)) first = value;
      else if (value !== first) varies = true;
    }
    return varies ? { kind: "numeric", name: column.name, values: column.values } : null;
  }
  const levels = levelsPresent(column);
  if (levels.length < 2) return null;
  return {
    kind: "factor",
    name: column.name,
    values: Array.from(column.codes, (code) => (code < 0 ? null : code)),
    levels,
  };
}

/** 0/1 (or numeric) design columns of one term at every row, by the coding of a fitted model; NaN where missing. */
export function designOf(column: FrameColumn, levels: readonly number[] | null): readonly Float64Array[] {
  if (column.kind === "number") return [column.values];
  return (levels ?? [])
    .slice(1)
    .map((level) => Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : code === level ? 1 : 0)));
}
