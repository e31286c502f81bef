import { scaleLinear, scaleLog } from "d3-scale";
import { formatNumber } from "../format.js";
import { textWidth, wrapText } from "../text.js";
import {
  axisTitleDrop,
  bottomAxis,
  labelSize,
  leftAxis,
  leftAxisWidth,
  type NumericScale,
  type Tick,
  tickSize,
  widthPt,
} from "./axes.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { type LegendEntry, legend, type Swatch } from "./legend.js";
import type { Box, Mark, Scene } from "./scene.js";
import type { Theme } from "./theme.js";

/** One axis: its span in data, its title, and its ticks when they are not the round numbers of the span. */
export interface AxisSpec {
  readonly domain: readonly [number, number];
  readonly title: string;
  readonly scale?: "linear" | "log";
  readonly ticks?: readonly Tick[];
}

export interface ChartSpec {
  readonly figure: { readonly id: string; readonly title: string };
  readonly description: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly legend?: { readonly entries: readonly LegendEntry[]; readonly swatch: Swatch };
  /** Lines of text above the plot. */
  readonly notes?: readonly { readonly text: string; readonly id: string | null }[];
  /** Free space between notes and plot. */
  readonly headSpace?: number;
  /** Height of the plot over its width; 0.66 without. */
  readonly aspect?: number;
  /** Free space at the right of the plot, for labels at curve ends. */
  readonly rightSpace?: number;
  /** Free space between the axis title and the lower edge. */
  readonly bottomSpace?: number;
}

/** What a drawing function is given. */
export interface Chart {
  readonly of: Theme;
  readonly plot: Box;
  readonly x: NumericScale;
  readonly y: NumericScale;
}

/** Round numbers over a span, written with as many decimals as their step needs. */
export function linearTicks(domain: readonly [number, number], count: number): readonly Tick[] {
  const values = scaleLinear(domain, [0, 1]).ticks(count);
  const step = values.length > 1 ? Math.abs(values[1]! - values[0]!) : 1;
  const decimals = Math.max(0, Math.min(8, Math.ceil(-Math.log10(step) - 1e-9)));
  const enough = values.every((v) => Math.abs(v * 10 ** decimals - Math.round(v * 10 ** decimals)) < 1e-6);
  return values.map((value) => ({ value, label: formatNumber(value, enough ? decimals : decimals + 1) }));
}

/** 1, 2, 5 times powers of ten over a span; only powers of ten where the span is wide. */
export function logTicks(domain: readonly [number, number]): readonly Tick[] {
  const from = Math.floor(Math.log10(domain[0]));
  const to = Math.ceil(Math.log10(domain[1]));
  const wide = to - from > 3;
  const ticks: Tick[] = [];
  for (let power = from; power <= to; power++) {
    for (const digit of wide ? [1] : [1, 2, 5]) {
      const value = digit * 10 ** power;
      if (value < domain[0] * 0.999 || value > domain[1] * 1.001) continue;
      ticks.push({ value, label: power >= 0 ? formatNumber(value, 0) : formatNumber(value, -power) });
    }
  }
  return ticks;
}

/** The span rounded outward to whole ticks. */
export function niceDomain(low: number, high: number, count = 5): readonly [number, number] {
  const [from, to] = scaleLinear([low, high === low ? low + 1 : high], [0, 1])
    .nice(count)
    .domain();
  return [from!, to!];
}

/** The span of ratios rounded outward to 1, 2 or 5 times a power of ten. */
export function niceLogDomain(low: number, high: number): readonly [number, number] {
  const round = (value: number, pick: (steps: readonly number[]) => number | undefined): number => {
    const power = 10 ** Math.floor(Math.log10(value));
    return pick([1, 2, 5, 10].map((digit) => digit * power)) ?? value;
  };
  return [
    round(low, (steps) => steps.filter((step) => step <= low * 1.001).at(-1)),
    round(high, (steps) => steps.find((step) => step >= high * 0.999)),
  ];
}

/** Decimals that show three significant digits of a span. */
export const decimalsFor = (span: number): number => Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(span || 1))));

/** Smallest and largest of many values, without spreading them over a call's arguments. */
export function extent(values: Iterable<number>): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

const scaleOf = (axis: AxisSpec, range: readonly [number, number]): NumericScale =>
  axis.scale === "log" ? scaleLog(axis.domain, range) : scaleLinear(axis.domain, range);

const ticksOf = (axis: AxisSpec, count: number): readonly Tick[] =>
  axis.ticks ?? (axis.scale === "log" ? logTicks(axis.domain) : linearTicks(axis.domain, count));

/** A plot with two axes, legend and notes above, and whatever `draw` puts into it (under the axes' lines). */
export function chart(spec: ChartSpec, options: FigureOptions, draw: (chart: Chart) => readonly Mark[]): Scene {
  const of = figureTheme(options);
  const width = widthPt(options.width ?? "column");
  const edge = 6;
  const xTicks = ticksOf(spec.x, width > 300 ? 8 : 5);
  const yTicks = ticksOf(spec.y, 5);
  const left = edge + leftAxisWidth(yTicks);
  const lastLabel = xTicks.length === 0 ? 0 : textWidth(xTicks.at(-1)!.label, tickSize) / 2;
  const plotWidth = width - left - edge - Math.max(lastLabel, spec.rightSpace ?? 0);
  const key = spec.legend
    ? legend(of, spec.legend.entries, spec.legend.swatch, left, edge, width - left - edge)
    : { marks: [], height: 0 };
  const wrapped = (spec.notes ?? []).flatMap(({ text, id }) =>
    wrapText(text, width - left - edge, labelSize).map((line) => ({ text: line, id })),
  );
  const notes = wrapped.map(
    ({ text, id }, i): Mark => ({
      kind: "text",
      x: left,
      y: edge + key.height + 7.6 + i * 10.5,
      text,
      size: labelSize,
      fill: of.ink,
      ...(id === null ? {} : { id }),
    }),
  );
  const head = key.height + notes.length * 10.5 + (spec.headSpace ?? 0);
  const top = edge + head + (head > 0 ? 6 : 4);
  const plotHeight = Math.round(plotWidth * (spec.aspect ?? (width > 300 ? 0.5 : 0.72)));
  const plot = { x: left, y: top, width: plotWidth, height: plotHeight };
  const x = scaleOf(spec.x, [left, left + plotWidth]);
  const y = scaleOf(spec.y, [top + plotHeight, top]);
  const hasTitle = spec.x.title !== "";
  return {
    id: spec.figure.id,
    width,
    height: top + plotHeight + (hasTitle ? axisTitleDrop : 10.5) + 3 + edge + (spec.bottomSpace ?? 0),
    title: spec.figure.title,
    description: spec.description,
    paper: of.paper,
    marks: [
      ...key.marks,
      ...notes,
      ...draw({ of, plot, x, y }),
      ...leftAxis(of, plot, y, yTicks, spec.y.title),
      ...bottomAxis(of, plot, x, xTicks, spec.x.title),
    ],
  };
}
