export { censoringAfterLastScan, competingDeath, type DeathsCensored, type ScanGaps } from "./censoring.js";
export { association, type CovariatesTogether, type CovariateValues, collinearTogether } from "./collinearity.js";
export { type ChosenCut, manyThresholds, type ThresholdSearch, tunedCutOff } from "./cut-offs.js";
export { type ChangeFacts, changeWithinError, type ScannerFacts, scannerChange } from "./measurement-error.js";
export { informativeMissingness, type MissingFacts } from "./missingness.js";
export {
  type DirectionFacts,
  directionAgainstExpectation,
  nonProportionalHazards,
  type ProportionalityFacts,
  type SelectionFacts,
  selectionOnTheSameData,
} from "./model-assumptions.js";
export type { Guard } from "./note.js";
export { type RepeatedRows, repeatedTreatments } from "./repeats.js";
export {
  eventsPerCandidate,
  type GroupSizes,
  type ModelSize,
  type SeparationFacts,
  separation,
  tinyGroups,
} from "./sparse-data.js";
export { type SubgroupFacts, subgroupWithoutInteraction } from "./subgroups.js";
export {
  type CovariateTiming,
  type EligibilityTiming,
  futureEligibility,
  immortalTime,
  type MarkerClock,
  postBaselineCovariate,
} from "./time-zero.js";
