import { type Issue, ok, type Result, refuse } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { median as sampleMedian } from "../basic/quantile.js";
import { readSurvival, type SurvivalColumns } from "./input.js";
import { type Estimate, type KaplanMeier, type KaplanMeierOptions, kaplanMeier } from "./kaplan-meier.js";

/** A quantile of survival time. Null = not reached (the curve or its limit stays above). */
export interface SurvivalQuantile {
  /** Share that has had the event: 0.5 for the median. */
  readonly probability: number;
  /** "midpoint": where S is flat at the wanted height the middle of the flat stretch (R); "first": its first time (SPSS). */
  readonly rule: "midpoint" | "first";
  readonly value: Estimate;
  /** Limits by inverting the pointwise interval (Brookmeyer and Crowley 1982). */
  readonly lower: Estimate;
  readonly upper: Estimate;
  readonly level: number;
  readonly intervalType: KaplanMeier["intervalType"];
}

const FLAT = Math.sqrt(Number.EPSILON);

/**
 * Time at which `curve` comes down to `height`; on a stretch exactly at `height` its middle or its start.
 * A limit (unlike S) may rise again: the time is then that of the highest value not above `height`, which is R's rule.
 */
function crossing(
  time: ArrayLike<number>,
  curve: ArrayLike<Estimate>,
  height: number,
  rule: "midpoint" | "first",
): Estimate {
  let at = -1;
  let next = -1;
  let last = -1;
  for (let k = 0; k < time.length; k++) {
    const value = curve[k];
    if (value === null || value === undefined) continue;
    last = k;
    if (value <= height + FLAT && (at < 0 || value > curve[at]!)) at = k;
    if (value < height - FLAT && (next < 0 || value > curve[next]!)) next = k;
  }
  if (at < 0) return null;
  if (rule === "first" || curve[at]! < height - FLAT) return time[at]!;
  return (time[at]! + time[next < 0 ? last : next]!) / 2;
}

/**
 * Quantile of survival time with its interval. Example: `survivalQuantile(curve, 0.5)` is the median as R prints it.
 * Source: Brookmeyer and Crowley 1982 for the interval; the flat-stretch rule is named in the result.
 */
export function survivalQuantile(
  curve: KaplanMeier,
  probability: number,
  rule: "midpoint" | "first" = "midpoint",
): SurvivalQuantile {
  const height = 1 - probability;
  const at = (values: ArrayLike<Estimate>): Estimate => crossing(curve.time, values, height, rule);
  return {
    probability,
    rule,
    value: at(curve.survival),
    lower: at(curve.lower),
    upper: at(curve.upper),
    level: curve.level,
    intervalType: curve.intervalType,
  };
}

/** Median survival as SPSS reports it. */
export interface SpssMedian {
  readonly rule: "spss";
  readonly value: Estimate;
  readonly standardError: Estimate;
  /** Symmetric limits, not clipped at 0. */
  readonly lower: Estimate;
  readonly upper: Estimate;
  readonly level: number;
  /** The last event time with S ≥ 0.55 and the first with S ≤ 0.45, with S there; their slope is the density. */
  readonly upperTime: Estimate;
  readonly survivalAtUpperTime: Estimate;
  readonly lowerTime: Estimate;
  readonly survivalAtLowerTime: Estimate;
  readonly density: Estimate;
  readonly standardErrorOfSurvival: Estimate;
}

/**
 * Median by the rule of SPSS: the first event time with S ≤ 0.5; its standard error is Greenwood's divided by the slope of S
 * between the last event time with S ≥ 0.55 and the first with S ≤ 0.45; the interval is symmetric.
 * Source: Collett 2015, Modelling Survival Data in Medical Research, section 2.4 (standard error of a percentile).
 * Example: `spssMedian(curve).value`.
 */
export function spssMedian(curve: KaplanMeier): SpssMedian {
  const dust = 1e-9;
  let at = -1;
  let above = -1;
  let below = -1;
  for (let k = 0; k < curve.time.length; k++) {
    if (curve.eventCount[k] === 0) continue;
    const s = curve.survival[k]!;
    if (at < 0 && s <= 0.5 + dust) at = k;
    if (s >= 0.55 - dust) above = k;
    if (below < 0 && s <= 0.45 + dust) below = k;
  }
  const pick = (values: ArrayLike<Estimate>, k: number): Estimate => (at < 0 || k < 0 ? null : (values[k] ?? null));
  const upperTime = pick(curve.time, above);
  const lowerTime = pick(curve.time, below);
  const survivalAtUpperTime = pick(curve.survival, above);
  const survivalAtLowerTime = pick(curve.survival, below);
  const density =
    upperTime === null || lowerTime === null || survivalAtUpperTime === null || survivalAtLowerTime === null
      ? null
      : (survivalAtUpperTime - survivalAtLowerTime) / (lowerTime - upperTime);
  const standardErrorOfSurvival = pick(curve.standardError, at);
  const standardError = density === null || standardErrorOfSurvival === null ? null : standardErrorOfSurvival / density;
  const value = pick(curve.time, at);
  const half = standardError === null ? null : normalQuantile(1 - (1 - curve.level) / 2) * standardError;
  return {
    rule: "spss",
    value,
    standardError,
    lower: value === null || half === null ? null : value - half,
    upper: value === null || half === null ? null : value + half,
    level: curve.level,
    upperTime,
    survivalAtUpperTime,
    lowerTime,
    survivalAtLowerTime,
    density,
    standardErrorOfSurvival,
  };
}

/** Survival at one named time. */
export interface SurvivalAtTime {
  readonly time: number;
  readonly survival: number;
  readonly standardError: Estimate;
  readonly lower: Estimate;
  readonly upper: Estimate;
  /** At risk at the first observed time at or after `time`; 0 beyond the last. */
  readonly atRisk: number;
  /** Events up to and including `time`. */
  readonly eventsSoFar: number;
  /** True when `time` is later than all follow-up: the last value is carried on and means little unless it is 0. */
  readonly beyondFollowUp: boolean;
}

/**
 * Survival at the given times (landmarks such as 12, 24, 36 months), in the order given.
 * Example: `survivalAt(curve, [12, 24])`.
 */
export function survivalAt(curve: KaplanMeier, times: readonly number[]): SurvivalAtTime[] {
  const cumulative = new Float64Array(curve.time.length);
  let sum = 0;
  for (let k = 0; k < cumulative.length; k++) {
    sum += curve.eventCount[k]!;
    cumulative[k] = sum;
  }
  const slack = 1e-9;
  return times.map((time) => {
    let low = 0;
    let high = curve.time.length;
    const late = time + slack * Math.max(1, Math.abs(time));
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (curve.time[middle]! <= late) low = middle + 1;
      else high = middle;
    }
    const k = low - 1;
    const early = time - slack * Math.max(1, Math.abs(time));
    const next = k >= 0 && curve.time[k]! >= early ? k : k + 1;
    const start = k < 0;
    return {
      time,
      survival: start ? 1 : curve.survival[k]!,
      standardError: start ? 0 : curve.standardError[k]!,
      lower: start ? 1 : curve.lower[k]!,
      upper: start ? 1 : curve.upper[k]!,
      atRisk: next < curve.time.length ? curve.atRisk[next]! : 0,
      eventsSoFar: start ? 0 : cumulative[k]!,
      beyondFollowUp: next >= curve.time.length,
    };
  });
}

/** Mean survival time up to a horizon. */
export interface RestrictedMean {
  readonly horizon: number;
  readonly mean: number;
  readonly standardError: number;
  readonly lower: number;
  readonly upper: number;
  readonly level: number;
  /** True when the horizon lies beyond the last observed time and the curve had to be carried on flat. */
  readonly beyondFollowUp: boolean;
}

/**
 * Area under the curve up to `horizon` (the last observed time unless given), with Greenwood-type variance
 * Σ area(t, horizon)² d / (r (r − d)). Refuses a horizon that is not positive.
 * Source: Klein and Moeschberger 2003, section 4.5. Example: three events at 1, 2, 3 have mean 2.
 */
export function restrictedMean(curve: KaplanMeier, horizon?: number): Result<RestrictedMean> {
  const last = curve.time[curve.time.length - 1]!;
  const end = horizon ?? last;
  if (!(end > 0 && end < Number.POSITIVE_INFINITY)) {
    return refuse({
      code: "bad-horizon",
      message: "The horizon of a restricted mean must be a positive time.",
      got: end,
      wanted: "a number above 0",
    });
  }
  let area = 0;
  let variance = 0;
  let right = end;
  for (let k = curve.time.length - 1; k >= 0; k--) {
    const t = curve.time[k]!;
    if (t > end) continue;
    area += curve.survival[k]! * (right - t);
    right = t;
    const d = curve.eventCount[k]!;
    const r = curve.atRisk[k]!;
    if (d > 0 && curve.survival[k]! > 0) variance += (area * area * d) / (r * (r - d));
  }
  area += right;
  const standardError = Math.sqrt(variance);
  const half = normalQuantile(1 - (1 - curve.level) / 2) * standardError;
  return ok({
    horizon: end,
    mean: area,
    standardError,
    lower: area - half,
    upper: area + half,
    level: curve.level,
    beyondFollowUp: end > last,
  });
}

/** How long patients were followed. */
export interface FollowUp {
  /** Median of the reverse Kaplan–Meier curve (censoring is the event). */
  readonly reverseKaplanMeier: SurvivalQuantile;
  readonly quartiles: readonly [Estimate, Estimate, Estimate];
  /** Plain median of all observed times, which deaths shorten. */
  readonly plainMedian: number;
  /** Median observed time of those without the event; null when all had it. */
  readonly medianOfCensored: Estimate;
  readonly n: number;
  readonly issues: readonly Issue[];
}

/**
 * Median follow-up by reverse Kaplan–Meier and by the plain median, each by its name.
 * At one time the flipped censorings count as events and come first, as when a status column is flipped in R.
 * Source: Schemper and Smith 1996. Refuses what `kaplanMeier` refuses.
 * Example: `followUp({ time, event })`.
 */
export function followUp(columns: SurvivalColumns, options: KaplanMeierOptions = {}): Result<FollowUp> {
  const flipped = Float64Array.from({ length: columns.event.length }, (_, i) => 1 - columns.event[i]!);
  const curve = kaplanMeier({ ...columns, event: flipped }, options);
  if (!curve.ok) return curve;
  const rows = readSurvival(columns);
  if (!rows.ok) return rows;
  const { time, event, n } = rows.value;
  const censored = time.filter((_, i) => event[i] === 0);
  const quartile = (p: number): Estimate => survivalQuantile(curve.value, p).value;
  const issues = rows.value.issues;
  return ok(
    {
      reverseKaplanMeier: survivalQuantile(curve.value, 0.5),
      quartiles: [quartile(0.25), quartile(0.5), quartile(0.75)],
      plainMedian: sampleMedian(time),
      medianOfCensored: censored.length === 0 ? null : sampleMedian(censored),
      n,
      issues,
    },
    issues,
  );
}
