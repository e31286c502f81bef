import type { CumulativeIncidenceFigure } from "@livermark/analysis";
import { scaleLinear } from "d3-scale";
import { formatNumber, sentenceP } from "../format.js";
import { textWidth } from "../text.js";
import { bottomAxis, labelSize, leftAxis, leftAxisWidth, tickSize, widthPt } from "./axes.js";
import { extent } from "./chart.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { legend } from "./legend.js";
import { type RiskBlock, riskLabelWidth, riskTable, riskTableHeight } from "./risk-table.js";
import type { Mark, Scene } from "./scene.js";
import { type StepCurve, stepInterval, stepLine } from "./step-curves.js";
import { type SeriesStyle, seriesStyle, type Theme } from "./theme.js";

type Curve = CumulativeIncidenceFigure["curves"][number];

/** Colour tells the group; each curve has a dash of its own, so that no two look alike without colour. */
function curveStyle(figure: CumulativeIncidenceFigure, curve: Curve, of: Theme): SeriesStyle {
  const groups = [...new Set(figure.curves.map((one) => one.group))];
  const causes = [...new Set(figure.curves.map((one) => one.cause))];
  const group = groups.indexOf(curve.group);
  const { colour, marker } = seriesStyle(of, group);
  return { colour, marker, dash: seriesStyle(of, group + groups.length * causes.indexOf(curve.cause)).dash };
}

/** A curve up to the last time at which anybody of its group was seen. */
const stepCurve = (curve: Curve): StepCurve => ({
  time: curve.time,
  value: curve.incidence,
  low: curve.low,
  high: curve.high,
  initial: 0,
  end: curve.lastTime ?? curve.time.at(-1) ?? 0,
});

const curveLabel = (curve: Curve): string => (curve.group === "" ? curve.cause : `${curve.group}: ${curve.cause}`);

function altText(figure: CumulativeIncidenceFigure): string {
  const curves = figure.curves.map(
    (curve) =>
      `${curveLabel(curve)} reaches ${formatNumber(100 * (curve.incidence.at(-1) ?? 0), 1)}% at ${formatNumber(curve.time.at(-1) ?? 0, 1)} ${figure.timeUnit}.`,
  );
  const test = figure.comparison === null ? [] : [`${figure.comparison.method} ${sentenceP(figure.comparison.p)}.`];
  return ["Cumulative incidence with competing events.", ...curves, ...test].join(" ");
}

/** Cumulative incidence of each cause in each group, with bands and numbers at risk. */
export function cumulativeIncidenceScene(figure: CumulativeIncidenceFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt(options.width ?? "column");
  const edge = 6;
  const blocks: readonly RiskBlock[] =
    figure.atRisk.length === 0
      ? []
      : [
          {
            heading: "Number at risk",
            rows: figure.atRisk.map(({ group, counts }, i) => ({
              label: group,
              counts,
              style: seriesStyle(of, i),
            })),
          },
        ];
  const percent = [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, label: String(100 * value) }));
  const labelWidth = riskLabelWidth(blocks, width);
  const left = edge + Math.max(leftAxisWidth(percent), labelWidth + 12);
  const entries = figure.curves.map((curve) => ({ label: curveLabel(curve), style: curveStyle(figure, curve, of) }));
  const key = legend(of, entries, "line", left, edge, width - left - edge);
  const [, lastTime] = extent([...figure.riskTimes, ...figure.curves.map((curve) => stepCurve(curve).end)]);
  const plotWidth = width - left - edge - textWidth(String(figure.riskTimes.at(-1) ?? ""), tickSize) / 2;
  const noteHeight = figure.comparison === null ? 0 : 10.5;
  const plotHeight = Math.round(width * (width > 300 ? 0.45 : 0.62));
  const plot = { x: left, y: edge + key.height + noteHeight + 6, width: plotWidth, height: plotHeight };
  const x = scaleLinear([0, lastTime], [left, left + plotWidth]);
  const y = scaleLinear([0, 1], [plot.y + plotHeight, plot.y]);
  const note: Mark[] =
    figure.comparison === null
      ? []
      : [
          {
            kind: "text",
            x: left,
            y: edge + key.height + 7.6,
            text: `${figure.comparison.method} ${sentenceP(figure.comparison.p)}`,
            size: labelSize,
            fill: of.ink,
            id: figure.comparison.id,
          },
        ];
  const curves = figure.curves.map((curve) => ({
    style: curveStyle(figure, curve, of),
    step: stepCurve(curve),
  }));
  const riskTop = plot.y + plotHeight + 30;
  const ticks = figure.riskTimes.map((time) => ({ value: time, label: String(time) }));
  return {
    id: figure.id,
    width,
    height: riskTop + riskTableHeight(blocks) + edge - 3,
    title: figure.title,
    description: altText(figure),
    paper: of.paper,
    marks: [
      ...key.marks,
      ...note,
      ...curves.flatMap(({ step, style }) => stepInterval(step, style, x, y)),
      ...curves.map(({ step, style }) => stepLine(step, style, x, y)),
      ...leftAxis(of, plot, y, percent, "Cumulative incidence (%)"),
      ...bottomAxis(of, plot, x, ticks, figure.timeLabel),
      ...riskTable(of, blocks, figure.riskTimes, x, edge, edge + labelWidth, riskTop),
    ],
  };
}
