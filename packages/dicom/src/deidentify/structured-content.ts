import { type Dataset, text } from "../parse/dataset.js";
import { cleanedWords } from "./clean-words.js";
import { identifies } from "./identity.js";
import type { Action } from "./profile.js";

/** (0040,A730), the tree of a structured report. */
export const CONTENT_SEQUENCE = 0x0040a730;
const VALUE_TYPE = 0x0040a040;
const TEXT_VALUE = 0x0040a160;
const REFERENCED_STEP_SEQUENCE = 0x00081111;
const PERSON_NAME = 0x0040a123;

/** Whether an object's content is a tree of coded items (PS3.3 A.35). */
export const isStructuredReport = (sopClassUid: string): boolean =>
  sopClassUid.startsWith("1.2.840.10008.5.1.4.1.1.88.");

/**
 * Whether a content item of a report may stay, and the text under which it is counted where it may not: items that name
 * a person go, and items of free text of which the vocabulary leaves nothing. Numbers, codes, coordinates, references
 * and dates (moved) stay; what hangs below a removed item goes with it. Without `keepsWords` (Clean Descriptors) all free text goes.
 */
export function removedItem(item: Dataset, words: ReadonlySet<string>, keepsWords: boolean): string | null {
  const type = text(item, VALUE_TYPE);
  if (type === "PNAME") return "person";
  if (type !== "TEXT") return null;
  if (!keepsWords) return "text";
  const cleaned = cleanedWords(text(item, TEXT_VALUE) ?? "");
  return cleaned === "" || identifies(TEXT_VALUE, cleaned, words) ? "text" : null;
}

/** Actions of a report's own attributes, which elsewhere are removed; undefined where the profile decides. */
export function structuredAction(tag: number): Action | undefined {
  if (tag === CONTENT_SEQUENCE) return "keep";
  if (tag === TEXT_VALUE) return "clean";
  // A report must have it, if empty.
  if (tag === REFERENCED_STEP_SEQUENCE) return "empty";
  return tag === PERSON_NAME ? "remove" : undefined;
}
