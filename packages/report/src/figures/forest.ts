import type { ForestFigure } from "@livermark/analysis";
import { ratioDecimals } from "@livermark/core";
import { scaleLinear, scaleLog } from "d3-scale";
import { formatEstimate, formatP, formatRange, sentenceP } from "../format.js";
import { rounded } from "../markup.js";
import { textWidth, wrapText } from "../text.js";
import { bottomAxis, labelSize, type NumericScale, widthPt } from "./axes.js";
import { extent, linearTicks, logTicks } from "./chart.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { type Mark, markerPath, type Scene } from "./scene.js";
import { seriesStyle, type Theme } from "./theme.js";

type Row = ForestFigure["rows"][number];
type Estimate = Exclude<Row["estimates"][string], "reference">;

const rowHeight = 13;
const gap = 10;

/** With the decimals that the tables give the same ratio. */
const estimateText = (e: Estimate): string => {
  const print = (value: number): string => formatEstimate(value, ratioDecimals(e.value, e.low, e.high), "1");
  const [low, high] = [e.low, e.high].map((limit) => (limit === null ? "NE" : print(limit)));
  return `${print(e.value)} (${formatRange(low!, high!)})`;
};

const isEstimate = (e: Row["estimates"][string] | undefined): e is Estimate => e !== undefined && e !== "reference";

/** How far the axis may go for a limit, and for an estimate, in times of no effect. */
const MOST = { limit: 50, value: 1000 } as const;

/**
 * Span of the axis: all values and limits, so far that one wide interval does not flatten the rest; an estimate is shown
 * further out than a limit.
 */
function domainOf(figure: ForestFigure): readonly [number, number] {
  const all = figure.rows.flatMap((row) => Object.values(row.estimates).filter(isEstimate));
  const values = all.flatMap((e) => [e.value, e.low ?? e.value, e.high ?? e.value]);
  if (figure.scale === "linear") {
    const [low, high] = extent([...values, figure.noEffect]);
    const pad = (high - low || 1) * 0.05;
    return [low - pad, high + pad];
  }
  const positive = values.filter((value) => value > 0);
  const [low, high] = extent([...positive, figure.noEffect]);
  const [least, most] = extent([...all.map((e) => e.value).filter((value) => value > 0), figure.noEffect]);
  // Room beyond an estimate for the arrow of a limit that lies further out.
  const reach = (times: number): number => Math.max(MOST.limit, Math.min(MOST.value, 1.8 * times));
  return [
    Math.max(low, figure.noEffect / reach(figure.noEffect / least)) / 1.12,
    Math.min(high, figure.noEffect * reach(most / figure.noEffect)) * 1.12,
  ];
}

function altText(figure: ForestFigure): string {
  const lines = figure.rows.flatMap((row) =>
    figure.models.flatMap((model) => {
      const e = row.estimates[model.key];
      if (!isEstimate(e)) return [];
      const p = e.p === null ? "" : `, ${sentenceP(e.p)}`;
      return [`${row.label}, ${model.label.toLowerCase()}: ${estimateText(e)}${p}.`];
    }),
  );
  return [`Forest plot of ${figure.effect.toLowerCase()} with 95% confidence intervals.`, ...lines].join(" ");
}

/** Square and whiskers; an arrow head where the interval leaves the axis. */
function whisker(e: Estimate, scale: NumericScale, y: number, colour: string, paper: string, filled: boolean): Mark[] {
  const [from, to] = scale.domain() as [number, number];
  const at = (value: number): number => scale(Math.min(Math.max(value, from), to));
  const low = e.low === null ? from : e.low;
  const high = e.high === null ? to : e.high;
  const left = at(low);
  const right = at(high);
  const heads =
    (low < from
      ? `M${rounded(left + 3)} ${rounded(y - 2)}L${rounded(left)} ${rounded(y)}L${rounded(left + 3)} ${rounded(y + 2)}`
      : "") +
    (high > to
      ? `M${rounded(right - 3)} ${rounded(y - 2)}L${rounded(right)} ${rounded(y)}L${rounded(right - 3)} ${rounded(y + 2)}`
      : "");
  const inside = e.value >= from && e.value <= to;
  return [
    { kind: "path", d: `M${rounded(left)} ${rounded(y)}H${rounded(right)}${heads}`, stroke: colour, strokeWidth: 0.9 },
    ...(inside
      ? [
          {
            kind: "path",
            d: markerPath(filled ? "square" : "diamond", scale(e.value), y, 2.6),
            fill: filled ? colour : paper,
            stroke: colour,
            strokeWidth: 0.9,
          } as const,
        ]
      : []),
  ];
}

interface Columns {
  readonly labelWidth: number;
  readonly textWidths: readonly number[];
  readonly pWidth: number;
}

function columnsOf(figure: ForestFigure): Columns {
  const labels = figure.rows.map((row) => textWidth(row.label, labelSize) + row.indent * 8);
  const textWidths = figure.models.map((model) =>
    Math.max(
      textWidth(model.label, labelSize, "semibold"),
      ...figure.rows.map((row) => {
        const e = row.estimates[model.key];
        return textWidth(isEstimate(e) ? estimateText(e) : e === "reference" ? "reference" : "", labelSize);
      }),
    ),
  );
  return { labelWidth: Math.max(...labels, 30), textWidths, pWidth: textWidth("<.001", labelSize) };
}

function rowText(figure: ForestFigure, of: Theme, columns: Columns, edge: number, width: number, top: number): Mark[] {
  const marks: Mark[] = [];
  const text = (x: number, y: number, words: string, more: Partial<Extract<Mark, { kind: "text" }>> = {}): void => {
    marks.push({ kind: "text", x, y, text: words, size: labelSize, fill: of.ink, ...more });
  };
  figure.rows.forEach((row, r) => {
    text(edge + row.indent * 8, top + r * rowHeight + 9.4, row.label);
  });
  let right = width - edge;
  [...figure.models].reverse().forEach((model, m) => {
    const k = figure.models.length - 1 - m;
    const pRight = right;
    const valueRight = pRight - columns.pWidth - gap;
    text(valueRight, top - 5, model.label, { anchor: "end", weight: "semibold" });
    text(pRight, top - 5, "p", { anchor: "end", weight: "semibold" });
    figure.rows.forEach((row, r) => {
      const e = row.estimates[model.key];
      const y = top + r * rowHeight + 9.4;
      if (e === "reference") text(valueRight, y, "reference", { anchor: "end", fill: of.muted });
      if (!isEstimate(e)) return;
      text(valueRight, y, estimateText(e), { anchor: "end", ...(e.id === null ? {} : { id: e.id }) });
      if (e.p !== null) text(pRight, y, formatP(e.p), { anchor: "end" });
    });
    right = valueRight - columns.textWidths[k]! - gap * 1.4;
  });
  return marks;
}

/** Estimates with intervals on a common axis beside their numbers, one or two models side by side. Always drawn page-wide. */
export function forestScene(given: ForestFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  // A model without any estimate would be an empty column.
  const models = given.models.filter(({ key }) => given.rows.some((row) => isEstimate(row.estimates[key])));
  const whole = models.length === 0 ? given : { ...given, models };
  const figure = options.rows === undefined ? whole : { ...whole, rows: whole.rows.slice(...options.rows) };
  const width = widthPt("page");
  const edge = 6;
  const columns = columnsOf(whole);
  const textRight = figure.models.reduce((sum, _, k) => sum + columns.textWidths[k]! + columns.pWidth + gap * 2.4, 0);
  const plotX = edge + columns.labelWidth + gap;
  const plotWidth = Math.max(60, width - edge - textRight - plotX);
  const top = edge + 16;
  const height = figure.rows.length * rowHeight;
  const plot = { x: plotX, y: top, width: plotWidth, height };
  const domain = domainOf(whole);
  const range = [plotX + 4, plotX + plotWidth - 4];
  const scale: NumericScale = figure.scale === "log" ? scaleLog(domain, range) : scaleLinear(domain, range);
  const ticks = figure.scale === "log" ? logTicks(domain) : linearTicks(domain, 5);
  const offset = figure.models.length === 2 ? 2.6 : 0;
  const whiskers = figure.rows.flatMap((row, r) =>
    figure.models.flatMap((model, k) => {
      const e = row.estimates[model.key];
      const y = top + r * rowHeight + 6.6 + (k === 0 ? -offset : offset);
      if (e === "reference" && k === 0) {
        return [
          {
            kind: "path",
            d: markerPath("square", scale(figure.noEffect), top + r * rowHeight + 6.6, 1.7),
            fill: of.muted,
          } as const,
        ];
      }
      return isEstimate(e) ? whisker(e, scale, y, seriesStyle(of, k).colour, of.paper, k === 0) : [];
    }),
  );
  const axisTop = top + height;
  const sideLabel = (words: string, anchor: "start" | "end"): Mark[] => {
    const centre = scale(figure.noEffect);
    const lines = wrapText(words, anchor === "end" ? centre - edge - 8 : width - edge - centre - 8, 7.5);
    return lines.map(
      (text, i): Mark => ({
        kind: "text",
        x: centre + (anchor === "end" ? -5 : 5),
        y: axisTop + 32 + i * 9,
        text,
        size: 7.5,
        fill: of.muted,
        anchor,
      }),
    );
  };
  const stripes = figure.rows.flatMap((_, r): Mark[] =>
    r % 2 === 1
      ? []
      : [
          {
            kind: "rect",
            x: edge - 2,
            y: top + r * rowHeight,
            width: width - 2 * edge + 4,
            height: rowHeight,
            fill: of.wash,
          },
        ],
  );
  const firstWidth = textWidth(figure.models[0]?.label ?? "", 7.5) + 22;
  const keyWidth =
    figure.models.length * 11 + figure.models.reduce((sum, { label }) => sum + textWidth(label, 7.5), 0) + 11;
  // Where the axis is too narrow for the key, the head of the labels has room.
  const keyX = keyWidth <= plotWidth ? plotX : edge;
  const key = figure.models.map((model, k): Mark[] =>
    figure.models.length < 2
      ? []
      : [
          {
            kind: "path",
            d: markerPath(k === 0 ? "square" : "diamond", keyX + 6 + k * firstWidth, top - 8, 2.6),
            fill: k === 0 ? seriesStyle(of, k).colour : of.paper,
            stroke: seriesStyle(of, k).colour,
            strokeWidth: 0.9,
          },
          {
            kind: "text",
            x: keyX + 11 + k * firstWidth,
            y: top - 5.4,
            text: model.label,
            size: 7.5,
            fill: of.muted,
          },
        ],
  );
  return {
    id: figure.id,
    width,
    height: axisTop + 32 + 12 + edge,
    title: figure.title,
    description: altText(figure),
    paper: of.paper,
    marks: [
      ...stripes,
      ...key.flat(),
      {
        kind: "path",
        d: `M${rounded(scale(figure.noEffect))} ${rounded(top)}v${height}`,
        stroke: of.muted,
        strokeWidth: 0.6,
      },
      ...whiskers,
      ...rowText(figure, of, columns, edge, width, top),
      ...bottomAxis(of, plot, scale, ticks, `${figure.effect} (95% CI)`),
      ...sideLabel(`←\u00a0${figure.lowerMeans}`, "end"),
      ...sideLabel(`${figure.higherMeans}\u00a0→`, "start"),
    ],
  };
}
