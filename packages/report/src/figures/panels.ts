import type { ResidualFigure, ThresholdSweepFigure } from "@livermark/analysis";
import { scaleLinear, scaleLog } from "d3-scale";
import { formatNumber, sentenceP } from "../format.js";
import { rounded } from "../markup.js";
import { wrapText } from "../text.js";
import { bottomAxis, labelSize, leftAxis, leftAxisWidth, tickSize, widthPt } from "./axes.js";
import { extent, linearTicks, logTicks, niceDomain, niceLogDomain } from "./chart.js";
import { curveMarks } from "./curves.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import { type Box, type Mark, markerPath, type Scene } from "./scene.js";
import { seriesStyle } from "./theme.js";

/** Equal boxes in rows, with room for axes around each. */
function grid(
  count: number,
  width: number,
  columns: number,
  head: number,
  left: number,
  aspect: number,
): readonly Box[] {
  const edge = 6;
  const across = Math.min(columns, count);
  const cell = (width - 2 * edge) / across;
  const plotWidth = cell - left - 8;
  const plotHeight = Math.round(plotWidth * aspect);
  const rowHeight = head + plotHeight + 32;
  return Array.from({ length: count }, (_, i) => ({
    x: edge + (i % across) * cell + left,
    y: edge + Math.floor(i / across) * rowHeight + head,
    width: plotWidth,
    height: plotHeight,
  }));
}

/** Extent with a fiftieth of itself to spare on either side, so that no mark sits on an axis. */
function paddedExtent(values: readonly number[]): readonly [number, number] {
  const [low, high] = extent(values);
  const pad = (high - low || 1) / 50;
  return [low - pad, high + pad];
}

const bottomOf = (boxes: readonly Box[]): number => {
  const last = boxes.at(-1);
  return last === undefined ? 12 : last.y + last.height + 32;
};

/** Effect with interval at each threshold, one panel for each endpoint; filled marks have p < .05. */
export function thresholdSweepScene(figure: ThresholdSweepFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt("page");
  const estimates = figure.endpoints.flatMap((endpoint) =>
    endpoint.points.flatMap((point) => (point.estimate === null ? [] : [point.estimate])),
  );
  const [low, high] = extent(
    [1, ...estimates.flatMap((e) => [e.value, e.low ?? e.value, e.high ?? e.value])].map((v) =>
      Math.min(Math.max(v, 0.05), 20),
    ),
  );
  const domain = niceLogDomain(low, high);
  const yTicks = logTicks(domain);
  const boxes = grid(
    figure.endpoints.length,
    width,
    figure.endpoints.length > 1 ? 2 : 1,
    16,
    leftAxisWidth(yTicks),
    0.55,
  );
  const marks = figure.endpoints.flatMap((endpoint, i): Mark[] => {
    const plot = boxes[i]!;
    const values = endpoint.points.map((point) => point.threshold);
    const [from, to] = extent(values);
    const pad = (to - from || 1) * 0.08;
    const x = scaleLinear([from - pad, to + pad], [plot.x, plot.x + plot.width]);
    const y = scaleLog(domain, [plot.y + plot.height, plot.y]);
    const style = seriesStyle(of, 0);
    const clamp = (value: number): number => y(Math.min(Math.max(value, domain[0]), domain[1]));
    return [
      {
        kind: "text",
        x: plot.x,
        y: plot.y - 6,
        text: endpoint.label,
        size: labelSize,
        fill: of.ink,
        weight: "semibold",
      },
      {
        kind: "path",
        d: `M${rounded(plot.x)} ${rounded(y(1))}h${rounded(plot.width)}`,
        stroke: of.muted,
        strokeWidth: 0.5,
      },
      ...endpoint.points.flatMap((point): Mark[] => {
        if (point.estimate === null) return [];
        const at = x(point.threshold);
        const { low: down, high: up, value } = point.estimate;
        const significant = point.p !== null && point.p < 0.05;
        return [
          {
            kind: "path",
            d: `M${rounded(at)} ${rounded(clamp(down ?? domain[0]))}V${rounded(clamp(up ?? domain[1]))}`,
            stroke: style.colour,
            strokeWidth: 0.9,
          },
          {
            kind: "path",
            d: markerPath("circle", at, clamp(value), 2.6),
            fill: significant ? style.colour : of.paper,
            stroke: style.colour,
            strokeWidth: 0.9,
          },
        ];
      }),
      ...leftAxis(of, plot, y, yTicks, figure.effect),
      ...bottomAxis(
        of,
        plot,
        x,
        endpoint.points.map((point) => ({ value: point.threshold, label: point.label })),
        figure.thresholdLabel,
      ),
    ];
  });
  const words = figure.endpoints.map((endpoint) => {
    const points = endpoint.points.map(({ label, estimate: e, p }) =>
      e === null
        ? `${label} not estimable`
        : `${label} ${formatNumber(e.value, 2)}${p === null ? "" : ` (${sentenceP(p)})`}`,
    );
    return `${endpoint.label}: ${points.join(", ")}.`;
  });
  return {
    id: figure.id,
    width,
    height: bottomOf(boxes) + 12,
    title: figure.title,
    description: [`${figure.effect} by threshold; filled marks have p < .05.`, ...words].join(" "),
    paper: of.paper,
    marks: [
      ...marks,
      {
        kind: "text",
        x: width - 6,
        y: bottomOf(boxes) + 4,
        text: "Bars: 95% CI. Filled: p < .05, not adjusted for the number of thresholds.",
        size: tickSize,
        fill: of.muted,
        anchor: "end",
      },
    ],
  };
}

/** Residuals over time or fitted value with a smooth curve, one panel for each term. */
export function residualScene(whole: ResidualFigure, options: FigureOptions): Scene {
  const figure = { ...whole, panels: whole.panels.slice(...(options.rows ?? [])) };
  const of = figureTheme(options);
  const width = widthPt(figure.panels.length === 1 ? (options.width ?? "column") : "page");
  const domains = figure.panels.map((panel) => niceDomain(...extent([0, ...panel.residual])));
  const left = Math.max(...domains.map((domain) => leftAxisWidth(linearTicks(domain, 5))), 24);
  // Many panels in three columns still fit one page; on a sheet for a slide, which is low, five do not fit in two.
  const many = figure.panels.length > (options.rows === undefined ? 6 : 4);
  const columns = many ? 3 : 2;
  const room = (width - 12) / Math.min(columns, figure.panels.length) - left - 10;
  const heads = figure.panels.map((panel) => {
    const p = panel.p === null ? "" : `, ${sentenceP(panel.p).replaceAll(" ", "\u00a0")}`;
    return wrapText(`${panel.term}${p}`, room, labelSize, "semibold");
  });
  const headLines = Math.max(1, ...heads.map((lines) => lines.length));
  const boxes = grid(figure.panels.length, width, columns, 16 + (headLines - 1) * 9.5, left, many ? 0.75 : 0.55);
  const marks = figure.panels.flatMap((panel, i): Mark[] => {
    const plot = boxes[i]!;
    const span = paddedExtent(panel.x);
    const x = scaleLinear(span, [plot.x, plot.x + plot.width]);
    const y = scaleLinear(domains[i]!, [plot.y + plot.height, plot.y]);
    const style = seriesStyle(of, 0);
    const lines = heads[i]!;
    return [
      ...lines.map(
        (text, k): Mark => ({
          kind: "text",
          x: plot.x,
          y: plot.y - 6 - (lines.length - 1 - k) * 9.5,
          text,
          size: labelSize,
          fill: of.ink,
          weight: "semibold",
          ...(panel.id === null ? {} : { id: panel.id }),
        }),
      ),
      { kind: "path", d: `M${rounded(plot.x)} ${rounded(y(0))}h${rounded(plot.width)}`, stroke: of.rule },
      {
        kind: "group",
        clip: plot,
        marks: [
          ...panel.x.map(
            (at, k): Mark => ({
              kind: "path",
              d: markerPath("circle", x(at), y(panel.residual[k]!), 1.5),
              fill: of.ink,
              fillOpacity: 0.5,
            }),
          ),
          ...(panel.smooth === null ? [] : curveMarks({ of, plot, x, y }, panel.smooth, style)),
        ],
      },
      ...leftAxis(of, plot, y, linearTicks(domains[i]!, 5), figure.residualLabel),
      ...bottomAxis(of, plot, x, linearTicks(span, 5), figure.xLabel),
    ];
  });
  const words = figure.panels.map(
    (panel) =>
      `${panel.term}: ${panel.x.length} residuals${panel.p === null ? "" : `, test of no trend ${sentenceP(panel.p)}`}.`,
  );
  return {
    id: figure.id,
    width,
    height: bottomOf(boxes) + 3,
    title: figure.title,
    description: [`${figure.residualLabel} over ${figure.xLabel.toLowerCase()}.`, ...words].join(" "),
    paper: of.paper,
    marks,
  };
}
