import type { Random } from "@livermark/core";
import { dayNumber, daysOfMonths } from "./calendar.js";
import { type CovariateDraw, type CovariateModel, drawCovariate, rounded } from "./covariate.js";
import { type Baseline, eventDays } from "./event-times.js";

/** How LETB change and covariates act on the outcomes of the example cohort. */
export interface LetbCohortModel {
  readonly firstDate: string;
  readonly accrualMonths: number;
  readonly lockDate: string;
  readonly death: Baseline;
  readonly hepaticProgression: Baseline;
  readonly extrahepaticProgression: Baseline;
  /** Hazard ratios per 10 points of LETB change (of the first treatment for death). */
  readonly deathRatioPer10Points: number;
  readonly progressionRatioPer10Points: number;
  readonly covariates: readonly CovariateModel[];
}

/** One treatment: procedures within six months, a CT before and one after, LETB on both. All days count from 1970-01-01. */
export interface LetbTreatment {
  readonly number: number;
  readonly procedureDays: readonly number[];
  readonly baselineDay: number;
  readonly followUpDay: number;
  readonly liverMl: readonly [number, number];
  /** LETB in % at baseline and follow-up. */
  readonly letb: readonly [number, number];
  readonly changePercent: number;
  /** Null: not seen before the end of observation. */
  readonly hepaticDay: number | null;
}

/** The course of one patient. */
export interface LetbCourse {
  readonly patient: string;
  readonly sex: "M" | "F";
  readonly age: number;
  readonly covariates: readonly CovariateDraw[];
  readonly treatments: readonly LetbTreatment[];
  readonly extrahepaticDay: number | null;
  readonly untreatable: { readonly day: number; readonly cause: string } | null;
  readonly deathDay: number | null;
  readonly lastSeenDay: number;
}

/** LETB in % before and after of a patient whose images set it. */
export type FixedLetb = readonly [number, number];

const drawLetb = (stream: Random): FixedLetb => {
  const before = Math.min(78, Math.max(6, 34 + 15 * stream.normal()));
  const change = Math.min(60, Math.max(-92, -26 + 30 * stream.normal()));
  return [rounded(before, 2), rounded(before * (1 + change / 100), 2)];
};

const untreatableCauses = [
  "progression-after-repeat",
  "liver-function",
  "not-treatable",
  "vascular-invasion",
  "performance-status",
];

/**
 * One patient's course: treatment, follow-up CT, hepatic progression, perhaps a second treatment at least 200 days after the
 * first, the decision that no further treatment is possible, extrahepatic progression, death. Hazards are those of `model`;
 * deaths begin after its lag, so that every patient lives to the follow-up CT, as the inclusion rule of the paper wants.
 */
export function letbCourse(
  patient: string,
  model: LetbCohortModel,
  stream: Random,
  fixed: FixedLetb | null,
): LetbCourse {
  const covariates = model.covariates.map((covariate) => drawCovariate(covariate, stream));
  const frailty = covariates.reduce((sum, { logHazard }) => sum + logHazard, 0);
  const start = dayNumber(model.firstDate) + Math.floor(stream.uniform() * daysOfMonths(model.accrualMonths));
  const lock = dayNumber(model.lockDate);
  const days = (baseline: Baseline, lp: number): number => eventDays(baseline, lp, stream);
  const perPoint = (ratio: number, change: number): number => (Math.log(ratio) / 10) * change;

  const treat = (number: number, first: number, letb: FixedLetb, liver: number) => {
    const procedureDays = [first];
    while (procedureDays.length < 3 && stream.uniform() < 0.42)
      procedureDays.push(procedureDays.at(-1)! + 30 + stream.integer(25));
    const followUpDay = procedureDays.at(-1)! + 33 + stream.integer(50);
    const changePercent = (100 * (letb[1] - letb[0])) / letb[0];
    const lp = frailty + perPoint(model.progressionRatioPer10Points, changePercent);
    return {
      number,
      procedureDays,
      baselineDay: first - 4 - stream.integer(70),
      followUpDay,
      liverMl: [rounded(liver, 1), rounded(liver * (0.94 + 0.1 * stream.uniform()), 1)] as const,
      letb,
      changePercent,
      hepaticDay: first + Math.max(35, days(model.hepaticProgression, lp)),
    };
  };

  const liver = Math.max(1050, 1750 + 380 * stream.normal());
  const first = treat(1, start, fixed ?? drawLetb(stream), liver);
  const death = start + days(model.death, frailty + perPoint(model.deathRatioPer10Points, first.changePercent));
  const lost = first.followUpDay + 30 + daysOfMonths(stream.exponential() * 240);
  const end = Math.min(death, lock, lost);
  const retreatment = Math.max(first.hepaticDay, first.followUpDay) + 25 + stream.integer(45);
  const again = stream.uniform() < 0.6 && retreatment - start > 200;
  const second = again ? treat(2, retreatment, drawLetb(stream), liver) : null;
  const kept = second !== null && second.followUpDay < end ? [first, second] : [first];
  const last = kept.at(-1)!;
  const stop = Math.max(last.hepaticDay, last.followUpDay) + 15 + stream.integer(40);
  const cause = untreatableCauses[stream.integer(untreatableCauses.length)]!;
  const extra = start + Math.max(35, days(model.extrahepaticProgression, frailty));
  const seen = (day: number): number | null => (day < end ? day : null);
  return {
    patient,
    sex: stream.uniform() < 0.51 ? "M" : "F",
    age: Math.min(84, Math.max(28, Math.round(60 + 11 * stream.normal()))),
    covariates,
    treatments: kept.map((one) => ({ ...one, hepaticDay: seen(one.hepaticDay) })),
    extrahepaticDay: seen(extra),
    untreatable: seen(stop) === null || stream.uniform() > 0.85 ? null : { day: stop, cause },
    deathDay: death <= Math.min(lock, lost) ? death : null,
    lastSeenDay: end,
  };
}
