export { type Analysis, analyse, conventionsOf } from "./analyse.js";
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
export { joinParts, type Part, part } from "./part.js";
export { type AnalysisPlan, parsePlan, planSchema } from "./plan.js";
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
