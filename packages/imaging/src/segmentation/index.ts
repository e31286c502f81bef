export { type Body, findBody } from "./body.js";
export { type Coarse, coarsen, refineAbove } from "./coarse-grid.js";
export { type Components, components, componentsWith, fillHoles, largestComponent } from "./components.js";
export { type CorrectedOutline, type CorrectionParameters, correctedOutline } from "./corrected-outline.js";
export { squaredDistance } from "./distance-transform.js";
export {
  type DraftSigns,
  draftSigns,
  estimatedDice,
  isUsable,
  LEAST_USABLE_DICE,
  MOST_OTHER_TISSUE,
  MOST_UNEVEN,
  unevenness,
} from "./draft-quality.js";
export { type BrushStroke, brushEdit } from "./editing/brush.js";
export { outlineFromContours } from "./editing/contours.js";
export { type LesionStrokeOptions, lesionFromStroke, type StrokedLesion } from "./editing/lesion-stroke.js";
export {
  applyEdit,
  type EditHistory,
  editBetween,
  editedVoxels,
  type MaskEdit,
  record,
  redo,
  startHistory,
  toggleInPlace,
  undo,
} from "./editing/mask-edit.js";
export { grow, keepLargest, shrink, smooth, thresholdWithin, withoutHoles } from "./editing/mask-operations.js";
export {
  type DraftControl,
  type DraftProgress,
  type LiverDraft,
  type LiverDraftParameters,
  liverDraft,
  liverDraftSteps,
} from "./liver-draft.js";
export { ctBands, findLiverModel, type LiverModel } from "./liver-model.js";
export { medianFilter } from "./median-filter.js";
export { type ModelCard, parseModelCard } from "./model/model-card.js";
export { axesOf, modelGrid, sampleLinear } from "./model/model-grid.js";
export { findOnnxRuntime, type ImportModule, type OnnxRuntime, onnxPatchModel } from "./model/onnx-runtime.js";
export { type ModelOutline, type ModelRun, outlineByModel } from "./model/outline-by-model.js";
export { type PatchModel, slidingWindow, windowStarts, windowWeights } from "./model/sliding-window.js";
export { close, complement, countSet, dilate, erode, flagsOf, open } from "./morphology.js";
export { dice } from "./overlap.js";
export { randomWalker, type WalkerInput, type WalkerResult } from "./random-walker.js";
export { type SeedsOutline, type SeedsParameters, seedsOutline } from "./seeds-outline.js";
export { liverTerritory, type Territory } from "./territory.js";
export { addWrapped, type Pieces, piecesBeside, type WrapRule } from "./wrapped-tissue.js";
