import { median } from "@livermark/statistics";
import { type Guard, listed, shownMonths } from "./note.js";

/** A marker that divides patients for an endpoint, and when it became known. */
export interface MarkerClock {
  readonly where: string;
  readonly marker: string;
  readonly endpoint: string;
  /** The protocol says that the marker belongs to a time point after the start. */
  readonly afterBaseline: boolean;
  /** Months from the start of the endpoint's clock until the marker was known, by row; null = no date. */
  readonly knownMonths: readonly (number | null)[];
  /** Months of follow-up of every row that was meant to have the marker. */
  readonly months: readonly number[];
  /** Start of the analysis after the start of the clock (a landmark); 0 without one. */
  readonly landmarkMonths: number;
}

/**
 * Immortal time: a marker measured after the clock starts, so that whoever has it must have lived to its measurement.
 * By the dates where there are any, else by what the protocol says of the marker. Silent when a landmark lies no earlier
 * than nine tenths of the measurements. Anderson, Cain and Gelber 1983; Suissa 2008.
 * Example: LETB change, known 3 months after treatment, compared for survival from treatment.
 */
export const immortalTime: Guard<MarkerClock> = (facts) => {
  const known = facts.knownMonths.filter((months) => months !== null);
  const later = known.filter((months) => months > facts.landmarkMonths);
  const fires =
    known.length > 0 ? later.length > 0.1 * known.length : facts.afterBaseline && facts.landmarkMonths === 0;
  if (!fires) return [];
  const typical = known.length > 0 ? median(known) : null;
  const before = typical === null ? 0 : facts.months.filter((months) => months < typical).length;
  return [
    {
      code: "immortal-time",
      severity: typical !== null && before > 0.05 * facts.months.length ? "serious" : "caution",
      where: facts.where,
      why:
        typical === null
          ? `${facts.marker} is known only after the clock of ${facts.endpoint} starts, so nobody in a group can have the event before.`
          : `${facts.marker} became known ${shownMonths(typical)} (median) after the clock of ${facts.endpoint} starts; ${before} of ${facts.months.length} had ended by then. Time before the measurement is counted although nobody in a group could have the event.`,
      remedy: "Count time from a landmark at which the marker is known, and leave out who ended before it.",
      reference: "Anderson, Cain and Gelber 1983; Suissa 2008",
    },
  ];
};

/** Covariates of one model. */
export interface CovariateTiming {
  readonly where: string;
  readonly covariates: readonly { readonly label: string; readonly afterBaseline: boolean }[];
}

/**
 * Covariates that are known only after the treatment began, entered as if they had been known at its start: they take
 * from the effect of what they are a consequence of, and favour those who lived to get them. van Walraven 2004.
 */
export const postBaselineCovariate: Guard<CovariateTiming> = (facts) => {
  const later = facts.covariates.filter((one) => one.afterBaseline).map((one) => one.label);
  if (later.length === 0) return [];
  return [
    {
      code: "post-baseline-covariate",
      severity: "caution",
      where: facts.where,
      why: `${listed(later)} ${later.length === 1 ? "is" : "are"} known only after the treatment began, but entered as known at its start.`,
      remedy: `Leave ${later.length === 1 ? "it" : "them"} out, count from a landmark, or let ${later.length === 1 ? "it" : "them"} change with time in a Cox model.`,
      reference: "van Walraven 2004; Lévesque 2010",
    },
  ];
};

/** Rules of eligibility, and what each looks at. */
export interface EligibilityTiming {
  readonly where: string;
  readonly rules: readonly {
    readonly label: string;
    /** `after` = decided by what happens after the start: number of treatments, length of follow-up, a later visit. */
    readonly decided: "before" | "after";
    readonly excluded: number;
  }[];
}

/**
 * Eligibility that looks into the future (at least two cycles, follow-up of six months, a scan after treatment):
 * early deaths and failures are left out, and survival comes out too long. Suissa 2008.
 */
export const futureEligibility: Guard<EligibilityTiming> = (facts) => {
  const ahead = facts.rules.filter((rule) => rule.decided === "after");
  if (ahead.length === 0) return [];
  const excluded = ahead.reduce((sum, rule) => sum + rule.excluded, 0);
  return [
    {
      code: "eligibility-looks-ahead",
      severity: "serious",
      where: facts.where,
      why: `${listed(ahead.map((rule) => `"${rule.label}"`))} ${ahead.length === 1 ? "is" : "are"} decided after the treatment began; ${excluded === 0 ? `nobody in these data was left out by ${ahead.length === 1 ? "it" : "them"}` : `${excluded} left out by ${ahead.length === 1 ? "it" : "them"}`}, and early deaths cannot enter.`,
      remedy: `Include everybody who started treatment, or start the clock when the ${ahead.length === 1 ? "rule is" : "rules are"} fulfilled (delayed entry).`,
      reference: "Suissa 2008",
    },
  ];
};
