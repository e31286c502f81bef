import { createHash } from "node:crypto";
import { errorIssue, type Issue, ok, type Result, refuse } from "@livermark/core";
import type { Vec3 } from "@livermark/imaging";
import type { FileSource } from "../files/source.js";
import { type Dataset, decimal, decimals, item, items, number, privateTag, text, texts } from "../parse/dataset.js";
import { LIMITS, type Limits } from "../parse/limits.js";
import type { Parsed } from "../parse/parse.js";
import { inflatedSource, readParsed } from "../parse/read-header.js";
import { TAG } from "../parse/tags.js";
import { fragmentsOf } from "../pixels/fragments.js";
import { acquisitionOf, secondsOfDay, timeOfDateTime } from "./acquisition.js";
import { csaSliceNormal } from "./csa.js";
import { diffusionOf } from "./diffusion.js";
import type { FrameFacts, InstanceHeader, LinearMap, MosaicFacts, ValueFacts } from "./header.js";
import { layoutOf, pixelIssues } from "./layout.js";
import { receiveOf } from "./receive.js";

const unit = (v: Vec3): Vec3 | null => {
  const length = Math.hypot(...v);
  return length > 0.5 && length < 2 ? [v[0] / length, v[1] / length, v[2] / length] : null;
};

function axesOf(direction: readonly number[] | undefined): readonly [Vec3 | null, Vec3 | null] {
  if (direction === undefined || direction.length !== 6) return [null, null];
  const row = unit([direction[0]!, direction[1]!, direction[2]!]);
  const column = unit([direction[3]!, direction[4]!, direction[5]!]);
  if (row === null || column === null) return [null, null];
  const dot = row[0] * column[0] + row[1] * column[1] + row[2] * column[2];
  return Math.abs(dot) > 1e-2 ? [null, null] : [row, column];
}

function linear(dataset: Dataset | undefined): LinearMap | null {
  if (dataset === undefined) return null;
  const slope = decimal(dataset, TAG.RescaleSlope);
  const intercept = decimal(dataset, TAG.RescaleIntercept);
  if (slope === undefined && intercept === undefined) return null;
  return { slope: slope ?? 1, intercept: intercept ?? 0, unit: text(dataset, TAG.RescaleType) ?? "" };
}

function realWorldOf(groups: readonly Dataset[]): LinearMap | null {
  for (const group of groups) {
    for (const map of items(group, TAG.RealWorldValueMappingSequence)) {
      const slope = number(map, TAG.RealWorldValueSlope, "FD");
      if (slope === undefined) continue;
      const units = item(map, TAG.MeasurementUnitsCodeSequence);
      const code = units === undefined ? undefined : text(units, TAG.CodeValue);
      return { slope, intercept: number(map, TAG.RealWorldValueIntercept, "FD") ?? 0, unit: code ?? "" };
    }
  }
  return null;
}

/** The Philips private item that holds a classic image's attributes inside an enhanced frame. */
const PHILIPS_FRAME = 0x2005140f;

function valuesOf(groups: readonly Dataset[]): ValueFacts {
  const transformed = groups
    .map((group) => linear(item(group, TAG.PixelValueTransformationSequence) ?? group))
    .find((map) => map !== null);
  let philips: number | null = null;
  for (const group of groups) {
    for (const within of [group, item(group, PHILIPS_FRAME)]) {
      const tag = within === undefined ? undefined : privateTag(within, 0x2005, "Philips MR Imaging DD 001", 0x0e);
      philips ??= within === undefined || tag === undefined ? null : (number(within, tag, "FL") ?? null);
    }
  }
  return {
    rescale: transformed ?? null,
    realWorld: realWorldOf(groups),
    philipsScaleSlope: philips !== null && philips > 0 ? philips : null,
    lookupTable: groups.some((group) => items(group, TAG.ModalityLUTSequence).length > 0),
  };
}

/** Facts of one frame from its functional groups, the most specific first and the file's data set last. */
function frameOf(groups: readonly Dataset[], imageType: readonly string[]): FrameFacts {
  const from = <T>(sequence: number, read: (dataset: Dataset) => T | undefined): T | undefined => {
    for (const group of groups) {
      const found = read(item(group, sequence) ?? group);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const position = from(TAG.PlanePositionSequence, (d) => decimals(d, TAG.ImagePositionPatient));
  const [rowAxis, columnAxis] = axesOf(
    from(TAG.PlaneOrientationSequence, (d) => decimals(d, TAG.ImageOrientationPatient)),
  );
  const spacing = from(TAG.PixelMeasuresSequence, (d) => decimals(d, TAG.PixelSpacing));
  const echo = from(TAG.MREchoSequence, (d) => number(d, TAG.EffectiveEchoTime, "FD"));
  const root = groups[groups.length - 1]!;
  const stack = from(TAG.FrameContentSequence, (d) => text(d, TAG.StackID));
  return {
    positionMm: position?.length === 3 ? [position[0]!, position[1]!, position[2]!] : null,
    rowAxis,
    columnAxis,
    spacingMm:
      spacing !== undefined && spacing.length >= 2 && spacing.every((s) => s > 0) ? [spacing[1]!, spacing[0]!] : null,
    thicknessMm: from(TAG.PixelMeasuresSequence, (d) => decimal(d, TAG.SliceThickness)) ?? null,
    values: valuesOf(groups),
    diffusion: diffusionOf(groups, imageType),
    echoTimeMs: echo ?? decimal(root, TAG.EchoTime) ?? null,
    temporalPosition:
      from(TAG.FrameContentSequence, (d) => number(d, TAG.TemporalPositionIndex, "UL")) ??
      decimal(root, TAG.TemporalPositionIdentifier) ??
      null,
    triggerTimeMs: decimal(root, TAG.TriggerTime) ?? null,
    acquisitionSeconds:
      timeOfDateTime(from(TAG.FrameContentSequence, (d) => text(d, TAG.FrameAcquisitionDateTime))) ??
      secondsOfDay(text(root, TAG.AcquisitionTime)) ??
      timeOfDateTime(text(root, TAG.AcquisitionDateTime)) ??
      secondsOfDay(text(root, TAG.ContentTime)),
    stackId: stack ?? null,
  };
}

function framesOf(dataset: Dataset, count: number, imageType: readonly string[]): readonly FrameFacts[] {
  const shared = items(dataset, TAG.SharedFunctionalGroupsSequence).slice(0, 1);
  const perFrame = items(dataset, TAG.PerFrameFunctionalGroupsSequence);
  if (shared.length === 0 && perFrame.length === 0) {
    const one = frameOf([dataset], imageType);
    return Array.from({ length: count }, () => one);
  }
  return Array.from({ length: count }, (_, n) => {
    const own = perFrame[n];
    return frameOf(own === undefined ? [...shared, dataset] : [own, ...shared, dataset], imageType);
  });
}

/** Magnitude, phase, real or imaginary, where the header says (GE keeps it in (0043,xx2F)). */
function componentOf(dataset: Dataset, imageType: readonly string[]): string {
  const complex = text(dataset, TAG.ComplexImageComponent);
  const named: { readonly [word: string]: string } = { MAGNITUDE: "M", PHASE: "P", REAL: "R", IMAGINARY: "I" };
  if (complex !== undefined && named[complex] !== undefined) return named[complex];
  const ge = privateTag(dataset, 0x0043, "GEMS_PARM_01", 0x2f);
  const raw = ge === undefined ? undefined : number(dataset, ge, "SS");
  if (raw !== undefined) return ["M", "P", "R", "I"][raw] ?? "";
  const word = imageType
    .slice(2)
    .find((part) => /^(M|P|R|I|M_.*|P_.*|R_.*|I_.*|MAGNITUDE|PHASE|REAL|IMAGINARY)$/.test(part));
  return word?.[0] ?? "";
}

/** Siemens mosaic: number of tiles from (0019,xx0A), direction of slices from the CSA header. */
function mosaicOf(dataset: Dataset, imageType: readonly string[], issues: Issue[]): MosaicFacts | null {
  if (!imageType.includes("MOSAIC")) return null;
  const tag = privateTag(dataset, 0x0019, "SIEMENS MR HEADER", 0x0a);
  const tiles = tag === undefined ? undefined : number(dataset, tag, "US");
  if (tiles === undefined || tiles < 1 || tiles > 10_000) {
    issues.push(
      errorIssue({
        code: "mosaic-without-count",
        message: "The image is a Siemens mosaic, but the header does not say how many slices it holds.",
        wanted: "the private element (0019,xx0A)",
        mend: "Export it without removing private elements.",
      }),
    );
    return null;
  }
  const sliceSpacingMm = decimal(dataset, TAG.SpacingBetweenSlices) ?? decimal(dataset, TAG.SliceThickness) ?? null;
  return { tiles: Math.floor(tiles), normal: csaSliceNormal(dataset), sliceSpacingMm };
}

/** The frame of reference; a structure set names it in the sequence of those that it refers to. */
function frameOfReference(dataset: Dataset): string | null {
  const own = text(dataset, TAG.FrameOfReferenceUID);
  if (own !== undefined) return own;
  const named = new Set(
    [
      ...items(dataset, TAG.ReferencedFrameOfReferenceSequence).map((one) => text(one, TAG.FrameOfReferenceUID)),
      ...items(dataset, TAG.StructureSetROISequence).map((one) => text(one, TAG.ReferencedFrameOfReferenceUID)),
    ].filter((uid) => uid !== undefined),
  );
  const [uid = null] = named;
  return named.size === 1 ? uid : null;
}

const mark = (parts: readonly (string | undefined)[]): string =>
  createHash("sha256")
    .update(parts.map((part) => part ?? "").join("\n"))
    .digest("hex")
    .slice(0, 16);

/** The header of a parsed file; see `readInstance`. */
export function headerOf(
  source: FileSource,
  parsed: Parsed,
  size: number,
  limits: Limits = LIMITS,
): Result<InstanceHeader> {
  const { dataset } = parsed;
  const imageType = texts(dataset, TAG.ImageType);
  const pixels = layoutOf(parsed);
  const broken = pixelIssues(pixels, parsed, size, limits);
  if (broken.length > 0) return { ok: false, issues: broken };
  const issues: Issue[] = [...parsed.issues];
  const header: InstanceHeader = {
    source,
    transferSyntax: parsed.transferSyntax,
    sopClassUid: text(dataset, TAG.SOPClassUID) ?? "",
    sopInstanceUid: text(dataset, TAG.SOPInstanceUID) ?? "",
    patient: text(dataset, TAG.PatientID) ?? "",
    patientMark: mark([
      text(dataset, TAG.PatientName),
      text(dataset, TAG.PatientID),
      text(dataset, TAG.PatientBirthDate),
    ]),
    studyUid: text(dataset, TAG.StudyInstanceUID) ?? "",
    studyDescription: text(dataset, TAG.StudyDescription) ?? "",
    seriesUid: text(dataset, TAG.SeriesInstanceUID) ?? "",
    seriesNumber: decimal(dataset, TAG.SeriesNumber) ?? null,
    seriesDescription: text(dataset, TAG.SeriesDescription) ?? "",
    modality: text(dataset, TAG.Modality) ?? "",
    imageType,
    component: componentOf(dataset, imageType),
    frameOfReferenceUid: frameOfReference(dataset),
    instanceNumber: decimal(dataset, TAG.InstanceNumber) ?? null,
    acquisitionNumber: decimal(dataset, TAG.AcquisitionNumber) ?? null,
    identityRemoved: text(dataset, TAG.PatientIdentityRemoved) === "YES",
    burnedInAnnotation: ((word) => (word === "YES" ? true : word === "NO" ? false : null))(
      text(dataset, TAG.BurnedInAnnotation),
    ),
    acquisition: acquisitionOf(dataset),
    receive: receiveOf(dataset),
    pixels,
    frames: pixels === null ? [] : framesOf(dataset, pixels.frames, imageType),
    mosaic: mosaicOf(dataset, imageType, issues),
    issues,
  };
  return ok(header);
}

/**
 * Reads the header of one file (and no more of the file than that). Refuses what is not DICOM, damaged headers, and
 * images whose pixel data are shorter than rows × columns × frames; never guesses a missing size.
 */
export function readInstance(source: FileSource, limits: Limits = LIMITS): Result<InstanceHeader> {
  const inflated = inflatedSource(source, limits);
  if (!inflated.ok) return inflated;
  const parsed = readParsed(inflated.value, false, limits);
  if (!parsed.ok) return parsed;
  if (parsed.value.dataset.elements.size === 0) {
    return refuse({ code: "empty-dataset", message: "The file holds no data elements.", wanted: "a DICOM data set" });
  }
  const header = headerOf(source, parsed.value, inflated.value.size, limits);
  const pixel = parsed.value.pixel;
  if (!header.ok || header.value.pixels === null || pixel === null || pixel.length >= 0) return header;
  const fragments = fragmentsOf(inflated.value, pixel.offset);
  return fragments.ok ? header : fragments;
}
