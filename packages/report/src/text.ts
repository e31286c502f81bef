import { fallbackWidths, regularWidths, semiboldWidths, type WidthRuns } from "./generated/font-metrics.js";

export type Weight = "regular" | "semibold";

const tables = new Map<WidthRuns, ReadonlyMap<number, number>>();

function table(runs: WidthRuns): ReadonlyMap<number, number> {
  const known = tables.get(runs);
  if (known !== undefined) return known;
  const widths = new Map<number, number>();
  for (const [first, list] of runs) {
    list.split(" ").forEach((width, i) => {
      widths.set(first + i, Number(width));
    });
  }
  tables.set(runs, widths);
  return widths;
}

/**
 * Width of a line of text in points, by the advance widths of the shipped faces (kerning left out, so that a line is
 * never wider than measured by more than a fraction of a point). A character that no shipped face has counts one em.
 * Example: `textWidth("0.56", 8)` is 13.9.
 */
export function textWidth(text: string, sizePt: number, weight: Weight = "regular"): number {
  const main = table(weight === "semibold" ? semiboldWidths : regularWidths);
  const fallback = table(fallbackWidths);
  let thousandths = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    thousandths += main.get(code) ?? fallback.get(code) ?? 1000;
  }
  return (thousandths * sizePt) / 1000;
}

/** Characters that neither shipped face can draw, each once, in order of appearance. */
export function missingGlyphs(text: string): readonly string[] {
  const main = table(regularWidths);
  const fallback = table(fallbackWidths);
  const missing = new Set<string>();
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0x20 && !main.has(code) && !fallback.has(code)) missing.add(character);
  }
  return [...missing];
}

/** Breaks text at spaces into lines no wider than `widthPt`; a single longer word keeps its own line. */
export function wrapText(text: string, widthPt: number, sizePt: number, weight: Weight = "regular"): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && textWidth(longer, sizePt, weight) > widthPt) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}
