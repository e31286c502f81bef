import { type Dataset, type Element, text } from "../parse/dataset.js";
import type { Parsed } from "../parse/parse.js";
import { isPrivate, TAG, tagName } from "../parse/tags.js";
import { TEXT_VR } from "../parse/vr.js";
import { csaHeader, csaSliceNormal } from "../series/csa.js";
import { encodeElements, IMPLEMENTATION_CLASS_UID, itemHeader, joinBytes } from "../write/elements.js";
import { type Dictionary, publicVr } from "./dictionary.js";
import { asciiBytes, elementHead, putElement } from "./element-bytes.js";
import { bytesRepeat, identifies, identifyingWords, identityOf } from "./identity.js";
import { type DeidentificationKey, dateOffsetDays, mappedUid, pseudonymOf } from "./keyed.js";
import { type Action, isFreeText, methodCodes, PROFILE_EDITION, type ProfileOptions, publicAction } from "./profile.js";
import { type Replaced, replacement } from "./replaced-text.js";
import { isSafePrivate } from "./safe-private.js";
import { CONTENT_SEQUENCE, isStructuredReport, removedItem, structuredAction } from "./structured-content.js";

/** What happened to attributes, by `action (gggg,eeee)`, counted over nested items too. */
export type ActionCounts = Map<string, number>;

interface Work extends Replaced {
  readonly options: ProfileOptions;
  readonly dictionary: Dictionary;
  /** The object is a structured report, whose content is cleaned item by item. */
  readonly structured: boolean;
  readonly counts: ActionCounts;
}

const encoder = new TextEncoder();

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
    out.push(elementHead(dataset, tag, "SQ", 0));
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
    out.push(elementHead(dataset, tag, element.vr === "UN" ? "UN" : "SQ", joined.length), joined);
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
  putElement(out, dataset, tag, dataset.explicit ? element.vr : vr, bytes);
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
    putElement(item, dataset, 0x00080100, "SH", encoder.encode(code));
    putElement(item, dataset, 0x00080102, "SH", encoder.encode("DCM"));
    putElement(item, dataset, 0x00080104, "LO", encoder.encode(meaning));
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
      write: (out: Uint8Array[]): void => putElement(out, dataset, tag, vr, encoder.encode(value)),
    })),
    {
      tag: 0x00120064,
      write: (out): void => {
        const body = codeSequence(dataset, options, work.structured);
        out.push(elementHead(dataset, 0x00120064, "SQ", body.length), body);
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
    putElement(out, dataset, pixel.tag, vr, dataset.bytes.subarray(pixel.offset, pixel.offset + pixel.length));
    return;
  }
  out.push(elementHead(dataset, pixel.tag, vr, 0xffffffff), dataset.bytes.subarray(pixel.offset, pixel.end));
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
