import { ok, type Result, random, refuse } from "@livermark/core";
import { checkFraction, completeRows, countEvents, type NumericColumn } from "./columns.js";
import { type Limits, limits } from "./estimability.js";
import { areaFromGroups, groupIndex, type MarkerDirection } from "./marker-groups.js";
import { quantileOfSorted } from "./quantile.js";
import { turnMarker } from "./roc.js";
import { type Running, step } from "./running.js";

/** How resamples are drawn: by a seed (within cases and controls, or over all patients), or given. */
export type Resampling =
  | { readonly seed: number; readonly replicates: number; readonly stratified: boolean }
  /** One array of 0-based row numbers (of the complete rows) per replicate. */
  | { readonly indices: readonly ArrayLike<number>[] };

/** Areas of bootstrap resamples. */
export interface AucBootstrap {
  readonly method: "bootstrap of the area";
  readonly replicates: number;
  /** Resamples that held one class only, and so have no area. */
  readonly withoutArea: number;
  readonly areas: Float64Array;
  readonly median: number;
  readonly standardDeviation: number;
  readonly interval: Limits;
}

/**
 * Bootstrap of the area under the curve with the percentile interval (quantile type 7). Each replicate only counts how
 * often each sorted value was drawn, so nothing is sorted again. Refuses one-class outcomes, too few replicates, and
 * rows that do not exist. Source: Carpenter and Bithell 2000 (percentile interval).
 */
export function bootstrapAuc(
  outcome: NumericColumn,
  marker: NumericColumn,
  options: { readonly direction: MarkerDirection; readonly resampling: Resampling; readonly level?: number } & Running,
): Result<AucBootstrap> {
  const level = options.level ?? 0.95;
  const fraction = checkFraction(level, "level");
  if (!fraction.ok) return fraction;
  const complete = completeRows([
    { name: "outcome", values: outcome },
    { name: "marker", values: marker },
  ]);
  if (!complete.ok) return complete;
  const [y, x] = [complete.value.columns[0]!, complete.value.columns[1]!];
  const counted = countEvents(y, "outcome");
  if (!counted.ok) return counted;
  const n = y.length;
  const { resampling } = options;
  const replicates = "indices" in resampling ? resampling.indices.length : resampling.replicates;
  if (!(Number.isInteger(replicates) && replicates >= 2)) {
    return refuse({
      code: "too-few-replicates",
      message: "A bootstrap needs at least two replicates.",
      got: replicates,
      wanted: "a whole number of 2 or more",
      mend: "Ask for 1000 or more.",
    });
  }
  const { groups } = turnMarker(y, x, options.direction);
  const sign = options.direction === "higher-in-cases" ? 1 : -1;
  const groupOf = Int32Array.from(x, (value) => groupIndex(groups.values, sign * value));
  const caseRows: number[] = [];
  const controlRows: number[] = [];
  for (let i = 0; i < n; i++) (y[i] === 1 ? caseRows : controlRows).push(i);
  const stream = "indices" in resampling ? null : random(resampling.seed);
  const cases = new Float64Array(groups.values.length);
  const controls = new Float64Array(groups.values.length);
  const count = (row: number): void => {
    if (y[row] === 1) cases[groupOf[row]!]!++;
    else controls[groupOf[row]!]!++;
  };
  const areas: number[] = [];
  let withoutArea = 0;
  for (let b = 0; b < replicates; b++) {
    cases.fill(0);
    controls.fill(0);
    let nCases = 0;
    if ("indices" in resampling) {
      const drawn = resampling.indices[b]!;
      for (let i = 0; i < drawn.length; i++) {
        const row = drawn[i]!;
        if (!(Number.isInteger(row) && row >= 0 && row < n)) {
          return refuse({
            code: "row-out-of-range",
            message: `Replicate ${b + 1} names a row that does not exist.`,
            got: row,
            wanted: `0 … ${n - 1}`,
          });
        }
        count(row);
        nCases += y[row]!;
      }
      if (nCases === 0 || nCases === drawn.length) {
        withoutArea++;
        continue;
      }
      areas.push(areaFromGroups({ ...groups, cases, controls, nCases, nControls: drawn.length - nCases }));
    } else if (resampling.stratified) {
      for (let i = 0; i < caseRows.length; i++) count(caseRows[stream!.integer(caseRows.length)]!);
      for (let i = 0; i < controlRows.length; i++) count(controlRows[stream!.integer(controlRows.length)]!);
      areas.push(areaFromGroups({ ...groups, cases, controls }));
    } else {
      for (let i = 0; i < n; i++) {
        const row = stream!.integer(n);
        count(row);
        nCases += y[row]!;
      }
      if (nCases === 0 || nCases === n) withoutArea++;
      else areas.push(areaFromGroups({ ...groups, cases, controls, nCases, nControls: n - nCases }));
    }
    const going = step(options, b + 1, replicates);
    if (!going.ok) return going;
  }
  if (areas.length < 2) {
    return refuse({
      code: "no-usable-replicates",
      message: "Fewer than two resamples held both classes.",
      got: areas.length,
      wanted: "2 or more",
      mend: "Use stratified resampling.",
    });
  }
  const sorted = Float64Array.from(areas).sort();
  const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length;
  const variance = areas.reduce((sum, area) => sum + (area - mean) ** 2, 0) / (areas.length - 1);
  const tail = (1 - level) / 2;
  return ok({
    method: "bootstrap of the area",
    replicates,
    withoutArea,
    areas: Float64Array.from(areas),
    median: quantileOfSorted(sorted, 0.5),
    standardDeviation: Math.sqrt(variance),
    interval: limits(
      "bootstrap percentile, quantile type 7",
      level,
      quantileOfSorted(sorted, tail),
      quantileOfSorted(sorted, 1 - tail),
    ),
  });
}
