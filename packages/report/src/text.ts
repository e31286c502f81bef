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

/** Chinese and Japanese letters and their punctuation: a line may end after any of them. */
const IDEOGRAPH = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]/u;
const NO_LINE_STARTS_WITH = /[、。，．：；！？）」』】》〉〕％]/;
const NO_LINE_ENDS_WITH = /[（「『【《〈〔]/;

/** A word in the pieces that stay whole: itself, or single ideographs with the punctuation that clings to them. */
function pieces(word: string): readonly string[] {
  const found: string[] = [];
  let previous = "";
  for (const character of word) {
    const together =
      previous !== "" &&
      (!(IDEOGRAPH.test(previous) || IDEOGRAPH.test(character)) ||
        NO_LINE_STARTS_WITH.test(character) ||
        NO_LINE_ENDS_WITH.test(previous));
    if (together) found.push(found.pop()! + character);
    else found.push(character);
    previous = character;
  }
  return found.length === 0 ? [word] : found;
}

/**
 * Breaks text at spaces, and between ideographs, into lines no wider than `widthPt`; a single longer piece keeps its own
 * line. Example: `wrapText("\u603b\u751f\u5b58\u671f", 16, 8)` is `["\u603b\u751f", "\u5b58\u671f"]`.
 */
export function wrapText(text: string, widthPt: number, sizePt: number, weight: Weight = "regular"): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    for (const [i, piece] of pieces(word).entries()) {
      const longer = line === "" ? piece : `${line}${i === 0 ? " " : ""}${piece}`;
      if (line !== "" && textWidth(longer, sizePt, weight) > widthPt) {
        lines.push(line);
        line = piece;
      } else {
        line = longer;
      }
    }
  }
  return [...lines, line];
}
