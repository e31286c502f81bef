import type { CategoryColumn, Dataset, NumberColumn } from "../src/dataset.js";

/** A column of numbers. */
export const numbers = (name: string, values: readonly (number | null)[], unit = ""): NumberColumn => ({
  name,
  label: name,
  type: "number",
  unit,
  origin: () => [],
  values,
});
/** A column of levels. */
export const labels = (
  name: string,
  values: readonly (string | null)[],
  levels: readonly string[],
): CategoryColumn => ({
  name,
  label: name,
  type: "category",
  levels,
  origin: () => [],
  values,
});
/** A data set of patients P1, P2, … */
export const dataOf = (columns: Dataset["columns"], n: number): Dataset => ({
  id: "patients",
  unit: "patient",
  rows: Array.from({ length: n }, (_, i) => `P${i + 1}`),
  columns,
});
