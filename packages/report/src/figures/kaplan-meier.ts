import type { KaplanMeierFigure, KaplanMeierGroup } from "@livermark/analysis";
import { scaleLinear } from "d3-scale";
import { formatNumber, formatRange, sentenceP } from "../format.js";
import { rounded } from "../markup.js";
import { textWidth } from "../text.js";
import { capital } from "../typeset.js";
import { bottomAxis, labelSize, leftAxis, leftAxisWidth, type NumericScale, tickSize, widthPt } from "./axes.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { legend } from "./legend.js";
import { type RiskBlock, riskLabelWidth, riskTable, riskTableHeight } from "./risk-table.js";
import { type Box, type Mark, type Scene, sceneSvg } from "./scene.js";
import { censorTicks, type StepCurve, staysClear, stepInterval, stepLine } from "./step-curves.js";
import { seriesStyle, type Theme } from "./theme.js";

const limit = (value: number | null, unknown: string): string => (value === null ? unknown : formatNumber(value, 1));

/** `23.9 months (95% CI 17.3–NR)` or `not reached (95% CI 21.0–NR)`. */
function medianText(group: KaplanMeierGroup, unit: string): string {
  const { value, low, high } = group.median;
  const interval = low === null && high === null ? "" : ` (${formatRange(limit(low, "NE"), limit(high, "NR"))})`;
  return value === null ? `not reached${interval}` : `${formatNumber(value, 1)} ${unit}${interval}`;
}

interface ComparisonLine {
  readonly text: string;
  readonly id: string;
}

/** The hazard ratio, of whom against whom, and the test. */
function comparisonLines(figure: KaplanMeierFigure): readonly ComparisonLine[] {
  const { hazardRatio, comparison } = figure;
  const ratio =
    hazardRatio === null
      ? []
      : [
          {
            text: `HR ${formatNumber(hazardRatio.value, 2)} (95% CI ${formatRange(formatNumber(hazardRatio.low, 2), formatNumber(hazardRatio.high, 2))})`,
            id: hazardRatio.id,
          },
          { text: hazardRatio.contrast, id: hazardRatio.id },
        ];
  const test =
    comparison === null
      ? []
      : [{ text: `${capital(comparison.method)} ${sentenceP(comparison.p)}`, id: comparison.id }];
  return [...ratio, ...test];
}

/** The figure in words, from its numbers. */
export function kaplanMeierAltText(figure: KaplanMeierFigure): string {
  const groups = figure.groups.map((group) => {
    const { n, events } = group;
    return `${group.label}: ${n} patients, ${events} ${events === 1 ? "event" : "events"}, median ${medianText(group, figure.timeUnit)}.`;
  });
  const compared = comparisonLines(figure)
    .filter(({ text }) => text !== figure.hazardRatio?.contrast)
    .map((line) => `${line.text}.`);
  const contrast = figure.hazardRatio === null ? [] : [`Hazard ratio of ${figure.hazardRatio.contrast}.`];
  return [`Kaplan–Meier curves: ${figure.title}.`, ...groups, ...compared, ...contrast].join(" ");
}

const stepCurve = (group: KaplanMeierGroup): StepCurve => ({
  time: group.time,
  value: group.survival,
  low: group.low,
  high: group.high,
  initial: 1,
  end: group.censored.reduce((a, b) => Math.max(a, b), group.time.at(-1) ?? 0),
});

function riskBlocks(figure: KaplanMeierFigure, of: Theme, riskOnly: boolean): readonly RiskBlock[] {
  const block = (heading: string, counts: (group: KaplanMeierGroup) => readonly number[]): RiskBlock => ({
    heading,
    rows: figure.groups.map((group, i) => ({ label: group.label, style: seriesStyle(of, i), counts: counts(group) })),
  });
  const whole = (key: "eventsBy" | "censoredBy"): boolean =>
    !riskOnly && figure.groups.every((group) => group[key] !== undefined);
  return [
    block("Number at risk", (group) => group.atRisk),
    ...(whole("eventsBy") ? [block("Cumulative events", (group) => group.eventsBy ?? [])] : []),
    ...(whole("censoredBy") ? [block("Cumulative censored", (group) => group.censoredBy ?? [])] : []),
  ];
}

/** Dashed lines from one half on the survival axis to the curve and down to the median. */
function medianLines(figure: KaplanMeierFigure, of: Theme, plot: Box, x: NumericScale, y: NumericScale): Mark[] {
  const medians = figure.groups.flatMap((group) => (group.median.value === null ? [] : [group.median.value]));
  if (medians.length === 0) return [];
  const across = `M${rounded(plot.x)} ${rounded(y(0.5))}H${rounded(x(Math.max(...medians)))}`;
  const down = medians.map((median) => `M${rounded(x(median))} ${rounded(y(0.5))}V${rounded(y(0))}`).join("");
  return [{ kind: "path", d: across + down, stroke: of.muted, strokeWidth: 0.5, dash: "2 2" }];
}

/** The comparison's lines in the first corner of the plot that every curve leaves free, else null. */
function comparisonInPlot(
  figure: KaplanMeierFigure,
  of: Theme,
  plot: Box,
  x: NumericScale,
  y: NumericScale,
): Mark[] | null {
  const lines = comparisonLines(figure);
  const width = Math.max(0, ...lines.map((line) => textWidth(line.text, labelSize)));
  const height = lines.length * 10.5;
  const curves = figure.groups.map(stepCurve);
  const medians = figure.groups.flatMap((group) => (group.median.value === null ? [] : [x(group.median.value)]));
  const corners: readonly Box[] = [
    { x: plot.x + 6, y: plot.y + plot.height - height - 5, width, height },
    { x: plot.x + plot.width - width - 2, y: plot.y + 2, width, height },
    { x: plot.x + plot.width - width - 2, y: plot.y + plot.height - height - 5, width, height },
  ];
  const free = corners.find(
    (box) =>
      curves.every((curve) => staysClear(curve, box, x, y)) &&
      (box.y + box.height < y(0.5) || medians.every((at) => at < box.x - 2 || at > box.x + box.width + 2)),
  );
  if (free === undefined) return null;
  return lines.map(
    (line, i): Mark => ({
      kind: "text",
      x: free.x,
      y: free.y + 8 + i * 10.5,
      text: line.text,
      size: labelSize,
      fill: of.ink,
      id: line.id,
    }),
  );
}

/** The Kaplan–Meier figure as a scene; see `kaplanMeierSvg`. */
export function kaplanMeierScene(figure: KaplanMeierFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt(options.width ?? "column");
  const edge = 6;
  const blocks = riskBlocks(figure, of, options.riskOnly ?? false);
  const percent = [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, label: String(100 * value) }));
  const labelWidth = riskLabelWidth(blocks, width);
  const left = edge + Math.max(leftAxisWidth(percent), labelWidth + 12);
  const lastTime = Math.max(...figure.riskTimes, ...figure.groups.map((group) => stepCurve(group).end));
  const lastLabel = textWidth(String(figure.riskTimes.at(-1) ?? ""), tickSize) / 2;

  const entries = figure.groups.map((group, i) => ({
    label: `${group.label}: median ${medianText(group, figure.timeUnit)}`,
    style: seriesStyle(of, i),
  }));
  const key = legend(of, entries, "line", left, edge, width - left - edge);
  const plotWidth = width - left - edge - lastLabel;
  const plotHeight = Math.round(width * (width > 300 ? 0.45 : 0.62));
  const x = scaleLinear([0, lastTime], [left, left + plotWidth]);
  const plotAt = (top: number): { plot: Box; y: NumericScale } => ({
    plot: { x: left, y: top, width: plotWidth, height: plotHeight },
    y: scaleLinear([0, 1], [top + plotHeight, top]),
  });

  let head: Mark[] = [...key.marks];
  let { plot, y } = plotAt(edge + key.height + 6);
  const inside = comparisonInPlot(figure, of, plot, x, y);
  if (inside === null) {
    const lines = comparisonLines(figure);
    head = [
      ...head,
      ...lines.map(
        (line, i): Mark => ({
          kind: "text",
          x: left,
          y: edge + key.height + 7.6 + i * 10.5,
          text: line.text,
          size: labelSize,
          fill: of.ink,
          id: line.id,
        }),
      ),
    ];
    ({ plot, y } = plotAt(edge + key.height + lines.length * 10.5 + 6));
  }

  const curves = figure.groups.map((group, i) => ({ group, curve: stepCurve(group), style: seriesStyle(of, i) }));
  const riskTop = plot.y + plot.height + 30;
  const ticks = figure.riskTimes.map((time) => ({ value: time, label: String(time) }));
  const marks: Mark[] = [
    ...head,
    ...medianLines(figure, of, plot, x, y),
    ...curves.flatMap(({ curve, style }) => stepInterval(curve, style, x, y)),
    ...curves.map(({ curve, style }) => stepLine(curve, style, x, y)),
    ...curves.flatMap(({ group, curve, style }) => censorTicks(curve, group.censored, style, x, y)),
    ...(inside ?? []),
    ...leftAxis(of, plot, y, percent, `${figure.survivalLabel ?? "Without event"} (%)`),
    ...bottomAxis(of, plot, x, ticks, figure.timeLabel),
    ...riskTable(of, blocks, figure.riskTimes, x, edge, edge + labelWidth, riskTop),
  ];
  return {
    id: figure.id,
    width,
    height: riskTop + riskTableHeight(blocks) + edge - 3,
    title: figure.title,
    description: kaplanMeierAltText(figure),
    paper: of.paper,
    marks,
  };
}

/**
 * Kaplan–Meier curves as one SVG at final print size in points: bands, censor ticks, median lines, hazard ratio and test,
 * and the numbers at risk under their times. Curves of many patients lose only steps smaller than one dot at 600 dpi.
 * Example: `kaplanMeierSvg(figure, { width: "page", theme: "light" })`.
 */
export const kaplanMeierSvg = (figure: KaplanMeierFigure, options: FigureOptions = {}): string =>
  sceneSvg(kaplanMeierScene(figure, options));
