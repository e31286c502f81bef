export {
  type CalculatorInput,
  type CalculatorModel,
  type CalculatorValues,
  type Prediction,
  predictWith,
} from "./calculator.js";
export { calculatorModelOf } from "./calculator-files.js";
export { calculatorPage } from "./calculator-page.js";
export { type ChecklistLine, checklist, checklistFiles } from "./checklists.js";
export { csv, exactCsv, figureCsv, tableCsv } from "./csv.js";
export { reportDocx } from "./docx.js";
export { figureScene, figureSvg, naturalWidth } from "./draw.js";
export type { FigureOptions } from "./figure-options.js";
export { flowSvg } from "./flow.js";
export { formatCell, formatCellValue, formatNumber, formatP, formatPercent, formatRange, sentenceP } from "./format.js";
export { htmlReport } from "./html-report.js";
export { kaplanMeierAltText, kaplanMeierScene, kaplanMeierSvg } from "./kaplan-meier.js";
export { encodePng } from "./png.js";
export { figurePng, figureTiff, glyphIssues } from "./raster.js";
export { recomputeFiles, recomputeScript } from "./recompute-r.js";
export { type ReportFormat, reportFiles, reportFormats } from "./report-files.js";
export { roCrate, roCrateMetadata } from "./ro-crate.js";
export { resultSentences } from "./sentences.js";
export { type PrintedTable, printTable } from "./table-model.js";
export { missingGlyphs, textWidth, wrapText } from "./text.js";
export { tableLatex, tableMarkdown } from "./text-tables.js";
export type { ThemeName } from "./theme.js";
export { disagreement, type TumourBoardSheet, tumourBoardHtml } from "./tumour-board.js";
export { figurePdf, reportPdf } from "./typst.js";
export { resultsXlsx } from "./xlsx.js";
export { type ReportFile, stableZip, textFile } from "./zip.js";
