import type { Vec3 } from "@livermark/imaging";
import { type Dataset, privateTag, valueBytes } from "../parse/dataset.js";

/** Tags of one CSA header; more is damage. */
const MOST_TAGS = 1024;

/**
 * Values of one tag of a Siemens CSA header ("SV10" form), as text. Undefined where the header or the tag is missing
 * or damaged. Layout: signature, tag count, then per tag a 64-byte name, counts, and length-prefixed items padded to 4.
 */
export function csaValues(bytes: Uint8Array, name: string): readonly string[] | undefined {
  if (bytes.length < 16 || String.fromCharCode(...bytes.subarray(0, 4)) !== "SV10") return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tags = view.getUint32(8, true);
  if (tags > MOST_TAGS) return undefined;
  let at = 16;
  for (let tag = 0; tag < tags; tag++) {
    if (at + 84 > bytes.length) return undefined;
    const nameEnd = bytes.subarray(at, at + 64).indexOf(0);
    const own = String.fromCharCode(...bytes.subarray(at, at + (nameEnd < 0 ? 64 : nameEnd)));
    const count = view.getUint32(at + 76, true);
    at += 84;
    const values: string[] = [];
    for (let item = 0; item < count; item++) {
      if (at + 16 > bytes.length) return undefined;
      const length = view.getUint32(at + 4, true);
      at += 16;
      if (length > bytes.length - at) return undefined;
      const value = String.fromCharCode(...bytes.subarray(at, at + Math.min(length, 64)))
        .replace(/\0.*$/s, "")
        .trim();
      if (value !== "") values.push(value);
      at += (length + 3) & ~3;
    }
    if (own === name) return values;
  }
  return undefined;
}

/** A CSA header that holds one tag and nothing else. */
export function csaHeader(name: string, values: readonly string[]): Uint8Array {
  const sizes = values.map((value) => (value.length + 4) & ~3);
  const bytes = new Uint8Array(16 + 84 + values.length * 16 + sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => {
    for (let n = 0; n < text.length; n++) bytes[at + n] = text.charCodeAt(n);
  };
  put(0, "SV10");
  view.setUint32(8, 1, true);
  view.setUint32(12, 77, true);
  put(16, name);
  view.setUint32(80, values.length, true);
  put(84, "FD");
  view.setUint32(92, values.length, true);
  view.setUint32(96, 77, true);
  let at = 100;
  values.forEach((value, n) => {
    view.setUint32(at + 4, value.length + 1, true);
    put(at + 16, value);
    at += 16 + sizes[n]!;
  });
  return bytes;
}

/** The direction in which the slices of a Siemens mosaic follow each other, from the CSA image header. */
export function csaSliceNormal(dataset: Dataset): Vec3 | null {
  const tag = privateTag(dataset, 0x0029, "SIEMENS CSA HEADER", 0x10);
  const bytes = tag === undefined ? undefined : valueBytes(dataset, tag);
  const values = bytes === undefined ? undefined : csaValues(bytes, "SliceNormalVector")?.map(Number);
  return values?.length === 3 && values.every(Number.isFinite) ? [values[0]!, values[1]!, values[2]!] : null;
}
