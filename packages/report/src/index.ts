export { figureScene, figureSvg, naturalWidth } from "./draw.js";
export type { FigureOptions } from "./figure-options.js";
export { flowSvg } from "./flow.js";
export { formatCell, formatCellValue, formatNumber, formatP, formatPercent, formatRange, sentenceP } from "./format.js";
export { htmlReport } from "./html-report.js";
export { kaplanMeierAltText, kaplanMeierScene, kaplanMeierSvg } from "./kaplan-meier.js";
export { type PrintedTable, printTable } from "./table-model.js";
export { missingGlyphs, textWidth, wrapText } from "./text.js";
