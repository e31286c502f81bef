import { type Issue, ok, type Result, warningIssue } from "@livermark/core";
import { missingGlyphs } from "../text.js";
import { fontFiles } from "./fonts.js";

/** Warns of characters that no shipped font has: they would print as boxes. Empty when there are none. */
export function missingGlyphIssues(text: string): readonly Issue[] {
  const missing = missingGlyphs(text);
  if (missing.length === 0) return [];
  return [
    warningIssue({
      code: "glyph-missing",
      message: `No shipped font draws ${missing.join(" ")}; they print as empty boxes in PNG, TIFF and PDF.`,
      got: missing.map((c) => `U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`).join(" "),
      wanted: "characters of Source Sans 3 or DejaVu Sans",
      mend: "Write the label with Latin, Greek or Cyrillic letters, or use HTML, SVG and DOCX, which take the reader's fonts.",
    }),
  ];
}

/** All words of a drawing. */
export const svgText = (svg: string): string =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!).join("");

/** Missing glyphs of a drawing's words. */
export const glyphIssues = (svg: string): readonly Issue[] => missingGlyphIssues(svgText(svg));

/** An SVG figure as raw RGBA pixels at a resolution, from the shipped fonts only; every figure covers its paper, so alpha is 1. */
async function rasterise(svg: string, dpi: number) {
  const { Resvg } = await import("@resvg/resvg-js");
  const points = Number(/<svg[^>]* width="([\d.]+)pt"/.exec(svg)?.[1]);
  if (!(points > 0)) throw new Error("not a figure of this package: its width is not in points");
  const width = Math.round((points / 72) * dpi);
  const font = { loadSystemFonts: false, fontFiles: [...(await fontFiles())], defaultFontFamily: "Source Sans 3" };
  const image = new Resvg(svg, { fitTo: { mode: "width", value: width }, font }).render();
  return { pixels: image.pixels, raw: { width: image.width, height: image.height, channels: 4 as const } };
}

/** A figure as PNG at print size and the given resolution (600 dpi, as journals ask), which the file states. */
export async function figurePng(svg: string, dpi = 600): Promise<Result<Uint8Array>> {
  const { default: sharp } = await import("sharp");
  const { pixels, raw } = await rasterise(svg, dpi);
  const png = await sharp(pixels, { raw })
    .removeAlpha()
    .withMetadata({ density: dpi })
    .png({ compressionLevel: 6 })
    .toBuffer();
  return ok(new Uint8Array(png), glyphIssues(svg));
}

/** A figure as TIFF (LZW, no transparency) at print size and the given resolution. */
export async function figureTiff(svg: string, dpi = 600): Promise<Result<Uint8Array>> {
  const { default: sharp } = await import("sharp");
  const { pixels, raw } = await rasterise(svg, dpi);
  const tiff = await sharp(pixels, { raw })
    .removeAlpha()
    .withMetadata({ density: dpi })
    .tiff({ compression: "lzw", xres: dpi / 25.4, yres: dpi / 25.4 })
    .toBuffer();
  return ok(new Uint8Array(tiff), glyphIssues(svg));
}
