/** Size that a compressed stream itself claims. */
export interface StreamSize {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
}

/** From the frame header (SOF) of JPEG and JPEG-LS, or null where there is none. */
export function jpegSize(bytes: Uint8Array): StreamSize | null {
  let at = 2;
  while (at + 10 <= bytes.length) {
    if (bytes[at] !== 0xff) return null;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const frame =
      (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) || marker === 0xf7;
    if (frame) {
      return {
        rows: (bytes[at + 5]! << 8) | bytes[at + 6]!,
        columns: (bytes[at + 7]! << 8) | bytes[at + 8]!,
        components: bytes[at + 9]!,
      };
    }
    if (marker === 0xda || marker === 0xd9) return null;
    at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!);
  }
  return null;
}

/** From the SIZ segment of a JPEG 2000 code stream, bare or inside JP2 boxes; null where there is none. */
export function jpeg2000Size(bytes: Uint8Array): StreamSize | null {
  const limit = Math.min(bytes.length - 40, 4096);
  for (let at = 0; at < limit; at++) {
    if (bytes[at] !== 0xff || bytes[at + 1] !== 0x4f || bytes[at + 2] !== 0xff || bytes[at + 3] !== 0x51) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, Math.min(42, bytes.length - at));
    const [width, height, left, top] = [8, 12, 16, 20].map((offset) => view.getUint32(offset));
    return { rows: height! - top!, columns: width! - left!, components: view.getUint16(40) };
  }
  return null;
}
