export { type AdcModel, fitVoxel, logLinearWeights, type NoiseFloor, type VoxelFit } from "./adc-fit.js";
export { type Components, type Connectivity, connectedComponents } from "./components.js";
export {
  type AxialDiameters,
  axialDiameters,
  convexHull,
  type DiameterDefinition,
  type SlicePoint,
} from "./diameter.js";
export {
  type AdcMap,
  type AdcMapParameters,
  type AdcParameters,
  adcMap,
  type DwiImage,
  type DwiSet,
  dwiSet,
} from "./dwi.js";
export { effectiveVoxels } from "./effective-voxels.js";
export {
  checkReference,
  classificationVariance,
  countAbove,
  type EnhancementThreshold,
  enhancementIn,
  enhancementThreshold,
  enhancementThresholdOfRegion,
  enhancingMask,
  type ReferenceSurroundings,
} from "./enhancement.js";
export {
  type EnhancingShare,
  enhancingShare,
  expectedPercent,
  noiseFloorPercent,
  type PlacementShare,
} from "./enhancing-fraction.js";
export { type Discretisation, type IbsiFeatures, ibsiFirstOrder, ibsiHistogram } from "./ibsi.js";
export {
  adcReference,
  countAboveReference,
  findRunsReference,
  type MaskedSums,
  maskedSumsReference,
  type RowRuns,
  type UnitedRuns,
  unitedRunsReference,
} from "./kernels/reference.js";
export { adcPlanes, countEnhancing, findRuns, maskedMeanSd, maskedSums, unitedRuns } from "./kernels/voxel-kernels.js";
export {
  machineOf,
  ordinaryVoxels,
  type VoxelAllocator,
  type VoxelMachine,
  type VoxelMemory,
  voxelAllocator,
  voxelMemory,
} from "./kernels/voxel-memory.js";
export { notDoubted } from "./letb-outline.js";
export { displacementError, maskEdgeRange, type ShareRange } from "./letb-sensitivity.js";
export {
  checkMask,
  type IndexBox,
  intersectMasks,
  maskBox,
  maskCentre,
  maskDigest,
  maskInput,
  masksOverlap,
  maskWithin,
  subtractMasks,
  touchesEdge,
  unionMasks,
  volumeInput,
} from "./mask.js";
export {
  draftOutline,
  editedOutline,
  modelOutline,
  outlineFor,
  outlineText,
  parseOutlineText,
  type StatedOutline,
} from "./mask-outline.js";
export { eachRun, maskVoxels } from "./mask-runs.js";
export type { Measurement, MeasurementInterval, RecipeName } from "./measurement.js";
export { compensatedSum, type Moments, moments, quantile7, sortValues, valuesInMask } from "./moments.js";
export { normalCdf, t975, Z975 } from "./normal.js";
export { MOST_OUTLINE_POINTS, outlineErrorPoints } from "./outline-error.js";
export { middlePicture, pictureAt, pictureOf, placeOf } from "./picture.js";
export { cubeRoot, exponential, naturalLog } from "./portable-math.js";
export { lineLengthMm, type RegionVoxels, rasterise, regionVoxels } from "./rasterise.js";
export {
  ADC_REPEATABILITY_PERCENT,
  type AdcExtreme,
  type AdcRecipeParameters,
  adc,
  adcChange,
  adcFromMap,
} from "./recipes/adc.js";
export { type DiameterKind, diameters, type LesionToMeasure } from "./recipes/diameters.js";
export { type LetbInputs, type LetbParameters, letb } from "./recipes/letb.js";
export { compareLetb, type LetbComparison } from "./recipes/letb-comparison.js";
export { letbChange, letbFromVolumes } from "./recipes/letb-values.js";
export { type MeasurementChange, measurementChange } from "./recipes/measurement-change.js";
export { qeasl } from "./recipes/qeasl.js";
export { regionStats } from "./recipes/region-stats.js";
export {
  deltaSer,
  type SerCombination,
  type SerLesion,
  type SerSignals,
  ser,
  serFromSignals,
  signalEnhancementRatio,
} from "./recipes/ser.js";
export { t2Sir } from "./recipes/t2-sir.js";
export type { Region, RegionShape } from "./region.js";
export { parseRegion } from "./region-file.js";
export { type RegionStatistics, regionStatistics } from "./region-statistics.js";
export {
  type Deformation,
  deformation,
  type EngineImage,
  type EngineJob,
  type GuidedOptions,
  type GuidedResampling,
  guidedResample,
  type LocalShift,
  localShift,
  type ParameterMap,
  parameterText,
  parseParameterText,
  pointMap,
  type Registration,
  type RegistrationEngine,
  type RegistrationGate,
  type RegistrationInputs,
  type RegistrationParameters,
  type RegistrationQuality,
  type RegistrationSteps,
  type RegistrationTrial,
  type RegistrationVerdict,
  registerPair,
  registrationErrorMm,
  registrationQuality,
  registrationRecord,
  type SurfaceDistance,
  standardGate,
  standardRegistration,
  surfaceDistance,
  type Transform,
} from "./registration/index.js";
export {
  type Interpolation,
  type MaskResamplingLoss,
  type ResamplingLoss,
  resampleMask,
  resampleVolume,
} from "./resample.js";
export {
  applyEdit,
  type BrushStroke,
  brushEdit,
  type CorrectedOutline,
  type CorrectionParameters,
  correctedOutline,
  type DraftControl,
  type DraftProgress,
  type DraftSigns,
  dice,
  type EditHistory,
  editBetween,
  editedVoxels,
  findOnnxRuntime,
  grow,
  keepLargest,
  type LesionStrokeOptions,
  type LiverDraft,
  type LiverDraftParameters,
  lesionFromStroke,
  liverDraft,
  liverDraftSteps,
  type MaskEdit,
  type ModelCard,
  type ModelOutline,
  type ModelRun,
  onnxPatchModel,
  outlineByModel,
  outlineFromContours,
  type PatchModel,
  parseModelCard,
  record,
  redo,
  type SeedsOutline,
  type SeedsParameters,
  type StrokedLesion,
  seedsOutline,
  shrink,
  smooth,
  startHistory,
  thresholdWithin,
  toggleInPlace,
  undo,
  withoutHoles,
} from "./segmentation/index.js";
export { interpolateShapes } from "./shape-interpolation.js";
export { smoothedAround } from "./smooth.js";
export {
  type ReferenceSuggestion,
  type SuggestionInputs,
  type SuggestionParameters,
  suggestReferences,
} from "./suggest-references.js";
export { innerPart, judgedPart } from "./surface.js";
export { type ViableDiameter, viableDiameter } from "./viable-diameter.js";
export {
  type Grid,
  type IntensityScale,
  indexToPatient,
  type Mask,
  type MaskOutline,
  type MaskSource,
  patientToIndex,
  sameGrid,
  type Vec3,
  type Volume,
  type VolumeSource,
  type VoxelArray,
  voxelCount,
  voxelVolumeMm3,
} from "./volume.js";
