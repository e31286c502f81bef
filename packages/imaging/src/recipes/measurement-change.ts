import { ok, type Result, refuse } from "@livermark/core";
import type { Measurement } from "../measurement.js";
import { ADC_REPEATABILITY_PERCENT } from "./adc.js";

/** Two measurements of one biomarker side by side. */
export interface MeasurementChange {
  readonly difference: number;
  /** Of the baseline; null where the baseline is not above 0. */
  readonly percent: number | null;
  /** null: nothing is known about the error. */
  readonly withinMeasurementError: boolean | null;
  /** What the verdict rests on. */
  readonly basis: string;
}

/**
 * Change of a measured value, and whether it lies within the measurement error: the published one where there is one (27 % for
 * the mean ADC of a liver lesion, QIBA DWI profile), else |f − b| ≤ √(h_b² + h_f²), h being the half of each value's
 * own 95 % interval on the side of the other value.
 * Refuses two different recipes or units. Example: ADC 1.0e-3 and 1.2e-3 mm²/s is +20 %, within the error.
 */
export function measurementChange(baseline: Measurement, followUp: Measurement): Result<MeasurementChange> {
  if (baseline.recipe !== followUp.recipe || baseline.unit !== followUp.unit)
    return refuse({
      code: "measurements-not-alike",
      message: "Only two measurements of one kind can be compared.",
      got: `${followUp.recipe} in ${followUp.unit}`,
      wanted: `${baseline.recipe} in ${baseline.unit}`,
    });
  const difference = followUp.value - baseline.value;
  const percent = baseline.value > 0 ? (100 * difference) / baseline.value : null;
  if (baseline.recipe === "adc" && percent !== null)
    return ok({
      difference,
      percent,
      withinMeasurementError: Math.abs(percent) < ADC_REPEATABILITY_PERCENT,
      basis: `${ADC_REPEATABILITY_PERCENT} %, QIBA DWI profile`,
    });
  const withinMeasurementError = withinIntervals(baseline, followUp);
  return ok({
    difference,
    percent,
    withinMeasurementError,
    basis: withinMeasurementError === null ? "no interval" : "the two 95 % intervals",
  });
}

/** |f − b| ≤ √(h_b² + h_f²) with the half interval of each on the side of the other; null where one has no interval. */
export function withinIntervals(
  baseline: Pick<Measurement, "value" | "interval">,
  followUp: Pick<Measurement, "value" | "interval">,
): boolean | null {
  if (baseline.interval === null || followUp.interval === null) return null;
  const fell = followUp.value < baseline.value;
  const hb = fell ? baseline.value - baseline.interval.low : baseline.interval.high - baseline.value;
  const hf = fell ? followUp.interval.high - followUp.value : followUp.value - followUp.interval.low;
  return Math.abs(followUp.value - baseline.value) <= Math.sqrt(hb * hb + hf * hf);
}
