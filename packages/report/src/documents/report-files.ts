import type { Provenance, ResultFigure, Results, ResultTable } from "@livermark/analysis";
import { type Issue, mapResult, ok, type Result, readableJson, refuseWith } from "@livermark/core";
import { figureSheets, figureSvg } from "../figures/draw.js";
import type { FigureOptions } from "../figures/figure-options.js";
import { sceneSvg } from "../figures/scene.js";
import { calculatorFiles } from "../html/calculator-files.js";
import { htmlReport } from "../html/html-report.js";
import { registeredCalculators } from "../html/registered-calculators.js";
import { outline } from "../outline.js";
import { figureCsv, tableCsv } from "../tables/csv.js";
import { tableLatex, tableMarkdown } from "../tables/text-tables.js";
import { resultsXlsx } from "../tables/xlsx.js";
import { checklistDocx } from "./checklist-docx.js";
import { checklistFiles } from "./checklists.js";
import { documentScenes, SLIDE_ROWS } from "./document-scenes.js";
import { reportDocx } from "./docx.js";
import type { RasterKind } from "./draw-raster.js";
import { ownFont } from "./fonts.js";
import { documentPngs, figureRasters, type PngMaker } from "./raster.js";
import { recomputeFiles } from "./recompute-r.js";
import { roCrate } from "./ro-crate.js";
import { reportSlides } from "./slides.js";
import { figurePdf, reportPdf } from "./typst.js";
import { type ReportFile, textFile } from "./zip.js";

/** The formats of `livermark report --format`. */
export const reportFormats = [
  "html",
  "pdf",
  "docx",
  "xlsx",
  "csv",
  "svg",
  "png",
  "tiff",
  "tex",
  "md",
  "r",
  "crate",
  "calculator",
  "slides",
] as const;

export type ReportFormat = (typeof reportFormats)[number];

/** Formats that hold pictures or print drawn with the fonts of this machine. */
const drawnFormats: ReadonlySet<ReportFormat> = new Set(["pdf", "docx", "png", "tiff", "slides"]);

/** Letters, digits, dots and dashes only, so that an id is a file name everywhere. */
const fileName = (id: string): string => id.replace(/[^A-Za-z0-9._-]+/g, "-");

/** What journals ask of line drawings. */
const PRINT_DPI = 600;

type Made = Result<readonly ReportFile[]>;

const one = (path: string, made: Result<Uint8Array>): Made =>
  made.ok ? ok([{ path, bytes: made.value }], made.issues) : made;

/** A figure is one drawing, or sheets that fit a page where pixels are counted: 120 rows at 600 dpi are 57 megapixels. */
type Cut = "whole" | "sheets";

/** Each figure in files of these endings, in the order of the figures; sheets are numbered from 1. */
async function perFigure(
  figures: readonly ResultFigure[],
  extensions: readonly string[],
  options: FigureOptions,
  cut: Cut,
  make: (svg: string) => Promise<Result<readonly Uint8Array[]>>,
): Promise<Made> {
  const drawings = figures.flatMap((figure) =>
    (cut === "whole" ? [{}] : figureSheets(figure)).map((sheet, i, { length }) => ({
      name: `${fileName(figure.id)}${length === 1 ? "" : `-${i + 1}`}`,
      svg: figureSvg(figure, { ...sheet, ...options }),
    })),
  );
  const all = await Promise.all(drawings.map(async ({ name, svg }) => ({ name, made: await make(svg) })));
  const files: ReportFile[] = [];
  const issues: Issue[] = [];
  for (const { name, made } of all) {
    issues.push(...made.issues);
    if (!made.ok) return refuseWith(issues);
    extensions.forEach((extension, k) => {
      files.push({ path: `figures/${name}.${extension}`, bytes: made.value[k]! });
    });
  }
  return ok(files, issues);
}

/** The figures as PNG, TIFF or both, each drawn once for both. */
const printed = (results: Results, kinds: readonly RasterKind[], options: FigureOptions): Promise<Made> =>
  perFigure(
    results.figures,
    kinds.map((kind) => (kind === "tiff" ? "tif" : kind)),
    options,
    "sheets",
    (svg) => figureRasters(svg, PRINT_DPI, kinds),
  );

async function filesOf(
  results: Results,
  provenance: Provenance,
  format: Exclude<ReportFormat, RasterKind>,
  options: FigureOptions,
  pngOf: PngMaker,
): Promise<Made> {
  const tables = (extension: string, render: (table: ResultTable, number: string) => string): Made =>
    ok(
      outline(results).sections.flatMap(({ items }) =>
        items.flatMap((item) =>
          item.kind === "table"
            ? [textFile(`tables/${fileName(item.table.id)}.${extension}`, render(item.table, item.number))]
            : [],
        ),
      ),
    );
  switch (format) {
    case "html":
      return ok([textFile("report.html", htmlReport(results, provenance))]);
    case "pdf": {
      const report = one("report.pdf", await reportPdf(results, provenance));
      const figures = await perFigure(results.figures, ["pdf"], options, "whole", async (svg) =>
        mapResult(await figurePdf(svg), (bytes) => [bytes]),
      );
      if (!report.ok || !figures.ok) return refuseWith([...report.issues, ...figures.issues]);
      return ok([...report.value, ...figures.value], report.issues);
    }
    case "docx": {
      const report = one("report.docx", await reportDocx(results, pngOf));
      if (!report.ok) return report;
      return ok([...report.value, { path: "checklists.docx", bytes: await checklistDocx(results) }], report.issues);
    }
    case "slides":
      return one("slides.pptx", await reportSlides(results, pngOf));
    case "xlsx":
      return ok([{ path: "tables/tables.xlsx", bytes: await resultsXlsx(results) }]);
    case "csv": {
      const figures = results.figures.map((figure) =>
        textFile(`figures/${fileName(figure.id)}.csv`, figureCsv(figure)),
      );
      const written = tables("csv", tableCsv);
      return written.ok ? ok([...written.value, ...figures]) : written;
    }
    case "svg":
      return ok(
        results.figures.map((figure) => textFile(`figures/${fileName(figure.id)}.svg`, figureSvg(figure, options))),
      );
    case "tex":
      return tables("tex", tableLatex);
    case "md": {
      const written = tables("md", tableMarkdown);
      return written.ok ? ok([...written.value, ...checklistFiles(results)]) : written;
    }
    case "r":
      return ok(recomputeFiles(results));
    case "calculator":
      return mapResult(calculatorFiles(results), (files) => [...files, ...registeredCalculators(results)]);
    case "crate": {
      const inside = [
        textFile("results.json", readableJson(results)),
        textFile("provenance.json", readableJson(provenance)),
        textFile("report.html", htmlReport(results, provenance)),
        ...recomputeFiles(results),
        ...results.tables.map((table) => textFile(`tables/${fileName(table.id)}.csv`, tableCsv(table))),
        ...results.figures.map((figure) => textFile(`figures/${fileName(figure.id)}.svg`, figureSvg(figure, options))),
      ];
      return one("report.crate.zip", roCrate(results, provenance, inside));
    }
  }
}

/**
 * The report in the formats asked for, as files with paths relative to the bundle's `out/`. The same results give the
 * same bytes in every format. Refuses when a document cannot be set, or a person's own font drawn; a glyph that no font has is
 * a warning.
 * Example: `await reportFiles(results, provenance, ["html", "pdf", "r"])`.
 */
export async function reportFiles(
  results: Results,
  provenance: Provenance,
  formats: readonly ReportFormat[],
  options: FigureOptions = {},
): Promise<Made> {
  const font = await ownFont();
  if (!font.ok && formats.some((format) => drawnFormats.has(format))) return font;
  const files: ReportFile[] = [];
  const issues = new Map<string, Issue>();
  const pngOf = documentPngs();
  const rasters = (["png", "tiff"] as const).filter((kind) => formats.includes(kind));
  // Asked for first, so that workers draw while this thread writes the other documents; Word's and the slides' pictures
  // ahead of the large ones, as those documents come earlier.
  const early: Promise<unknown>[] = [];
  for (const [format, mostRows] of [["docx"], ["slides", SLIDE_ROWS]] as const)
    if (formats.includes(format))
      early.push(...documentScenes(results, mostRows).map(({ scene }) => pngOf(sceneSvg(scene))));
  const drawn = rasters.length === 0 ? null : printed(results, rasters, options);
  if (drawn !== null) early.push(drawn);
  // Each is awaited where it is used, and fails there.
  for (const promise of early) promise.catch(() => {});
  for (const format of reportFormats.filter((known) => formats.includes(known))) {
    const raster = format === "png" || format === "tiff";
    if (raster && format !== rasters[0]) continue;
    const made = raster ? await drawn! : await filesOf(results, provenance, format, options, pngOf);
    for (const issue of made.issues) issues.set(`${issue.code} ${issue.message}`, issue);
    if (!made.ok) return refuseWith([...issues.values()]);
    files.push(...made.value);
  }
  return ok(files, [...issues.values()]);
}
