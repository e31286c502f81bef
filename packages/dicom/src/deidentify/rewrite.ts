import { type Dataset, type Element, number, text } from "../parse/dataset.js";
import type { Parsed } from "../parse/parse.js";
import { isPrivate, TAG, tagName } from "../parse/tags.js";
import { LONG_VR, TEXT_VR } from "../parse/vr.js";
import { csaHeader, csaSliceNormal } from "../series/csa.js";
import { encodeElements, IMPLEMENTATION_CLASS_UID, itemHeader, joinBytes } from "../write/elements.js";
import { cleanedWords } from "./clean-words.js";
import { type Dictionary, publicVr } from "./dictionary.js";
import { bytesRepeat, identifies, identifyingWords, identityOf } from "./identity.js";
import { type DeidentificationKey, dateOffsetDays, mappedUid, pseudonymOf, shiftedDate } from "./keyed.js";
import {
  type Action,
  dummyValue,
  isFreeText,
  methodCodes,
  PROFILE_EDITION,
  type ProfileOptions,
  publicAction,
  SEGMENT_LABEL,
} from "./profile.js";
import { isSafePrivate } from "./safe-private.js";
import { CONTENT_SEQUENCE, isStructuredReport, removedItem, structuredAction } from "./structured-content.js";

/** What happened to attributes, by `action (gggg,eeee)`, counted over nested items too. */
export type ActionCounts = Map<string, number>;

interface Work {
  readonly key: DeidentificationKey;
  readonly options: ProfileOptions;
  readonly dictionary: Dictionary;
  readonly identity: string;
  readonly offsetDays: number;
  readonly words: ReadonlySet<string>;
  /** The object is a structured report, whose content is cleaned item by item. */
  readonly structured: boolean;
  readonly counts: ActionCounts;
}

const encoder = new TextEncoder();

/** Written in ASCII, which every character set of DICOM contains: letters lose their marks, other scripts are dropped. */
const asciiBytes = (value: string): Uint8Array =>
  encoder.encode(
    value
      .normalize("NFKD")
      .replace(/[^\x20-\x7e]/g, "")
      .trim(),
  );

function head(dataset: Dataset, tag: number, vr: string, length: number): Uint8Array {
  const long = LONG_VR.has(vr);
  const bytes = new Uint8Array(dataset.explicit && long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, dataset.littleEndian);
  view.setUint16(2, tag & 0xffff, dataset.littleEndian);
  if (!dataset.explicit) view.setUint32(4, length, dataset.littleEndian);
  else {
    bytes[4] = vr.charCodeAt(0);
    bytes[5] = vr.charCodeAt(1);
    if (long) view.setUint32(8, length, dataset.littleEndian);
    else view.setUint16(6, length, dataset.littleEndian);
  }
  return bytes;
}

function evenBytes(bytes: Uint8Array, vr: string): Uint8Array {
  if (bytes.length % 2 === 0) return bytes;
  const even = new Uint8Array(bytes.length + 1);
  even.set(bytes);
  even[bytes.length] = TEXT_VR.has(vr) && vr !== "UI" ? 0x20 : 0;
  return even;
}

function put(out: Uint8Array[], dataset: Dataset, tag: number, vr: string, value: Uint8Array): void {
  const bytes = evenBytes(value, vr);
  out.push(head(dataset, tag, vr, bytes.length), bytes);
}

/** What stands where nothing of a text may: segments keep names of their own, by which people choose them. */
const neutralText = (dataset: Dataset, tag: number): string =>
  tag === SEGMENT_LABEL ? `${dummyValue(tag)} ${number(dataset, 0x00620004, "US") ?? ""}`.trim() : dummyValue(tag);

/** The text that replaces a value, or null to leave the bytes as they are. */
function replacement(dataset: Dataset, tag: number, vr: string, action: Action, work: Work): string | null {
  const value = TEXT_VR.has(vr) ? (text(dataset, tag) ?? "") : "";
  switch (action) {
    case "pseudonym":
      return pseudonymOf(work.key, work.identity);
    case "empty":
      return "";
    case "dummy":
      return neutralText(dataset, tag);
    case "uid":
      return value
        .split("\\")
        .map((uid) => (uid === "" ? "" : mappedUid(work.key, uid)))
        .join("\\");
    case "shift":
      return value
        .split("\\")
        .map((date) => shiftedDate(date, work.offsetDays) ?? "")
        .join("\\");
    case "clean": {
      const cleaned = cleanedWords(value);
      return (identifies(tag, cleaned, work.words) ? "" : cleaned) || neutralText(dataset, tag);
    }
    case "keep": {
      if (
        vr === "UI" &&
        value !== "" &&
        !value.split("\\").every((uid) => /^1\.2\.840\.10008\.[\d.]{1,30}$/.test(uid))
      ) {
        return mappedUid(work.key, value);
      }
      if (tag === 0x00101010 && Number.parseInt(value, 10) > 89 && value.endsWith("Y")) return "089Y";
      if (!TEXT_VR.has(vr)) return null;
      const kept = keptText(tag, vr, value, work.words);
      return kept === "" ? neutralText(dataset, tag) : kept;
    }
    case "remove":
      return "";
  }
}

/**
 * What values of these representations are written with; anything else in them is not what it claims to be. More than
 * the standard allows: scanners and converters write longer numbers (seventeen digits of a pixel spacing) and codes.
 */
const REPERTOIRE: { readonly [vr: string]: RegExp } = {
  CS: /^[A-Z0-9 _./+-]{0,64}$/,
  DS: /^[0-9eE+,. -]{0,40}$/,
  IS: /^[0-9eE+. -]{0,40}$/,
  TM: /^[0-9.: ]{0,28}$/,
};

/** A kept text value without the parts that identify someone or break their representation; null = as it stands. */
function keptText(tag: number, vr: string, value: string, words: ReadonlySet<string>): string | null {
  const form = REPERTOIRE[vr];
  const parts = value.split("\\");
  const kept = parts.map((part) => ((form?.test(part.trim()) ?? true) && !identifies(tag, part, words) ? part : ""));
  return kept.every((part, n) => part === parts[n]) ? null : kept.join("\\");
}

function count(work: Work, action: string, tag: number): void {
  const name = `${action} ${tagName(tag)}`;
  work.counts.set(name, (work.counts.get(name) ?? 0) + 1);
}

/** The CSA image header holds the whole protocol; only the slice normal of mosaics is kept. */
function slimCsa(dataset: Dataset): Uint8Array {
  const normal = csaSliceNormal(dataset);
  return normal === null ? new Uint8Array(0) : csaHeader("SliceNormalVector", normal.map(String));
}

function writeElement(dataset: Dataset, element: Element, out: Uint8Array[], work: Work): void {
  const { tag } = element;
  const known = publicVr(work.dictionary, tag);
  const vr = element.vr === "" || element.vr === "UN" ? (known ?? "UN") : element.vr;
  let action: Action = (work.structured ? structuredAction(tag) : undefined) ?? publicAction(tag, known, work.options);
  if (isPrivate(tag)) action = work.options.safePrivate && isSafePrivate(dataset, tag) ? "keep" : "remove";
  // Free text under a number's tag is not what the dictionary judged.
  if (known !== undefined && action === "keep" && isFreeText(element.vr) && !isFreeText(known)) action = "remove";
  if (action === "remove") {
    count(work, "removed", tag);
    return;
  }
  if (element.items !== undefined && action === "empty") {
    count(work, "emptied", tag);
    out.push(head(dataset, tag, "SQ", 0));
    return;
  }
  if (element.items !== undefined) {
    const body: Uint8Array[] = [];
    for (const item of element.items) {
      const removed = tag === CONTENT_SEQUENCE ? removedItem(item, work.words, work.options.cleanDescriptors) : null;
      if (removed !== null) {
        count(work, `removed ${removed} in`, tag);
        continue;
      }
      const inside: Uint8Array[] = [];
      writeDataset(item, inside, work);
      const joined = joinBytes(inside);
      body.push(itemHeader(joined.length, item.littleEndian), joined);
    }
    const joined = joinBytes(body);
    out.push(head(dataset, tag, element.vr === "UN" ? "UN" : "SQ", joined.length), joined);
    return;
  }
  const replaced = isPrivate(tag) ? null : replacement(dataset, tag, vr, action, work);
  const original = dataset.bytes.subarray(element.offset, element.offset + element.length);
  const bytes =
    replaced !== null
      ? asciiBytes(replaced)
      : tag >>> 16 === 0x0029 && element.length > 64
        ? slimCsa(dataset)
        : original;
  if (replaced !== null) count(work, action === "keep" ? "emptied" : action, tag);
  // Private or binary values could repeat a name too, whatever their definition says.
  const unchecked = isPrivate(tag) || !TEXT_VR.has(vr);
  const named = isPrivate(tag) && TEXT_VR.has(vr) && identifies(tag, text(dataset, tag) ?? "", work.words);
  if (replaced === null && (named || (unchecked && bytesRepeat(bytes, work.words)))) {
    count(work, "removed", tag);
    return;
  }
  put(out, dataset, tag, dataset.explicit ? element.vr : vr, bytes);
}

function writeDataset(dataset: Dataset, out: Uint8Array[], work: Work): void {
  for (const element of [...dataset.elements.values()].sort((a, b) => a.tag - b.tag))
    writeElement(dataset, element, out, work);
}

/** A file without identity, and what was done to it. */
export interface Rewritten {
  readonly bytes: Uint8Array;
  readonly pseudonym: string;
  readonly offsetDays: number;
  readonly studyUid: string;
  readonly seriesUid: string;
  readonly sopInstanceUid: string;
  readonly counts: ActionCounts;
}

/** Elements that say what was done, in the data set's own encoding. */
function statement(options: ProfileOptions): readonly (readonly [number, string, string])[] {
  return [
    [0x00120062, "CS", "YES"],
    [0x00120063, "LO", `Livermark, ${PROFILE_EDITION}`],
    ...(options.modifiedDates
      ? ([[0x00280303, "CS", "MODIFIED"]] as const)
      : ([[0x00280303, "CS", "REMOVED"]] as const)),
  ];
}

function codeSequence(dataset: Dataset, options: ProfileOptions, structured: boolean): Uint8Array {
  const body: Uint8Array[] = [];
  for (const [code, meaning] of methodCodes(options, structured)) {
    const item: Uint8Array[] = [];
    put(item, dataset, 0x00080100, "SH", encoder.encode(code));
    put(item, dataset, 0x00080102, "SH", encoder.encode("DCM"));
    put(item, dataset, 0x00080104, "LO", encoder.encode(meaning));
    const joined = joinBytes(item);
    body.push(itemHeader(joined.length, dataset.littleEndian), joined);
  }
  return joinBytes(body);
}

/**
 * One file without identity, in its own encoding (deflated files become plain explicit little endian), the pixel data
 * untouched. Every element is kept, replaced or removed as `publicAction` and the safe private list say, also inside
 * nested items. `parsed` must hold the whole file; `patient` stands for the identity that the file itself states.
 */
export function rewrite(
  parsed: Parsed,
  key: DeidentificationKey,
  options: ProfileOptions,
  dictionary: Dictionary,
  patient?: string,
): Rewritten {
  const { dataset } = parsed;
  const identity = patient ?? identityOf(dataset);
  const work: Work = {
    key,
    options,
    dictionary,
    identity,
    offsetDays: dateOffsetDays(key, identity),
    words: identifyingWords(dataset),
    structured: isStructuredReport(text(dataset, TAG.SOPClassUID) ?? ""),
    counts: new Map(),
  };
  const statements = statement(options);
  const added: { tag: number; write: (out: Uint8Array[]) => void }[] = [
    ...statements.map(([tag, vr, value]) => ({
      tag,
      write: (out: Uint8Array[]): void => put(out, dataset, tag, vr, encoder.encode(value)),
    })),
    {
      tag: 0x00120064,
      write: (out): void => {
        const body = codeSequence(dataset, options, work.structured);
        out.push(head(dataset, 0x00120064, "SQ", body.length), body);
      },
    },
  ];
  const replacedTags = new Set(added.map(({ tag }) => tag));
  const steps = [...dataset.elements.values()]
    .filter(({ tag }) => !replacedTags.has(tag))
    .map((element) => ({ tag: element.tag, write: (out: Uint8Array[]): void => writeTop(parsed, element, out, work) }));
  const body: Uint8Array[] = [];
  for (const { write } of [...steps, ...added].sort((a, b) => a.tag - b.tag)) write(body);
  const uid = (tag: number): string => mappedUid(key, text(dataset, tag) ?? "");
  const sopInstanceUid = uid(TAG.SOPInstanceUID);
  return {
    bytes: joinBytes([metaGroup(parsed, sopInstanceUid), ...body]),
    pseudonym: pseudonymOf(key, identity),
    offsetDays: work.offsetDays,
    studyUid: uid(TAG.StudyInstanceUID),
    seriesUid: uid(TAG.SeriesInstanceUID),
    sopInstanceUid,
    counts: work.counts,
  };
}

/** Top-level pixel data are copied as they stand, fragments and delimiter included. */
function writeTop(parsed: Parsed, element: Element, out: Uint8Array[], work: Work): void {
  const { dataset, pixel } = parsed;
  if (pixel === null || element.tag !== pixel.tag) {
    writeElement(dataset, element, out, work);
    return;
  }
  const vr = pixel.vr === "" ? "OW" : pixel.vr;
  if (pixel.length >= 0) {
    put(out, dataset, pixel.tag, vr, dataset.bytes.subarray(pixel.offset, pixel.offset + pixel.length));
    return;
  }
  out.push(head(dataset, pixel.tag, vr, 0xffffffff), dataset.bytes.subarray(pixel.offset, pixel.end));
}

const DEFLATED = new Set(["1.2.840.10008.1.2.1.99"]);

function metaGroup(parsed: Parsed, sopInstanceUid: string): Uint8Array {
  const sopClass = text(parsed.dataset, TAG.SOPClassUID) ?? "";
  const meta = joinBytes(
    encodeElements([
      [0x00020001, "OB", new Uint8Array([0, 1])],
      [0x00020002, "UI", /^1\.2\.840\.10008\.[\d.]{1,30}$/.test(sopClass) ? sopClass : ""],
      [0x00020003, "UI", sopInstanceUid],
      [0x00020010, "UI", DEFLATED.has(parsed.transferSyntax) ? "1.2.840.10008.1.2.1" : parsed.transferSyntax],
      [0x00020012, "UI", IMPLEMENTATION_CLASS_UID],
      [0x00020013, "SH", "LIVERMARK"],
    ]),
  );
  const preamble = new Uint8Array(132);
  preamble.set([0x44, 0x49, 0x43, 0x4d], 128);
  return joinBytes([preamble, ...encodeElements([[0x00020000, "UL", meta.length]]), meta]);
}
