import type { ScaleContinuousNumeric } from "d3-scale";
import { rounded } from "../markup.js";
import { textWidth } from "../text.js";
import type { Box, Mark } from "./scene.js";
import type { Theme } from "./theme.js";

/** Type sizes in points at final print size. */
export const labelSize = 8;
export const tickSize = 7.5;
/** Distance of the axis title's baseline from the axis. */
export const axisTitleDrop = 22;

export type NumericScale = ScaleContinuousNumeric<number, number>;

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Figures are drawn at the width of one journal column (3.5 in) or of the page (7 in). */
export type FigureWidth = "column" | "page";
export const widthPt = (width: FigureWidth): number => (width === "column" ? 252 : 504);

/** From the left, each tick whose label keeps clear of the last one printed. */
function withRoom(ticks: readonly Tick[], scale: NumericScale): readonly Tick[] {
  let end = Number.NEGATIVE_INFINITY;
  return [...ticks]
    .sort((a, b) => scale(a.value) - scale(b.value))
    .filter((tick) => {
      const half = textWidth(tick.label, tickSize) / 2;
      if (scale(tick.value) - half < end + 3) return false;
      end = scale(tick.value) + half;
      return true;
    });
}

const titleMark = (
  text: string,
  at: { readonly x: number; readonly y: number; readonly rotate?: number },
  of: Theme,
): Mark[] => (text === "" ? [] : [{ kind: "text", ...at, text, size: labelSize, fill: of.ink, anchor: "middle" }]);

/** Horizontal axis along the lower edge of `plot`, with ticks outside and a title. */
export function bottomAxis(of: Theme, plot: Box, scale: NumericScale, ticks: readonly Tick[], title: string): Mark[] {
  const y = plot.y + plot.height;
  const labelled = withRoom(ticks, scale);
  return [
    { kind: "path", d: `M${rounded(plot.x)} ${rounded(y)}h${rounded(plot.width)}`, stroke: of.ink },
    {
      kind: "path",
      d: ticks.map((tick) => `M${rounded(scale(tick.value))} ${rounded(y)}v3`).join(""),
      stroke: of.ink,
    },
    ...labelled.map(
      (tick): Mark => ({
        kind: "text",
        x: scale(tick.value),
        y: y + 10.5,
        text: tick.label,
        size: tickSize,
        fill: of.ink,
        anchor: "middle",
      }),
    ),
    ...titleMark(title, { x: plot.x + plot.width / 2, y: y + axisTitleDrop }, of),
  ];
}

/** Vertical axis along the left edge of `plot`; its title stands left of the widest tick label. */
export function leftAxis(of: Theme, plot: Box, scale: NumericScale, ticks: readonly Tick[], title: string): Mark[] {
  const widest = Math.max(0, ...ticks.map((tick) => textWidth(tick.label, tickSize)));
  return [
    { kind: "path", d: `M${rounded(plot.x)} ${rounded(plot.y)}v${rounded(plot.height)}`, stroke: of.ink },
    {
      kind: "path",
      d: ticks.map((tick) => `M${rounded(plot.x)} ${rounded(scale(tick.value))}h-3`).join(""),
      stroke: of.ink,
    },
    ...ticks.map(
      (tick): Mark => ({
        kind: "text",
        x: plot.x - 5,
        y: scale(tick.value) + 2.5,
        text: tick.label,
        size: tickSize,
        fill: of.ink,
        anchor: "end",
      }),
    ),
    ...titleMark(title, { x: plot.x - 5 - widest - 6, y: plot.y + plot.height / 2, rotate: -90 }, of),
  ];
}

/** Space that `leftAxis` needs: tick labels, gaps, and the title's line. */
export const leftAxisWidth = (ticks: readonly Tick[]): number =>
  Math.max(0, ...ticks.map((tick) => textWidth(tick.label, tickSize))) + 5 + 6 + labelSize;

/** Text with lines under one another. */
export function textLines(
  lines: readonly string[],
  head: Omit<Extract<Mark, { kind: "text" }>, "kind" | "text">,
  leading: number,
): Mark[] {
  return lines.map((text, i): Mark => ({ kind: "text", ...head, y: head.y + i * leading, text }));
}
