import { ok, type Result } from "@livermark/core";
import { walk } from "../files/walk.js";
import { type Dataset, text } from "../parse/dataset.js";
import { inflatedSource, readParsed } from "../parse/read-header.js";
import { TAG, tagName } from "../parse/tags.js";
import { identifierForms } from "./identifier-forms.js";

/** Something that may identify a person, and where it was found. */
export interface Leak {
  readonly file: string;
  /** Tag, `file name`, or `bytes` for what lies outside of known values. */
  readonly place: string;
  /** Which kind of identifier (45 CFR 164.514(b)(2)). */
  readonly kind: string;
}

const TEXT_VR = new Set(["AE", "CS", "DA", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "UN"]);

/** Kinds of identifiers by the attribute that holds them. */
const ATTRIBUTES: readonly (readonly [kind: string, tags: readonly number[]])[] = [
  ["name", [TAG.PatientName, 0x00101001, 0x00101005, 0x00101060, 0x00102297]],
  ["medical record number", [TAG.PatientID, 0x00101000, 0x00101090, TAG.AccessionNumber, 0x00200010, 0x00380010]],
  ["date of birth", [TAG.PatientBirthDate]],
  ["address", [0x00101040, 0x00080081, 0x00080092]],
  ["telephone number", [0x00102154, 0x00080094]],
  ["health plan number", [0x00101050]],
  ["site or staff", [0x00080080, 0x00080090, 0x00081010, 0x00081040, 0x00081048, 0x00081050, 0x00081060, 0x00081070]],
  ["device serial number", [0x00181000]],
];
const KIND_OF = new Map(ATTRIBUTES.flatMap(([kind, tags]) => tags.map((tag) => [tag, kind] as const)));

/** Values that de-identification writes itself. */
const isNeutral = (value: string): boolean => /^(LM-[A-Z2-9]{8}|0|ANON)$/.test(value);

function scanDataset(dataset: Dataset, file: string, leaks: Leak[]): void {
  for (const element of dataset.elements.values()) {
    const place = tagName(element.tag);
    if (element.items !== undefined) {
      if (element.tag === 0x00101100) leaks.push({ file, place, kind: "photograph" });
      for (const item of element.items) scanDataset(item, file, leaks);
      continue;
    }
    const value = element.vr === "" || TEXT_VR.has(element.vr) ? text(dataset, element.tag) : undefined;
    if (value === undefined || value.length > 4096 || isNeutral(value)) continue;
    for (const kind of identifierForms(element.tag, value)) leaks.push({ file, place, kind });
    const kind = KIND_OF.get(element.tag) ?? (element.vr === "PN" ? "name" : undefined);
    if (kind !== undefined) leaks.push({ file, place, kind });
  }
}

/** Dates count as identifying unless the file says that they were moved or removed. */
function scanDates(dataset: Dataset, file: string, leaks: Leak[]): void {
  const modified = text(dataset, 0x00280303);
  if (modified === "MODIFIED" || modified === "REMOVED") return;
  const date = text(dataset, TAG.StudyDate);
  if (date !== undefined) leaks.push({ file, place: tagName(TAG.StudyDate), kind: "date" });
}

/** Where a needle stands in bytes, as Latin-1, UTF-8 or UTF-16, without regard to case. */
function holds(haystack: string, needle: string): boolean {
  const wide = [...needle].join("\0");
  const utf8 = Buffer.from(needle, "utf8").toString("latin1");
  return haystack.includes(needle) || haystack.includes(wide) || haystack.includes(utf8);
}

/**
 * Searches a folder for what may identify a person: `known` words (names, numbers, dates of the patients, which only
 * the caller has) in file names and anywhere in the bytes before the pixel data; and, without knowing anything, for the
 * identifiers of 45 CFR 164.514(b)(2): names, record numbers, birth dates, addresses, sites and staff, serial numbers
 * and photographs by their attributes, unshifted dates, and e-mail, web and IP addresses, telephone and social security
 * numbers by their form.
 * An empty list means that nothing was found, not that nothing is there: pictures of faces and burned-in text are not seen.
 */
export function scanForLeaks(path: string, known: readonly string[]): Result<readonly Leak[]> {
  const files = walk(path);
  if (!files.ok) return files;
  const needles = known.map((word) => word.toLowerCase()).filter((word) => word.length >= 3);
  const leaks: Leak[] = [];
  for (const source of files.value.sources) {
    const { file } = source;
    for (const needle of needles)
      if (file.toLowerCase().includes(needle)) leaks.push({ file, place: "file name", kind: "known word" });
    const inflated = inflatedSource(source);
    const parsed = inflated.ok ? readParsed(inflated.value, true) : inflated;
    const end = parsed.ok ? (parsed.value.pixel?.offset ?? source.size) : source.size;
    const bytes = inflated.ok ? inflated.value.read(0, end) : source.read(0, end);
    const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").toLowerCase();
    for (const needle of needles) if (holds(haystack, needle)) leaks.push({ file, place: "bytes", kind: "known word" });
    if (!parsed.ok) continue;
    scanDataset(parsed.value.dataset, file, leaks);
    scanDates(parsed.value.dataset, file, leaks);
  }
  return ok(leaks);
}
