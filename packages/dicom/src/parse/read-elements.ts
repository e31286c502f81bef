import type { Dataset, Element } from "./dataset.js";
import { type Deadline, deadlineOf, LIMITS, type Limits } from "./limits.js";
import { TAG, tagName } from "./tags.js";
import { LONG_VR, SHORT_VR } from "./vr.js";

/** How far to read: to the pixel data (a header), or the whole file with the fragments of compressed pixels. */
export interface ParseOptions {
  readonly wholeFile?: boolean;
  /** Size of the file of which `bytes` is the beginning; absent = `bytes` is all of it. */
  readonly fileSize?: number;
  readonly limits?: Limits;
}

/** Where pixel data begin: the tag, its VR, and the place of its value. */
export interface PixelElement {
  readonly tag: number;
  readonly vr: string;
  readonly offset: number;
  /** −1 for encapsulated (compressed) data. */
  readonly length: number;
  /** End of the value, delimiter included; 0 where it was not read that far. */
  readonly end: number;
}

const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;

/** Stops a parse from deep inside; `parseDicom` turns it into a refusal. */
export class Stop extends Error {
  readonly code: string;
  /** Bytes that would have been needed, where the prefix was too short. */
  readonly need: number;
  constructor(code: string, message: string, need = 0) {
    super(message);
    this.code = code;
    this.need = need;
  }
}

export interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly size: number;
  readonly limits: Limits;
  readonly wholeFile: boolean;
  readonly late: Deadline;
  /** Elements and items met, those of attempts that failed included. */
  steps: number;
  at: number;
  elements: number;
  pixel: PixelElement | null;
}

/** Elements between two looks at the clock. */
const CLOCK_EVERY = 1024;

/** Counts an element or item against the limits of number and time. */
function countElement(cursor: Cursor): void {
  if (++cursor.elements > cursor.limits.elements)
    throw new Stop("too-many-elements", `the file has more than ${cursor.limits.elements} data elements`);
  if (++cursor.steps % CLOCK_EVERY === 0 && cursor.late())
    throw new Stop("too-slow", `its header was not read within ${cursor.limits.milliseconds} ms`);
}

export function want(cursor: Cursor, from: number, count: number): void {
  const end = from + count;
  if (end <= cursor.bytes.length) return;
  if (end > cursor.size) throw new Stop("truncated", `a value of ${count} bytes at byte ${from} ends after the file`);
  if (end > cursor.limits.headerBytes)
    throw new Stop("too-large", `the header is longer than ${cursor.limits.headerBytes} bytes`);
  throw new Stop("need-more", "", end);
}

export function readTag(cursor: Cursor, le: boolean): number {
  want(cursor, cursor.at, 4);
  const tag = cursor.view.getUint16(cursor.at, le) * 65536 + cursor.view.getUint16(cursor.at + 2, le);
  cursor.at += 4;
  return tag;
}

export const vrAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
export const knownVr = (vr: string): boolean => LONG_VR.has(vr) || SHORT_VR.has(vr);

/** Reads elements until `end`, an item delimiter, or (at the top) the pixel data. */
export function readElements(cursor: Cursor, shape: Omit<Dataset, "elements">, end: number, depth: number): Dataset {
  if (depth > cursor.limits.depth)
    throw new Stop("too-deep", `sequences are nested more than ${cursor.limits.depth} deep`);
  const elements = new Map<number, Element>();
  const dataset: Dataset = { ...shape, elements };
  const le = shape.littleEndian;
  while (cursor.at < end) {
    if (end - cursor.at < 8) {
      // Trailing padding shorter than an element header is common and harmless.
      cursor.at = end;
      break;
    }
    const start = cursor.at;
    const tag = readTag(cursor, le);
    if (tag === ITEM_END) {
      cursor.at += 4;
      break;
    }
    if (tag === SEQUENCE_END && depth > 0) {
      cursor.at = start;
      break;
    }
    countElement(cursor);
    const { vr, length } = readVrAndLength(cursor, dataset, tag);
    if (tag === TAG.PixelData || tag === TAG.FloatPixelData || tag === TAG.DoubleFloatPixelData) {
      if (depth === 0) {
        cursor.pixel = { tag, vr, offset: cursor.at, length, end: length < 0 ? 0 : cursor.at + length };
        elements.set(tag, { tag, vr, offset: cursor.at, length });
        if (!cursor.wholeFile) break;
      }
      if (length < 0) {
        skipFragments(cursor);
        if (depth === 0 && cursor.pixel !== null) cursor.pixel = { ...cursor.pixel, end: cursor.at };
        continue;
      }
    }
    if (length < 0 || vr === "SQ") {
      elements.set(tag, readSequence(cursor, dataset, tag, vr, length, end, depth));
      continue;
    }
    if (cursor.at + length > end) {
      throw new Stop(
        "truncated",
        `${tagName(tag)} claims ${length} bytes, but ${Math.max(0, end - cursor.at)} are left`,
      );
    }
    want(cursor, cursor.at, length);
    const offset = cursor.at;
    const nested = (vr === "" || vr === "UN") && length >= 8 ? tryItems(cursor, dataset, tag, vr, length, depth) : null;
    elements.set(tag, nested ?? { tag, vr, offset, length });
    cursor.at = offset + length;
  }
  return dataset;
}

export function readVrAndLength(cursor: Cursor, dataset: Dataset, tag: number): { vr: string; length: number } {
  const le = dataset.littleEndian;
  want(cursor, cursor.at, 4);
  const group = Math.floor(tag / 65536);
  if (!dataset.explicit || group === 0xfffe) {
    const length = cursor.view.getUint32(cursor.at, le);
    cursor.at += 4;
    return { vr: "", length: length === UNDEFINED_LENGTH ? -1 : length };
  }
  const vr = vrAt(cursor.bytes, cursor.at);
  if (LONG_VR.has(vr)) {
    want(cursor, cursor.at, 8);
    const length = cursor.view.getUint32(cursor.at + 4, le);
    cursor.at += 8;
    return { vr, length: length === UNDEFINED_LENGTH ? -1 : length };
  }
  if (!SHORT_VR.has(vr) && !/^[A-Z]{2}$/.test(vr) && vr !== "  " && vr !== "\0\0" && vr !== "??") {
    // Not two letters: an element written in implicit VR inside an explicit data set (seen in private blocks).
    const length = cursor.view.getUint32(cursor.at, le);
    if (length <= cursor.size - cursor.at - 4) {
      cursor.at += 4;
      return { vr: "UN", length };
    }
  }
  const length = cursor.view.getUint16(cursor.at + 2, le);
  cursor.at += 4;
  return { vr: SHORT_VR.has(vr) ? vr : "UN", length };
}

/** A defined-length value without a VR may be a sequence; it is one if it reads as items to the last byte. */
function tryItems(
  cursor: Cursor,
  dataset: Dataset,
  tag: number,
  vr: string,
  length: number,
  depth: number,
): Element | null {
  const le = vr === "UN" ? true : dataset.littleEndian;
  const start = cursor.at;
  if (cursor.view.getUint16(start, le) !== 0xfffe || cursor.view.getUint16(start + 2, le) !== 0xe000) return null;
  const counted = cursor.elements;
  try {
    const element = readSequence(cursor, dataset, tag, vr, length, start + length, depth);
    return cursor.at === start + length ? element : null;
  } catch (error) {
    if (!(error instanceof Stop) || error.code === "need-more" || error.code === "too-slow") throw error;
    cursor.elements = counted;
    cursor.at = start;
    return null;
  }
}

function readSequence(
  cursor: Cursor,
  dataset: Dataset,
  tag: number,
  vr: string,
  length: number,
  limit: number,
  depth: number,
): Element {
  const offset = cursor.at;
  const end = length < 0 ? limit : cursor.at + length;
  if (end > limit)
    throw new Stop("truncated", `sequence ${tagName(tag)} claims ${length} bytes, ${limit - offset} are left`);
  // PS3.5 6.2.2 note 2: UN of undefined length holds implicit VR little endian, whatever the file is written in.
  const encoding =
    vr === "UN" ? unknownEncoding(cursor, dataset) : { explicit: dataset.explicit, littleEndian: dataset.littleEndian };
  const found: Dataset[] = [];
  while (cursor.at < end) {
    const itemTag = readTag(cursor, encoding.littleEndian);
    want(cursor, cursor.at, 4);
    const itemLength = cursor.view.getUint32(cursor.at, encoding.littleEndian);
    cursor.at += 4;
    if (itemTag === SEQUENCE_END) break;
    if (itemTag !== ITEM)
      throw new Stop("bad-sequence", `${tagName(itemTag)} stands where sequence ${tagName(tag)} wants an item`);
    countElement(cursor);
    const itemEnd = itemLength === UNDEFINED_LENGTH ? end : cursor.at + itemLength;
    // A sequence whose length is a few bytes short still holds its last item, if the file does.
    if (itemEnd > limit) throw new Stop("truncated", `an item of ${tagName(tag)} ends after its sequence`);
    const shape = { bytes: cursor.bytes, parent: dataset, ...encoding };
    found.push(readElements(cursor, shape, itemEnd, depth + 1));
    if (itemLength !== UNDEFINED_LENGTH) cursor.at = itemEnd;
  }
  return { tag, vr, offset, length, items: found };
}

/** UN content is implicit by the standard; some writers leave it explicit, which its first element's VR shows. */
function unknownEncoding(cursor: Cursor, dataset: Dataset): { explicit: boolean; littleEndian: boolean } {
  const first = cursor.at + 8;
  const explicit = dataset.explicit && first + 6 <= cursor.bytes.length && knownVr(vrAt(cursor.bytes, first + 4));
  return { explicit, littleEndian: explicit ? dataset.littleEndian : true };
}

function skipFragments(cursor: Cursor): void {
  for (;;) {
    const tag = readTag(cursor, true);
    want(cursor, cursor.at, 4);
    const length = cursor.view.getUint32(cursor.at, true);
    cursor.at += 4;
    if (tag === SEQUENCE_END) return;
    if (tag !== ITEM) throw new Stop("bad-fragments", `${tagName(tag)} stands among the fragments of the pixel data`);
    want(cursor, cursor.at, length);
    cursor.at += length;
  }
}

export const cursorOver = (bytes: Uint8Array, at: number, options: ParseOptions): Cursor => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  size: Math.max(bytes.length, options.fileSize ?? 0),
  limits: options.limits ?? LIMITS,
  wholeFile: options.wholeFile ?? false,
  late: deadlineOf(options.limits ?? LIMITS),
  steps: 0,
  at,
  elements: 0,
  pixel: null,
});
