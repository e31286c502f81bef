export {
  type IntraclassAnalysis,
  type IntraclassCorrelation,
  intraclassCorrelation,
} from "./agreement.js";
export { type BlandAltman, blandAltman } from "./bland-altman.js";
export {
  type ChainedImputation,
  type ImputationColumn,
  type ImputationInput,
  type ImputationPlan,
  imputationTask,
  imputeChained,
} from "./chained-imputation.js";
export {
  type ContingencyTest,
  type CountTable,
  contingencyTest,
  type TrendTest,
  trendTest,
} from "./contingency.js";
export {
  type KendallCorrelation,
  kendallCorrelation,
  type PearsonCorrelation,
  pearsonCorrelation,
  type SpearmanCorrelation,
  spearmanCorrelation,
} from "./correlation.js";
export { type Description, describe } from "./descriptive.js";
export {
  type DiagnosticAccuracy,
  type DiagnosticCounts,
  diagnosticAccuracy,
  type LikelihoodRatio,
} from "./diagnostic.js";
export {
  binomialCdf,
  binomialProbability,
  binomialTest,
  binomialUpperTail,
  hypergeometricCdf,
  hypergeometricProbabilities,
  hypergeometricUpperTail,
  poissonCdf,
  poissonProbability,
  poissonUpperTail,
} from "./discrete-distributions.js";
export {
  betaCdf,
  betaQuantile,
  betaUpperTail,
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareUpperTail,
  fCdf,
  fQuantile,
  fUpperTail,
  gammaCdf,
  gammaQuantile,
  gammaUpperTail,
  normalCdf,
  normalDensity,
  normalLogCdf,
  normalQuantile,
  normalTwoSided,
  normalUpperTail,
  studentCdf,
  studentQuantile,
  studentTwoSided,
  studentUpperTail,
} from "./distributions.js";
export { complementaryErrorFunction, errorFunction } from "./error-function.js";
export { fisherExact } from "./fisher-r-by-c.js";
export { type FisherRoots, type FisherTwoByTwo, fisherTwoByTwo } from "./fisher-two-by-two.js";
export { logChoose, logFactorial, logGamma } from "./gamma-function.js";
export { type Crew, computeHere, computeShared, type HeavySession, type HeavyTask, pieceTasks } from "./heavy-work.js";
export type { ImputationMethod } from "./imputation-draws.js";
export {
  bartlettTest,
  type ChiSquareResult,
  dunnTest,
  kruskalWallis,
  type OneWayAnova,
  oneWayAnova,
  type PairComparison,
  pairwiseTTests,
  welchAnova,
} from "./k-sample.js";
export {
  adjustedKappa,
  agreementWeights,
  cohenKappa,
  type FleissKappa,
  fleissKappa,
  type GwetAc1,
  gwetAc1,
  type Kappa,
  type KappaWeights,
} from "./kappa.js";
export { type LinearFit, leastSquares } from "./least-squares.js";
export { type ExactRankSum, type MannWhitney, mannWhitney, mannWhitneyQuantile } from "./mann-whitney.js";
export { type MantelHaenszel, type McNemar, mantelHaenszel, mcNemarTest } from "./matched-counts.js";
export { compensatedSum, type Moments, mean, moments, standardDeviation, variance } from "./moments.js";
export { adjustP, type PAdjustment } from "./multiplicity.js";
export { noncentralStudentCdf } from "./noncentral-t.js";
export { aucPrecisionSize, aucTestSize, iccPrecisionSize, kappaPrecisionSize } from "./precision-size.js";
export {
  binaryPredictionSize,
  type PredictionDesign,
  type PredictionModelSize,
  survivalPredictionSize,
} from "./prediction-sample-size.js";
export { exactInterval, type Proportion, proportion, scoreInterval } from "./proportion.js";
export { median, medianAbsoluteDeviation, type QuantileType, quantiles, tukeyFiveNumbers } from "./quantile.js";
export { midranks, type Ranks } from "./ranks.js";
export { type PooledEstimate, poolEstimates } from "./rubin.js";
export { type Estimable, type GroupedSample, groupValues } from "./sample.js";
export {
  coxContinuousEvents,
  freedmanEvents,
  logRankPower,
  patientsForEvents,
  type RequiredCount,
  schoenfeldEvents,
  type TestDesign,
  type TTestPower,
  tTestPower,
  tTestSize,
  twoProportionsSize,
} from "./sample-size.js";
export {
  type NodeThread,
  nodePort,
  type PieceTask,
  type PieceTasks,
  type PieceWork,
  type Port,
  runPieces,
  servePieces,
  type WebThread,
  webPort,
} from "./scheduler.js";
export { type ShapiroWilk, shapiroWilk } from "./shapiro-wilk.js";
export { type SignedRank, signedRank } from "./signed-rank.js";
export { type SimonDesigns, simonTwoStage, type TwoStageDesign } from "./simon-two-stage.js";
export { standardisedCategoryDifference, standardisedDifference } from "./standardised-difference.js";
export { studentizedRangeUpperTail, studentizedRangeUpperTailCoarse } from "./studentized-range.js";
export {
  cohensD,
  type FTest,
  leveneTest,
  pairedTTest,
  type TTest,
  tTest,
  type VarianceRatio,
  varianceRatioTest,
} from "./t-tests.js";
export { type TwoByTwoEffects, type TwoByTwoRatio, twoByTwoEffects } from "./two-by-two.js";
