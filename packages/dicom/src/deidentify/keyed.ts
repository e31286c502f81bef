import { createHmac } from "node:crypto";
import { ok, type Result, refuse } from "@livermark/core";

/** A secret of the site; the same key gives the same pseudonyms, UIDs and offsets, and no one else can make them. */
export type DeidentificationKey = string | Uint8Array;

const hmac = (key: DeidentificationKey, purpose: string, text: string): string =>
  createHmac("sha256", key).update(`${purpose}\n${text}`).digest("hex");

/** A UID that depends on the original and the key: `2.25.` and 128 bits of HMAC-SHA-256, as a UUID of version 8. */
export function mappedUid(key: DeidentificationKey, uid: string): string {
  const hex = hmac(key, "uid", uid.trim()).slice(0, 32);
  const variant = "89ab"[Number.parseInt(hex[16]!, 16) & 3]!;
  return `2.25.${BigInt(`0x${hex.slice(0, 12)}8${hex.slice(13, 16)}${variant}${hex.slice(17)}`)}`;
}

/** Letters that cannot be read as one another. */
const ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** Pseudonym of a patient, e.g. `LM-7KQ2MZ4T`. `identity` is the Patient ID, or name and birth date where there is none. */
export function pseudonymOf(key: DeidentificationKey, identity: string): string {
  const hex = hmac(key, "patient", identity.trim());
  const letters = Array.from({ length: 8 }, (_, n) => ALPHABET[Number.parseInt(hex.slice(2 * n, 2 * n + 2), 16) % 32]!);
  return `LM-${letters.join("")}`;
}

/**
 * Days by which all dates of a patient move: whole weeks backwards, between one and ten years, so that weekdays and
 * every interval stay. Tables and the lock date of the same patient must move by the same number.
 */
export function dateOffsetDays(key: DeidentificationKey, identity: string): number {
  const draw = Number.parseInt(hmac(key, "date", identity.trim()).slice(0, 12), 16);
  return -7 * (52 + (draw % 470));
}

const DAY_MS = 86_400_000;

/**
 * A DICOM date (YYYYMMDD) or date-time moved by whole days; the time of day stays. Null where the value is not a date.
 * Example: `shiftedDate("20240301", -7)` is `20240223`.
 */
export function shiftedDate(value: string, days: number): string | null {
  const match = /^(\d{4})[.-]?(\d{2})[.-]?(\d{2})(.*)$/.exec(value.trim());
  if (match === null) return null;
  const [, year, month, day, rest] = match;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const back = new Date(at);
  if (back.getUTCMonth() !== Number(month) - 1 || back.getUTCDate() !== Number(day)) return null;
  if (rest !== "" && !/^\d{2,6}(\.\d{1,6})?([+-]\d{4})?$/.test(rest!)) return null;
  return new Date(at + days * DAY_MS).toISOString().slice(0, 10).replaceAll("-", "") + rest;
}

/** What a site's key does to patients, for images and tables alike. `id` is the Patient ID as images and tables have it. */
export interface PatientPseudonyms {
  /** Pseudonym of a patient, e.g. `LM-7KQ2MZ4T`. */
  readonly of: (id: string) => string;
  /** Whole days by which every date of the patient moves; negative. */
  readonly shiftDays: (id: string) => number;
  /** A date of the patient (YYYY-MM-DD) moved; null where the text is not a full date, which must not be kept as it is. */
  readonly date: (id: string, isoDate: string) => string | null;
}

/** Refuses a key that can be guessed. */
export const checkKey = (key: DeidentificationKey): Result<null> =>
  key.length >= 16
    ? ok(null)
    : refuse({
        code: "weak-key",
        message: "The de-identification key is too short.",
        got: `${key.length} characters`,
        wanted: "at least 16",
      });

/**
 * The pseudonyms and date offsets that `deidentify` gives to images, for a patient's tables: the same key moves both by
 * the same days, so that every interval between an image and a table's date stays. Refuses a key below 16 characters.
 * Example: `unwrap(pseudonymsOf(key)).date("4711", "2024-03-01")`.
 */
export function pseudonymsOf(key: DeidentificationKey): Result<PatientPseudonyms> {
  const strong = checkKey(key);
  if (!strong.ok) return strong;
  return ok({
    of: (id) => pseudonymOf(key, id),
    shiftDays: (id) => dateOffsetDays(key, id),
    date: (id, isoDate) => {
      const moved = /^\d{4}-\d{2}-\d{2}$/.test(isoDate.trim()) ? shiftedDate(isoDate, dateOffsetDays(key, id)) : null;
      return moved === null ? null : `${moved.slice(0, 4)}-${moved.slice(4, 6)}-${moved.slice(6, 8)}`;
    },
  });
}
