export { cholesky, solveCholesky } from "../linear/index.js";
export {
  type CompetingColumns,
  type CompetingRisks,
  type CumulativeIncidence,
  cumulativeIncidence,
  incidenceAt,
} from "./competing-risks.js";
export {
  type Concordance,
  type ConcordanceColumns,
  type ConcordanceComparison,
  type ConcordanceOptions,
  compareConcordance,
  concordance,
} from "./concordance.js";
export {
  type CoxCoefficient,
  type CoxModel,
  type CoxOptions,
  coxRegression,
  type FittedCox,
  fitCox,
} from "./cox.js";
export { type CoxColumns, type CoxCovariate, type CoxData, dummyCovariates, prepareCox } from "./cox-data.js";
export type { Convergence } from "./cox-fit.js";
export type { CoefficientNotEstimable } from "./cox-issues.js";
export {
  type BaselineHazard,
  type CoxPrediction,
  type CoxResiduals,
  coxBaseline,
  coxResiduals,
  coxSurvival,
} from "./cox-predict.js";
export type { TieMethod } from "./cox-risk-sets.js";
export { coxZph, type ProportionalityTest, type TimeTransform } from "./cox-zph.js";
export {
  type CandidateCut,
  type CutPointColumns,
  type CutPointOptions,
  type CutPointScan,
  scanCutPoints,
} from "./cut-point.js";
export {
  bootstrapCutPoint,
  type CutPointBootstrap,
  type CutPointBootstrapInput,
  cutPointTask,
} from "./cut-point-bootstrap.js";
export { type FineGray, type FineGrayColumns, type FineGrayOptions, fineGray } from "./fine-gray.js";
export { type GrayTest, grayTest } from "./gray-test.js";
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
export { type Landmark, landmark } from "./landmark.js";
export {
  type ChiSquareTest,
  type HazardRatioApproximation,
  type LogRank,
  type LogRankColumns,
  type LogRankOptions,
  logRank,
} from "./log-rank.js";
export type { LogRankWeight } from "./log-rank-sums.js";
export type { ConcordanceWeight } from "./pair-counts.js";
export {
  type SurvivalBrier,
  survivalBrier,
  type TimeDependentAuc,
  type TimeDependentRoc,
  type TimeRocColumns,
  timeDependentRoc,
} from "./time-roc.js";
