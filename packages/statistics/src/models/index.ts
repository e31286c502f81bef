export {
  type AucBootstrap,
  type AucBootstrapInput,
  aucBootstrapTask,
  bootstrapAuc,
  type Resampling,
} from "./auc-bootstrap.js";
export {
  type CalibrationLine,
  type CalibrationStats,
  calibrationStats,
  type LowessCalibration,
  lowessCalibration,
} from "./calibration-stats.js";
export type { CompleteRows, NamedColumn, NumericColumn } from "./columns.js";
export { type CoxPredictor, coxPredictor } from "./cox-baseline.js";
export { type DecisionCurve, decisionCurve, type NetBenefit } from "./decision-curve.js";
export {
  decisionCurveSurvival,
  type SurvivalBenefitInput,
  type SurvivalDecisionCurve,
  survivalBenefitTask,
} from "./decision-curve-survival.js";
export { buildDesign, type Design, type DesignTerm, type ModelTerm } from "./design.js";
export {
  type Limits,
  type LimitsOrReason,
  type NotEstimable,
  notEstimable,
} from "./estimability.js";
export { type FirthCoefficient, type FirthFit, firthRegression } from "./firth.js";
export { type GroupedKaplanMeier, groupedKmCalibration } from "./grouped-km.js";
export { heavyTasks } from "./heavy-tasks.js";
export { type HosmerLemeshow, hosmerLemeshow } from "./hosmer-lemeshow.js";
export { type LassoFit, type LassoOptions, type LassoResponse, lasso } from "./lasso.js";
export { type LassoCv, type LassoCvInput, type LassoCvOptions, lassoCrossValidation, lassoCvTask } from "./lasso-cv.js";
export type { FoldChoice } from "./lasso-folds.js";
export { coefficientsAt, type LassoMeasure } from "./lasso-scores.js";
export {
  type IterationFacts,
  type LikelihoodRatioTest,
  type LogisticCoefficient,
  type LogisticFit,
  type LogisticOptions,
  logisticRegression,
} from "./logistic.js";
export { interpolate, lowess, type SmoothCurve } from "./lowess.js";
export type { MarkerDirection } from "./marker-groups.js";
export { type Nomogram, type NomogramAxis, type NomogramModel, nomogram } from "./nomogram.js";
export type { BootstrapDraws, OptimismTable } from "./optimism.js";
export { bootstrapOptimismCox, type CoxOptimism, type CoxOptimismInput, coxOptimismTask } from "./optimism-cox.js";
export {
  bootstrapOptimismLogistic,
  type LogisticOptimism,
  type LogisticOptimismInput,
  largestLineError,
  logisticOptimismTask,
} from "./optimism-logistic.js";
export { prettyTicks } from "./pretty.js";
export type { Bound } from "./profile-limits.js";
export { quantileOfSorted } from "./quantile.js";
export { aucDelong, type RocAnalysis, type RocOptions, rocAnalysis } from "./roc.js";
export {
  type PairedRocTest,
  type RocTestOptions,
  rocTestPaired,
  rocTestUnpaired,
  type UnpairedRocTest,
} from "./roc-compare.js";
export { type PartialArea, partialArea, type RocCurve, type RocPoint } from "./roc-curve.js";
export type { Running, StopSignal } from "./running.js";
export { logisticSeparation, type Separation } from "./separation.js";
export { type SplineTest, splineBasis, splineKnots, splineTest } from "./spline-basis.js";
export { type AicStep, type StepwiseAic, stepwiseAic } from "./step-aic.js";
export { backwardByP, type EntryTest, forwardByP, type PStep, type RemovalTest, type StepwiseP } from "./step-p.js";
export { type ModelResponse, type SubsetFit, type SubsetModels, subsetModels, type TermTest } from "./subset-models.js";
export {
  type Ratio,
  type RatioEstimate,
  type UnivariateModel,
  type UnivariateScreen,
  univariateScreen,
} from "./univariate-screen.js";
