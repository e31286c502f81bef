import { type Dataset, text } from "../parse/dataset.js";
import { TAG } from "../parse/tags.js";
import { isVocabulary } from "./clean-words.js";
import { identifierForms } from "./identifier-forms.js";

/** Attributes whose words identify the patient, staff or site; a kept value that repeats one of them is emptied. */
const IDENTIFYING: readonly number[] = [
  0x00100010, 0x00100020, 0x00100021, 0x00101000, 0x00101001, 0x00101005, 0x00101040, 0x00101060, 0x00101090,
  0x00102154, 0x00080050, 0x00080080, 0x00080081, 0x00080090, 0x00080092, 0x00080094, 0x00081010, 0x00081040,
  0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00200010, 0x00100030, 0x00321032, 0x00380010, 0x00181000,
];

/** Who the patient is: the Patient ID, or name and birth date where it is empty. */
export function identityOf(dataset: Dataset): string {
  const id = text(dataset, TAG.PatientID);
  return id ?? [text(dataset, TAG.PatientName) ?? "", text(dataset, TAG.PatientBirthDate) ?? ""].join("\n");
}

function addWords(value: string, words: Set<string>): void {
  for (const word of value.split(/[^\p{L}\p{N}]+/u)) {
    const long = /^\d+$/.test(word) ? word.length >= 5 : word.length >= 3;
    if (long && !isVocabulary(word)) words.add(word.toUpperCase());
    for (const [digits] of word.matchAll(/\d{5,}/g)) words.add(digits);
  }
}

/** Names of people at any depth: staff and relatives stand in nested items too. */
function addNames(dataset: Dataset, words: Set<string>): void {
  for (const element of dataset.elements.values()) {
    if (element.items !== undefined) for (const item of element.items) addNames(item, words);
    else if (element.vr === "PN") addWords(text(dataset, element.tag) ?? "", words);
  }
}

/** Words by which someone could recognise the patient, staff or site, in upper case. */
export function identifyingWords(dataset: Dataset): ReadonlySet<string> {
  const words = new Set<string>();
  for (const tag of IDENTIFYING) addWords(text(dataset, tag) ?? "", words);
  addNames(dataset, words);
  return words;
}

/** Long words are found inside others too ("ZebulonQuirkeson"); short ones only as words of their own. */
function repeats(value: string, words: ReadonlySet<string>): boolean {
  if (words.size === 0) return false;
  const upper = value.toUpperCase();
  const own = new Set(upper.split(/[^\p{L}\p{N}]+/u));
  return [...words].some((word) => (word.length >= 5 ? upper.includes(word) : own.has(word)));
}

/** Whether a value repeats an identifying word of its file, or has the form of an identifier. */
export const identifies = (tag: number, value: string, words: ReadonlySet<string>): boolean =>
  repeats(value, words) || identifierForms(tag, value).length > 0;

/** Whether binary data hold an identifying word; long words only, which do not occur in numbers by chance. */
export function bytesRepeat(bytes: Uint8Array, words: ReadonlySet<string>): boolean {
  if (bytes.length < 5) return false;
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").toUpperCase();
  return [...words].some((word) => word.length >= 5 && haystack.includes(word));
}
