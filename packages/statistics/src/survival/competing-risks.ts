import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { encodeLevels, type LabelColumn, readSurvival, takeLevels } from "./input.js";
import { type Estimate, refuseLevel } from "./kaplan-meier.js";
import { gather, snapTimes, sortOrder } from "./order.js";

/** Follow-up with several kinds of event. NaN = missing. */
export interface CompetingColumns {
  readonly time: ArrayLike<number>;
  /** 0 = censored, 1, 2, … = the cause of the event. */
  readonly cause: ArrayLike<number>;
  readonly group?: LabelColumn | undefined;
  readonly strata?: LabelColumn | undefined;
}

/** Kept rows, sorted by time. */
export interface CompetingRows {
  readonly n: number;
  readonly missing: number;
  readonly time: Float64Array;
  readonly cause: Int32Array;
  readonly group: Int32Array;
  readonly groups: readonly string[];
  readonly stratum: Int32Array;
  readonly strata: number;
  /** Causes that occur, ascending. */
  readonly causes: readonly number[];
  /** Input row of each sorted position. */
  readonly rows: Uint32Array;
  readonly issues: readonly Issue[];
}

/** Checks and sorts competing-risks columns; `extra` columns must be present too. Refuses codes that are not 0, 1, 2 … */
export function readCompeting(
  columns: CompetingColumns,
  extra: readonly ArrayLike<number>[] = [],
): Result<CompetingRows> {
  const { time, cause } = columns;
  for (let i = 0; i < cause.length; i++) {
    const code = cause[i]!;
    if (!Number.isNaN(code) && !(Number.isInteger(code) && code >= 0)) {
      return refuse({
        code: "bad-cause",
        message: "A cause is neither 0 (censored) nor a positive whole number.",
        got: code,
        wanted: "0, 1, 2, …",
        where: { line: i + 2 },
      });
    }
  }
  const event = Float64Array.from({ length: cause.length }, (_, i) =>
    Number.isNaN(cause[i]!) ? Number.NaN : Math.min(1, cause[i]!),
  );
  const allGroups = columns.group === undefined ? null : encodeLevels(columns.group);
  const allStrata = columns.strata === undefined ? null : encodeLevels(columns.strata);
  const read = readSurvival(
    { time, event },
    extra,
    [allGroups, allStrata].filter((column) => column !== null),
  );
  if (!read.ok) return read;
  const { n, missing, rows, issues } = read.value;
  const groups = allGroups === null ? null : takeLevels(allGroups, rows);
  const strata = allStrata === null ? null : takeLevels(allStrata, rows);
  const order = sortOrder(read.value.time);
  const sorted = gather(read.value.time, order);
  snapTimes(sorted);
  const codes = Int32Array.from(order, (row) => cause[rows[row]!]!);
  const causes = [...new Set(codes)].filter((code) => code > 0).sort((a, b) => a - b);
  return ok(
    {
      n,
      missing,
      time: sorted,
      cause: codes,
      group: groups === null ? new Int32Array(n) : Int32Array.from(order, (row) => groups.codes[row]!),
      groups: groups === null ? ["all"] : groups.levels,
      stratum: strata === null ? new Int32Array(n) : Int32Array.from(order, (row) => strata.codes[row]!),
      strata: strata === null ? 1 : strata.levels.length,
      causes,
      rows: Uint32Array.from(order, (row) => rows[row]!),
      issues,
    },
    issues,
  );
}

/** Cumulative incidence of one cause in one group, at the times of any event in that group. */
export interface CumulativeIncidence {
  readonly group: string;
  readonly cause: number;
  readonly n: number;
  readonly events: number;
  readonly time: readonly number[];
  readonly incidence: readonly number[];
  readonly variance: readonly number[];
  /** Limits on the scale log(−log F) (Choudhury 2002); null where F is 0 or 1. */
  readonly lower: readonly Estimate[];
  readonly upper: readonly Estimate[];
  readonly lastTime: number;
}

export interface CompetingRisks {
  readonly method: "cumulative incidence";
  readonly n: number;
  readonly missing: number;
  readonly level: number;
  readonly intervalType: "log-log";
  readonly curves: readonly CumulativeIncidence[];
  readonly issues: readonly Issue[];
}

function limits(incidence: number, variance: number, z: number): { lower: Estimate; upper: Estimate } {
  if (!(incidence > 0 && incidence < 1) || !(variance > 0)) return { lower: null, upper: null };
  const half = (z * Math.sqrt(variance)) / (incidence * Math.log(incidence));
  return { lower: incidence ** Math.exp(-half), upper: incidence ** Math.exp(half) };
}

/** One curve over rows of one group (positions ascending in time). */
function curve(
  rows: CompetingRows,
  positions: readonly number[],
  cause: number,
  group: string,
  z: number,
): CumulativeIncidence {
  const time: number[] = [];
  const incidence: number[] = [];
  const variance: number[] = [];
  const lower: Estimate[] = [];
  const upper: Estimate[] = [];
  // Var F(t) = Σ (a − F(t) b)² c₁ + Σ (F(s) − F(t))² b² c₂, expanded in powers of F(t) so that one pass suffices.
  let constant = 0;
  let linear = 0;
  let square = 0;
  let survival = 1;
  let f = 0;
  let events = 0;
  let atRisk = positions.length;
  for (let i = 0; i < positions.length; ) {
    const t = rows.time[positions[i]!]!;
    let own = 0;
    let other = 0;
    let left = 0;
    for (; i < positions.length && rows.time[positions[i]!] === t; i++) {
      const code = rows.cause[positions[i]!]!;
      if (code === cause) own++;
      else if (code !== 0) other++;
      left++;
    }
    if (own + other > 0) {
      const r = atRisk;
      const d = own + other;
      f += (survival * own) / r;
      events += own;
      if (r > 1) {
        const tiedOwn = (own * (r - own)) / (r - 1);
        const tiedOther = (other * (r - other)) / (r - 1);
        const b = r > d ? 1 / (r - d) : 0;
        const a = survival / r + f * b;
        constant += a * a * tiedOwn + f * f * b * b * tiedOther;
        linear += a * b * tiedOwn + f * b * b * tiedOther;
        square += b * b * (tiedOwn + tiedOther);
      }
      survival *= (r - d) / r;
      const v = Math.max(0, constant - 2 * f * linear + f * f * square);
      time.push(t);
      incidence.push(f);
      variance.push(v);
      const interval = limits(f, v, z);
      lower.push(interval.lower);
      upper.push(interval.upper);
    }
    atRisk -= left;
  }
  return {
    group,
    cause,
    n: positions.length,
    events,
    time,
    incidence,
    variance,
    lower,
    upper,
    lastTime: rows.time[positions[positions.length - 1]!]!,
  };
}

/**
 * Cumulative incidence of each cause in each group, other causes competing (Aalen–Johansen), with Aalen's variance.
 * One minus Kaplan–Meier would overstate it. Causes: 0 censored, 1, 2 … Curves are ordered by cause, then group.
 * Refuses what `readSurvival` refuses and codes that are not whole numbers from 0.
 * Sources: Aalen 1978; Gray 1988; Pintilie 2006, section 4.3 (variance). Example:
 * `cumulativeIncidence({ time: [1, 2, 3], cause: [1, 2, 0] })` ends at 1/3 for both causes.
 */
export function cumulativeIncidence(
  columns: CompetingColumns,
  options: { readonly level?: number } = {},
): Result<CompetingRisks> {
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  const read = readCompeting(columns);
  if (!read.ok) return read;
  const rows = read.value;
  const z = normalQuantile(1 - (1 - level) / 2);
  const positions: number[][] = rows.groups.map(() => []);
  for (let i = 0; i < rows.n; i++) positions[rows.group[i]!]!.push(i);
  const curves = rows.causes.flatMap((cause) =>
    rows.groups.map((group, g) => curve(rows, positions[g]!, cause, group, z)),
  );
  const issues = [
    ...rows.issues,
    ...curves
      .filter((each) => each.events === 0)
      .map((each) =>
        warningIssue({
          code: "no-events-of-cause",
          message: `Group ${each.group} has no event of cause ${each.cause}.`,
          got: each.group,
        }),
      ),
  ];
  return ok(
    {
      method: "cumulative incidence",
      n: rows.n,
      missing: rows.missing,
      level,
      intervalType: "log-log",
      curves,
      issues,
    },
    issues,
  );
}

/**
 * Incidence and variance at given times; null beyond the last observed time of the group.
 * Example: `incidenceAt(each, [12, 24])`.
 */
export function incidenceAt(
  each: CumulativeIncidence,
  times: readonly number[],
): { readonly time: number; readonly incidence: Estimate; readonly variance: Estimate }[] {
  return times.map((time) => {
    if (time > each.lastTime * (1 + 1e-12)) return { time, incidence: null, variance: null };
    let k = -1;
    while (k + 1 < each.time.length && each.time[k + 1]! <= time * (1 + 1e-12)) k++;
    return { time, incidence: k < 0 ? 0 : each.incidence[k]!, variance: k < 0 ? 0 : each.variance[k]! };
  });
}
