/**
 * The font files that figures and PDFs are drawn with; each weight by name, as a missing one silently becomes another.
 * Node only; the modules of Node load on the call, so that a browser may load this package for its figures.
 */
export async function fontFiles(): Promise<readonly string[]> {
  const { createRequire } = await import("node:module");
  const { dirname, join } = await import("node:path");
  const folder = (name: string): string => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const source = folder("@expo-google-fonts/source-sans-3");
  return [
    join(source, "400Regular", "SourceSans3_400Regular.ttf"),
    join(source, "600SemiBold", "SourceSans3_600SemiBold.ttf"),
    join(folder("dejavu-fonts-ttf"), "ttf", "DejaVuSans.ttf"),
  ];
}
