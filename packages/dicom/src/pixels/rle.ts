/**
 * Decodes one RLE frame (PS3.5 annex G): up to 15 PackBits segments, one per byte plane, most significant first.
 * Returns little-endian cells, samples interleaved, or null where the frame is damaged or holds other than `planes` segments.
 */
export function decodeRle(
  bytes: Uint8Array,
  pixels: number,
  bytesPerSample: number,
  samples: number,
): Uint8Array | null {
  const planes = bytesPerSample * samples;
  if (bytes.length < 64) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== planes) return null;
  const out = new Uint8Array(pixels * planes);
  for (let plane = 0; plane < planes; plane++) {
    const start = view.getUint32(4 + 4 * plane, true);
    const end = plane + 1 < planes ? view.getUint32(8 + 4 * plane, true) : bytes.length;
    if (start < 64 || start > end || end > bytes.length) return null;
    const sample = Math.floor(plane / bytesPerSample);
    const target = sample * bytesPerSample + (bytesPerSample - 1 - (plane % bytesPerSample));
    if (!unpack(bytes.subarray(start, end), out, target, planes, pixels)) return null;
  }
  return out;
}

function unpack(segment: Uint8Array, out: Uint8Array, first: number, step: number, count: number): boolean {
  let at = 0;
  let done = 0;
  let to = first;
  while (done < count) {
    const control = segment[at++];
    if (control === undefined) return false;
    if (control < 128) {
      const run = Math.min(control + 1, count - done);
      if (at + run > segment.length) return false;
      for (let n = 0; n < run; n++, to += step) out[to] = segment[at + n]!;
      at += control + 1;
      done += run;
    } else if (control > 128) {
      const value = segment[at++];
      if (value === undefined) return false;
      const run = Math.min(257 - control, count - done);
      for (let n = 0; n < run; n++, to += step) out[to] = value;
      done += run;
    }
  }
  return true;
}
