export { type AnalyseOptions, type Analysis, analyse } from "./analyse.js";
export { datasetOf } from "./analysis-dataset.js";
export { auditDocuments } from "./audit/audit.js";
export type {
  AuditBlock,
  AuditCertainty,
  AuditDocument,
  AuditFinding,
  AuditQuote,
  AuditRow,
  AuditText,
} from "./audit/document.js";
export type { CaseInput, CaseMethod, CaseMethods, CaseSpec, CaseTable } from "./cases/contract.js";
export { caseMethods, runCase, type StatisticCase } from "./cases/index.js";
export { filterCaseTable, readCaseTable } from "./cases/table.js";
export { type Conventions, conventionsOf } from "./conventions.js";
export {
  association,
  censoringAfterLastScan,
  changeWithinError,
  collinearTogether,
  competingDeath,
  directionAgainstExpectation,
  eventsPerCandidate,
  futureEligibility,
  type Guard,
  immortalTime,
  informativeMissingness,
  manyThresholds,
  nonProportionalHazards,
  postBaselineCovariate,
  repeatedTreatments,
  scannerChange,
  selectionOnTheSameData,
  separation,
  subgroupWithoutInteraction,
  tinyGroups,
  tunedCutOff,
} from "./design/index.js";
export type {
  BlandAltmanFigure,
  CalibrationFigure,
  CorrelationFigure,
  CumulativeIncidenceFigure,
  CutPointFigure,
  DecisionCurveFigure,
  DistributionFigure,
  FigureCurve,
  FigureEstimate,
  FlowFigure,
  ForestFigure,
  ImagePanelFigure,
  KaplanMeierFigure,
  KaplanMeierGroup,
  LassoErrorFigure,
  LassoPathFigure,
  NomogramFigure,
  ResidualFigure,
  ResultFigure,
  RocFigure,
  ScatterFigure,
  SpiderFigure,
  SwimmerFigure,
  ThresholdSweepFigure,
  TimeLineFigure,
  WaterfallFigure,
} from "./figures.js";
export { type PortableModel, type PortableTerm, portableModel, readPortableModel } from "./models/portable.js";
export { type ModelPrediction, predictPatient } from "./models/predict.js";
export type { InputReading, InputValue, PredictOptions } from "./models/prediction-inputs.js";
export { type PublishedCutOff, publishedCutOffs, publishedModel, publishedModels } from "./models/published.js";
export { joinParts, type Part, part } from "./part.js";
export { defineStep } from "./plan/define.js";
export type { AddedColumn, Layer, PlanContext, PlanSections, PlanStep, StepOutcome } from "./plan/step.js";
export { planSteps } from "./plan/steps.js";
export { PLAN_SCHEMA, type PlanReading, parsePlan, planJsonSchema, planOf, readPlan } from "./plan.js";
export {
  type CountsOfTwo,
  type IntervalReading,
  predictiveValues,
  readInterval,
  tablesOf,
} from "./published-numbers.js";
export type {
  Cell,
  CellContent,
  ChecklistAnswer,
  Computation,
  DesignNote,
  FlowStep,
  Provenance,
  RecomputePlan,
  RecomputeTable,
  ResultRow,
  Results,
  ResultTable,
  StudyFacts,
} from "./results.js";
