import type { AcquisitionFacts, InstanceHeader } from "./header.js";
import type { SeriesEntry } from "./index-folder.js";
import { seriesRole } from "./role.js";

/**
 * How a series was made, agreed over its images. A fact is null where no image states it, or where images disagree;
 * `mixed` names those that disagree. Dates are ISO (2024-03-01), times are seconds of the day.
 */
export interface SeriesAcquisition {
  readonly seriesUid: string;
  readonly studyUid: string;
  readonly modality: string;
  readonly studyDate: string | null;
  readonly acquisitionDate: string | null;
  readonly acquisitionSeconds: number | null;
  readonly manufacturer: string | null;
  readonly scannerModel: string | null;
  readonly fieldStrengthT: number | null;
  readonly kvp: number | null;
  readonly kernel: string | null;
  /** As the header says (0018,0050). */
  readonly sliceThicknessMm: number | null;
  /** Between columns, rows and slices; the last from positions, not from the header. Null without one regular grid. */
  readonly spacingMm: readonly [number, number, number] | null;
  /** Columns and rows. */
  readonly matrix: readonly [number, number] | null;
  readonly repetitionTimeMs: number | null;
  /** Ascending, each once. */
  readonly echoTimesMs: readonly number[];
  readonly inversionTimeMs: number | null;
  readonly flipAngleDegrees: number | null;
  readonly scanningSequence: string | null;
  readonly sequenceVariant: string | null;
  readonly sequenceName: string | null;
  readonly protocolName: string | null;
  readonly bodyPart: string | null;
  /** Null where the header names none: that is no proof that none was given. */
  readonly contrastAgent: string | null;
  readonly contrastStartSeconds: number | null;
  /** s/mm², ascending, each once; empty unless the series is diffusion-weighted. */
  readonly bValues: readonly number[];
  readonly gantryTiltDegrees: number | null;
  /** Names of the facts above in which the images of the series disagree. */
  readonly mixed: readonly string[];
}

/** A DICOM date as ISO; null where it is none. */
export function isoDate(date: string | null): string | null {
  const match = /^(\d{4})[.-]?(\d{2})[.-]?(\d{2})/.exec(date ?? "");
  return match === null ? null : `${match[1]}-${match[2]}-${match[3]}`;
}

const ascending = (values: readonly (number | null)[]): readonly number[] =>
  [...new Set(values.flatMap((v) => (v === null ? [] : [v])))].sort((a, b) => a - b);

/**
 * How a series was made, as typed facts that a protocol's acquisition rules can be held against: thickness, spacing,
 * tube voltage, field strength, b-values, scanner, contrast, dates. Localisers and other junk give facts too; the
 * caller chooses the series. Source: PS3.3 C.7.3-C.8.13; enhanced objects are read from their functional groups.
 * Example: `seriesAcquisition(series).sliceThicknessMm` is 1.25.
 */
export function seriesAcquisition(series: SeriesEntry): SeriesAcquisition {
  const images = series.instances;
  const mixed: string[] = [];
  const agreed = <T extends string | number>(name: string, read: (image: InstanceHeader) => T | null): T | null => {
    const values = new Set(images.map(read).filter((value) => value !== null));
    if (values.size > 1) mixed.push(name);
    return values.size === 1 ? [...values][0]! : null;
  };
  const fact = <K extends keyof AcquisitionFacts>(name: K, read: (facts: AcquisitionFacts) => string | null) =>
    agreed(name, (image) => read(image.acquisition));
  const amount = (name: keyof AcquisitionFacts, read: (facts: AcquisitionFacts) => number | null): number | null =>
    agreed(name, (image) => read(image.acquisition));
  const joined = (words: readonly string[]): string | null => (words.length === 0 ? null : words.join("\\"));
  const stack = series.stacks[0];
  const first = stack?.frames[0];
  const frames = series.stacks.flatMap((own) => own.frames);
  const weighted = seriesRole(series).role === "dwi";
  const times = ascending(frames.map(({ facts }) => facts.acquisitionSeconds));
  const grids = new Set(series.stacks.map(({ grid }) => grid?.spacingMm.map((s) => s.toFixed(4)).join(" ") ?? ""));
  if (grids.size > 1) mixed.push("spacingMm");
  const grid = grids.size === 1 ? (stack?.grid ?? null) : null;
  return {
    seriesUid: series.uid,
    studyUid: series.studyUid,
    modality: series.modality,
    studyDate: fact("studyDate", (facts) => isoDate(facts.studyDate)),
    acquisitionDate: fact("acquisitionDate", (facts) => isoDate(facts.acquisitionDate)),
    acquisitionSeconds: times[0] ?? null,
    manufacturer: fact("manufacturer", (facts) => facts.manufacturer),
    scannerModel: fact("scannerModel", (facts) => facts.scannerModel),
    fieldStrengthT: amount("fieldStrengthT", (facts) => facts.fieldStrengthT),
    kvp: amount("kvp", (facts) => facts.kvp),
    kernel: fact("kernel", (facts) => facts.kernel),
    sliceThicknessMm: amount("sliceThicknessMm", (facts) => facts.sliceThicknessMm),
    spacingMm: grid === null ? null : [grid.spacingMm[0], grid.spacingMm[1], grid.spacingMm[2]],
    matrix: first === undefined ? null : [first.columns, first.rows],
    repetitionTimeMs: amount("repetitionTimeMs", (facts) => facts.repetitionTimeMs),
    echoTimesMs: ascending(frames.map(({ facts }) => facts.echoTimeMs)),
    inversionTimeMs: amount("inversionTimeMs", (facts) => facts.inversionTimeMs),
    flipAngleDegrees: amount("flipAngleDegrees", (facts) => facts.flipAngleDegrees),
    scanningSequence: fact("scanningSequence", (facts) => joined(facts.scanningSequence)),
    sequenceVariant: fact("sequenceVariant", (facts) => joined(facts.sequenceVariant)),
    sequenceName: weighted ? null : fact("sequenceName", (facts) => facts.sequenceName),
    protocolName: fact("protocolName", (facts) => facts.protocolName),
    bodyPart: fact("bodyPart", (facts) => facts.bodyPart),
    contrastAgent: fact("contrastAgent", (facts) => facts.contrastAgent),
    contrastStartSeconds: amount("contrastStartSeconds", (facts) => facts.contrastStartSeconds),
    bValues: weighted ? ascending(series.stacks.map(({ bValue }) => bValue)) : [],
    gantryTiltDegrees: amount("gantryTiltDegrees", (facts) => facts.gantryTiltDegrees),
    mixed,
  };
}

/** Outcome of a comparison of two series: `same` is null where too little is known to say. */
export interface AcquisitionComparison {
  readonly same: boolean | null;
  /** Facts that differ, with both values, e.g. `kvp 120 and 100`. */
  readonly differing: readonly string[];
  /** Facts that one series or both do not state. */
  readonly unknown: readonly string[];
}

type Comparable = string | number | readonly number[] | null;

/** Headers round: numbers within one per cent count as equal. */
const NUMBER_TOLERANCE = 0.01;

function equal(a: Comparable, b: Comparable): boolean {
  if (typeof a === "number" && typeof b === "number")
    return Math.abs(a - b) <= NUMBER_TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  if (typeof a === "string" && typeof b === "string") return a.trim().toUpperCase() === b.trim().toUpperCase();
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  return a.length === b.length && a.every((value, n) => equal(value, b[n]!));
}

const isKnown = (value: Comparable): boolean => value !== null && (typeof value !== "object" || value.length > 0);

const printed = (value: Comparable): string =>
  value === null ? "unknown" : typeof value === "object" ? value.join(" × ") : String(value);

function compared(
  a: SeriesAcquisition,
  b: SeriesAcquisition,
  facts: readonly (readonly [name: string, read: (s: SeriesAcquisition) => Comparable, decisive: boolean])[],
): AcquisitionComparison {
  const differing: string[] = [];
  const unknown: string[] = [];
  let decided = true;
  for (const [name, read, decisive] of facts) {
    const [x, y] = [read(a), read(b)];
    if (!isKnown(x) || !isKnown(y)) {
      unknown.push(name);
      if (decisive) decided = false;
    } else if (!equal(x, y)) differing.push(`${name} ${printed(x)} and ${printed(y)}`);
  }
  return { same: differing.length > 0 ? false : decided ? true : null, differing, unknown };
}

/**
 * Whether two series come from one kind of scanner: manufacturer and model, and for MR the field strength. Serial
 * numbers do not survive de-identification, so two scanners of one model count as the same.
 * Example: `sameScanner(before, after).differing` is `["fieldStrengthT 1.5 and 3"]`.
 */
export const sameScanner = (a: SeriesAcquisition, b: SeriesAcquisition): AcquisitionComparison =>
  compared(a, b, [
    ["modality", (s) => s.modality || null, true],
    ["manufacturer", (s) => s.manufacturer, true],
    ["scannerModel", (s) => s.scannerModel, true],
    ...(a.modality === "MR" || b.modality === "MR"
      ? ([["fieldStrengthT", (s: SeriesAcquisition) => s.fieldStrengthT, false]] as const)
      : []),
  ]);

/**
 * Whether two series were made with the same technique: thickness, pixel size and matrix; for CT tube voltage and
 * kernel; for MR repetition and echo times, flip angle, sequence and field strength. Numbers within one per cent are
 * equal. Example: `sameParameters(pre, arterial).same`.
 */
export const sameParameters = (a: SeriesAcquisition, b: SeriesAcquisition): AcquisitionComparison => {
  const mr = a.modality === "MR" || b.modality === "MR";
  return compared(a, b, [
    ["modality", (s) => s.modality || null, true],
    ["sliceThicknessMm", (s) => s.sliceThicknessMm, true],
    ["spacingMm", (s) => s.spacingMm, true],
    ["matrix", (s) => s.matrix, true],
    ...(mr
      ? ([
          ["repetitionTimeMs", (s: SeriesAcquisition) => s.repetitionTimeMs, true],
          ["echoTimesMs", (s: SeriesAcquisition) => s.echoTimesMs, true],
          ["flipAngleDegrees", (s: SeriesAcquisition) => s.flipAngleDegrees, true],
          ["scanningSequence", (s: SeriesAcquisition) => s.scanningSequence, false],
          ["fieldStrengthT", (s: SeriesAcquisition) => s.fieldStrengthT, false],
        ] as const)
      : ([
          ["kvp", (s: SeriesAcquisition) => s.kvp, true],
          ["kernel", (s: SeriesAcquisition) => s.kernel, false],
        ] as const)),
  ]);
};
