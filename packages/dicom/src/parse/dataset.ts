import { textDecoder } from "./charset.js";
import { isPrivate, TAG } from "./tags.js";

/** One data element: where its value lies, or the items of its sequence. */
export interface Element {
  readonly tag: number;
  /** Value representation as written; empty in implicit VR. */
  readonly vr: string;
  /** Of the value, in `Dataset.bytes`. */
  readonly offset: number;
  /** Of the value; −1 where the length is undefined. */
  readonly length: number;
  /** Items, where the element was read as a sequence. */
  readonly items?: readonly Dataset[];
}

/** A data set or an item: elements by tag over the bytes they were read from. */
export interface Dataset {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly explicit: boolean;
  readonly elements: ReadonlyMap<number, Element>;
  readonly parent: Dataset | null;
}

const view = (dataset: Dataset): DataView =>
  new DataView(dataset.bytes.buffer, dataset.bytes.byteOffset, dataset.bytes.byteLength);

/** The bytes of a value, or undefined where the element is absent, a sequence, or not held in memory. */
export function valueBytes(dataset: Dataset, tag: number): Uint8Array | undefined {
  const element = dataset.elements.get(tag);
  if (element === undefined || element.items !== undefined || element.length < 0) return undefined;
  if (element.offset + element.length > dataset.bytes.length) return undefined;
  return dataset.bytes.subarray(element.offset, element.offset + element.length);
}

/** Character set terms in force: an item without its own takes those of the data set around it. */
function charsetOf(dataset: Dataset): readonly string[] {
  for (let at: Dataset | null = dataset; at !== null; at = at.parent) {
    const bytes = valueBytes(at, TAG.SpecificCharacterSet);
    if (bytes !== undefined) return ascii(bytes).split("\\");
  }
  return [];
}

/** Bytes as ASCII (Latin-1 for the rest) without trailing padding. */
export function ascii(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end--;
  let text = "";
  for (let i = 0; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** The text of a value in its character set, without padding; undefined where absent or empty. */
export function text(dataset: Dataset, tag: number): string | undefined {
  const bytes = valueBytes(dataset, tag);
  if (bytes === undefined) return undefined;
  const plain = bytes.every((byte) => byte < 0x80 && byte !== 0x1b);
  const value = (plain ? ascii(bytes) : textDecoder(charsetOf(dataset))(bytes).replace(/[\0 ]+$/, "")).trim();
  return value === "" ? undefined : value;
}

/** The values of a text element, split at backslashes and trimmed; empty where absent. */
export const texts = (dataset: Dataset, tag: number): readonly string[] =>
  text(dataset, tag)
    ?.split("\\")
    .map((part) => part.trim()) ?? [];

/** Numbers of an IS or DS value; a part that is not a number makes the whole value undefined. */
export function decimals(dataset: Dataset, tag: number): readonly number[] | undefined {
  const parts = texts(dataset, tag);
  if (parts.length === 0) return undefined;
  // Some writers use a decimal comma; no other reading of "0,743" exists in a DS value.
  const numbers = parts.map((part) => (part === "" ? Number.NaN : Number(part.replace(",", "."))));
  return numbers.every(Number.isFinite) ? numbers : undefined;
}

/** First number of an IS or DS value. */
export const decimal = (dataset: Dataset, tag: number): number | undefined => decimals(dataset, tag)?.[0];

/** First value of a US element. */
export function uint16(dataset: Dataset, tag: number): number | undefined {
  const bytes = valueBytes(dataset, tag);
  if (bytes === undefined || bytes.length < 2) return undefined;
  return dataset.littleEndian ? bytes[0]! | (bytes[1]! << 8) : (bytes[0]! << 8) | bytes[1]!;
}

/** Sizes of the binary number representations. */
const BINARY: {
  readonly [vr: string]: readonly [size: number, read: (v: DataView, at: number, le: boolean) => number];
} = {
  US: [2, (v, at, le) => v.getUint16(at, le)],
  SS: [2, (v, at, le) => v.getInt16(at, le)],
  UL: [4, (v, at, le) => v.getUint32(at, le)],
  SL: [4, (v, at, le) => v.getInt32(at, le)],
  FL: [4, (v, at, le) => v.getFloat32(at, le)],
  FD: [8, (v, at, le) => v.getFloat64(at, le)],
  OF: [4, (v, at, le) => v.getFloat32(at, le)],
  OD: [8, (v, at, le) => v.getFloat64(at, le)],
};

/**
 * Numbers of an element of any numeric representation. `implicitVr` says how to read it where the file does not
 * (implicit VR, or UN): one of US, SS, UL, SL, FL, FD, or DS/IS for text. Undefined where absent, empty or not numbers.
 */
export function numbers(dataset: Dataset, tag: number, implicitVr: string): readonly number[] | undefined {
  const element = dataset.elements.get(tag);
  const bytes = valueBytes(dataset, tag);
  if (element === undefined || bytes === undefined || bytes.length === 0) return undefined;
  const written = element.vr === "" || element.vr === "UN" || element.vr === "OB" ? implicitVr : element.vr;
  const binary = BINARY[written];
  if (binary === undefined) return decimals(dataset, tag);
  const [size, read] = binary;
  const data = view(dataset);
  const values: number[] = [];
  for (let at = 0; at + size <= element.length; at += size) {
    values.push(read(data, element.offset + at, dataset.littleEndian));
  }
  return values.length > 0 && values.every(Number.isFinite) ? values : undefined;
}

/** First number of an element; see `numbers`. */
export const number = (dataset: Dataset, tag: number, implicitVr: string): number | undefined =>
  numbers(dataset, tag, implicitVr)?.[0];

/** Items of a sequence; empty where absent. */
export const items = (dataset: Dataset, tag: number): readonly Dataset[] => dataset.elements.get(tag)?.items ?? [];

/** First item of a sequence. */
export const item = (dataset: Dataset | undefined, tag: number): Dataset | undefined =>
  dataset === undefined ? undefined : items(dataset, tag)[0];

const creatorBlocks = new WeakMap<Dataset, ReadonlyMap<string, number>>();

/** Block numbers by `group creator`, found once per data set. */
function blocksOf(dataset: Dataset): ReadonlyMap<string, number> {
  const known = creatorBlocks.get(dataset);
  if (known !== undefined) return known;
  const blocks = new Map<string, number>();
  for (const tag of dataset.elements.keys()) {
    const low = tag & 0xffff;
    if (!isPrivate(tag) || low < 0x10 || low > 0xff) continue;
    const bytes = valueBytes(dataset, tag);
    const name = bytes === undefined ? "" : `${tag >>> 16} ${ascii(bytes).trim()}`;
    if (name !== "" && !blocks.has(name)) blocks.set(name, low);
  }
  creatorBlocks.set(dataset, blocks);
  return blocks;
}

/**
 * Tag of a vendor's element: `element` (two hex digits) inside the block that `creator` reserved in `group`
 * (PS3.5 7.8.1). Undefined where the creator has no block here.
 */
export function privateTag(dataset: Dataset, group: number, creator: string, element: number): number | undefined {
  const block = blocksOf(dataset).get(`${group} ${creator}`);
  return block === undefined ? undefined : group * 65536 + block * 256 + element;
}

/** The private creator that owns a private element here, or null. */
export function privateCreator(dataset: Dataset, tag: number): string | null {
  if (!isPrivate(tag)) return null;
  const block = (tag >>> 8) & 0xff;
  const bytes = valueBytes(dataset, (tag >>> 16) * 65536 + block);
  return bytes === undefined ? null : ascii(bytes).trim();
}
