import { mapResult, ok, type Result, refuse } from "@livermark/core";
import { type FontCoverage, fontCoverage } from "./font-coverage.js";

/** The variable that may name a font file of the person's own, e.g. one with Chinese characters. */
export const FONT_VARIABLE = "LIVERMARK_FONT";

/** A font that a person added to the shipped ones. */
export interface OwnFont extends FontCoverage {
  readonly path: string;
}

let known: { readonly path: string; readonly font: Result<OwnFont> } | null = null;

async function readFont(path: string): Promise<Result<OwnFont>> {
  const { readFileSync, statSync } = await import("node:fs");
  const wanted = "a TrueType or OpenType file (.ttf, .otf, or .ttc, of which the first face is drawn)";
  const mend = `Name a font file in ${FONT_VARIABLE}, or leave it empty.`;
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    return refuse({ code: "font-not-found", message: `${FONT_VARIABLE} names no file.`, got: path, wanted, mend });
  const coverage = fontCoverage(new Uint8Array(readFileSync(path)));
  if (coverage === null)
    return refuse({
      code: "font-not-read",
      message: `${FONT_VARIABLE} names a file that is no font which can be drawn.`,
      got: path,
      wanted,
      mend,
    });
  return ok({ path, ...coverage });
}

/** The font file that LIVERMARK_FONT names; null where it names none. Refuses what is no font that can be drawn. */
export async function ownFont(): Promise<Result<OwnFont | null>> {
  const path = process.env[FONT_VARIABLE];
  if (path === undefined || path === "") return ok(null);
  if (known?.path !== path) known = { path, font: await readFont(path) };
  return known.font;
}

/**
 * The font files that figures and PDFs are drawn with; each weight by name, as a missing one silently becomes another,
 * and last the person's own. Refuses when that is no font. Node only; the modules of Node load on the call, so that a
 * browser may load this package for its figures.
 */
export async function fontFiles(): Promise<Result<readonly string[]>> {
  const { createRequire } = await import("node:module");
  const { dirname, join } = await import("node:path");
  const folder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const source = folder("@expo-google-fonts/source-sans-3");
  return mapResult(await ownFont(), (own) => [
    join(source, "400Regular", "SourceSans3_400Regular.ttf"),
    join(source, "600SemiBold", "SourceSans3_600SemiBold.ttf"),
    join(folder("dejavu-fonts-ttf"), "ttf", "DejaVuSans.ttf"),
    ...(own === null ? [] : [own.path]),
  ]);
}
