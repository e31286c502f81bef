import { type KaplanMeier, type SurvivalQuantile, spssMedian, survivalQuantile } from "@livermark/statistics";
import type { KaplanMeierGroup } from "./figures.js";
import type { CellContent } from "./results.js";
import type { SurvivalData } from "./survival-data.js";

/** How survival is described; every choice is printed. */
export interface SurvivalConventions {
  readonly intervalType: "log" | "log-log" | "plain";
  /** `r`: flat stretch of S = 0.5 gives its midpoint, limits by inversion; `spss`: first time, symmetric limits. */
  readonly medianRule: "r" | "spss";
  readonly ties: "efron" | "breslow";
  readonly level: number;
}

const TIME_DECIMALS = 1;

/** The curve of one group of rows, with the rows' times. */
export interface Curve {
  readonly key: string;
  readonly label: string;
  readonly data: SurvivalData;
  readonly km: KaplanMeier;
}

const medianOf = (
  km: KaplanMeier,
  rule: SurvivalConventions["medianRule"],
): Pick<SurvivalQuantile, "value" | "lower" | "upper"> =>
  rule === "spss" ? spssMedian(km) : survivalQuantile(km, 0.5);

/** The median of a curve as a cell, by the rule of the conventions. */
export function medianContent(km: KaplanMeier, conventions: SurvivalConventions): CellContent {
  const { value, lower, upper } = medianOf(km, conventions.medianRule);
  if (value !== null && lower === null && upper === null && conventions.medianRule === "spss")
    return { kind: "number", value, unit: "months", decimals: TIME_DECIMALS };
  return value === null
    ? { kind: "not-reached", low: lower, high: upper, decimals: TIME_DECIMALS }
    : {
        kind: "estimate",
        value,
        low: lower,
        high: upper,
        level: conventions.level,
        decimals: TIME_DECIMALS,
        unit: "months",
      };
}

/** Times under the axis: at most eight round steps over the follow-up. */
export function riskTimes(lastMonth: number): readonly number[] {
  const step =
    [1, 2, 3, 6, 12, 24, 36, 60, 120].find((candidate) => lastMonth / candidate <= 8) ?? Math.ceil(lastMonth / 8);
  return Array.from({ length: Math.floor(lastMonth / step) + 1 }, (_, i) => i * step);
}

/** How many had the event (1), or were censored (0), up to and including each time. */
const untilTimes = (data: SurvivalData, times: readonly number[], event: 0 | 1): readonly number[] =>
  times.map((time) => data.months.filter((month, i) => data.event[i] === event && month <= time + 1e-9).length);

/** A curve as a figure draws it, with the numbers under the axis. */
export function figureGroup(
  curve: Curve,
  times: readonly number[],
  conventions: SurvivalConventions,
): KaplanMeierGroup {
  const { km, data } = curve;
  const median = medianOf(km, conventions.medianRule);
  return {
    label: curve.label,
    n: km.n,
    events: km.events,
    time: [...km.time],
    survival: [...km.survival],
    low: [...km.lower],
    high: [...km.upper],
    censored: data.months.filter((_, i) => data.event[i] === 0).sort((a, b) => a - b),
    atRisk: times.map((time) => data.months.filter((month) => month >= time - 1e-9).length),
    eventsBy: untilTimes(data, times, 1),
    censoredBy: untilTimes(data, times, 0),
    median: { value: median.value, low: median.lower, high: median.upper },
  };
}
