import type { ResultFigure } from "@livermark/analysis";
import { typesetAll } from "../typeset.js";
import { correlationScene } from "./correlation.js";
import { cumulativeIncidenceScene } from "./cumulative-incidence.js";
import { calibrationScene, decisionCurveScene, rocScene } from "./curves.js";
import { cutPointScene } from "./cut-point.js";
import { emptyScene, isEmptyFigure } from "./empty.js";
import type { FigureOptions } from "./figure-options.js";
import { flowScene } from "./flow.js";
import { forestScene } from "./forest.js";
import { imagePanelScene } from "./image-panel.js";
import { kaplanMeierScene } from "./kaplan-meier.js";
import { lassoErrorScene, lassoPathScene } from "./lasso.js";
import { blandAltmanScene, distributionScene, scatterScene } from "./measurements.js";
import { nomogramScene } from "./nomogram.js";
import { residualScene, thresholdSweepScene } from "./panels.js";
import { spiderScene, swimmerScene, waterfallScene } from "./responses.js";
import { type Scene, sceneSvg } from "./scene.js";
import { timeLineScene } from "./time-line.js";

/** Any figure as a scene of marks in points. */
export function figureScene(asGiven: ResultFigure, options: FigureOptions = {}): Scene {
  const figure = typesetAll(asGiven);
  if (isEmptyFigure(figure)) return emptyScene(figure, options);
  switch (figure.kind) {
    case "kaplan-meier":
      return kaplanMeierScene(figure, options);
    case "cumulative-incidence":
      return cumulativeIncidenceScene(figure, options);
    case "roc":
      return rocScene(figure, options);
    case "forest":
      return forestScene(figure, options);
    case "nomogram":
      return nomogramScene(figure, options);
    case "calibration":
      return calibrationScene(figure, options);
    case "decision-curve":
      return decisionCurveScene(figure, options);
    case "lasso-path":
      return lassoPathScene(figure, options);
    case "lasso-error":
      return lassoErrorScene(figure, options);
    case "waterfall":
      return waterfallScene(figure, options);
    case "spider":
      return spiderScene(figure, options);
    case "swimmer":
      return swimmerScene(figure, options);
    case "bland-altman":
      return blandAltmanScene(figure, options);
    case "distribution":
      return distributionScene(figure, options);
    case "scatter":
      return scatterScene(figure, options);
    case "threshold-sweep":
      return thresholdSweepScene(figure, options);
    case "cut-point-scan":
      return cutPointScene(figure, options);
    case "correlation-matrix":
      return correlationScene(figure, options);
    case "residuals":
      return residualScene(figure, options);
    case "flow":
      return flowScene(figure, options);
    case "time-line":
      return timeLineScene(figure, options);
    case "image-panel":
      return imagePanelScene(figure, options);
  }
}

/** Kinds that need the page's width to be read; the others fit one journal column. */
const wideKinds: ReadonlySet<ResultFigure["kind"]> = new Set([
  "forest",
  "nomogram",
  "flow",
  "time-line",
  "threshold-sweep",
]);

/** Bars or lines that crowd one column. */
const COLUMN_ITEMS = 60;

/** The width a figure asks for when nobody says otherwise. */
export function naturalWidth(figure: ResultFigure): "column" | "page" {
  if (figure.kind === "waterfall") return figure.bars.length > COLUMN_ITEMS ? "page" : "column";
  if (figure.kind === "swimmer") return figure.lanes.length > COLUMN_ITEMS ? "page" : "column";
  if (figure.kind === "spider") return figure.lines.length > COLUMN_ITEMS ? "page" : "column";
  const panels = figure.kind === "image-panel" || figure.kind === "residuals" ? figure.panels.length : 1;
  return wideKinds.has(figure.kind) || panels > 2 || (figure.kind === "residuals" && panels > 1) ? "page" : "column";
}

/** Rows of a forest plot that fit a printed page with its caption. */
const PAGE_ROWS = 46;

/** Panels of residuals that a slide shows with words as large as those of other figures. */
const SLIDE_PANELS = 6;

/**
 * A figure as sheets that fit a printed page: a forest plot of many rows is divided before a row of its own, on one
 * axis, into sheets of about the same length; every other figure is one sheet. Where fewer rows are asked for, as on a
 * slide, many panels of residuals are divided too.
 */
export function figureSheets(figure: ResultFigure, mostRows = PAGE_ROWS): readonly FigureOptions[] {
  const width = naturalWidth(figure);
  if (figure.kind === "residuals" && mostRows < PAGE_ROWS) {
    const { length } = figure.panels;
    const size = Math.ceil(length / Math.ceil(length / SLIDE_PANELS));
    return Array.from({ length: Math.ceil(length / size) }, (_, i) => ({
      width,
      rows: [i * size, Math.min(length, (i + 1) * size)] as const,
    }));
  }
  if (figure.kind !== "forest" || figure.rows.length <= mostRows) return [{ width }];
  const sheets: FigureOptions[] = [];
  const { length } = figure.rows;
  for (let from = 0; from < length; ) {
    let to = from + Math.ceil((length - from) / Math.ceil((length - from) / mostRows));
    while (to < length && to > from + 1 && figure.rows[to]!.indent === 1) to--;
    sheets.push({ width, rows: [from, to] });
    from = to;
  }
  return sheets;
}

/**
 * Any figure as SVG at final print size, with title and alternative text.
 * Example: `figureSvg(results.figures[0], { width: "column", theme: "grey" })`.
 */
export const figureSvg = (figure: ResultFigure, options: FigureOptions = {}): string =>
  sceneSvg(figureScene(figure, { width: naturalWidth(figure), ...options }));
