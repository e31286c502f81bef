import { type Issue, warningIssue } from "@livermark/core";
import { columnOf, type Dataset } from "./dataset.js";

/** Markers and predictions on one yes/no outcome. */
export interface ModelComparisonPlan {
  readonly id: string;
  readonly label: string;
  readonly outcome: string;
  readonly event: readonly string[];
  readonly markers: readonly string[];
  /** Every pair unless given. */
  readonly pairs?: readonly (readonly [string, string])[] | undefined;
  readonly by?: string | undefined;
}

/** A column that can be ranked against an outcome. */
export interface Marker {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** By row of the data; a group of two levels counts 0 and 1. */
  readonly values: readonly (number | null)[];
  readonly isRisk: boolean;
  readonly isNumber: boolean;
}

/** The column as a marker: a number, or a group of two levels counted 0 and 1. Any other is an issue. */
export function markerOf(data: Dataset, name: string): Marker | Issue {
  const column = columnOf(data, name);
  if (!column.ok)
    return warningIssue({
      code: "unknown-column",
      message: "A comparison of models names a column that does not exist.",
      got: name,
      wanted: "risk:<model>, a number, or a group of two levels",
    });
  const { value } = column;
  const isRisk = name.startsWith("risk:");
  if (value.type === "number")
    return { name, label: value.label, unit: value.unit, values: value.values, isRisk, isNumber: true };
  if (value.levels.length !== 2)
    return warningIssue({
      code: "marker-not-ordered",
      message: `${value.label} is neither a number nor a group of two levels.`,
      got: `${value.levels.length} levels`,
      wanted: "two",
    });
  return {
    name,
    label: value.label,
    unit: "1",
    values: value.values.map((level) => (level === null ? null : value.levels.indexOf(level))),
    isRisk: false,
    isNumber: false,
  };
}

/** Predicted risks that are one number for everybody are those of one model. */
const SAME_RISK = 1e-9;

/** Models whose predictions are those of a model before them, by name, each with the first of its kind. */
export function equalPredictions(
  markers: readonly Marker[],
  valuesOf: (marker: Marker) => readonly number[],
): ReadonlyMap<string, Marker> {
  const equals = new Map<string, Marker>();
  const first: { readonly marker: Marker; readonly values: readonly number[] }[] = [];
  for (const marker of markers) {
    if (!marker.isRisk) continue;
    const values = valuesOf(marker);
    const same = first.find((one) => one.values.every((value, i) => Math.abs(value - (values[i] ?? 0)) <= SAME_RISK));
    if (same === undefined) first.push({ marker, values });
    else equals.set(marker.name, same.marker);
  }
  return equals;
}
