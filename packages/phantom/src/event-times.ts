import type { Random } from "@livermark/core";
import { daysOfMonths } from "./calendar.js";

/** A Weibull baseline: half of the patients at linear predictor 0 have the event by `medianMonths`, not counting `lagMonths`. */
export interface Baseline {
  readonly medianMonths: number;
  /** 1 is a constant hazard; more than 1 rises (1). */
  readonly shape?: number;
  /** Time before which no event can happen; it leaves hazard ratios as they are (0). */
  readonly lagMonths?: number;
}

const LN2 = Math.log(2);

/**
 * A time in months at which the event happens, by inversion of the cumulative hazard ln 2·(t/median)^shape·exp(lp)
 * (Bender, Augustin and Blettner 2005). Patients who differ by 1 in `linearPredictor` have hazards in the ratio e.
 */
export function eventMonths(
  { medianMonths, shape = 1, lagMonths = 0 }: Baseline,
  linearPredictor: number,
  stream: Random,
): number {
  return lagMonths + medianMonths * (stream.exponential() / (LN2 * Math.exp(linearPredictor))) ** (1 / shape);
}

/** The same in whole days. */
export const eventDays = (baseline: Baseline, linearPredictor: number, stream: Random): number =>
  daysOfMonths(eventMonths(baseline, linearPredictor, stream));

/** Cumulative baseline hazard at a time in months; the survival at linear predictor lp is exp(−H·exp(lp)). */
export function cumulativeHazard({ medianMonths, shape = 1, lagMonths = 0 }: Baseline, months: number): number {
  return months <= lagMonths ? 0 : LN2 * ((months - lagMonths) / medianMonths) ** shape;
}
