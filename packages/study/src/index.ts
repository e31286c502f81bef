export {
  type AcquisitionVerdict,
  acquisitionIssues,
  acquisitionVerdicts,
  type ImageFacts,
} from "./acquisition.js";
export {
  type AdverseEventLine,
  type AdverseEvents,
  adverseEvents,
  GRADING_SCALES,
  type GradingScale,
} from "./adverse-events.js";
export type { ComputedMeasurement } from "./analysis-set/biomarkers.js";
export { analysisCodebookCsv, analysisCsv, analysisPassportsCsv } from "./analysis-set/export.js";
export type {
  AnalysisCell,
  AnalysisColumn,
  AnalysisEndpoint,
  AnalysisRow,
  AnalysisSet,
  AnalysisTable,
  ColumnRole,
} from "./analysis-set/types.js";
export { calendarCsv, calendarIcs, followUpCalendar, type PlannedVisit, type VisitStatus } from "./calendar.js";
export { csvCell, csvText } from "./csv-out.js";
export { type Derived, derive } from "./derive.js";
export type { PatientEligibility, RuleVerdict } from "./eligibility.js";
export { ENDPOINT_LIBRARY, type EndpointDefinition, endpointDefinition } from "./endpoints/definitions.js";
export type { EndpointRow, EndpointVariant } from "./endpoints/endpoint.js";
export type { Deciding } from "./endpoints/follow-up.js";
export { issueExcerpt } from "./excerpt.js";
export { type Explanation, explainValue, explanations } from "./explain.js";
export { type FlowBox, flowChart } from "./flow.js";
export { type Amendment, amendmentText, applyJournal } from "./history/apply.js";
export {
  appendEntries,
  type JournalDraft,
  type JournalEntry,
  journalCsv,
  journalOf,
  rowsHash,
  verifyJournal,
} from "./history/journal.js";
export { type CtcaeTerm, ctcaeTable, ctcaeTerms } from "./import/ctcae.js";
export { decodeText, ENCODINGS, type Encoding, guessEncoding } from "./import/encoding.js";
export { type ImportedTable, importTable, type Pseudonyms } from "./import/import-table.js";
export { mappingJsonSchema, mappingsFor, parseMapping, parseMappings, type TableMapping } from "./import/mapping.js";
export type { ForeignTable } from "./import/mapping-lines.js";
export { type MergedTable, mergeTable, type ProposedAmendment } from "./import/merge.js";
export {
  type RedcapField,
  type RedcapRecord,
  redcapDictionary,
  redcapRecords,
  redcapTable,
  writeRedcapDictionary,
  writeRedcapRecords,
} from "./import/redcap.js";
export { suggestMapping } from "./import/suggest-mapping.js";
export { readWorkbook, type SheetChoice, sheetNames } from "./import/workbook.js";
export { INDEX_NAMES, type IndexName, indexDefinition } from "./indices/definitions.js";
export { parseProtocol, validateProtocol } from "./protocol/parse.js";
export { type BiomarkerRule, type GroupRule, type Protocol, protocolJsonSchema } from "./protocol/schema.js";
export { protocolVariables, responseVariable, variableAt } from "./protocol/variables.js";
export { analysisReader } from "./readers.js";
export {
  type Adjudication,
  type Assignment,
  appendReading,
  assignCases,
  BLINDING,
  consensus,
  currentReadings,
  type Disagreement,
  disagreements,
  lockReader,
  type Reading,
  type ReadingCase,
  type ReadingLog,
  visibleColumns,
} from "./reading.js";
export {
  knownColumns,
  readRecords,
  type StudyRecords,
  type StudyTables,
  type TableFile,
  tableNameOf,
} from "./records.js";
export { type LiradsTr, liradsTreatmentResponse } from "./response/lirads-tr.js";
export {
  isProfileName,
  PROFILE_NAMES,
  type ProfileName,
  type ResponseProfile,
  responseProfile,
} from "./response/profiles.js";
export type { BestOverallResponse, TimePointResponse } from "./response/rows.js";
export type { ResponseCounts } from "./response-counts.js";
export { type ScaffoldFile, scaffoldBundle } from "./scaffold.js";
export { applyOverrides, parseStudyFile, type StudyFile } from "./study-file.js";
export { closest, didYouMean } from "./suggest.js";
export { foreignTable, type ImportContext, importFile, tableFile } from "./table-file.js";
export type { CovariateSpec } from "./tables/cells.js";
export { tablesMarkdown } from "./tables/codebook.js";
export { parseDelimited, type RawTable } from "./tables/csv.js";
export { type Row, TABLE_NAMES, TABLES, type TableName } from "./tables/definitions.js";
export { emptyTable, readTable, type Table, typeTable } from "./tables/read-table.js";
export { addMonths, isoDate, parseIsoTime, type StudyTime, type TimeAxis } from "./time.js";
export type { WindowVerdict } from "./time-windows.js";
export { deriveTreatments, groupProcedures, type Treatment } from "./treatments.js";
