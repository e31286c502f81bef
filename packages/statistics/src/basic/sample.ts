import { type Issue, ok, type Result, refuse } from "@livermark/core";
import { completeRows, missingWarning, type NumericColumn } from "../models/columns.js";
import type { NotEstimable } from "../models/estimability.js";

/** A number, or the reason why the data give none. */
export type Estimable = number | NotEstimable;

/** Present values of one column. */
export interface Sample {
  readonly values: Float64Array;
  readonly missing: number;
  readonly issues: readonly Issue[];
}

/** Refusal of a sample that is too small for what is asked. */
export const tooFew = (what: string, got: number, wanted: number): ReturnType<typeof refuse> =>
  refuse({
    code: "too-few-values",
    message: `${what} has too few values.`,
    got,
    wanted: `at least ${wanted}`,
    mend: "Leave this statistic out, or collect more data.",
  });

/** Present values of a column; refuses infinite values and fewer than `least` present ones. */
export function presentValues(values: NumericColumn, name: string, least = 1): Result<Sample> {
  const complete = completeRows([{ name, values }]);
  if (!complete.ok) return complete;
  const present = complete.value.columns[0]!;
  if (present.length < least) return tooFew(`Column ${name}`, present.length, least);
  const { missing } = complete.value;
  return ok({ values: present, missing, issues: missingWarning(missing, present.length) });
}

/** Rows in which both columns are present; refuses unequal lengths and fewer than `least` pairs. */
export function presentPairs(
  x: NumericColumn,
  y: NumericColumn,
  least: number,
): Result<{
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly missing: number;
  readonly issues: readonly Issue[];
}> {
  const complete = completeRows([
    { name: "x", values: x },
    { name: "y", values: y },
  ]);
  if (!complete.ok) return complete;
  const [first, second] = [complete.value.columns[0]!, complete.value.columns[1]!];
  if (first.length < least) return tooFew("The paired sample", first.length, least);
  const { missing } = complete.value;
  return ok({ x: first, y: second, missing, issues: missingWarning(missing, first.length) });
}

/** Present values by group, groups in ascending order of their labels (numbers by size, words by code unit). */
export interface GroupedSample {
  readonly labels: readonly string[];
  readonly groups: readonly Float64Array[];
  readonly missing: number;
  readonly issues: readonly Issue[];
}

/**
 * Splits a column by a label column; rows with either missing are counted, not used.
 * Refuses fewer than two groups. `order` fixes the order of groups and leaves out labels it does not name.
 * Example: `groupValues([1, 2, 3], ["a", "b", "a"]).value.labels`.
 */
export function groupValues(
  values: NumericColumn,
  labels: ArrayLike<number | string | null>,
  order?: readonly (number | string)[],
): Result<GroupedSample> {
  if (values.length !== labels.length) {
    return refuse({
      code: "unequal-lengths",
      message: "The values and the groups have different lengths.",
      got: `${values.length} values, ${labels.length} groups`,
      wanted: "one group per value",
    });
  }
  const byLabel = new Map<number | string, number[]>();
  for (const label of order ?? []) byLabel.set(label, []);
  let used = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const label = labels[i];
    if (value === null || value === undefined || Number.isNaN(value) || label === null || label === undefined) continue;
    if (!Number.isFinite(value)) {
      return refuse({
        code: "infinite-value",
        message: `Row ${i + 1} holds an infinite value.`,
        got: value,
        wanted: "a finite number, or null for missing",
      });
    }
    const group = byLabel.get(label);
    if (group !== undefined) group.push(value);
    else if (order === undefined) byLabel.set(label, [value]);
    else continue;
    used++;
  }
  const entries = [...byLabel].filter(([, group]) => group.length > 0);
  if (order === undefined) entries.sort(([a], [b]) => compareLabels(a, b));
  if (entries.length < 2) {
    return refuse({
      code: "one-group",
      message: "Only one group has values.",
      got: entries.length,
      wanted: "at least 2 groups with values",
    });
  }
  const missing = values.length - used;
  return ok({
    labels: entries.map(([label]) => String(label)),
    groups: entries.map(([, group]) => Float64Array.from(group)),
    missing,
    issues: order === undefined ? missingWarning(missing, used) : [],
  });
}

const compareLabels = (a: number | string, b: number | string): number =>
  typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
