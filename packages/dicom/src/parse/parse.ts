import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { ascii, type Dataset, type Element, valueBytes } from "./dataset.js";
import {
  cursorOver,
  knownVr,
  type ParseOptions,
  type PixelElement,
  readElements,
  readTag,
  readVrAndLength,
  Stop,
  vrAt,
  want,
} from "./read-elements.js";
import { TAG, tagName } from "./tags.js";

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
 * Refuses: `not-dicom`, `truncated`, `too-deep`, `too-many-elements`, `too-large`, `too-slow`, `bad-sequence`,
 * `bad-fragments`.
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
