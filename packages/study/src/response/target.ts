import type { ResponseProfile } from "./profiles.js";
import type { SizePart, TargetSum } from "./sum.js";

export type TargetResponse = "CR" | "PR" | "SD" | "PD" | "NE";

/** The verdict on the targets, with the arithmetic that led to it. */
export interface TargetVerdict {
  readonly response: TargetResponse;
  readonly why: string;
}

/** Sums are measured to fractions of a millimetre; a millionth of one decides nothing. */
const TOLERANCE = 1e-6;

/** A number as the arithmetic prints it: at most one decimal. */
export const show = (value: number): string => String(Math.round(value * 10) / 10);

/** A signed number. Example: `signed(13)` is `+13`. */
export const signed = (value: number): string => {
  const rounded = Math.round(value * 10) / 10;
  return rounded < 0 ? `−${show(-rounded)}` : `+${show(rounded)}`;
};

/** Whether `value` is at least (or, when strict, above) `percent` of `whole`. */
const reaches = (value: number, percent: number, whole: number, strict: boolean): boolean =>
  strict ? value * 100 > percent * whole + TOLERANCE : value * 100 >= percent * whole - TOLERANCE;

/** Whether a rise from `reference` to `now` is progression by the profile. A reference of 0 is left by any rise. */
export function isProgression(profile: ResponseProfile, now: number, reference: number): boolean {
  const rise = now - reference;
  if (profile.progressionRisePercent === null) return false;
  if (reference <= 0) return rise > TOLERANCE;
  return (
    reaches(rise, profile.progressionRisePercent, reference, profile.progressionStrict) &&
    (profile.progressionRiseMm === null || rise >= profile.progressionRiseMm - TOLERANCE)
  );
}

/** Whether a fall from baseline is a partial response by the profile. */
export const isPartial = (profile: ResponseProfile, now: number, baseline: number): boolean =>
  reaches(baseline - now, profile.partialFallPercent, baseline, profile.partialStrict);

/**
 * Target part of a diameter-based profile (RECIST 1.1, 4.3; mRECIST). Judged in this order: all targets gone is CR;
 * a target that comes back after CR, or a rise over nadir, is PD, even when other targets were not assessed; anything
 * not assessed is NE; a fall from baseline is PR; else SD.
 * Example: sum 61 mm, baseline 60 mm, nadir 48 mm is PD: +27 % and +13 mm.
 */
export function targetResponse(
  profile: ResponseProfile,
  sum: TargetSum,
  baselineMm: number,
  nadirMm: number,
  afterCompleteResponse: boolean,
): TargetVerdict {
  if (sum.allGone) {
    const nodes = sum.measuredMm > 0 ? `, nodes below 10 mm (sum ${show(sum.measuredMm)} mm)` : "";
    return { response: "CR", why: `all targets gone${nodes} → CR` };
  }
  const back = sum.parts.filter((part) => part.mm !== null && !part.gone);
  if (afterCompleteResponse && back.length > 0)
    return { response: "PD", why: `after CR, ${back.map(showPart).join(", ")} came back → PD` };
  const now = sum.sumMm ?? sum.measuredMm;
  const rise = now - nadirMm;
  const overNadir = `nadir ${show(nadirMm)} mm: ${nadirMm > 0 ? `${signed((rise / nadirMm) * 100)} %, ` : ""}${signed(rise)} mm`;
  if (sum.sumMm === null) {
    const missing = `${sum.notAssessed.join(", ")} not assessed`;
    return isProgression(profile, now, nadirMm)
      ? { response: "PD", why: `measured part ${show(now)} mm (${missing}), ${overNadir} → PD` }
      : { response: "NE", why: `${missing} → NE` };
  }
  if (isProgression(profile, now, nadirMm)) return { response: "PD", why: `sum ${show(now)} mm, ${overNadir} → PD` };
  const fall = baselineMm > 0 ? `${signed(((now - baselineMm) / baselineMm) * 100)} %` : "no baseline sum";
  if (isPartial(profile, now, baselineMm))
    return { response: "PR", why: `sum ${show(now)} mm, baseline ${show(baselineMm)} mm: ${fall} → PR` };
  return {
    response: "SD",
    why: `sum ${show(now)} mm, baseline ${show(baselineMm)} mm: ${fall}; ${overNadir} → SD`,
  };
}

const showPart = (part: SizePart): string => `${part.lesion} ${show(part.mm ?? 0)} mm`;
