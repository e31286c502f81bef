// What a browser can run; package.json offers it alone under the condition "browser".
export * from "./browser.js";
export { reportDocx } from "./documents/docx.js";
export { figurePng, figureTiff, glyphIssues } from "./documents/raster.js";
export { type ReportFormat, reportFiles, reportFormats } from "./documents/report-files.js";
export { figurePdf, reportPdf } from "./documents/typst.js";
export { resultsXlsx } from "./tables/xlsx.js";
