import { ok, type Result, refuse } from "@livermark/core";
import type { Measurement } from "../measurement.js";
import { measured } from "./shared.js";

/**
 * LETB in percent from two volumes in ml, e.g. those printed in a paper; no interval.
 * Refuses a liver volume ≤ 0, a negative enhancing volume, and one larger than the liver.
 * Example: `letbFromVolumes({ enhancingMl: 2012, liverMl: 4495 })` has value 44.76.
 */
export function letbFromVolumes(volumes: {
  readonly enhancingMl: number;
  readonly liverMl: number;
}): Result<Measurement> {
  const { enhancingMl, liverMl } = volumes;
  if (!(Number.isFinite(liverMl) && liverMl > 0))
    return refuse({
      code: "non-positive-volume",
      message: "The liver volume must be above zero.",
      got: liverMl,
      wanted: "a volume above 0 ml",
    });
  if (!(enhancingMl >= 0 && enhancingMl <= liverMl))
    return refuse({
      code: "enhancing-volume-out-of-range",
      message: "The enhancing volume must lie between zero and the liver volume.",
      got: enhancingMl,
      wanted: `0 to ${liverMl} ml`,
    });
  return measured({
    recipe: "letb",
    version: "1",
    value: (100 * enhancingMl) / liverMl,
    unit: "%",
    parts: { liverVolumeMl: liverMl, enhancingVolumeMl: enhancingMl },
    interval: null,
    inputs: [],
    parameters: { enhancingMl, liverMl },
    issues: [],
  });
}

/**
 * Change of LETB in percent of the baseline: 100 · (follow-up − baseline)/baseline.
 * Refuses a baseline of 0, where the change is undefined. Example: `letbChange(36.66, 22.03)` is −39.9.
 */
export function letbChange(baseline: number, followUp: number): Result<number> {
  if (!Number.isFinite(baseline) || !Number.isFinite(followUp))
    return refuse({
      code: "letb-not-finite",
      message: "The change of LETB needs both values.",
      got: `${baseline}, ${followUp}`,
    });
  if (!(baseline > 0))
    return refuse({
      code: "zero-baseline",
      message: "LETB before treatment is 0, so its change in percent is undefined.",
      got: baseline,
      wanted: "a baseline above 0 %",
      mend: "Report both values and both volumes instead.",
    });
  return ok((100 * (followUp - baseline)) / baseline);
}
