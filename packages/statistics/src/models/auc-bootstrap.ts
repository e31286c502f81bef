import { ok, type Result, random, refuse } from "@livermark/core";
import { computeHere, type HeavySession, type HeavyTask } from "../basic/heavy-work.js";
import { checkFraction, type NumericColumn, outcomeRows } from "./columns.js";
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

/** What a bootstrap of the area needs: plain data, so that it can go to a worker. */
export interface AucBootstrapInput {
  /** 1 = case, 0 = control. */
  readonly outcome: NumericColumn;
  readonly marker: NumericColumn;
  readonly direction: MarkerDirection;
  readonly resampling: Resampling;
  /** Of the interval, 0.95 unless given. */
  readonly level?: number;
}

/** Areas of a range of replicates. */
interface AreaRuns {
  readonly areas: readonly number[];
  readonly withoutArea: number;
}

/** `bootstrapAuc` as work that workers can share: `computeShared(aucBootstrapTask, input, { ports })`. */
export const aucBootstrapTask: HeavyTask<AucBootstrapInput, AreaRuns, AucBootstrap> = {
  name: "bootstrap of the area",
  open: openAucBootstrap,
};

/**
 * Bootstrap of the area under the curve with the percentile interval (quantile type 7). Each replicate only counts how
 * often each sorted value was drawn, so nothing is sorted again. Refuses one-class outcomes, too few replicates, and
 * rows that do not exist. Source: Carpenter and Bithell 2000 (percentile interval). Example:
 * `bootstrapAuc(y, m, { direction: "higher-in-cases", resampling: { seed: 1, replicates: 2000, stratified: true } })`.
 */
export function bootstrapAuc(
  outcome: NumericColumn,
  marker: NumericColumn,
  options: Omit<AucBootstrapInput, "outcome" | "marker"> & Running,
): Result<AucBootstrap> {
  const { direction, resampling, level = 0.95 } = options;
  return computeHere(aucBootstrapTask, { outcome, marker, direction, resampling, level }, options);
}

function openAucBootstrap({
  outcome,
  marker,
  direction,
  resampling,
  level = 0.95,
}: AucBootstrapInput): Result<HeavySession<AreaRuns, AucBootstrap>> {
  const fraction = checkFraction(level, "level");
  if (!fraction.ok) return fraction;
  const complete = outcomeRows(outcome, [{ name: "marker", values: marker }]);
  if (!complete.ok) return complete;
  const { y, columns } = complete.value;
  const x = columns[0]!;
  const n = y.length;
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
  const { groups } = turnMarker(y, x, direction);
  const sign = direction === "higher-in-cases" ? 1 : -1;
  const groupOf = Int32Array.from(x, (value) => groupIndex(groups.values, sign * value));
  const caseRows: number[] = [];
  const controlRows: number[] = [];
  for (let i = 0; i < n; i++) (y[i] === 1 ? caseRows : controlRows).push(i);
  for (const [b, rows] of ("indices" in resampling ? resampling.indices : []).entries()) {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      if (Number.isInteger(row) && row >= 0 && row < n) continue;
      return refuse({
        code: "row-out-of-range",
        message: `Replicate ${b + 1} names a row that does not exist.`,
        got: row,
        wanted: `0 … ${n - 1}`,
      });
    }
  }
  const seeded = "indices" in resampling ? null : random(resampling.seed);
  const part = (from: number, to: number, running: Running): Result<AreaRuns> => {
    const cases = new Float64Array(groups.values.length);
    const controls = new Float64Array(groups.values.length);
    const areas: number[] = [];
    let withoutArea = 0;
    for (let b = from; b < to; b++) {
      const stream = seeded?.fork(`replicate ${b}`) ?? null;
      cases.fill(0);
      controls.fill(0);
      let drawn = 0;
      let nCases = 0;
      const count = (row: number): void => {
        drawn++;
        nCases += y[row]!;
        (y[row] === 1 ? cases : controls)[groupOf[row]!]!++;
      };
      if (stream === null || "indices" in resampling) {
        const rows = "indices" in resampling ? resampling.indices[b]! : [];
        for (let i = 0; i < rows.length; i++) count(rows[i]!);
      } else if (resampling.stratified) {
        for (let i = 0; i < caseRows.length; i++) count(caseRows[stream.integer(caseRows.length)]!);
        for (let i = 0; i < controlRows.length; i++) count(controlRows[stream.integer(controlRows.length)]!);
      } else for (let i = 0; i < n; i++) count(stream.integer(n));
      if (nCases === 0 || nCases === drawn) withoutArea++;
      else areas.push(areaFromGroups({ ...groups, cases, controls, nCases, nControls: drawn - nCases }));
      const going = step(running, b + 1 - from, to - from);
      if (!going.ok) return going;
    }
    return ok({ areas, withoutArea });
  };
  const gather = (parts: readonly AreaRuns[]): Result<AucBootstrap> =>
    summary(
      parts.flatMap((each) => each.areas),
      parts.reduce((sum, each) => sum + each.withoutArea, 0),
      level,
    );
  return ok({ units: replicates, part, gather });
}

function summary(areas: readonly number[], withoutArea: number, level: number): Result<AucBootstrap> {
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
    replicates: areas.length + withoutArea,
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
