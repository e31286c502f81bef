import { type Dataset, number, text } from "../parse/dataset.js";
import { TEXT_VR } from "../parse/vr.js";
import { cleanedWords } from "./clean-words.js";
import { identifies } from "./identity.js";
import { type DeidentificationKey, mappedUid, pseudonymOf, shiftedDate } from "./keyed.js";
import { type Action, dummyValue, SEGMENT_LABEL } from "./profile.js";

/** Whose identity is replaced, and by what. */
export interface Replaced {
  readonly key: DeidentificationKey;
  readonly identity: string;
  readonly offsetDays: number;
  /** Words of the data set that identify the patient. */
  readonly words: ReadonlySet<string>;
}

/** What stands where nothing of a text may: segments keep names of their own, by which people choose them. */
const neutralText = (dataset: Dataset, tag: number): string =>
  tag === SEGMENT_LABEL ? `${dummyValue(tag)} ${number(dataset, 0x00620004, "US") ?? ""}`.trim() : dummyValue(tag);

/** The text that replaces a value, or null to leave the bytes as they are. */
export function replacement(
  dataset: Dataset,
  tag: number,
  vr: string,
  action: Action,
  patient: Replaced,
): string | null {
  const value = TEXT_VR.has(vr) ? (text(dataset, tag) ?? "") : "";
  switch (action) {
    case "pseudonym":
      return pseudonymOf(patient.key, patient.identity);
    case "empty":
      return "";
    case "dummy":
      return neutralText(dataset, tag);
    case "uid":
      return value
        .split("\\")
        .map((uid) => (uid === "" ? "" : mappedUid(patient.key, uid)))
        .join("\\");
    case "shift":
      return value
        .split("\\")
        .map((date) => shiftedDate(date, patient.offsetDays) ?? "")
        .join("\\");
    case "clean": {
      const cleaned = cleanedWords(value);
      return (identifies(tag, cleaned, patient.words) ? "" : cleaned) || neutralText(dataset, tag);
    }
    case "keep": {
      if (
        vr === "UI" &&
        value !== "" &&
        !value.split("\\").every((uid) => /^1\.2\.840\.10008\.[\d.]{1,30}$/.test(uid))
      ) {
        return mappedUid(patient.key, value);
      }
      if (tag === 0x00101010 && Number.parseInt(value, 10) > 89 && value.endsWith("Y")) return "089Y";
      if (!TEXT_VR.has(vr)) return null;
      const kept = keptText(tag, vr, value, patient.words);
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
