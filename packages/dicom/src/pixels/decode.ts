import { ok, type Result, refuse } from "@livermark/core";
import type { FileSource } from "../files/source.js";
import { type Deadline, deadlineOf, LIMITS, type Limits } from "../parse/limits.js";
import { inflatedSource } from "../parse/read-header.js";
import type { InstanceHeader, PixelLayout } from "../series/header.js";
import { type CodecName, decodeByCodec } from "./codecs.js";
import { fragmentsOf, frameStreams } from "./fragments.js";
import { inflateFrame } from "./inflate.js";
import { decodeJpegLs } from "./jpeg-ls.js";
import { nativeValues, type StoredValues, unpackBits } from "./native.js";
import { decodeRle } from "./rle.js";
import { jpeg2000Size, jpegSize } from "./stream-size.js";

/** How each compressed transfer syntax is decoded. */
const COMPRESSION: { readonly [uid: string]: CodecName | "rle" | "deflate" } = {
  "1.2.840.10008.1.2.5": "rle",
  "1.2.840.10008.1.2.8.1": "deflate",
  "1.2.840.10008.1.2.4.50": "jpeg",
  "1.2.840.10008.1.2.4.51": "jpeg",
  "1.2.840.10008.1.2.4.52": "jpeg",
  "1.2.840.10008.1.2.4.53": "jpeg",
  "1.2.840.10008.1.2.4.55": "jpeg",
  "1.2.840.10008.1.2.4.57": "jpeg",
  "1.2.840.10008.1.2.4.70": "jpeg",
  "1.2.840.10008.1.2.4.80": "jpeg-ls",
  "1.2.840.10008.1.2.4.81": "jpeg-ls",
  "1.2.840.10008.1.2.4.90": "jpeg-2000",
  "1.2.840.10008.1.2.4.91": "jpeg-2000",
  "1.2.840.10008.1.2.4.201": "htj2k",
  "1.2.840.10008.1.2.4.202": "htj2k",
  "1.2.840.10008.1.2.4.203": "htj2k",
};

/** Stored values of an image, all frames, colour samples interleaved. */
export interface StoredPixels {
  readonly values: StoredValues;
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples: number;
}

/**
 * Stored values of every frame of an image, before any slope or table. `file` may give the file's bytes where the
 * caller has read them already. Refuses transfer syntaxes it cannot decode, damaged pixel data, and what takes longer
 * or is larger than `limits` allow; it never fills what is missing with zeros.
 */
export async function decodePixels(
  header: InstanceHeader,
  file: FileSource = header.source,
  limits: Limits = LIMITS,
): Promise<Result<StoredPixels>> {
  const layout = header.pixels;
  if (layout === null)
    return refuse({ code: "no-pixels", message: "The file holds no image.", where: { file: file.file } });
  const late = deadlineOf(limits);
  const inflated = inflatedSource(file, limits);
  if (!inflated.ok) return inflated;
  const values = await (layout.element.length < 0 || header.transferSyntax === "1.2.840.10008.1.2.8.1"
    ? decodeEncapsulated(inflated.value, layout, header.transferSyntax, limits, late)
    : decodeNative(inflated.value, layout));
  if (!values.ok) return values;
  const { rows, columns, frames, samples } = layout;
  const wanted = rows * columns * frames * samples;
  if (values.value.length !== wanted) return damagedPixels(`${values.value.length} values instead of ${wanted}`);
  return ok({ values: values.value, rows, columns, frames, samples });
}

const damagedPixels = (detail: string): Result<never> =>
  refuse({
    code: "bad-pixels",
    message: `The pixel data cannot be decoded: ${detail}.`,
    wanted: "complete pixel data",
    mend: "Export the image again, uncompressed where possible.",
  });

const tooSlow = (): Result<never> =>
  refuse({
    code: "too-slow",
    message: "Decoding the pixel data takes longer than Livermark waits for one file.",
    mend: "Convert the image, for example with gdcmconv --raw.",
  });

function decodeNative(source: FileSource, layout: PixelLayout): Result<StoredValues> {
  const { rows, columns, frames, samples, element } = layout;
  const bytes = source.read(element.offset, element.offset + element.length);
  const count = rows * columns * frames * samples;
  const pixels = rows * columns * frames;
  const halved = samples === 3 && layout.photometric === "YBR_FULL_422";
  const needed = Math.ceil(((halved ? pixels * 2 : count) * layout.bitsAllocated) / 8);
  if (bytes.length < needed) return damagedPixels(`${bytes.length} bytes instead of ${needed}`);
  if (halved && layout.bitsAllocated === 8) return ok(from422(bytes, pixels));
  const values = nativeValues(bytes, layout, count);
  if (values === null) return damagedPixels(`cells of ${layout.bitsAllocated} bits are not known`);
  return ok(layout.planar && samples > 1 ? interleaved(values, pixels / frames, frames, samples) : values);
}

/** Two luminances share one pair of chrominances: Y1 Y2 Cb Cr (PS3.3 C.7.6.3.1.2). */
function from422(bytes: Uint8Array, pixels: number): Uint8Array {
  const out = new Uint8Array(pixels * 3);
  for (let p = 0; p < pixels; p++) {
    const pair = (p >> 1) * 4;
    out[3 * p] = bytes[pair + (p & 1)]!;
    out[3 * p + 1] = bytes[pair + 2]!;
    out[3 * p + 2] = bytes[pair + 3]!;
  }
  return out;
}

function interleaved(values: StoredValues, perFrame: number, frames: number, samples: number): StoredValues {
  const out = values.slice();
  for (let f = 0; f < frames; f++) {
    const base = f * perFrame * samples;
    for (let s = 0; s < samples; s++) {
      for (let p = 0; p < perFrame; p++) out[base + p * samples + s] = values[base + s * perFrame + p]!;
    }
  }
  return out;
}

async function decodeEncapsulated(
  source: FileSource,
  layout: PixelLayout,
  transferSyntax: string,
  limits: Limits,
  late: Deadline,
): Promise<Result<StoredValues>> {
  const codec = COMPRESSION[transferSyntax];
  if (codec === undefined) {
    return refuse({
      code: "unsupported-compression",
      message: "Livermark cannot decode this compression.",
      got: transferSyntax,
      wanted: "an uncompressed, RLE, JPEG, JPEG-LS, JPEG 2000 or HTJ2K image",
      mend: "Convert it, for example with dcmdjpeg or gdcmconv --raw.",
    });
  }
  if (layout.element.length >= 0) {
    const whole = source.read(layout.element.offset, layout.element.offset + layout.element.length);
    return deflatedFrames([whole], layout, late);
  }
  if (layout.rows * layout.columns > limits.framePixels) {
    return refuse({
      code: "too-large",
      message: "A compressed frame has more pixels than Livermark decodes at once.",
      got: `${layout.columns} × ${layout.rows}`,
      wanted: `at most ${limits.framePixels} pixels`,
    });
  }
  const fragments = fragmentsOf(source, layout.element.offset);
  if (!fragments.ok) return fragments;
  const streams = frameStreams(source, fragments.value, layout.frames);
  if (!streams.ok) return streams;
  return codec === "deflate"
    ? deflatedFrames(streams.value, layout, late)
    : eachFrame(streams.value, layout, codec, late);
}

/** Deflated Image Frame compression (1.2.840.10008.1.2.8.1): each frame is a deflate stream of native pixels. */
function deflatedFrames(streams: readonly Uint8Array[], layout: PixelLayout, late: Deadline): Result<StoredValues> {
  const perFrame = layout.rows * layout.columns * layout.samples;
  const parts: StoredValues[] = [];
  for (const stream of streams) {
    if (late()) return tooSlow();
    const bytes = inflateFrame(stream, Math.ceil((perFrame * layout.bitsAllocated) / 8) + 1);
    if (bytes === null) return damagedPixels("a deflated frame is damaged");
    if (bytes.length * 8 < perFrame * layout.bitsAllocated) return damagedPixels("a deflated frame is too short");
    const values = nativeValues(bytes, { ...layout, littleEndian: true }, perFrame);
    if (values === null) return damagedPixels(`cells of ${layout.bitsAllocated} bits are not known`);
    parts.push(values);
  }
  return ok(concatenated(parts));
}

async function eachFrame(
  streams: readonly Uint8Array[],
  layout: PixelLayout,
  codec: CodecName | "rle",
  late: Deadline,
): Promise<Result<StoredValues>> {
  const perFrame = layout.rows * layout.columns * layout.samples;
  const parts: StoredValues[] = [];
  for (const stream of streams) {
    if (late()) return tooSlow();
    const values = codec === "rle" ? rleFrame(stream, layout) : await codecFrame(codec, stream, layout, late);
    if (typeof values === "string") return damagedPixels(values);
    if (values.length < perFrame) return damagedPixels(`a frame has ${values.length} values instead of ${perFrame}`);
    parts.push(values.length === perFrame ? values : values.subarray(0, perFrame));
  }
  return ok(concatenated(parts));
}

function rleFrame(stream: Uint8Array, layout: PixelLayout): StoredValues | string {
  const pixels = layout.rows * layout.columns;
  const damaged = "an RLE frame is damaged";
  if (layout.bitsAllocated === 1) {
    const packed = decodeRle(stream, Math.ceil((pixels * layout.samples) / 8), 1, 1);
    return packed === null ? damaged : unpackBits(packed, pixels * layout.samples);
  }
  const bytes = decodeRle(stream, pixels, layout.bitsAllocated / 8, layout.samples);
  if (bytes === null) return damaged;
  return nativeValues(bytes, { ...layout, littleEndian: true }, pixels * layout.samples) ?? damaged;
}

async function codecFrame(
  codec: CodecName,
  stream: Uint8Array,
  layout: PixelLayout,
  late: Deadline,
): Promise<StoredValues | string> {
  if (codec === "jpeg-ls" && layout.samples === 1) {
    const cells = decodeJpegLs(stream, layout.rows, layout.columns, late);
    if (typeof cells === "string") return `the JPEG-LS stream is damaged: ${cells}`;
    return layout.signed ? new Int16Array(cells.buffer) : cells;
  }
  // The codecs allocate what the stream claims; a damaged claim must not reach them.
  const size = codec === "jpeg-2000" || codec === "htj2k" ? jpeg2000Size(stream) : jpegSize(stream);
  const claimed = size === null ? "no size" : `${size.columns} × ${size.rows} × ${size.components}`;
  const wanted = `${layout.columns} × ${layout.rows} × ${layout.samples}`;
  if (claimed !== wanted) return `the stream says ${claimed}, the header ${wanted}`;
  const frame = await decodeByCodec(codec, stream, layout);
  if (typeof frame === "string") return frame;
  const cells = { ...layout, littleEndian: true, bitsAllocated: frame.bitsAllocated, signed: frame.signed };
  const count = layout.rows * layout.columns * layout.samples;
  if (frame.bytes.length * 8 < count * frame.bitsAllocated) return "the decoder returned too few pixels";
  return nativeValues(frame.bytes, cells, count) ?? `cells of ${frame.bitsAllocated} bits are not known`;
}

function concatenated(parts: readonly StoredValues[]): StoredValues {
  const first = parts[0]!;
  if (parts.length === 1) return first;
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = sameKind(first, total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function sameKind(like: StoredValues, length: number): StoredValues {
  if (like instanceof Uint8Array) return new Uint8Array(length);
  if (like instanceof Int8Array) return new Int8Array(length);
  if (like instanceof Int16Array) return new Int16Array(length);
  if (like instanceof Uint16Array) return new Uint16Array(length);
  if (like instanceof Int32Array) return new Int32Array(length);
  if (like instanceof Uint32Array) return new Uint32Array(length);
  if (like instanceof Float32Array) return new Float32Array(length);
  return new Float64Array(length);
}
