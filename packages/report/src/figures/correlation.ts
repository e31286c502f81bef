import type { CorrelationFigure } from "@livermark/analysis";
import { formatNumber } from "../format.js";
import { textWidth } from "../text.js";
import { tickSize, widthPt } from "./axes.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import type { Mark, Scene } from "./scene.js";
import { seriesStyle } from "./theme.js";

/** Lower triangle of a correlation matrix: the number in each cell, its strength as depth of colour, its sign as hue and in the number. */
export function correlationScene(figure: CorrelationFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const n = figure.labels.length;
  const edge = 6;
  const labelWidth = Math.max(...figure.labels.map((label) => textWidth(label, tickSize))) + 6;
  const width = widthPt(options.width ?? "column");
  const cell = Math.min(30, (width - 2 * edge - labelWidth) / Math.max(1, n - 1));
  const left = edge + labelWidth;
  const top = edge;
  const pairs: string[] = [];
  const marks: Mark[] = [];
  for (let row = 1; row < n; row++) {
    const y = top + (row - 1) * cell;
    marks.push({
      kind: "text",
      x: left - 6,
      y: y + cell / 2 + 2.6,
      text: figure.labels[row]!,
      size: tickSize,
      fill: of.ink,
      anchor: "end",
    });
    for (let column = 0; column < row; column++) {
      const value = figure.values[row]![column] ?? null;
      const x = left + column * cell;
      marks.push({ kind: "rect", x, y, width: cell, height: cell, fill: of.paper, stroke: of.rule, strokeWidth: 0.4 });
      if (value === null) continue;
      const style = seriesStyle(of, value < 0 ? 1 : 0);
      marks.push({
        kind: "rect",
        x,
        y,
        width: cell,
        height: cell,
        fill: style.colour,
        fillOpacity: 0.55 * Math.abs(value),
      });
      const text = formatNumber(value, 2).replace(/^(\u2212?)0\./, "$1.");
      marks.push({
        kind: "text",
        x: x + cell / 2,
        y: y + cell / 2 + 2.5,
        text,
        size: Math.min(tickSize, cell * 0.36),
        fill: of.ink,
        anchor: "middle",
      });
      pairs.push(`${figure.labels[row]} with ${figure.labels[column]} ${formatNumber(value, 2)}`);
    }
  }
  const bottom = top + (n - 1) * cell;
  const longest = Math.max(...figure.labels.slice(0, -1).map((label) => textWidth(label, tickSize)));
  figure.labels.slice(0, -1).forEach((label, i) => {
    marks.push({
      kind: "text",
      x: left + (i + 0.5) * cell + 2.6,
      y: bottom + 6,
      text: label,
      size: tickSize,
      fill: of.ink,
      anchor: "end",
      rotate: -90,
    });
  });
  marks.push({
    kind: "text",
    x: edge,
    y: bottom + longest + 22,
    text: `${figure.method} correlation; the deeper the colour, the stronger.`,
    size: tickSize,
    fill: of.muted,
  });
  return {
    id: figure.id,
    width,
    height: bottom + longest + 22 + edge,
    title: figure.title,
    description: `${figure.method} correlations: ${pairs.join(", ")}.`,
    paper: of.paper,
    marks,
  };
}
