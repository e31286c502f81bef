import { errorIssue, type Issue, type Unit, warningIssue } from "@livermark/core";
import type { FrameFacts, InstanceHeader } from "./header.js";

/** How stored values become physical ones. */
export interface ValueScale {
  readonly slope: number;
  readonly intercept: number;
  readonly kind: "hu" | "adc" | "real-world" | "philips-floating" | "rescale" | "stored";
  readonly unit: Unit;
  readonly issues: readonly Issue[];
}

const CT_CLASSES = new Set(["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"]);

/** Factors to mm²/s of the units that ADC maps are written in (UCUM codes and vendors' spellings). */
const DIFFUSIVITY: readonly (readonly [pattern: RegExp, factor: number])[] = [
  [/^mm2\/s$/i, 1],
  [/^(um2\/s|µm2\/s)$/i, 1e-6],
  [/^(10-?6 ?mm2\/s|10\*-6\.mm2\/s|1e-6 ?mm2\/s|x10-6 ?mm2\/s)$/i, 1e-6],
  [/^(10-?3 ?mm2\/s|10\*-3\.mm2\/s|1e-3 ?mm2\/s|x10-3 ?mm2\/s)$/i, 1e-3],
  [/^(m2\/s)$/i, 1e6],
];

/** Factor to mm²/s of a written unit of diffusivity, or null. */
export const diffusivityFactor = (unit: string): number | null =>
  DIFFUSIVITY.find(([pattern]) => pattern.test(unit.replace(/\s+/g, "").replace("^", "")))?.[1] ?? null;

/** Whether the image says that it is a map of apparent diffusion coefficients. */
export function isAdcMap(instance: InstanceHeader): boolean {
  const words = instance.imageType.map((word) => word.toUpperCase());
  if (
    words.some(
      (word) => word === "ADC" || word === "ADC_UNSPECIFIED" || word === "DIFFUSION_ADC" || /^ADC[ _]/.test(word),
    )
  )
    return true;
  const derived = words[0] === "DERIVED";
  const named = /(^|[^a-z])(e?adc|apparent diffusion|dapp)([^a-z]|$)/i.test(instance.seriesDescription);
  return derived && named && !/(^|[^a-z])eadc([^a-z]|$)/i.test(instance.seriesDescription);
}

/**
 * The scale of one frame. CT is HU by its rescale values. An ADC map is mm²/s by its real-world value map or written
 * unit, else by the convention of scanners (whole numbers in 10⁻⁶ mm²/s), with a warning. Philips MR is the floating
 * value stored·slope+intercept over (slope · private scale slope), which undoes the display scaling. Other images keep
 * the rescale, if any. A real-world value map beats the rescale.
 * Chenevert 2014, "Errors in quantitative image analysis due to platform-dependent image scaling"; PS3.3 C.7.6.16.2.11.
 */
export function valueScale(instance: InstanceHeader, frame: FrameFacts): ValueScale {
  const { rescale, realWorld, philipsScaleSlope, lookupTable } = frame.values;
  const issues: Issue[] = [];
  const where = { file: instance.source.file, series: instance.seriesUid };
  if (lookupTable && rescale === null) {
    issues.push(
      errorIssue({
        code: "lookup-table",
        message: "The stored values need a modality look-up table, which is not a linear scale.",
        wanted: "Rescale Slope and Intercept",
        where,
      }),
    );
  }
  if (CT_CLASSES.has(instance.sopClassUid) || instance.modality === "CT") {
    if (rescale === null) {
      issues.push(
        warningIssue({
          code: "no-rescale",
          message: "The CT image has no rescale slope; its values are taken as HU.",
          where,
        }),
      );
    }
    return { slope: rescale?.slope ?? 1, intercept: rescale?.intercept ?? 0, kind: "hu", unit: "HU", issues };
  }
  if (isAdcMap(instance)) return adcScale(instance, frame, issues);
  if (realWorld !== null && philipsScaleSlope === null) {
    const factor = diffusivityFactor(realWorld.unit);
    if (factor !== null) {
      return {
        slope: realWorld.slope * factor,
        intercept: realWorld.intercept * factor,
        kind: "adc",
        unit: "mm2/s",
        issues,
      };
    }
    return { slope: realWorld.slope, intercept: realWorld.intercept, kind: "real-world", unit: "a.u.", issues };
  }
  if (instance.modality === "MR" && philipsScaleSlope !== null) {
    const slope = rescale?.slope ?? 1;
    const intercept = rescale?.intercept ?? 0;
    return {
      slope: 1 / philipsScaleSlope,
      intercept: intercept / (slope * philipsScaleSlope),
      kind: "philips-floating",
      unit: "a.u.",
      issues,
    };
  }
  if (rescale !== null) {
    return { slope: rescale.slope, intercept: rescale.intercept, kind: "rescale", unit: "a.u.", issues };
  }
  return { slope: 1, intercept: 0, kind: "stored", unit: "a.u.", issues };
}

function adcScale(instance: InstanceHeader, frame: FrameFacts, issues: Issue[]): ValueScale {
  const { rescale, realWorld } = frame.values;
  const map = realWorld ?? rescale ?? { slope: 1, intercept: 0, unit: "" };
  const written = diffusivityFactor(map.unit);
  if (written === null) {
    issues.push(
      warningIssue({
        code: "adc-unit-assumed",
        message: "The ADC map does not say its unit; its numbers are taken as 10⁻⁶ mm²/s, as scanners write them.",
        got: map.unit === "" ? "no unit" : map.unit,
        wanted: "a real-world value map with a unit of diffusivity",
        where: { file: instance.source.file, series: instance.seriesUid },
      }),
    );
  }
  const factor = written ?? 1e-6;
  return { slope: map.slope * factor, intercept: map.intercept * factor, kind: "adc", unit: "mm2/s", issues };
}
