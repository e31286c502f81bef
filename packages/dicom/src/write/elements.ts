import { tagName } from "../parse/tags.js";
import { LONG_VR } from "../parse/vr.js";

/** Value of one element to write: text, numbers, bytes, or the items of a sequence. */
export type ElementValue =
  | string
  | number
  | readonly string[]
  | readonly number[]
  | Uint8Array
  | readonly ElementList[];

/** One element: tag, value representation, value. */
export type ElementSpec = readonly [tag: number, vr: string, value: ElementValue];

/** A data set or item to write, in any order; a later element replaces an earlier one of the same tag. */
export type ElementList = readonly ElementSpec[];

const NUMBER_BYTES: { readonly [vr: string]: number } = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 };
const encoder = new TextEncoder();

/**
 * A number as DS: the most exact decimal of at most 16 characters (PS3.5 table 6.2-1).
 * Example: `decimalString(0.742999970912933)` is `0.74299997091293`.
 */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`DS cannot hold ${value}`);
  const plain = String(value);
  if (plain.length <= 16) return plain;
  for (let digits = 15; digits > 1; digits--) {
    const short = String(Number(value.toPrecision(digits)));
    if (short.length <= 16) return short;
  }
  return value.toExponential(6);
}

function numberBytes(vr: string, values: readonly number[]): Uint8Array {
  const size = NUMBER_BYTES[vr]!;
  const bytes = new Uint8Array(size * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, n) => {
    const at = n * size;
    if (vr === "US") view.setUint16(at, value, true);
    else if (vr === "SS") view.setInt16(at, value, true);
    else if (vr === "UL") view.setUint32(at, value, true);
    else if (vr === "SL") view.setInt32(at, value, true);
    else if (vr === "FL") view.setFloat32(at, value, true);
    else view.setFloat64(at, value, true);
  });
  return bytes;
}

function valueBytes(spec: ElementSpec): Uint8Array {
  const [tag, vr, value] = spec;
  if (value instanceof Uint8Array) return value;
  if (vr === "AT") {
    const tags = (typeof value === "number" ? [value] : value) as readonly number[];
    return numberBytes(
      "US",
      tags.flatMap((t) => [t >>> 16, t & 0xffff]),
    );
  }
  if (NUMBER_BYTES[vr] !== undefined) {
    if (typeof value === "string") throw new Error(`${tagName(tag)} ${vr} cannot hold text`);
    return numberBytes(vr, (typeof value === "number" ? [value] : value) as readonly number[]);
  }
  const parts =
    typeof value === "string" ? [value] : typeof value === "number" ? [value] : (value as readonly (string | number)[]);
  return encoder.encode(parts.map((part) => (typeof part === "number" ? decimalString(part) : part)).join("\\"));
}

/** Even length, as every value must have: zero for UIDs and bytes, a space for text. */
function padded(vr: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  if (vr !== "UI" && !LONG_VR.has(vr) && NUMBER_BYTES[vr] === undefined) even[bytes.length] = 0x20;
  if (vr === "UT" || vr === "UC" || vr === "UR") even[bytes.length] = 0x20;
  return even;
}

function header(tag: number, vr: string, length: number): Uint8Array {
  const long = LONG_VR.has(vr);
  const bytes = new Uint8Array(long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  bytes[4] = vr.charCodeAt(0);
  bytes[5] = vr.charCodeAt(1);
  if (long) view.setUint32(8, length, true);
  else if (length > 0xffff) throw new Error(`${tagName(tag)} ${vr} is too long for its representation`);
  else view.setUint16(6, length, true);
  return bytes;
}

/** Tag and length of an item. */
export function itemHeader(length: number, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xfffe, littleEndian);
  view.setUint16(2, 0xe000, littleEndian);
  view.setUint32(4, length, littleEndian);
  return bytes;
}

const total = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

/** Joins byte arrays. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(total(chunks));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

function encodeElement(spec: ElementSpec, out: Uint8Array[]): void {
  const [tag, vr, value] = spec;
  if (vr !== "SQ") {
    const bytes = padded(vr, valueBytes(spec));
    out.push(header(tag, vr, bytes.length), bytes);
    return;
  }
  const inside: Uint8Array[] = [];
  for (const item of value as readonly ElementList[]) {
    const body = encodeElements(item);
    inside.push(itemHeader(total(body)), ...body);
  }
  out.push(header(tag, "SQ", total(inside)), ...inside);
}

/** Explicit little-endian bytes of a data set, sorted by tag, in pieces. */
export function encodeElements(elements: ElementList): Uint8Array[] {
  const byTag = new Map(elements.map((spec) => [spec[0], spec]));
  const out: Uint8Array[] = [];
  for (const spec of [...byTag.values()].sort(([a], [b]) => a - b)) encodeElement(spec, out);
  return out;
}

/** Names this writer in group 2; a UUID-derived UID that never changes. */
export const IMPLEMENTATION_CLASS_UID = "2.25.268127430913508164285316284310297213";

/** A complete Part 10 file in explicit VR little endian. `elements` must hold SOP class and instance UIDs. */
export function encodeFile(elements: ElementList, transferSyntax = "1.2.840.10008.1.2.1"): Uint8Array {
  const textOf = (tag: number): string => {
    const value = elements.find(([t]) => t === tag)?.[2];
    if (typeof value !== "string") throw new Error(`a DICOM file needs ${tagName(tag)}`);
    return value;
  };
  const meta = encodeElements([
    [0x00020001, "OB", new Uint8Array([0, 1])],
    [0x00020002, "UI", textOf(0x00080016)],
    [0x00020003, "UI", textOf(0x00080018)],
    [0x00020010, "UI", transferSyntax],
    [0x00020012, "UI", IMPLEMENTATION_CLASS_UID],
    [0x00020013, "SH", "LIVERMARK"],
  ]);
  const preamble = new Uint8Array(132);
  preamble.set([0x44, 0x49, 0x43, 0x4d], 128);
  const group: Uint8Array[] = [];
  encodeElement([0x00020000, "UL", total(meta)], group);
  return joinBytes([preamble, ...group, ...meta, ...encodeElements(elements)]);
}
