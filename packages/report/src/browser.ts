export { type ChecklistLine, checklist, checklistFiles } from "./documents/checklists.js";
export { recomputeFiles, recomputeScript } from "./documents/recompute-r.js";
export { roCrate, roCrateMetadata } from "./documents/ro-crate.js";
export { resultSentences } from "./documents/sentences.js";
export { type ReportFile, stableZip, textFile } from "./documents/zip.js";
export { figureScene, figureSvg, naturalWidth } from "./figures/draw.js";
export type { FigureOptions } from "./figures/figure-options.js";
export { flowSvg } from "./figures/flow.js";
export { kaplanMeierAltText, kaplanMeierScene, kaplanMeierSvg } from "./figures/kaplan-meier.js";
export { encodePng } from "./figures/png.js";
export type { ThemeName } from "./figures/theme.js";
export { formatCell, formatCellValue, formatNumber, formatP, formatPercent, formatRange, sentenceP } from "./format.js";
export {
  type CalculatorInput,
  type CalculatorModel,
  type CalculatorValues,
  type Prediction,
  predictWith,
} from "./html/calculator.js";
export { calculatorModelOf } from "./html/calculator-files.js";
export { calculatorPage } from "./html/calculator-page.js";
export { htmlReport } from "./html/html-report.js";
export { disagreement, type TumourBoardSheet, tumourBoardHtml } from "./html/tumour-board.js";
export { csv, exactCsv, figureCsv, tableCsv } from "./tables/csv.js";
export { type PrintedTable, printTable } from "./tables/table-model.js";
export { tableLatex, tableMarkdown } from "./tables/text-tables.js";
export { missingGlyphs, textWidth, wrapText } from "./text.js";
