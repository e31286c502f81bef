import { type Issue, ok, type Refused, type Result, refuse, warningIssue } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { readSurvival, type SurvivalColumns, type SurvivalRows } from "./input.js";
import { jackknifeLogVariance } from "./km-jackknife.js";
import { gather, snapTimes, sortOrder } from "./order.js";

/** How a confidence interval of S(t) is built: on S, log S, log(−log S), logit S or arcsin √S. */
export type IntervalType = "log" | "log-log" | "plain" | "logit" | "arcsin";

/** A number, or null where it is not estimable. */
export type Estimate = number | null;

export interface KaplanMeierOptions {
  /** Scale of the interval; "log" unless given, as in R. */
  readonly intervalType?: IntervalType;
  /** Confidence level; 0.95 unless given. */
  readonly level?: number;
}

/** Refusal of a confidence level outside (0, 1). */
export const refuseLevel = (level: number): Refused =>
  refuse({
    code: "bad-level",
    message: "The confidence level must lie between 0 and 1.",
    got: level,
    wanted: "for example 0.95",
  });

/** A Kaplan–Meier curve at the distinct observed times, ascending. */
export interface KaplanMeier {
  readonly method: "kaplan-meier";
  /** Rows used. */
  readonly n: number;
  /** Events, weighted when weights are given. */
  readonly events: number;
  readonly missing: number;
  readonly weighted: boolean;
  readonly leftTruncated: boolean;
  readonly intervalType: IntervalType;
  readonly level: number;
  readonly time: Float64Array;
  /** At risk just before each time, weighted when weights are given. */
  readonly atRisk: Float64Array;
  readonly eventCount: Float64Array;
  readonly censoredCount: Float64Array;
  readonly survival: Float64Array;
  readonly varianceType: "greenwood" | "infinitesimal-jackknife";
  /** Standard error of S(t) (Greenwood; infinitesimal jackknife for weights that are not whole); null once S(t) is 0. */
  readonly standardError: readonly Estimate[];
  /** Nelson–Aalen cumulative hazard. */
  readonly cumulativeHazard: Float64Array;
  readonly lower: readonly Estimate[];
  readonly upper: readonly Estimate[];
  readonly issues: readonly Issue[];
}

/** Limits of one survival probability whose log has the standard error `se`; null where the scale has no limit. */
export function survivalInterval(
  survival: number,
  se: number,
  type: IntervalType,
  z: number,
): { readonly lower: Estimate; readonly upper: Estimate } {
  const none = { lower: null, upper: null };
  if (!Number.isFinite(se) || survival === 0) return none;
  if (type === "plain") {
    const half = z * se * survival;
    return { lower: Math.max(0, survival - half), upper: Math.min(1, survival + half) };
  }
  if (type === "log") return { lower: survival * Math.exp(-z * se), upper: Math.min(1, survival * Math.exp(z * se)) };
  if (survival === 1) return none;
  if (type === "log-log") {
    const half = (z * se) / Math.log(survival);
    const centre = Math.log(-Math.log(survival));
    return { lower: Math.exp(-Math.exp(centre - half)), upper: Math.exp(-Math.exp(centre + half)) };
  }
  if (type === "logit") {
    const centre = Math.log(survival / (1 - survival));
    const half = (z * se) / (1 - survival);
    return { lower: 1 / (1 + Math.exp(half - centre)), upper: 1 / (1 + Math.exp(-centre - half)) };
  }
  const centre = Math.asin(Math.sqrt(survival));
  const half = 0.5 * z * se * Math.sqrt(survival / (1 - survival));
  return {
    lower: Math.sin(Math.max(0, centre - half)) ** 2,
    upper: Math.sin(Math.min(Math.PI / 2, centre + half)) ** 2,
  };
}

interface Steps {
  readonly time: Float64Array;
  readonly atRisk: Float64Array;
  readonly eventCount: Float64Array;
  readonly censoredCount: Float64Array;
}

/** Counts at the distinct times in one pass over the sorted rows. */
export function riskTable(rows: SurvivalRows): Steps {
  const { n, event, weights, entry } = rows;
  const order = sortOrder(rows.time);
  const time = gather(rows.time, order);
  const entryOrder = entry === null ? null : sortOrder(entry);
  const entries = entry === null || entryOrder === null ? null : gather(entry, entryOrder);
  snapTimes(time, entries);
  let distinct = 0;
  for (let i = 0; i < n; i++) if (i === 0 || time[i] !== time[i - 1]) distinct++;
  const steps: Steps = {
    time: new Float64Array(distinct),
    atRisk: new Float64Array(distinct),
    eventCount: new Float64Array(distinct),
    censoredCount: new Float64Array(distinct),
  };
  let remaining = 0;
  if (entries === null) for (let i = 0; i < n; i++) remaining += weights === null ? 1 : weights[i]!;
  let entered = 0;
  let k = 0;
  for (let i = 0; i < n; k++) {
    const t = time[i]!;
    while (entries !== null && entered < n && entries[entered]! < t) {
      remaining += weights === null ? 1 : weights[entryOrder![entered]!]!;
      entered++;
    }
    let events = 0;
    let censored = 0;
    for (; i < n && time[i] === t; i++) {
      const row = order[i]!;
      const w = weights === null ? 1 : weights[row]!;
      if (event[row] === 1) events += w;
      else censored += w;
    }
    steps.time[k] = t;
    steps.atRisk[k] = remaining;
    steps.eventCount[k] = events;
    steps.censoredCount[k] = censored;
    remaining -= events + censored;
  }
  if (weights !== null && entries === null) restoreTail(steps);
  return steps;
}

/** Weighted counts summed from the last time backwards, so that subtraction leaves no rounding dust at the end. */
function restoreTail(steps: Steps): void {
  let sum = 0;
  for (let k = steps.time.length - 1; k >= 0; k--) {
    sum += steps.eventCount[k]! + steps.censoredCount[k]!;
    steps.atRisk[k] = sum;
  }
}

/** The curve of a risk table. */
function curveOf(rows: SurvivalRows, steps: Steps, options: KaplanMeierOptions): KaplanMeier {
  const intervalType = options.intervalType ?? "log";
  const level = options.level ?? 0.95;
  const z = normalQuantile(1 - (1 - level) / 2);
  const size = steps.time.length;
  const survival = new Float64Array(size);
  const cumulativeHazard = new Float64Array(size);
  const standardError: Estimate[] = new Array(size);
  const lower: Estimate[] = new Array(size);
  const upper: Estimate[] = new Array(size);
  let s = 1;
  let greenwood = 0;
  let hazard = 0;
  let events = 0;
  const { weights } = rows;
  const jackknife = weights?.some((w) => w !== Math.round(w)) ? jackknifeLogVariance(rows, weights, steps) : null;
  for (let k = 0; k < size; k++) {
    const d = steps.eventCount[k]!;
    const r = steps.atRisk[k]!;
    if (d > 0) {
      events += d;
      hazard += d / r;
      const left = r - d;
      // All who are at risk fail: what rounding leaves of r - d is not a survivor.
      if (left <= 1e-12 * r) {
        s = 0;
        greenwood = Number.POSITIVE_INFINITY;
      } else {
        s *= left / r;
        greenwood += d / (r * left);
      }
    }
    survival[k] = s;
    cumulativeHazard[k] = hazard;
    const se = Math.sqrt(s > 0 && jackknife !== null ? Math.max(0, jackknife[k]!) : greenwood);
    standardError[k] = Number.isFinite(se) ? s * se : null;
    const limits = survivalInterval(s, se, intervalType, z);
    lower[k] = limits.lower;
    upper[k] = limits.upper;
  }
  const issues = [...rows.issues];
  if (events === 0) {
    issues.push(
      warningIssue({
        code: "no-events",
        message: "Nobody had the event: survival stays at 1 and no interval or median can be estimated.",
        got: `${rows.n} censored rows`,
      }),
    );
  }
  return {
    method: "kaplan-meier",
    n: rows.n,
    events,
    missing: rows.missing,
    weighted: rows.weights !== null,
    leftTruncated: rows.entry !== null,
    intervalType,
    level,
    varianceType: jackknife === null ? "greenwood" : "infinitesimal-jackknife",
    ...steps,
    survival,
    standardError,
    cumulativeHazard,
    lower,
    upper,
    issues,
  };
}

/**
 * Kaplan–Meier estimate of survival with Greenwood's variance (infinitesimal jackknife when weights are not whole
 * numbers) and pointwise limits.
 * Columns: time in any unit, event 1/0, optional delayed entry and case weights; NaN rows are left out and counted.
 * At one time events come before censorings. Times that differ by rounding only are one time.
 * Refuses unequal columns, events other than 0/1, negative times, entry not before time, weights that are not positive,
 * a level outside (0, 1), and input without one complete row. S beyond the last time is not estimated unless S is 0.
 * Source: Kaplan and Meier 1958; Greenwood 1926; intervals as in Kalbfleisch and Prentice 2002, section 1.4.
 * Example: `kaplanMeier({ time: [1, 2, 3], event: [1, 0, 1] })` has survival 2/3, 2/3, 0.
 */
export function kaplanMeier(columns: SurvivalColumns, options: KaplanMeierOptions = {}): Result<KaplanMeier> {
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  const rows = readSurvival(columns);
  if (!rows.ok) return rows;
  const curve = curveOf(rows.value, riskTable(rows.value), options);
  return ok(curve, curve.issues);
}
