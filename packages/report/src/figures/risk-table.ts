import { textWidth } from "../text.js";
import { type NumericScale, tickSize } from "./axes.js";
import { swatch, swatchWidth } from "./legend.js";
import type { Mark } from "./scene.js";
import type { SeriesStyle, Theme } from "./theme.js";

export interface RiskRow {
  readonly label: string;
  readonly style: SeriesStyle;
  readonly counts: readonly number[];
}

export interface RiskBlock {
  /** e.g. "Number at risk". */
  readonly heading: string;
  readonly rows: readonly RiskRow[];
}

const rowHeight = 10.5;

/** Width left of the axis that the rows' labels need; labels that would take over a quarter of the figure give way to swatches. */
export function riskLabelWidth(blocks: readonly RiskBlock[], figureWidth: number): number {
  const widest = Math.max(0, ...blocks.flatMap((block) => block.rows.map((row) => textWidth(row.label, tickSize))));
  return widest + swatchWidth + 4 <= figureWidth / 4 ? widest + swatchWidth + 4 : swatchWidth;
}

export const riskTableHeight = (blocks: readonly RiskBlock[]): number =>
  blocks.reduce((sum, block) => sum + (block.rows.length + 1) * rowHeight + 3, 0);

/** Every second column is left out until no two numbers touch. */
function columnStep(blocks: readonly RiskBlock[], times: readonly number[], scale: NumericScale): number {
  for (let step = 1; step < times.length; step *= 2) {
    const shown = times.map((_, i) => i).filter((i) => i % step === 0);
    const fits = blocks.every((block) =>
      block.rows.every((row) =>
        shown.every((i, k) => {
          if (k === 0) return true;
          const before = shown[k - 1]!;
          const half = (index: number): number => textWidth(String(row.counts[index] ?? ""), tickSize) / 2;
          return scale(times[i]!) - half(i) - (scale(times[before]!) + half(before)) >= 3;
        }),
      ),
    );
    if (fits) return step;
  }
  return Math.max(1, times.length);
}

/** Counts under the axis, each centred under its time; `labelRight` is where the labels end. */
export function riskTable(
  of: Theme,
  blocks: readonly RiskBlock[],
  times: readonly number[],
  scale: NumericScale,
  left: number,
  labelRight: number,
  top: number,
): Mark[] {
  const marks: Mark[] = [];
  const step = columnStep(blocks, times, scale);
  const labelled = labelRight - left > swatchWidth + 1;
  let y = top;
  for (const block of blocks) {
    marks.push({
      kind: "text",
      x: left,
      y: y + 8,
      text: block.heading,
      size: tickSize,
      fill: of.ink,
      weight: "semibold",
    });
    y += rowHeight;
    for (const row of block.rows) {
      marks.push(...swatch("line", row.style, left, y + 5.4));
      const common = { size: tickSize, fill: of.ink, y: y + 8 };
      if (labelled) marks.push({ kind: "text", ...common, x: left + swatchWidth + 4, text: row.label });
      row.counts.forEach((count, i) => {
        if (i % step !== 0 || times[i] === undefined) return;
        marks.push({ kind: "text", ...common, x: scale(times[i]), text: String(count), anchor: "middle" });
      });
      y += rowHeight;
    }
    y += 3;
  }
  return marks;
}
