import { inflateRawSync, inflateSync } from "node:zlib";

/** Inflates one frame, raw or with a zlib header, to at most `limit` bytes; null where it is damaged or larger. */
export function inflateFrame(stream: Uint8Array, limit: number): Uint8Array | null {
  const zlib = stream[0] === 0x78 && ((stream[0] << 8) | (stream[1] ?? 0)) % 31 === 0;
  try {
    // A padding byte after the stream is ignored by zlib.
    return (zlib ? inflateSync : inflateRawSync)(stream, { maxOutputLength: limit });
  } catch {
    return null;
  }
}
