export type {
  Cell,
  CellContent,
  DesignNote,
  FlowStep,
  KaplanMeierFigure,
  KaplanMeierGroup,
  Provenance,
  ResultFigure,
  ResultRow,
  Results,
  ResultTable,
  StudyFacts,
} from "./results.js";
