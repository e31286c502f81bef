import type { NomogramFigure } from "@livermark/analysis";
import { scaleLinear } from "d3-scale";
import { formatNumber } from "../format.js";
import { rounded } from "../markup.js";
import { textWidth, wrapText } from "../text.js";
import { labelSize, type NumericScale, tickSize, widthPt } from "./axes.js";
import { linearTicks } from "./chart.js";
import { type FigureOptions, figureTheme } from "./figure-options.js";
import type { Mark, Scene } from "./scene.js";
import type { Theme } from "./theme.js";

interface Line {
  readonly label: string;
  readonly ticks: readonly { readonly label: string; readonly x: number }[];
  /** Whether the line is a scale to read from (points) or a predictor. */
  readonly heavy: boolean;
}

const ROWS = 4;

/** Labels in up to four rows under their line, each in the first row where it touches no other; null = no room left. */
function labelRows(ticks: Line["ticks"]): readonly (number | null)[] {
  const ends = Array.from({ length: ROWS }, () => Number.NEGATIVE_INFINITY);
  const order = ticks.map((_, i) => i).sort((a, b) => ticks[a]!.x - ticks[b]!.x);
  const rows = ticks.map((): number | null => 0);
  for (const i of order) {
    const half = textWidth(ticks[i]!.label, tickSize) / 2;
    const free = ends.findIndex((end) => ticks[i]!.x - half > end + 3);
    rows[i] = free < 0 ? null : free;
    if (free >= 0) ends[free] = ticks[i]!.x + half;
  }
  return rows;
}

function lineMarks(
  line: Line,
  of: Theme,
  y: number,
  labelWidth: number,
  edge: number,
): { marks: Mark[]; height: number } {
  const xs = line.ticks.map((tick) => tick.x);
  const rows = labelRows(line.ticks);
  const labels = wrapText(line.label, labelWidth, labelSize, line.heavy ? "semibold" : "regular");
  const marks: Mark[] = [
    ...labels.map(
      (text, i): Mark => ({
        kind: "text",
        x: edge,
        y: y + 3 + (i - (labels.length - 1) / 2) * 9.5,
        text,
        size: labelSize,
        fill: of.ink,
        weight: line.heavy ? "semibold" : "regular",
      }),
    ),
    {
      kind: "path",
      d: `M${rounded(Math.min(...xs))} ${rounded(y)}H${rounded(Math.max(...xs))}${xs.map((x) => `M${rounded(x)} ${rounded(y)}v3.5`).join("")}`,
      stroke: of.ink,
      strokeWidth: line.heavy ? 0.9 : 0.7,
    },
    ...line.ticks.flatMap((tick, i): Mark[] => {
      const row = rows[i] ?? null;
      if (row === null) return [];
      const half = textWidth(tick.label, tickSize) / 2;
      const x = Math.min(Math.max(tick.x, edge + labelWidth + 2 + half), widthPt("page") - 2 - half);
      const at = { x, y: y + 11 + row * 8.5, anchor: "middle" } as const;
      return [{ kind: "text", ...at, text: tick.label, size: tickSize, fill: of.ink }];
    }),
  ];
  return { marks, height: 25 + Math.max(0, ...rows.map((row) => row ?? 0)) * 8.5 };
}

function altText(figure: NomogramFigure): string {
  const predictors = figure.predictors.map((predictor) => {
    const ticks = predictor.ticks.map((tick) => `${tick.label} ${formatNumber(tick.points, 0)}`);
    return `${predictor.label}: ${ticks.join(", ")} points.`;
  });
  const outcomes = figure.outcomes.map(
    (outcome) =>
      `${outcome.label}: ${outcome.ticks.map((tick) => `${formatNumber(tick.totalPoints, 0)} points ${tick.label}`).join(", ")}.`,
  );
  return ["Nomogram.", ...predictors, ...outcomes].join(" ");
}

/** Points for each predictor, their total, and the outcome read below it. Drawn page-wide. */
export function nomogramScene(figure: NomogramFigure, options: FigureOptions): Scene {
  const of = figureTheme(options);
  const width = widthPt("page");
  const edge = 6;
  const labelWidth = 122;
  const range = [edge + labelWidth + 16, width - edge - 12];
  const points = scaleLinear([0, figure.maximumPoints], range);
  const total = scaleLinear([figure.totalPoints.low, figure.totalPoints.high], range);
  const scaleLine = (label: string, scale: NumericScale, low: number, high: number): Line => ({
    label,
    heavy: true,
    ticks: linearTicks([low, high], 10).map((tick) => ({ label: tick.label, x: scale(tick.value) })),
  });
  const lines: readonly Line[] = [
    scaleLine("Points", points, 0, figure.maximumPoints),
    ...figure.predictors.map((predictor) => ({
      label: predictor.unit === "" ? predictor.label : `${predictor.label} (${predictor.unit})`,
      heavy: false,
      ticks: predictor.ticks.map((tick) => ({ label: tick.label, x: points(tick.points) })),
    })),
    scaleLine("Total points", total, figure.totalPoints.low, figure.totalPoints.high),
    ...figure.outcomes.map((outcome) => ({
      label: outcome.label,
      heavy: false,
      ticks: outcome.ticks.map((tick) => ({ label: tick.label, x: total(tick.totalPoints) })),
    })),
  ];
  let y = edge + 6;
  const marks = lines.flatMap((line) => {
    const drawn = lineMarks(line, of, y, labelWidth, edge);
    y += drawn.height;
    return drawn.marks;
  });
  return {
    id: figure.id,
    width,
    height: y + edge - 6,
    title: figure.title,
    description: altText(figure),
    paper: of.paper,
    marks,
  };
}
