import { uidFromSeed, writeSeries } from "@livermark/dicom";
import type { Volume } from "@livermark/imaging";
import type { PhantomFile } from "./files.js";
import type { MrPhase } from "./mr-render.js";
import type { SpoiledGradient } from "./spoiled-gradient.js";
import type { PhantomPhase } from "./tissue.js";

/** Where a series belongs. Series with the same patient, visit and date share a study and a frame of reference. */
export interface SeriesPlace {
  readonly patient: string;
  readonly visit: string;
  /** ISO date. */
  readonly date: string;
  /** Place of the series in the study, from 1. */
  readonly number: number;
}

/** Seconds from the start of contrast at which each phase is taken; negative is before. */
const SECONDS: Readonly<Record<PhantomPhase, number>> = { unenhanced: -180, "late-arterial": 33, "portal-venous": 75 };

const CONTRAST_START = 10 * 3600 + 5 * 60;

const clock = (seconds: number): string =>
  [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join("");

function common(volume: Volume, phase: PhantomPhase, place: SeriesPlace, agent: string) {
  return {
    patientId: place.patient,
    studyUid: uidFromSeed(`${place.patient}/${place.visit}/${place.date}/study`),
    seriesUid: volume.source.seriesUid,
    description: `${phase} phase`,
    studyDescription: "digital phantom of the abdomen",
    seriesNumber: place.number,
    studyDate: place.date.replaceAll("-", ""),
    studyTime: clock(CONTRAST_START - 600),
    acquisitionTime: clock(CONTRAST_START + SECONDS[phase]),
    identityRemoved: true,
    manufacturer: "Livermark phantom",
    ...(volume.source.frameOfReferenceUid === null ? {} : { frameOfReferenceUid: volume.source.frameOfReferenceUid }),
    ...(phase === "unenhanced" ? {} : { contrastAgent: agent, contrastStartTime: clock(CONTRAST_START) }),
  };
}

/** One CT phase as DICOM files (16-bit, slope 1), marked as without identity; contrast timing tells the phase. */
export const ctSeriesFiles = (volume: Volume, phase: PhantomPhase, place: SeriesPlace): readonly PhantomFile[] =>
  writeSeries(volume, { ...common(volume, phase, place, "iodinated, 350 g/L"), modality: "CT", kvp: 120 }).map(
    ({ name, bytes }) => ({ path: name, bytes }),
  );

/**
 * One MR phase as DICOM files. Slopes other than 1 are written as Philips does, so that a reader that ignores the private
 * scale slope gets the wrong ratio.
 */
export function mrSeriesFiles(
  { volume, phase, scale }: MrPhase,
  sequence: SpoiledGradient,
  place: SeriesPlace,
): readonly PhantomFile[] {
  const philips =
    scale.slope === 1 && scale.scaleSlope === 1
      ? {}
      : {
          manufacturer: "Philips (Livermark phantom)",
          philips: { rescaleSlope: scale.slope, rescaleIntercept: scale.intercept, scaleSlope: scale.scaleSlope },
        };
  return writeSeries(volume, {
    ...common(volume, phase, place, "gadolinium chelate"),
    modality: "MR",
    description: `T1 fs GRE ${phase}`,
    repetitionTimeMs: sequence.repetitionMs,
    echoTimeMs: 1.9,
    flipAngleDegrees: sequence.flipDeg,
    ...philips,
  }).map(({ name, bytes }) => ({ path: name, bytes }));
}
