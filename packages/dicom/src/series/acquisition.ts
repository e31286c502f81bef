import { type Dataset, decimal, item, number, text, texts } from "../parse/dataset.js";
import { TAG } from "../parse/tags.js";
import type { AcquisitionFacts } from "./header.js";

/** Seconds of the day of a DICOM TM value (HHMMSS.FFF) or of the time part of a DT value. */
export function secondsOfDay(time: string | undefined): number | null {
  const match = /^(\d{2}):?(\d{2})?:?(\d{2})?(\.\d+)?/.exec(time ?? "");
  if (match === null) return null;
  const [, hours, minutes = "0", seconds = "0", fraction = "0"] = match;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) + Number(fraction);
}

/** Seconds of the day of a DICOM DT value; null where it has no time. */
export const timeOfDateTime = (value: string | undefined): number | null =>
  value === undefined || value.length < 10 ? null : secondsOfDay(value.slice(8));

/** Functional groups of enhanced objects that hold what classic images keep at the top. */
const GROUPS = [
  TAG.PixelMeasuresSequence,
  TAG.MRTimingAndRelatedParametersSequence,
  TAG.MRModifierSequence,
  TAG.CTXRayDetailsSequence,
  TAG.CTReconstructionSequence,
] as const;

/** The data set, and the groups shared by all frames (or those of the first). */
function placesOf(dataset: Dataset): readonly Dataset[] {
  const groups = [TAG.SharedFunctionalGroupsSequence, TAG.PerFrameFunctionalGroupsSequence].flatMap((sequence) => {
    const group = item(dataset, sequence);
    return group === undefined ? [] : GROUPS.flatMap((own) => item(group, own) ?? []);
  });
  return [dataset, ...groups];
}

/** How and when an image was made. */
export function acquisitionOf(dataset: Dataset): AcquisitionFacts {
  const places = placesOf(dataset);
  const find = <T>(read: (place: Dataset) => T | undefined): T | null => {
    for (const place of places) {
      const found = read(place);
      if (found !== undefined) return found;
    }
    return null;
  };
  const first = (tag: number): number | null => find((place) => decimal(place, tag));
  const word = (tag: number): string | null => text(dataset, tag) ?? null;
  const agent = item(dataset, TAG.ContrastBolusAgentSequence);
  return {
    studyDate: word(TAG.StudyDate),
    acquisitionDate: word(TAG.AcquisitionDate) ?? text(dataset, TAG.AcquisitionDateTime)?.slice(0, 8) ?? null,
    manufacturer: word(TAG.Manufacturer),
    scannerModel: word(TAG.ManufacturerModelName),
    fieldStrengthT: first(TAG.MagneticFieldStrength),
    kvp: first(TAG.KVP),
    kernel: find((place) => text(place, TAG.ConvolutionKernel)),
    sliceThicknessMm: first(TAG.SliceThickness),
    spacingBetweenSlicesMm: first(TAG.SpacingBetweenSlices),
    gantryTiltDegrees: first(TAG.GantryDetectorTilt),
    repetitionTimeMs: first(TAG.RepetitionTime),
    inversionTimeMs: first(TAG.InversionTime) ?? find((place) => number(place, TAG.InversionTimes, "FD")),
    flipAngleDegrees: first(TAG.FlipAngle),
    scanningSequence: texts(dataset, TAG.ScanningSequence),
    sequenceVariant: texts(dataset, TAG.SequenceVariant),
    scanOptions: texts(dataset, TAG.ScanOptions),
    sequenceName: word(TAG.SequenceName),
    protocolName: word(TAG.ProtocolName),
    bodyPart: word(TAG.BodyPartExamined),
    contrastAgent:
      word(TAG.ContrastBolusAgent) ?? (agent === undefined ? null : (text(agent, TAG.CodeMeaning) ?? null)),
    contrastStartSeconds: secondsOfDay(text(dataset, TAG.ContrastBolusStartTime)),
  };
}
