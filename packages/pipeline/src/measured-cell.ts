import type { Cell } from "@livermark/analysis";
import { shownUnit } from "@livermark/core";
import type { Protocol } from "@livermark/study";
import type { StudyMeasurement } from "./measure-study.js";

/**
 * A measured biomarker as a cell of a table, in the unit that people read (`shownUnit`): with its interval where the biomarker
 * is the whole measurement; a part of one has none of its own. Example: `measuredCell(measurement, marker, 1)`.
 */
export function measuredCell(
  { id, value, measurement: { interval } }: StudyMeasurement,
  { unit, part }: Protocol["biomarkers"][number],
  decimals: number,
): Cell {
  const { factor, label } = shownUnit(unit);
  const number = { id, value: factor * value, decimals, unit: label } as const;
  return interval === null || part !== undefined
    ? { ...number, kind: "number" }
    : { ...number, kind: "estimate", low: factor * interval.low, high: factor * interval.high, level: 0.95 };
}
