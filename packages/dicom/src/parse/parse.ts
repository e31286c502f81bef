import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { ascii, type Dataset, type Element, valueBytes } from "./dataset.js";
import { LIMITS, type Limits } from "./limits.js";
import { TAG, tagName } from "./tags.js";

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

/** A parsed Part 10 file, or a bare data set. */
export interface Parsed {
  readonly dataset: Dataset;
  readonly meta: Dataset | null;
  readonly transferSyntax: string;
  readonly pixel: PixelElement | null;
  readonly issues: readonly Issue[];
}

/** Transfer syntaxes whose data sets are not explicit little endian. */
const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const BIG_ENDIAN = "1.2.840.10008.1.2.2";
export const DEFLATED: ReadonlySet<string> = new Set(["1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95"]);

const LONG_VR = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const SHORT_VR = new Set("AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split(" "));
const UNDEFINED_LENGTH = 0xffffffff;
const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;

/** Stops a parse from deep inside; never leaves this module. */
class Stop extends Error {
  readonly code: string;
  /** Bytes that would have been needed, where the prefix was too short. */
  readonly need: number;
  constructor(code: string, message: string, need = 0) {
    super(message);
    this.code = code;
    this.need = need;
  }
}

interface Cursor {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly size: number;
  readonly limits: Limits;
  readonly wholeFile: boolean;
  at: number;
  elements: number;
  pixel: PixelElement | null;
}

function want(cursor: Cursor, from: number, count: number): void {
  const end = from + count;
  if (end <= cursor.bytes.length) return;
  if (end > cursor.size) throw new Stop("truncated", `a value of ${count} bytes at byte ${from} ends after the file`);
  if (end > cursor.limits.headerBytes)
    throw new Stop("too-large", `the header is longer than ${cursor.limits.headerBytes} bytes`);
  throw new Stop("need-more", "", end);
}

function readTag(cursor: Cursor, le: boolean): number {
  want(cursor, cursor.at, 4);
  const tag = cursor.view.getUint16(cursor.at, le) * 65536 + cursor.view.getUint16(cursor.at + 2, le);
  cursor.at += 4;
  return tag;
}

const vrAt = (bytes: Uint8Array, at: number): string => String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0);
const knownVr = (vr: string): boolean => LONG_VR.has(vr) || SHORT_VR.has(vr);

/** Reads elements until `end`, an item delimiter, or (at the top) the pixel data. */
function readElements(cursor: Cursor, shape: Omit<Dataset, "elements">, end: number, depth: number): Dataset {
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
    if (++cursor.elements > cursor.limits.elements) {
      throw new Stop("too-many-elements", `the file has more than ${cursor.limits.elements} data elements`);
    }
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

function readVrAndLength(cursor: Cursor, dataset: Dataset, tag: number): { vr: string; length: number } {
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
    if (!(error instanceof Stop) || error.code === "need-more") throw error;
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
    if (++cursor.elements > cursor.limits.elements) {
      throw new Stop("too-many-elements", `the file has more than ${cursor.limits.elements} data elements`);
    }
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

const cursorOver = (bytes: Uint8Array, at: number, options: ParseOptions): Cursor => ({
  bytes,
  view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  size: Math.max(bytes.length, options.fileSize ?? 0),
  limits: options.limits ?? LIMITS,
  wholeFile: options.wholeFile ?? false,
  at,
  elements: 0,
  pixel: null,
});

/** Where the first element stands and how it is written, or null where the bytes do not look like DICOM. */
function sniff(bytes: Uint8Array): { at: number; explicit: boolean; littleEndian: boolean } | null {
  // A stray byte or two before the data set occurs in files cut out of network captures.
  for (let at = 0; at < 4 && at + 8 <= bytes.length; at++) {
    const low = bytes[at]! | (bytes[at + 1]! << 8);
    const high = (bytes[at]! << 8) | bytes[at + 1]!;
    for (const littleEndian of [true, false]) {
      const group = littleEndian ? low : high;
      if (group !== 2 && group !== 8) continue;
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
      if (view.getUint16(2, littleEndian) > 0x0400) continue;
      if (knownVr(vrAt(bytes, at + 4))) return { at, explicit: true, littleEndian };
      if (view.getUint32(4, littleEndian) <= 1024) return { at, explicit: false, littleEndian };
    }
  }
  return null;
}

/** Whether a data set that is said to be explicit really is (or the reverse), from its first element. */
function looksExplicit(bytes: Uint8Array, at: number, said: boolean): boolean {
  if (at + 8 > bytes.length) return said;
  const vr = vrAt(bytes, at + 4);
  if (knownVr(vr)) return true;
  return said && /^[A-Z]{2}$/.test(vr);
}

/**
 * Result of `parseDicom`: the data set, or `need` more bytes of the file's beginning, or a refusal.
 * `dicomStart` −1 is used where the file is not DICOM at all.
 */
export type ParseOutcome = Result<Parsed> | { readonly ok: "need-more"; readonly bytes: number };

/**
 * Parses DICOM from the beginning of a file: with or without preamble and meta group, implicit or explicit VR, little
 * or big endian. Deflated data sets must be inflated before (`inflateDataset`). Values are not copied: `Dataset`
 * points into `bytes`. Never recurses deeper, allocates more elements, or reads further than `limits` allow.
 * Refuses: `not-dicom`, `truncated`, `too-deep`, `too-many-elements`, `too-large`, `bad-sequence`, `bad-fragments`.
 * Standard: PS3.5 sections 6-7 and PS3.10 section 7.
 */
export function parseDicom(bytes: Uint8Array, options: ParseOptions = {}): ParseOutcome {
  const issues: Issue[] = [];
  try {
    const start = findStart(bytes, issues);
    if (start === null) {
      return refuse({
        code: "not-dicom",
        message: "The file is not DICOM.",
        wanted: "a DICOM file, with or without its preamble",
      });
    }
    const { meta, at, transferSyntax } = readMeta(bytes, start, options);
    const littleEndian = transferSyntax === null ? start.littleEndian : transferSyntax !== BIG_ENDIAN;
    const said = transferSyntax === null ? start.explicit : transferSyntax !== IMPLICIT;
    const explicit = looksExplicit(bytes, at, said);
    if (transferSyntax !== null && explicit !== said) {
      issues.push(
        warningIssue({
          code: "wrong-transfer-syntax",
          message: `The data set is written in ${explicit ? "explicit" : "implicit"} VR, the meta group says otherwise.`,
          got: transferSyntax,
        }),
      );
    }
    const cursor = cursorOver(bytes, at, options);
    const dataset = readElements(cursor, { bytes, littleEndian, explicit, parent: null }, cursor.size, 0);
    const read = transferSyntax ?? (littleEndian ? (explicit ? EXPLICIT : IMPLICIT) : BIG_ENDIAN);
    return ok({ dataset, meta, transferSyntax: read, pixel: cursor.pixel, issues });
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    if (error.code === "need-more") return { ok: "need-more", bytes: error.need };
    return refuse({
      code: error.code,
      message: `The file is damaged: ${error.message}.`,
      wanted: "a complete DICOM file",
      mend: "Export or copy it again.",
    });
  }
}

interface Start {
  readonly at: number;
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

function findStart(bytes: Uint8Array, issues: Issue[]): Start | null {
  const magicAt = (at: number): boolean =>
    bytes[at] === 0x44 && bytes[at + 1] === 0x49 && bytes[at + 2] === 0x43 && bytes[at + 3] === 0x4d;
  if (magicAt(128)) return { at: 132, explicit: true, littleEndian: true };
  if (magicAt(0)) return { at: 4, explicit: true, littleEndian: true };
  const found = sniff(bytes);
  if (found === null) return null;
  issues.push(
    warningIssue({
      code: "no-preamble",
      message: "The file has no DICOM preamble; its data set was read from the first element.",
    }),
  );
  return found;
}

/** Reads group 2, which is explicit little endian in every file (some writers make it implicit). */
function readMeta(
  bytes: Uint8Array,
  start: Start,
  options: ParseOptions,
): { meta: Dataset | null; at: number; transferSyntax: string | null } {
  const group = (at: number): number => (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  if (group(start.at) !== 2) return { meta: null, at: start.at, transferSyntax: null };
  const explicit = looksExplicit(bytes, start.at, true);
  const shape = { bytes, littleEndian: true, explicit, parent: null };
  const cursor = cursorOver(bytes, start.at, options);
  const elements = new Map<number, Element>();
  const meta: Dataset = { ...shape, elements };
  while (cursor.at + 8 <= cursor.size) {
    want(cursor, cursor.at, 8);
    if (group(cursor.at) !== 2) break;
    const tag = readTag(cursor, true);
    const { vr, length } = readVrAndLength(cursor, meta, tag);
    if (length < 0) throw new Stop("truncated", `${tagName(tag)} has no length`);
    if (cursor.at + length > cursor.size)
      throw new Stop("truncated", `${tagName(tag)} claims ${length} bytes after the file's end`);
    want(cursor, cursor.at, length);
    elements.set(tag, { tag, vr, offset: cursor.at, length });
    cursor.at += length;
  }
  const uid = valueBytes(meta, TAG.TransferSyntaxUID);
  const named = uid === undefined ? "" : ascii(uid).trim();
  if (named !== "") return { meta, at: cursor.at, transferSyntax: named };
  const rest = sniffAfterMeta(bytes, cursor.at);
  return { meta, at: cursor.at, transferSyntax: rest };
}

/** Without a transfer syntax the first element decides; a bare implicit data set is the standard's default. */
function sniffAfterMeta(bytes: Uint8Array, at: number): string {
  if (at + 8 > bytes.length) return IMPLICIT;
  const explicit = knownVr(vrAt(bytes, at + 4));
  const bigEndian = bytes[at] === 0 && bytes[at + 1] !== 0;
  return bigEndian ? BIG_ENDIAN : explicit ? EXPLICIT : IMPLICIT;
}
