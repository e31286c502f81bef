import { type Dataset, text } from "../parse/dataset.js";
import { TAG } from "../parse/tags.js";
import { isVocabulary } from "./clean-words.js";
import { identifierForms } from "./identifier-forms.js";

/** Attributes whose words identify the patient, staff or site; a kept value that repeats one of them is emptied. */
const IDENTIFYING = [
  0x00100010, 0x00100020, 0x00100021, 0x00101000, 0x00101001, 0x00101005, 0x00101040, 0x00101060, 0x00101090,
  0x00102154, 0x00080050, 0x00080080, 0x00080081, 0x00080090, 0x00080092, 0x00080094, 0x00081010, 0x00081040,
  0x00081048, 0x00081050, 0x00081060, 0x00081070, 0x00200010, 0x00100030, 0x00321032, 0x00380010, 0x00181000,
];

/** Who the patient is: the Patient ID, or name and birth date where it is empty. */
export function identityOf(dataset: Dataset): string {
  const id = text(dataset, TAG.PatientID);
  return id ?? [text(dataset, TAG.PatientName) ?? "", text(dataset, TAG.PatientBirthDate) ?? ""].join("\n");
}

/** Words by which someone could recognise the patient, staff or site, in upper case. */
export function identifyingWords(dataset: Dataset): ReadonlySet<string> {
  const words = new Set<string>();
  for (const tag of IDENTIFYING) {
    for (const word of (text(dataset, tag) ?? "").split(/[^\p{L}\p{N}]+/u)) {
      const long = /^\d+$/.test(word) ? word.length >= 5 : word.length >= 3;
      if (long && !isVocabulary(word)) words.add(word.toUpperCase());
      for (const [digits] of word.matchAll(/\d{5,}/g)) words.add(digits);
    }
  }
  return words;
}

const repeats = (value: string, words: ReadonlySet<string>): boolean =>
  words.size > 0 && value.split(/[^\p{L}\p{N}]+/u).some((word) => words.has(word.toUpperCase()));

/** Whether a value repeats an identifying word of its file, or has the form of an identifier. */
export const identifies = (tag: number, value: string, words: ReadonlySet<string>): boolean =>
  repeats(value, words) || identifierForms(tag, value).length > 0;

/** Whether binary data hold an identifying word; long words only, which do not occur in numbers by chance. */
export function bytesRepeat(bytes: Uint8Array, words: ReadonlySet<string>): boolean {
  if (bytes.length < 5) return false;
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").toUpperCase();
  return [...words].some((word) => word.length >= 5 && haystack.includes(word));
}
