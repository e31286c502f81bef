import { hostIsLittleEndian } from "../files/host.js";
import type { PixelLayout } from "../series/header.js";

/** Stored values of all frames, row by row; colour samples interleaved. */
export type StoredValues =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at + size <= bytes.length; at += size) {
    for (let n = 0; n < size; n++) out[at + n] = bytes[at + size - 1 - n]!;
  }
  return out;
}

/** A copy that starts at an address a typed array accepts, or the bytes themselves where they already do. */
const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);

/** One bit per pixel, packed from the least significant bit on, over all frames without padding (PS3.5 8.2). */
export function unpackBits(bytes: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let n = 0; n < count; n++) out[n] = (bytes[n >> 3]! >> (n & 7)) & 1;
  return out;
}

/**
 * Raw little- or big-endian pixel bytes as numbers: whole cells of `bitsAllocated` bits, signed or not. `bytes` must
 * hold `count` cells. Returns null for a cell size that the standard does not know.
 */
export function nativeValues(bytes: Uint8Array, layout: PixelLayout, count: number): StoredValues | null {
  const { bitsAllocated, signed } = layout;
  if (bitsAllocated === 1) return unpackBits(bytes, count);
  const size = bitsAllocated / 8;
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return null;
  const cells = bytes.subarray(0, count * size);
  // In big endian, 8-bit pixels may sit in 16-bit words (VR OW), whose bytes are then exchanged.
  const wordSwap = size === 1 && !layout.littleEndian && layout.element.vr === "OW";
  const unit = wordSwap ? 2 : size;
  const even = wordSwap ? bytes.subarray(0, (count + 1) & ~1) : cells;
  const native = layout.littleEndian === hostIsLittleEndian || unit === 1 ? aligned(cells, size) : swapped(even, unit);
  const at = native.byteOffset;
  if (layout.element.vr === "OF" || isFloatTag(layout)) {
    return size === 8 ? new Float64Array(native.buffer, at, count) : new Float32Array(native.buffer, at, count);
  }
  if (size === 8) return null;
  const values: StoredValues =
    size === 1
      ? signed
        ? new Int8Array(native.buffer, at, count)
        : new Uint8Array(native.buffer, at, count)
      : size === 2
        ? signed
          ? new Int16Array(native.buffer, at, count)
          : new Uint16Array(native.buffer, at, count)
        : signed
          ? new Int32Array(native.buffer, at, count)
          : new Uint32Array(native.buffer, at, count);
  return values;
}

const isFloatTag = (layout: PixelLayout): boolean =>
  layout.element.tag === 0x7fe00008 || layout.element.tag === 0x7fe00009;

/**
 * The bits of stored values that count: `bitsStored` of them up to `highBit`, the rest (old overlays, padding of faulty
 * encoders) masked away, signed values extended from their own sign bit (PS3.5 8.1.1). Unchanged values are not copied.
 */
export function meaningfulBits(values: StoredValues, layout: PixelLayout): StoredValues {
  const { bitsAllocated, bitsStored, highBit, signed } = layout;
  if (values instanceof Float32Array || values instanceof Float64Array || bitsAllocated > 32) return values;
  if (bitsStored >= bitsAllocated || bitsStored < 1 || highBit >= bitsAllocated || highBit + 1 < bitsStored)
    return values;
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  const changed = (v: number): number => (signed ? (v << left) >> right : (v << left) >>> right);
  if (values.every((v) => changed(v) === v)) return values;
  return signed ? Int32Array.from(values, changed) : Uint32Array.from(values, changed);
}
