import { compareStrings } from "@livermark/core";
import type { Protocol, StudyRecords } from "@livermark/study";
import type { LinkedSeries } from "./link-images.js";

/** What measuring a study needs of it. */
export interface MeasureContext {
  readonly bundle: string;
  readonly protocol: Protocol;
  readonly records: StudyRecords;
  readonly linked: readonly LinkedSeries[];
  readonly progress: (done: number, total: number, what: string) => void;
  /** Ends a registration that is under way, and with it the run. */
  readonly signal?: AbortSignal;
}

/** Where something was measured: one patient, time point and, where there are several, treatment. */
export interface Occasion {
  readonly patient: string;
  readonly timePoint: string;
  readonly treatment: number | null;
}

/** A key that two places share when they are one occasion. */
export const occasionKey = (o: Occasion): string => `${o.patient}\u0000${o.timePoint}\u0000${o.treatment ?? ""}`;

/** Part of an id: letters, digits, hyphens. */
const slug = (text: string): string => text.replace(/[^A-Za-z0-9-]+/g, "-");

/** Id of what was measured there. Example: `measurement.P01.baseline.letb`. */
export const measurementId = (o: Occasion, biomarker: string, reader: string | null): string =>
  [
    "measurement",
    slug(o.patient),
    o.timePoint,
    ...(o.treatment === null ? [] : [`t${o.treatment}`]),
    biomarker,
    ...(reader === null ? [] : [slug(reader)]),
  ].join(".");

/** Every occasion that has images or regions, in a fixed order. */
export function occasionsOf(context: MeasureContext): readonly Occasion[] {
  const found = new Map<string, Occasion>();
  const add = (o: Occasion): void => {
    if (!found.has(occasionKey(o))) found.set(occasionKey(o), o);
  };
  for (const { patient, timePoint, treatment } of context.linked) add({ patient, timePoint, treatment });
  for (const row of context.records.tables.regions.rows)
    add({ patient: row.patient, timePoint: row.time_point, treatment: row.treatment });
  return [...found.values()].sort(
    (a, b) =>
      compareStrings(a.patient, b.patient) ||
      compareStrings(a.timePoint, b.timePoint) ||
      (a.treatment ?? 0) - (b.treatment ?? 0),
  );
}
