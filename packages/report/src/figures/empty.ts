import type { ResultFigure } from "@livermark/analysis";
import { labelSize, widthPt } from "./axes.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import type { Scene } from "./scene.js";

/** Whether a figure holds nothing from which its axes could be drawn. */
export function isEmptyFigure(figure: ResultFigure): boolean {
  switch (figure.kind) {
    case "kaplan-meier":
      return figure.groups.every((group) => group.time.length + group.censored.length === 0);
    case "cumulative-incidence":
      return figure.curves.every((curve) => curve.time.length === 0);
    case "roc":
    case "calibration":
      return figure.curves.length === 0;
    case "forest":
      return figure.rows.length === 0 || figure.models.length === 0;
    case "nomogram":
      return figure.predictors.every((predictor) => predictor.ticks.length === 0);
    case "decision-curve":
      return figure.thresholds.length === 0;
    case "lasso-path":
    case "lasso-error":
      return figure.lambda.length === 0;
    case "waterfall":
      return figure.bars.length === 0;
    case "spider":
      return figure.lines.length === 0;
    case "swimmer":
      return figure.lanes.length === 0;
    case "bland-altman":
      return figure.mean.length === 0;
    case "distribution":
      return figure.groups.every((group) => group.values.length === 0);
    case "scatter":
      return figure.groups.every((group) => group.x.length === 0);
    case "threshold-sweep":
      return figure.endpoints.every((endpoint) => endpoint.points.length === 0);
    case "cut-point-scan":
      return figure.cut.length === 0;
    case "correlation-matrix":
      return figure.labels.length < 2;
    case "residuals":
      return figure.panels.every((panel) => panel.x.length === 0);
    case "flow":
      return figure.steps.length === 0;
    case "time-line":
      return (
        figure.measurement === null &&
        figure.procedures.length + figure.decisions.length + figure.endpoints.length === 0
      );
    case "image-panel":
      return figure.panels.length === 0;
  }
}

/** A figure without data says so in words, where a drawing would have no axes. */
export function emptyScene(figure: ResultFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt(options.width ?? "column");
  const text = "No data for this figure.";
  return {
    id: figure.id,
    width,
    height: 40,
    title: figure.title,
    description: `${figure.title}. ${text}`,
    paper: of.paper,
    marks: [{ kind: "text", x: width / 2, y: 23, text, size: labelSize, fill: of.muted, anchor: "middle" }],
  };
}
