export { auditHtml, findingsCsv, findingsText } from "./audit/output.js";
export { MAX_AUDIT_BYTES, readAuditDocument } from "./audit/read.js";
export { type Bundle, checkBundle, findProtocol, openBundle } from "./bundle.js";
export { type BundleDeidentification, deidentifyBundle } from "./deidentify-bundle.js";
export { type ExplainedInput, type Explanation, explain, explanationText, type FoundId, findIds } from "./explain.js";
export { type LetbPhases, letbPhases, onPhases, type PhaseOptions } from "./letb-phases.js";
export { type ImageLinks, type LinkedSeries, linkImages } from "./link-images.js";
export { type MeasuredStudy, measureStudy, type StudyMeasurement } from "./measure-study.js";
export { movedSeriesFiles } from "./moved-series.js";
export { nativeElastix, nativeElastixAbsent, nativeElastixVersion } from "./native-elastix.js";
export { type OutputFile, writeFolder } from "./output.js";
export { builtInProtocols, type ProtocolText } from "./protocols.js";
export { RECIPE_INPUTS, type RecipeParameters, type RecipeSources, runRecipe } from "./recipe.js";
export { masksOf, type RegionReference, regionArgument } from "./regions.js";
export { type RegisteredImages, type RegisterOptions, registerImages, sharedVoxels } from "./register-images.js";
export type { EngineName, Resampling } from "./registration-message.js";
export type { StudyRegistration } from "./registration-table.js";
export {
  type DerivedStudy,
  deriveStudy,
  RUN_STEPS,
  type RunOptions,
  type RunOutcome,
  runBundle,
  runStudy,
} from "./run.js";
export { LIVERMARK_VERSION } from "./version.js";
