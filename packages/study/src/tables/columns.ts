import type { StudyTime } from "../time.js";

/** How the text of a cell becomes a value. */
export type CellKind = "text" | "number" | "integer" | "flag" | "word" | "measured" | "birth";

/** A number that a laboratory may report only as below or above a limit. */
export interface MeasuredValue {
  readonly value: number;
  /** `below` for `<20` (then `value` is the limit), `above` for `>500`, null for a plain number. */
  readonly censored: "below" | "above" | null;
}

export interface ColumnOf<K extends CellKind, R extends boolean> {
  readonly kind: K;
  readonly required: R;
  readonly label: string;
  readonly unit: string;
  /** Smallest and largest value that a number can have; without them any. */
  readonly least?: number;
  readonly most?: number;
}

/** A column of a canonical table, as the codebook prints it. */
export type Column = ColumnOf<CellKind, boolean> & { readonly words?: readonly string[] };

/** The TypeScript value of one column. */
type CellOf<C> = C extends { readonly kind: "word"; readonly words: infer W extends readonly string[] }
  ? W[number]
  : C extends { readonly kind: "text" }
    ? string
    : C extends { readonly kind: "flag" }
      ? boolean
      : C extends { readonly kind: "measured" }
        ? MeasuredValue
        : C extends { readonly kind: "birth" }
          ? StudyTime
          : number;

/** The typed cells of a row: required columns hold a value, others may be null. */
export type CellsOf<Columns> = {
  readonly [Name in keyof Columns]: Columns[Name] extends { readonly required: true }
    ? CellOf<Columns[Name]>
    : CellOf<Columns[Name]> | null;
};

const optional =
  <K extends CellKind>(kind: K) =>
  (label: string, unit = ""): ColumnOf<K, false> => ({ kind, required: false, label, unit });

/** Optional columns. */
export const text = optional("text");
export const number = optional("number");
export const integer = optional("integer");
export const flag = optional("flag");
export const measured = optional("measured");
export const birth = optional("birth");

/** A column whose empty cell makes the row unusable. */
export const requiredText = (label: string): ColumnOf<"text", true> => ({
  kind: "text",
  required: true,
  label,
  unit: "",
});

/** A whole number whose empty cell makes the row unusable. */
export const requiredInteger = (label: string): ColumnOf<"integer", true> => ({
  kind: "integer",
  required: true,
  label,
  unit: "",
});

/** A number column and the values that it can have at all. Example: `within(number("Age", "years"), 0, 130)`. */
export const within = <C extends ColumnOf<"number" | "integer", boolean>>(
  column: C,
  least: number,
  most: number = Number.MAX_VALUE,
): C => ({ ...column, least, most });

/** The values that a column can have, in words after its kind; empty where it can have any. Example: ", at least 0". */
export const rangeOf = ({ least, most }: Pick<Column, "least" | "most">): string =>
  least === undefined ? "" : most === Number.MAX_VALUE ? `, at least ${least}` : ` from ${least} to ${most}`;

export interface WordColumn<W extends readonly string[], R extends boolean> extends ColumnOf<"word", R> {
  readonly words: W;
}

/** A column with a fixed vocabulary. */
export const word = <const W extends readonly string[]>(words: W, label: string): WordColumn<W, false> => ({
  kind: "word",
  required: false,
  words,
  label,
  unit: "",
});

export const requiredWord = <const W extends readonly string[]>(words: W, label: string): WordColumn<W, true> => ({
  kind: "word",
  required: true,
  words,
  label,
  unit: "",
});
