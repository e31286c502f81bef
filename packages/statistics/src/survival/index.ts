export type { LabelColumn, SurvivalColumns } from "./input.js";
export {
  type Estimate,
  type IntervalType,
  type KaplanMeier,
  type KaplanMeierOptions,
  kaplanMeier,
} from "./kaplan-meier.js";
export {
  type FollowUp,
  followUp,
  type RestrictedMean,
  restrictedMean,
  type SpssMedian,
  type SurvivalAtTime,
  type SurvivalQuantile,
  spssMedian,
  survivalAt,
  survivalQuantile,
} from "./km-summary.js";
export {
  type ChiSquareTest,
  type HazardRatioApproximation,
  type LogRank,
  type LogRankColumns,
  type LogRankOptions,
  type LogRankWeight,
  logRank,
} from "./log-rank.js";
