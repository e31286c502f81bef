export { formatCell, formatCellValue, formatNumber, formatP, formatPercent, formatRange, sentenceP } from "./format.js";
export type { FigureOptions } from "./figure-options.js";
export { kaplanMeierAltText, kaplanMeierScene, kaplanMeierSvg } from "./kaplan-meier.js";
export { missingGlyphs, textWidth, wrapText } from "./text.js";
export { figureSvg } from "./draw.js";
export { flowSvg } from "./flow.js";
export { htmlReport } from "./html-report.js";
export { type PrintedTable, printTable } from "./table-model.js";
