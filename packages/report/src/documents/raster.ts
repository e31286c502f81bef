import { type Issue, mapResult, ok, type Result, warningIssue } from "@livermark/core";
import { missingGlyphs } from "../text.js";
import type { RasterKind } from "./draw-raster.js";
import { fontFiles, ownFont } from "./fonts.js";
import { rasterPool } from "./raster-pool.js";

/** Warns of characters that no font has: they would print as boxes. Empty when there are none. */
export async function missingGlyphIssues(text: string): Promise<readonly Issue[]> {
  const font = await ownFont();
  const own = font.ok ? font.value : null;
  const missing = missingGlyphs(text).filter((character) => own?.covers(character.codePointAt(0)!) !== true);
  if (missing.length === 0) return [];
  const named = own === null ? "" : ` nor ${own.families[0]}`;
  return [
    warningIssue({
      code: "glyph-missing",
      message: `${own === null ? "No shipped font draws" : `Neither a shipped font${named} draws`} ${missing.join(" ")}; they print as empty boxes in PNG, TIFF and PDF.`,
      got: missing.map((c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`).join(" "),
      wanted: `characters of Source Sans 3 or DejaVu Sans${own === null ? "" : `, or of ${own.families[0]}`}`,
      mend: "Write the label with Latin, Greek or Cyrillic letters, set LIVERMARK_FONT to a font file that has them, or use HTML and SVG, which take the reader's fonts.",
    }),
  ];
}

/** All words of a drawing. */
export const svgText = (svg: string): string =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!).join("");

/** Missing glyphs of a drawing's words. */
export const glyphIssues = (svg: string): Promise<readonly Issue[]> => missingGlyphIssues(svgText(svg));

const draw = rasterPool(new URL("./raster-worker.js", import.meta.url));

/**
 * A figure at print size and the given resolution, drawn once, in each of the formats: PNG that states its resolution,
 * and TIFF (LZW, no transparency). Refuses a person's own font that cannot be drawn.
 * Example: `await figureRasters(svg, 600, ["png", "tiff"])`.
 */
export async function figureRasters(
  svg: string,
  dpi: number,
  kinds: readonly RasterKind[],
): Promise<Result<readonly Uint8Array[]>> {
  const fonts = await fontFiles();
  if (!fonts.ok) return fonts;
  return ok(await draw({ svg, dpi, kinds, fontFiles: fonts.value }), await glyphIssues(svg));
}

const single = async (svg: string, dpi: number, kind: RasterKind): Promise<Result<Uint8Array>> =>
  mapResult(await figureRasters(svg, dpi, [kind]), ([bytes]) => bytes!);

/** A figure as PNG at print size and the given resolution (600 dpi, as journals ask), which the file states. */
export const figurePng = (svg: string, dpi = 600): Promise<Result<Uint8Array>> => single(svg, dpi, "png");

/** A figure as TIFF (LZW, no transparency) at print size and the given resolution. */
export const figureTiff = (svg: string, dpi = 600): Promise<Result<Uint8Array>> => single(svg, dpi, "tiff");

/** Draws a figure as PNG for a document. */
export type PngMaker = (svg: string) => Promise<Result<Uint8Array>>;

/** Sharp on a slide and in Word alike, so that both may share one picture. */
const DOCUMENT_DPI = 200;

/** Pictures for documents, each drawn once however many documents ask for it. */
export function documentPngs(): PngMaker {
  const made = new Map<string, Promise<Result<Uint8Array>>>();
  return (svg) => {
    const known = made.get(svg) ?? figurePng(svg, DOCUMENT_DPI);
    made.set(svg, known);
    return known;
  };
}
