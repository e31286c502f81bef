export { cleanMaskFile } from "./deidentify/clean-mask-file.js";
export {
  type Deidentification,
  type DeidentificationReport,
  type DeidentifyOptions,
  deidentify,
} from "./deidentify/deidentify.js";
export { identifiersIn } from "./deidentify/identifier-forms.js";
export {
  type DeidentificationKey,
  dateOffsetDays,
  mappedUid,
  type PatientPseudonyms,
  pseudonymOf,
  pseudonymsOf,
  shiftedDate,
} from "./deidentify/keyed.js";
export { type Leak, scanForLeaks } from "./deidentify/leak-scan.js";
export { PROFILE_EDITION, type ProfileOptions } from "./deidentify/profile.js";
export { writeMha } from "./formats/mha.js";
export { writeNifti } from "./formats/nifti.js";
export { writeNrrd } from "./formats/nrrd.js";
export { imageFileBytes } from "./formats/write-file.js";
export { type InspectedInstance, type InspectedSeries, type Inspection, inspect } from "./inspect.js";
export type { LabelledMask } from "./masks/labelled-mask.js";
export { describeGrid } from "./masks/match-grid.js";
export { type ReadMaskOptions, readMasks } from "./masks/read-masks.js";
export { decodePixels, type StoredPixels } from "./pixels/decode.js";
export { type ReadPathOptions, readVolumeFromPath } from "./read-path.js";
export { assembleDwi, type DwiSet } from "./series/dwi.js";
export type { FrameRef } from "./series/frame-ref.js";
export type { AcquisitionFacts, InstanceHeader } from "./series/header.js";
export { classifyPhasesByImage } from "./series/image-phases.js";
export {
  type FolderIndex,
  groupSeries,
  indexFolder,
  type RefusedFile,
  type SeriesEntry,
} from "./series/index-folder.js";
export { type ContrastPhase, classifyPhases, type PhaseGuess, volumePhases } from "./series/phase.js";
export { phaseByEnhancement, type VesselEnhancement } from "./series/phase-by-enhancement.js";
export { adcPlausibility, LESION_ADC_MM2_PER_S, scalePlausibility } from "./series/plausibility.js";
export { type ReadVolumeOptions, readVolume } from "./series/read-volume.js";
export { type SeriesRole, seriesRole } from "./series/role.js";
export {
  type AcquisitionComparison,
  type SeriesAcquisition,
  sameParameters,
  sameScanner,
  seriesAcquisition,
} from "./series/series-acquisition.js";
export type { Stack } from "./series/stacks.js";
export type { Code, DerivedAttributes } from "./write/derived.js";
export type { ElementList, ElementSpec, ElementValue } from "./write/elements.js";
export { uidFromSeed } from "./write/uid.js";
export { adcQuantity, type MapOptions, type MapQuantity, writeParametricMap } from "./write-parametric-map.js";
export { writeSecondaryCapture } from "./write-secondary-capture.js";
export { type SegmentMask, type SegOptions, writeSeg } from "./write-seg.js";
export {
  type DiffusionStyle,
  diffusionElements,
  type PhilipsScale,
  type SeriesAttributes,
  type WrittenFile,
  writeSeries,
} from "./write-series.js";
