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

const TEXT_VR = new Set(["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT", "UN"]);
const NAMES = new Set<number>([TAG.PatientName, TAG.PatientID]);

function scanDataset(dataset: Dataset, file: string, leaks: Leak[]): void {
  for (const element of dataset.elements.values()) {
    if (element.items !== undefined) {
      for (const item of element.items) scanDataset(item, file, leaks);
      continue;
    }
    const value = element.vr === "" || TEXT_VR.has(element.vr) ? text(dataset, element.tag) : undefined;
    if (value === undefined || value.length > 4096) continue;
    for (const kind of identifierForms(element.tag, value)) leaks.push({ file, place: tagName(element.tag), kind });
    const pseudonymous = /^LM-[A-Z2-9]{8}$/.test(value);
    if (element.vr === "PN" && !pseudonymous) leaks.push({ file, place: tagName(element.tag), kind: "name" });
    if (NAMES.has(element.tag) && element.vr !== "PN" && !pseudonymous)
      leaks.push({ file, place: tagName(element.tag), kind: "medical record number" });
  }
}

/** Where a needle stands in bytes, as Latin-1, UTF-8 or UTF-16, without regard to case. */
function holds(haystack: string, needle: string): boolean {
  const wide = [...needle].join("\0");
  const utf8 = Buffer.from(needle, "utf8").toString("latin1");
  return haystack.includes(needle) || haystack.includes(wide) || haystack.includes(utf8);
}

/**
 * Searches a folder for what may identify a person: `known` words (names, numbers, dates of the patients, which only
 * the caller has) in file names and anywhere in the bytes before the pixel data, and, without knowing anything, names
 * and patient IDs that are not pseudonyms, e-mail, web and IP addresses, telephone and social security numbers.
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
    if (parsed.ok) scanDataset(parsed.value.dataset, file, leaks);
  }
  return ok(leaks);
}
