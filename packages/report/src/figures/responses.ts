import type { SpiderFigure, SwimmerFigure, WaterfallFigure } from "@livermark/analysis";
import { formatNumber } from "../format.js";
import { rounded } from "../markup.js";
import { textWidth } from "../text.js";
import { capital } from "../typeset.js";
import { labelSize, tickSize } from "./axes.js";
import { type Chart, chart, extent, linearTicks, niceDomain } from "./chart.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { linePath } from "./paths.js";
import { type Mark, markerPath, type Scene } from "./scene.js";
import { type SeriesStyle, seriesStyle, type Theme } from "./theme.js";

interface Threshold {
  readonly value: number;
  readonly label: string;
}

const categoryStyle = (of: Theme, categories: readonly string[], category: string): SeriesStyle =>
  seriesStyle(of, Math.max(0, categories.indexOf(category)));

const categoryLegend = (of: Theme, categories: readonly string[]): { label: string; style: SeriesStyle }[] =>
  categories.map((label, i) => ({ label, style: seriesStyle(of, i) }));

/** Dashed lines across the plot, named at their right end outside it. */
function thresholdLines(c: Chart, thresholds: readonly Threshold[]): Mark[] {
  return thresholds.flatMap(({ value, label }): Mark[] => [
    {
      kind: "path",
      d: `M${rounded(c.plot.x)} ${rounded(c.y(value))}h${rounded(c.plot.width)}`,
      stroke: c.of.muted,
      strokeWidth: 0.5,
      dash: "2 2",
    },
    {
      kind: "text",
      x: c.plot.x + c.plot.width + 6,
      y: c.y(value) + 2.5,
      text: label,
      size: tickSize,
      fill: c.of.muted,
    },
  ]);
}

const thresholdSpace = (thresholds: readonly Threshold[]): number =>
  Math.max(0, ...thresholds.map(({ label }) => textWidth(label, tickSize) + 6));

const zeroLine = (c: Chart): Mark => ({
  kind: "path",
  d: `M${rounded(c.plot.x)} ${rounded(c.y(0))}h${rounded(c.plot.width)}`,
  stroke: c.of.ink,
});

function countByCategory(categories: readonly string[], items: readonly { readonly category: string }[]): string {
  return categories
    .map((category) => `${category} ${items.filter((item) => item.category === category).length}`)
    .join(", ");
}

/** A marker this small is still told from another in print. */
const LEAST_MARKER = 0.9;

/** Change of each patient as a bar, from the largest growth to the largest shrinkage, its category as colour and marker. */
export function waterfallScene(figure: WaterfallFigure, options: FigureOptions): Scene {
  const bars = [...figure.bars].sort((a, b) => b.value - a.value);
  const values = bars.map((bar) => bar.value);
  const [low, high] = extent([0, ...values, ...figure.thresholds.map((one) => one.value)]);
  const middle = values.length === 0 ? 0 : (values[(values.length - 1) >> 1]! + values[values.length >> 1]!) / 2;
  return chart(
    {
      figure,
      description: `Waterfall of ${figure.valueLabel} in ${bars.length} ${figure.unit ?? "patient"}s: from ${formatNumber(values[0] ?? 0, 1)} to ${formatNumber(values.at(-1) ?? 0, 1)}, median ${formatNumber(middle, 1)}. ${countByCategory(figure.categories, bars)}.`,
      x: {
        domain: [0, Math.max(1, bars.length)],
        title: `${capital(figure.unit ?? "patient")}s (n = ${bars.length})`,
        ticks: [],
      },
      y: { domain: niceDomain(low, high), title: figure.valueLabel },
      legend: { swatch: "box-marker", entries: categoryLegend(figureTheme(options), figure.categories) },
      rightSpace: thresholdSpace(figure.thresholds),
    },
    options,
    (c) => {
      const step = c.plot.width / Math.max(1, bars.length);
      const gap = step > 3 ? 0.8 : step * 0.15;
      const radius = Math.min(2, step * 0.42);
      const marked = figure.categories.length > 1 && radius >= LEAST_MARKER;
      return [
        ...bars.flatMap((bar, i): Mark[] => {
          const { colour, marker } = categoryStyle(c.of, figure.categories, bar.category);
          const [zero, tip] = [c.y(0), c.y(bar.value)];
          const x = c.plot.x + i * step;
          return [
            {
              kind: "rect",
              x: x + gap / 2,
              y: Math.min(tip, zero),
              width: step - gap,
              height: Math.max(0.4, Math.abs(tip - zero)),
              fill: colour,
            },
            // On the free side of the base line, where no bar is in the way.
            ...(marked
              ? [
                  {
                    kind: "path",
                    d: markerPath(marker, x + step / 2, zero + (bar.value > 0 ? 1 : -1) * (radius + 2), radius),
                    fill: colour,
                  } as const,
                ]
              : []),
          ];
        }),
        zeroLine(c),
        ...thresholdLines(c, figure.thresholds),
      ];
    },
  );
}

/** Change of each patient over time. */
export function spiderScene(figure: SpiderFigure, options: FigureOptions): Scene {
  const [low, high] = extent([
    0,
    ...figure.lines.flatMap((line) => line.value),
    ...figure.thresholds.map((one) => one.value),
  ]);
  // A scan before the treatment has a negative time.
  const [first, last] = extent([0, 1, ...figure.lines.flatMap((line) => line.time)]);
  return chart(
    {
      figure,
      description: `Spider plot of ${figure.valueLabel} over time in ${figure.lines.length} patients. ${countByCategory(figure.categories, figure.lines)}.`,
      x: { domain: [first, last], title: figure.timeLabel },
      y: { domain: niceDomain(low, high), title: figure.valueLabel },
      legend: { swatch: "line-marker", entries: categoryLegend(figureTheme(options), figure.categories) },
      rightSpace: thresholdSpace(figure.thresholds),
    },
    options,
    (c) => [
      zeroLine(c),
      ...thresholdLines(c, figure.thresholds),
      ...figure.lines.flatMap((line): Mark[] => {
        const style = categoryStyle(c.of, figure.categories, line.category);
        const points = line.time.map((time, i) => [c.x(time), c.y(line.value[i]!)] as const);
        const [x, y] = points.at(-1) ?? [c.x(0), c.y(0)];
        return [
          { kind: "path", d: linePath(points), stroke: style.colour, strokeWidth: 0.8, dash: style.dash },
          { kind: "path", d: markerPath(style.marker, x, y, 2), fill: style.colour },
        ];
      }),
    ],
  );
}

/** Where each word of a key stands: along lines no wider than the plot. */
function wrappedKey(
  kinds: readonly string[],
  width: number,
): readonly { readonly kind: string; readonly x: number; readonly line: number }[] {
  let x = 0;
  let line = 0;
  return kinds.map((kind) => {
    const own = textWidth(kind, labelSize) + 22;
    if (x > 0 && x + own - 10 > width) {
      x = 0;
      line += 1;
    }
    const place = { kind, x, line };
    x += own;
    return place;
  });
}

/** A swimmer plot is no higher than fits a page with its caption, in points; lanes lower than the second have no name. */
const SWIMMER_HEIGHT = { column: 520, page: 380 } as const;
const NAMED_LANE = 6;

/** Each patient as a lane, longest first, with marks for what happened and an arrow where observation goes on. */
export function swimmerScene(figure: SwimmerFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const lanes = [...figure.lanes].sort((a, b) => b.end - a.end);
  const [, last] = extent([1, ...lanes.map((lane) => lane.end)]);
  const kindStyle = (kind: string): SeriesStyle => ({
    ...seriesStyle(of, Math.max(0, figure.markKinds.indexOf(kind)) + 1),
    colour: of.ink,
  });
  const laneHeight = Math.min(8, SWIMMER_HEIGHT[options.width ?? "column"] / Math.max(1, lanes.length));
  const named = laneHeight >= NAMED_LANE;
  const markRadius = 2.2 * Math.max(0.55, laneHeight / 8);
  const wide = options.width === "page";
  const plotWidth = (wide ? 504 : 252) - 60;
  const keyPlaces = wrappedKey(figure.markKinds, plotWidth);
  const names = lanes.map((lane, i) => ({ value: lanes.length - i - 0.5, label: lane.patient }));
  return chart(
    {
      figure,
      description: `Swimmer plot of ${lanes.length} patients; the longest observed to ${formatNumber(lanes[0]?.end ?? 0, 1)}. ${countByCategory(figure.categories, lanes)}; ${lanes.filter((lane) => lane.ongoing).length} still under observation.`,
      x: { domain: [0, last * 1.08], title: figure.timeLabel, ticks: linearTicks([0, last * 1.04], 6) },
      y: {
        domain: [0, Math.max(1, lanes.length)],
        title: named ? "" : `Patients (n = ${lanes.length})`,
        ticks: named ? names : [],
      },
      aspect: (lanes.length * laneHeight) / plotWidth,
      legend: { swatch: "box-marker", entries: categoryLegend(of, figure.categories) },
      headSpace: 10.5 * (1 + Math.max(-1, ...keyPlaces.map((place) => place.line))),
    },
    options,
    (c) => {
      const step = c.plot.height / Math.max(1, lanes.length);
      const lowest = Math.max(0, ...keyPlaces.map((place) => place.line));
      const key = keyPlaces.flatMap(({ kind, x, line }): Mark[] => {
        const at = c.plot.x + x + 4;
        const y = c.plot.y - 10 - (lowest - line) * 10.5;
        return [
          { kind: "path", d: markerPath(kindStyle(kind).marker, at, y, 2.2), fill: c.of.ink },
          { kind: "text", x: at + 6, y: y + 2.6, text: kind, size: labelSize, fill: c.of.ink },
        ];
      });
      return [
        ...key,
        ...lanes.flatMap((lane, i): Mark[] => {
          const y = c.plot.y + i * step + step / 2;
          const style = categoryStyle(c.of, figure.categories, lane.category);
          const end = c.x(lane.end);
          return [
            {
              kind: "rect",
              x: c.plot.x,
              y: y - step * 0.32,
              width: Math.max(0.4, end - c.plot.x),
              height: step * 0.64,
              fill: style.colour,
              fillOpacity: 0.75,
            },
            ...(lane.ongoing
              ? [
                  {
                    kind: "path",
                    d: `M${rounded(end)} ${rounded(y - 2.6)}l4.5 2.6l-4.5 2.6Z`,
                    fill: style.colour,
                  } as const,
                ]
              : []),
            ...(figure.categories.length > 1
              ? [
                  {
                    kind: "path",
                    d: markerPath(style.marker, end + (lane.ongoing ? 8 : 5), y, markRadius * 0.9),
                    fill: style.colour,
                  } as const,
                ]
              : []),
            ...lane.marks.map(
              (mark): Mark => ({
                kind: "path",
                d: markerPath(kindStyle(mark.kind).marker, c.x(mark.time), y, markRadius),
                fill: c.of.ink,
                stroke: c.of.paper,
                strokeWidth: 0.6,
              }),
            ),
          ];
        }),
      ];
    },
  );
}
