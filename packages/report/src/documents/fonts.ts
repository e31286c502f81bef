import { type FontCoverage, fontCoverage } from "./font-coverage.js";

/** The variable that may name a font file of the person's own, e.g. one with Chinese characters. */
export const FONT_VARIABLE = "LIVERMARK_FONT";

/** A font that a person added to the shipped ones. */
export interface OwnFont extends FontCoverage {
  readonly path: string;
}

let known: { readonly path: string; readonly font: OwnFont } | null = null;

/** The font file that LIVERMARK_FONT names; null where it names none. Throws when the file is no font. */
export async function ownFont(): Promise<OwnFont | null> {
  const path = process.env[FONT_VARIABLE];
  if (path === undefined || path === "") return null;
  if (known?.path === path) return known.font;
  const { readFileSync } = await import("node:fs");
  const coverage = fontCoverage(new Uint8Array(readFileSync(path)));
  if (coverage === null) throw new Error(`${FONT_VARIABLE} names ${path}, which is no TrueType or OpenType font`);
  known = { path, font: { path, ...coverage } };
  return known.font;
}

/**
 * The font files that figures and PDFs are drawn with; each weight by name, as a missing one silently becomes another,
 * and last the person's own. Node only; the modules of Node load on the call, so that a browser may load this package
 * for its figures.
 */
export async function fontFiles(): Promise<readonly string[]> {
  const { createRequire } = await import("node:module");
  const { dirname, join } = await import("node:path");
  const folder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const source = folder("@expo-google-fonts/source-sans-3");
  const own = await ownFont();
  return [
    join(source, "400Regular", "SourceSans3_400Regular.ttf"),
    join(source, "600SemiBold", "SourceSans3_600SemiBold.ttf"),
    join(folder("dejavu-fonts-ttf"), "ttf", "DejaVuSans.ttf"),
    ...(own === null ? [] : [own.path]),
  ];
}
