export { type AbdomenOptions, type Anatomy, abdomen, abdomenAround } from "./anatomy.js";
export {
  imageColumns,
  letbBundleRows,
  letbMrPatientFiles,
  letbPatientFiles,
  regionColumns,
  serBundleRows,
  serPatientFiles,
} from "./bundle-files.js";
export {
  type CohortOptions,
  type CohortPatient,
  type CohortPhantom,
  cohortPhantom,
  type MarkerModel,
} from "./cohort.js";
export type { CovariateModel } from "./covariate.js";
export { type Damage, damageSeries } from "./damage.js";
export { attenuationAt, type Diffusion, logLinearAdc, monoExponential } from "./diffusion.js";
export { type DwiMrOptions, type DwiMrPhantom, dwiMrPhantom, dwiPatientFiles } from "./dwi-mr.js";
export { type Baseline, cumulativeHazard, eventMonths } from "./event-times.js";
export { type ExampleStudy, type ExampleStudyOptions, exampleStudy } from "./example-study.js";
export { type Cell, csvFile, inFolder, jsonFile, type PhantomFile, textFile } from "./files.js";
export { centredGrid, forEachVoxel } from "./grid.js";
export { type Lesion, type LesionKind, lesionDistance } from "./lesion.js";
export type { LetbCourse, LetbTreatment } from "./letb-course.js";
export { type LetbCtPhantom, type LetbCtVisit, letbCtPhantom } from "./letb-ct.js";
export {
  expectedOfPair,
  type LetbGridCase,
  letbGridCases,
  letbGridOptions,
} from "./letb-grid.js";
export { type LetbMrPhantom, letbMrPhantom } from "./letb-mr.js";
export type { LetbCtOptions, LetbMrOptions, LetbOptions, LetbTimePoint } from "./letb-options.js";
export type { LetbVisit, PhaseVolume } from "./letb-scene.js";
export { type LetbStudyOptions, letbStudy } from "./letb-study.js";
export { expectedLetbPercent, type LetbTruth, type LiverCompartment, subtractionSd } from "./letb-truth.js";
export { displaced, type Motion, noMotion, restored } from "./motion.js";
export type { MrImage, MrPhase, MrScaling, StoredScale } from "./mr-render.js";
export { type NoiseModel, noiseField } from "./noise.js";
export type { KnownEffect, PaperCohort } from "./paper-bundle.js";
export { PAPER_COHORTS, paperCohort } from "./paper-cohorts.js";
export { type BorderCase, borderCases, borderTables, type ExpectedResponse } from "./recist-borders.js";
export {
  type SerMrOptions,
  type SerMrPhantom,
  type SerMrVisit,
  serMrPhantom,
} from "./ser-mr.js";
export { ctSeriesFiles, mrSeriesFiles, type SeriesPlace } from "./series-files.js";
export { concentrationForSer, contrastT1Ms, type SpoiledGradient, spoiledGradientSignal } from "./spoiled-gradient.js";
export { type T2MrOptions, type T2MrPhantom, t2MrPhantom } from "./t2-mr.js";
export { attenuation, type PhantomPhase, type TissueName, tissue, tissueNames } from "./tissue.js";
