import { rounded } from "../markup.js";
import { textWidth, wrapText } from "../text.js";
import { type Mark, markerPath } from "./scene.js";
import type { SeriesStyle, Theme } from "./theme.js";

export interface LegendEntry {
  readonly label: string;
  readonly style: SeriesStyle;
  /** Result id that the label's number leads to. */
  readonly id?: string;
}

export type Swatch = "line" | "marker" | "box" | "line-marker" | "box-marker";

export const swatchWidth = 16;
const gap = 4;
const between = 12;
const leading = 10.5;

/** A short piece of the series' own line, marker or fill, its middle at height y. */
export function swatch(kind: Swatch, style: SeriesStyle, x: number, y: number): Mark[] {
  const line: Mark = {
    kind: "path",
    d: `M${rounded(x)} ${rounded(y)}h${swatchWidth}`,
    stroke: style.colour,
    strokeWidth: 1.4,
    dash: style.dash,
  };
  const marker: Mark = {
    kind: "path",
    d: markerPath(style.marker, x + swatchWidth / 2, y, 2.4),
    fill: style.colour,
  };
  if (kind === "line") return [line];
  if (kind === "line-marker") return [line, marker];
  if (kind === "marker") return [marker];
  if (kind === "box-marker") {
    const beside = { kind: "path", d: markerPath(style.marker, x + 12.5, y, 2), fill: style.colour } as const;
    return [{ kind: "rect", x, y: y - 3.5, width: 8, height: 7, fill: style.colour }, beside];
  }
  return [{ kind: "rect", x: x + 4, y: y - 3.5, width: 9, height: 7, fill: style.colour }];
}

/**
 * Entries in rows of measured width, as many to a row as fit; a label wider than the row is wrapped.
 * Returns its marks and height, the top lying at y.
 */
export function legend(
  of: Theme,
  entries: readonly LegendEntry[],
  kind: Swatch,
  x: number,
  y: number,
  width: number,
  size = 8,
): { readonly marks: readonly Mark[]; readonly height: number } {
  const marks: Mark[] = [];
  let left = x;
  let top = y;
  for (const entry of entries) {
    const room = width - swatchWidth - gap;
    const lines = wrapText(entry.label, room, size);
    const needs = swatchWidth + gap + Math.max(...lines.map((line) => textWidth(line, size)));
    if (left > x && left + needs > x + width) {
      left = x;
      top += leading;
    }
    marks.push(...swatch(kind, entry.style, left, top + 5));
    lines.forEach((text, i) => {
      const at = { x: left + swatchWidth + gap, y: top + 7.6 + i * leading };
      marks.push({
        kind: "text",
        ...at,
        text,
        size,
        fill: of.ink,
        ...(entry.id === undefined ? {} : { id: entry.id }),
      });
    });
    if (lines.length > 1) top += (lines.length - 1) * leading;
    left += needs + between;
  }
  return { marks, height: entries.length === 0 ? 0 : top - y + leading };
}
