import { ok, type Result } from "@livermark/core";
import { type ImputationColumn, imputeChained } from "@livermark/statistics";
import type { Frame, FrameColumn } from "./frame.js";

/** How gaps are filled. */
export interface ImputeRule {
  readonly seed: number;
  readonly imputations: number;
  readonly iterations: number;
  /** Columns that are filled and that inform each other; the outcome is added. */
  readonly columns: readonly string[];
}

/** Nelson–Aalen cumulative hazard at each row's own time (White and Royston 2009). */
function cumulativeHazard(time: Float64Array, event: Float64Array): Float64Array {
  const order = Array.from(time.keys()).sort((a, b) => (time[a] ?? 0) - (time[b] ?? 0));
  const hazard = new Float64Array(time.length);
  let sum = 0;
  for (let i = 0; i < order.length; ) {
    const here = time[order[i] ?? 0] ?? 0;
    let j = i;
    let deaths = 0;
    for (; j < order.length && time[order[j] ?? 0] === here; j++) deaths += event[order[j] ?? 0] ?? 0;
    sum += deaths / (order.length - i);
    for (; i < j; i++) hazard[order[i] ?? 0] = sum;
  }
  return hazard;
}

const asNumbers = (column: FrameColumn): Float64Array =>
  column.kind === "number" ? column.values : Float64Array.from(column.codes, (code) => (code < 0 ? Number.NaN : code));

const methodOf = (column: FrameColumn): ImputationColumn["method"] =>
  column.kind === "category" && column.levels.length === 2 ? "logistic" : "predictive mean matching";

/**
 * Completed copies of a frame by chained equations. Two-level categories are drawn by logistic regression, everything
 * else by predictive mean matching (a category by the number of its level, so that drawn values are levels that occur).
 * The outcome informs the draws: of survival the event and the cumulative hazard. A frame without gaps comes back once.
 */
export function imputeFrame(frame: Frame, rule: ImputeRule): Result<readonly Frame[]> {
  const columns = rule.columns.flatMap((name) => {
    const column = frame.columns.get(name);
    return column === undefined ? [] : [column];
  });
  const gaps = columns.some((column) => asNumbers(column).some((value) => Number.isNaN(value)));
  if (!gaps) return ok([frame]);
  const { outcome } = frame;
  const informing: ImputationColumn[] =
    outcome.kind === "logistic"
      ? [{ name: "outcome", values: outcome.y, method: "logistic" }]
      : [
          { name: "event", values: outcome.event, method: "logistic" },
          {
            name: "cumulative hazard",
            values: cumulativeHazard(outcome.time, outcome.event),
            method: "predictive mean matching",
          },
        ];
  const made = imputeChained(
    [
      ...columns.map((column) => ({ name: column.name, values: asNumbers(column), method: methodOf(column) })),
      ...informing,
    ],
    { seed: rule.seed, imputations: rule.imputations, iterations: rule.iterations },
  );
  if (!made.ok) return made;
  return ok(
    made.value.completed.map((values) => {
      const all = new Map(frame.columns);
      columns.forEach((column, k) => {
        const filled = values[k];
        if (filled === undefined) return;
        all.set(
          column.name,
          column.kind === "number" ? { ...column, values: filled } : { ...column, codes: Int16Array.from(filled) },
        );
      });
      return { ...frame, columns: all };
    }),
    made.issues,
  );
}
