import type { Json } from "@livermark/core";
import type { StudyMeasurement } from "./measure-study.js";

/** How each way of outlining is named in the methods, in the order in which it is told. */
const WAYS = {
  draft: "an automatic draft, whose expected error is in the intervals",
  model: "a model or program that does not state its error",
  seeds: "a random walker from a reader's strokes",
  edited: "a reader who edited an automatic outline",
  "not stated": "somebody whom the mask does not name",
} as const;

const isRecord = (json: Json | undefined): json is { readonly [name: string]: Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/**
 * One sentence on who outlined the livers of the LETB measurements, for the methods; null where no mask says.
 * Example: "The liver was outlined by an automatic draft, whose expected error is in the intervals (2 of 2 examinations)."
 */
export function outlineSentence(measurements: readonly StudyMeasurement[]): string | null {
  const methods = new Map<string, string>();
  for (const { measurement, patient, timePoint, treatment, reader } of measurements) {
    const { outline } = measurement.parts;
    if (measurement.recipe !== "letb" || !isRecord(outline) || typeof outline.method !== "string") continue;
    methods.set(JSON.stringify([patient, timePoint, treatment, reader]), outline.method);
  }
  const all = [...methods.values()];
  if (all.every((method) => method === "not stated")) return null;
  const told = Object.entries(WAYS).flatMap(([method, words]) => {
    const n = all.filter((one) => one === method).length;
    return n === 0 ? [] : [`${words} (${n} of ${all.length} examinations)`];
  });
  return `The liver was outlined by ${told.join("; by ")}.`;
}
