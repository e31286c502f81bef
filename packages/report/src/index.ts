export { formatCell, formatCellValue, formatNumber, formatP, formatPercent, formatRange, sentenceP } from "./format.js";
export type { FigureOptions } from "./figure-options.js";
export { kaplanMeierAltText, kaplanMeierScene, kaplanMeierSvg } from "./kaplan-meier.js";
export { missingGlyphs, textWidth, wrapText } from "./text.js";
