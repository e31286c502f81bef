import { type Issue, type IssueWhere, warningIssue } from "@livermark/core";

/** ADC of liver lesions lies between these, mm²/s; outside, the unit or the region is more likely wrong than the patient. */
export const LESION_ADC_MM2_PER_S = { low: 0.2e-3, high: 4e-3 } as const;

/**
 * Warns where the ADC of a lesion is implausible; a factor of a thousand or a million names the unit it looks like.
 * Example: `adcPlausibility(1.1, {})` warns that the number looks like 10⁻³ mm²/s.
 */
export function adcPlausibility(adcMm2PerS: number, where: IssueWhere): Issue | null {
  const { low, high } = LESION_ADC_MM2_PER_S;
  if (adcMm2PerS >= low && adcMm2PerS <= high) return null;
  const fits = (factor: number): boolean => adcMm2PerS * factor >= low && adcMm2PerS * factor <= high;
  const guess = fits(1e-3) ? "10⁻³ mm²/s" : fits(1e-6) ? "10⁻⁶ mm²/s" : fits(1e6) ? "m²/s" : null;
  return warningIssue({
    code: "adc-implausible",
    message: `The ADC is outside of what liver lesions show${guess === null ? "" : `; the number looks like ${guess}`}.`,
    got: `${adcMm2PerS} mm²/s`,
    wanted: `${low} to ${high} mm²/s`,
    mend: "Check the unit of the map and the region.",
    where,
  });
}

/** Median of the positive finite values of every n-th voxel; null where there is none. */
export function typicalPositive(data: ArrayLike<number>): number | null {
  const step = Math.max(1, Math.floor(data.length / 50_000));
  const values: number[] = [];
  for (let p = 0; p < data.length; p += step) {
    const v = data[p]!;
    if (v > 0 && Number.isFinite(v)) values.push(v);
  }
  values.sort((a, b) => a - b);
  return values.length === 0 ? null : values[values.length >> 1]!;
}

/**
 * Warns where a tissue that takes up little contrast (muscle) changes between phases more than it can: the receive
 * scales of the two series then differ, whatever their headers say. Ratio of the later to the earlier mean.
 */
export function scalePlausibility(muscleBefore: number, muscleAfter: number, where: IssueWhere): Issue | null {
  const ratio = muscleAfter / muscleBefore;
  if (ratio >= 0.85 && ratio <= 1.6) return null;
  return warningIssue({
    code: "scale-implausible",
    message: "Muscle changes between the phases more than contrast can explain; the receive scales seem to differ.",
    got: `ratio ${Number.isFinite(ratio) ? ratio.toFixed(3) : "undefined"}`,
    wanted: "0.85 to 1.6",
    mend: "Use phases received with one scale.",
    where,
  });
}
