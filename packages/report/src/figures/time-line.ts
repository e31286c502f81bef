import type { TimeLineFigure } from "@livermark/analysis";
import { scaleLinear } from "d3-scale";
import { formatNumber } from "../format.js";
import { rounded } from "../markup.js";
import { textWidth } from "../text.js";
import {
  axisTitleDrop,
  bottomAxis,
  labelSize,
  leftAxis,
  leftAxisWidth,
  type NumericScale,
  tickSize,
  widthPt,
} from "./axes.js";
import { extent, linearTicks, niceDomain } from "./chart.js";
import { curveMarks } from "./curves.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { type Box, type Mark, markerPath, type Scene } from "./scene.js";
import { seriesStyle, type Theme } from "./theme.js";

const laneHeight = 11;
const MARKS_NOTE = "Square: event. Open circle, +: censored.";

/** Marks with words beside them, in as many lanes as keep the words apart. */
function laned(
  of: Theme,
  items: readonly { readonly time: number; readonly label: string }[],
  x: NumericScale,
  right: number,
  top: number,
  shape: "triangle-down" | "diamond",
): { readonly marks: Mark[]; readonly height: number } {
  const ends: number[] = [];
  const marks: Mark[] = [];
  for (const item of [...items].sort((a, b) => a.time - b.time)) {
    const at = x(item.time);
    const width = textWidth(item.label, tickSize) + 7;
    const turned = at + width > right;
    const from = turned ? at - width : at - 4;
    const to = turned ? at + 4 : at + width;
    let lane = ends.findIndex((end) => from > end + 4);
    if (lane < 0) lane = ends.length;
    ends[lane] = to;
    const y = top + lane * laneHeight + 5.5;
    marks.push({ kind: "path", d: markerPath(shape, at, y, 2.6), fill: of.ink });
    marks.push({
      kind: "text",
      x: turned ? at - 6 : at + 6,
      y: y + 2.6,
      text: item.label,
      size: tickSize,
      fill: of.ink,
      anchor: turned ? "end" : "start",
    });
  }
  return { marks, height: Math.max(1, ends.length) * laneHeight };
}

/**
 * The value right of each point: above it, or below where the curve rises to the next point or the one before would be
 * printed over.
 */
function valueLabels(
  { time, value }: NonNullable<TimeLineFigure["measurement"]>,
  x: NumericScale,
  y: NumericScale,
  of: Theme,
  lowest: number,
): readonly Mark[] {
  let last: { readonly right: number; readonly y: number } | null = null;
  return time.map((t, i): Mark => {
    const text = formatNumber(value[i]!, 1);
    const left = x(t) + 4;
    const above = y(value[i]!) - 4;
    const below = above + 13;
    const taken = (place: number): boolean =>
      last !== null && left < last.right + 1 && Math.abs(place - last.y) < tickSize;
    const rises = i + 1 < value.length && value[i + 1]! > value[i]!;
    const [first, second] = rises && below <= lowest ? [below, above] : [above, below];
    const at = taken(first) ? second : first;
    last = { right: left + textWidth(text, tickSize), y: at };
    return { kind: "text", x: left, y: at, text, size: tickSize, fill: of.ink };
  });
}

function altText(figure: TimeLineFigure): string {
  const { measurement: m } = figure;
  const when = (time: number): string => formatNumber(time, 1);
  return [
    `Course of patient ${figure.patient}.`,
    ...(m === null
      ? []
      : [
          `${m.label}: ${m.time.map((time, i) => `${formatNumber(m.value[i]!, 1)} ${m.unit} at ${when(time)}`).join(", ")}.`,
        ]),
    ...(figure.procedures.length === 0
      ? []
      : [`Procedures: ${figure.procedures.map((p) => `${p.label} at ${when(p.time)}`).join(", ")}.`]),
    ...(figure.decisions.length === 0
      ? []
      : [`Decisions: ${figure.decisions.map((d) => `${d.label} at ${when(d.time)}`).join(", ")}.`]),
    ...figure.endpoints.map(
      (e) => `${e.label}: ${when(e.start)} to ${when(e.end)}, ${e.event ? "event" : "censored"}.`,
    ),
  ].join(" ");
}

/** Measurement over time above, procedures and board decisions on the line, and below the bracket of each endpoint. Drawn page-wide. */
export function timeLineScene(figure: TimeLineFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt("page");
  const edge = 6;
  const { measurement } = figure;
  const [firstTime, lastTime] = extent([
    0,
    ...(measurement?.time ?? []),
    ...figure.procedures.map((p) => p.time),
    ...figure.decisions.map((d) => d.time),
    ...figure.endpoints.flatMap((e) => [e.start, e.end]),
  ]);
  const yDomain =
    measurement === null
      ? null
      : niceDomain(0, extent([1, ...measurement.value, ...(measurement.high ?? []).filter((v) => v !== null)])[1]);
  const rowLabels = ["Procedures", "Decisions", ...figure.endpoints.map((e) => e.label)];
  const labelWidth = Math.max(...rowLabels.map((label) => textWidth(label, labelSize))) + 10;
  const left = edge + Math.max(labelWidth, yDomain === null ? 0 : leftAxisWidth(linearTicks(yDomain, 4)));
  const right = width - edge - 10;
  const x = scaleLinear([firstTime, lastTime * 1.02], [left, right]);
  const heightPt = measurement === null ? 0 : options.low ? 64 : 96;
  const title =
    measurement === null ? "" : `${measurement.label}${measurement.unit === "" ? "" : ` (${measurement.unit})`}`;
  // Words longer than the axis stand level above it.
  const level = textWidth(title, labelSize) > heightPt + 6;
  const plot: Box = { x: left, y: edge + 6 + (level ? 11 : 0), width: right - left, height: heightPt };
  const marks: Mark[] = [];
  const rowLabel = (text: string, y: number): Mark => ({
    kind: "text",
    x: edge,
    y,
    text,
    size: labelSize,
    fill: of.ink,
  });
  if (measurement !== null && yDomain !== null) {
    const y = scaleLinear(yDomain, [plot.y + plot.height, plot.y]);
    const style = seriesStyle(of, 0);
    const curve = {
      x: measurement.time,
      y: measurement.value,
      low: measurement.low ?? [],
      high: measurement.high ?? [],
    };
    marks.push(
      ...figure.procedures.map(
        (p): Mark => ({
          kind: "path",
          d: `M${rounded(x(p.time))} ${rounded(plot.y)}v${plot.height}`,
          stroke: of.rule,
          strokeWidth: 0.6,
        }),
      ),
      ...curveMarks({ of, plot, x, y }, curve, style),
      ...measurement.time.map(
        (time, i): Mark => ({
          kind: "path",
          d: markerPath("circle", x(time), y(measurement.value[i]!), 2.4),
          fill: style.colour,
        }),
      ),
      ...valueLabels(measurement, x, y, of, plot.y + plot.height - 1),
      ...leftAxis(of, plot, y, linearTicks(yDomain, 4), level ? "" : title),
      ...(level ? [rowLabel(title, edge + 6)] : []),
    );
  }
  let top = plot.y + plot.height + (measurement === null ? 0 : 8);
  for (const [label, items, shape] of [
    ["Procedures", figure.procedures, "triangle-down"],
    ["Decisions", figure.decisions, "diamond"],
  ] as const) {
    if (items.length === 0) continue;
    marks.push(rowLabel(label, top + 8));
    const row = laned(of, items, x, right, top, shape);
    marks.push(...row.marks);
    top += row.height + 4;
  }
  figure.endpoints.forEach((endpoint, i) => {
    const y = top + 6;
    const style = seriesStyle(of, i);
    const from = x(endpoint.start);
    const to = x(endpoint.end);
    const length = `${formatNumber(endpoint.end - endpoint.start, 1)}${endpoint.event ? "" : "+"}`;
    // Above the bracket, or beside one that is too short to carry it.
    marks.push(
      rowLabel(endpoint.label, y + 2.6),
      {
        kind: "path",
        d: `M${rounded(from)} ${rounded(y - 3)}v6M${rounded(from)} ${rounded(y)}H${rounded(to)}`,
        stroke: style.colour,
        strokeWidth: 1.2,
        dash: "",
      },
      endpoint.event
        ? { kind: "path", d: markerPath("square", to, y, 2.6), fill: style.colour }
        : { kind: "path", d: markerPath("circle", to, y, 2.6), fill: of.paper, stroke: style.colour, strokeWidth: 1 },
      {
        kind: "text",
        ...(to - from > textWidth(length, tickSize) + 12
          ? ({ x: (from + to) / 2, y: y - 2.4, anchor: "middle" } as const)
          : to + textWidth(length, tickSize) + 6 < right
            ? ({ x: to + 6, y: y + 2.6 } as const)
            : ({ x: from - 4, y: y + 2.6, anchor: "end" } as const)),
        text: length,
        size: tickSize,
        fill: of.ink,
      },
    );
    top += laneHeight + (options.low ? 1 : 3);
  });
  const noted = figure.endpoints.length > 0;
  // Under the row names the line of the axis title is free.
  const noteDrop = axisTitleDrop + (edge + textWidth(MARKS_NOTE, tickSize) <= left ? 0 : 10);
  const axis: Box = { x: left, y: top, width: right - left, height: 3 };
  const domain = [firstTime, lastTime * 1.02] as const;
  return {
    id: figure.id,
    width,
    height: top + 3 + Math.max(axisTitleDrop, noted ? noteDrop : 0) + 5,
    title: figure.title,
    description: altText(figure),
    paper: of.paper,
    marks: [
      ...marks,
      ...bottomAxis(of, axis, x, linearTicks(domain, 8), figure.timeLabel),
      ...(noted
        ? [
            {
              kind: "text",
              x: edge,
              y: top + 3 + noteDrop,
              text: MARKS_NOTE,
              size: tickSize,
              fill: of.muted,
            } as const,
          ]
        : []),
    ],
  };
}
