import { withDensity } from "../figures/png.js";

export type RasterKind = "png" | "tiff";

/** A drawing to be made into pictures; plain data, so that another thread can be asked. */
export interface RasterJob {
  readonly svg: string;
  readonly dpi: number;
  readonly kinds: readonly RasterKind[];
  readonly fontFiles: readonly string[];
}

/** Red, green and blue of RGBA pixels, moved together in place: a second buffer would be 50 MB for a page at 600 dpi. */
function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const count = rgba.length / 4;
  for (let pixel = 0, from = 0, to = 0; pixel < count; pixel++, from += 4, to += 3) {
    rgba[to] = rgba[from]!;
    rgba[to + 1] = rgba[from + 1]!;
    rgba[to + 2] = rgba[from + 2]!;
  }
  return rgba.subarray(0, count * 3);
}

/** An SVG figure as raw RGB pixels at a resolution; every figure covers its paper, so that nothing is transparent. */
async function rasterise({ svg, dpi, fontFiles }: RasterJob) {
  const { Resvg } = await import("@resvg/resvg-js");
  const points = Number(/<svg[^>]* width="([\d.]+)pt"/.exec(svg)?.[1]);
  if (!(points > 0)) throw new Error("not a figure of this package: its width is not in points");
  const width = Math.round((points / 72) * dpi);
  const font = { loadSystemFonts: false, fontFiles: [...fontFiles], defaultFontFamily: "Source Sans 3" };
  const image = new Resvg(svg, { fitTo: { mode: "width", value: width }, font }).render();
  const raw = { width: image.width, height: image.height, channels: 3 as const };
  return { pixels: withoutAlpha(image.pixels), raw };
}

/**
 * A figure at print size and a resolution, drawn once, in each of the formats, from the given fonts only. Without a
 * colour profile: the pixels are sRGB already, and attaching one costs as much as the encoding. One format after the
 * other, so that a thread that draws keeps about one core busy. On 407 megapixels of line drawings, PNG levels 1, 3, 4 and
 * 6 took 1.5, 1.6, 1.7 and 2.1 s of processor for 21, 10.5, 10.1 and 9.4 MB; LZW without predictor took less time and
 * room than with one (6.0 s and 11.7 MB against 6.4 s and 12.6 MB).
 */
export async function drawRasters(job: RasterJob): Promise<readonly Uint8Array[]> {
  const { default: sharp } = await import("sharp");
  const { pixels, raw } = await rasterise(job);
  const perMillimetre = job.dpi / 25.4;
  const made: Uint8Array[] = [];
  for (const kind of job.kinds) {
    const image = sharp(pixels, { raw });
    if (kind === "tiff") {
      const options = { compression: "lzw", predictor: "none", xres: perMillimetre, yres: perMillimetre } as const;
      made.push(new Uint8Array(await image.tiff(options).toBuffer()));
    } else {
      made.push(withDensity(new Uint8Array(await image.png({ compressionLevel: 4 }).toBuffer()), job.dpi));
    }
  }
  return made;
}
