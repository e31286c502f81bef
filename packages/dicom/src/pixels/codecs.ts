import type { PixelLayout } from "../series/header.js";

/** Compressions that the WASM codecs decode. */
export type CodecName = "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k";

type Codecs = typeof import("dcmjs-codecs");
let loading: Promise<Codecs> | null = null;

async function load(): Promise<Codecs> {
  loading ??= (async () => {
    const module = await import("dcmjs-codecs");
    const codecs: Codecs = "default" in module ? (module.default as Codecs) : module;
    codecs.log.setLevel("silent");
    await codecs.NativeCodecs.initializeAsync();
    return codecs;
  })();
  return loading;
}

/** Little-endian cells of one decoded frame, with the cell size that the codec used. */
export interface DecodedFrame {
  readonly bytes: Uint8Array;
  readonly bitsAllocated: number;
  readonly signed: boolean;
}

/** Decodes one frame by the WASM codecs (loaded on first use); the reason as text where the codec refuses it. */
export async function decodeByCodec(
  codec: CodecName,
  stream: Uint8Array,
  layout: PixelLayout,
): Promise<DecodedFrame | string> {
  const codecs = await load();
  const context = new codecs.Context({
    width: layout.columns,
    height: layout.rows,
    // One-bit images are compressed as bytes.
    bitsAllocated: Math.max(8, layout.bitsAllocated),
    bitsStored: layout.bitsStored,
    samplesPerPixel: layout.samples,
    pixelRepresentation: layout.signed ? 1 : 0,
    planarConfiguration: 0,
    photometricInterpretation: layout.photometric,
    encodedBuffer: stream,
  });
  try {
    const decode = {
      jpeg: codecs.NativeCodecs.decodeJpeg,
      "jpeg-ls": codecs.NativeCodecs.decodeJpegLs,
      "jpeg-2000": codecs.NativeCodecs.decodeJpeg2000,
      htj2k: codecs.NativeCodecs.decodeHtJpeg2000,
    }[codec];
    const result = decode.call(codecs.NativeCodecs, context, {});
    const bytes = result.getDecodedBuffer();
    if (bytes === undefined) return "the decoder returned nothing";
    return {
      bytes,
      bitsAllocated: result.getBitsAllocated() ?? Math.max(8, layout.bitsAllocated),
      signed: (result.getPixelRepresentation() ?? (layout.signed ? 1 : 0)) === 1,
    };
  } catch (error) {
    // A trap leaves the module's memory in an unknown state; the next image gets a fresh one.
    codecs.NativeCodecs.release();
    loading = null;
    return error instanceof Error ? error.message.trim() : String(error);
  }
}
