import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { andThen, type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { dateOffsetDays, pseudonymOf } from "@livermark/dicom";
import {
  csvText,
  type ImportedTable,
  type Pseudonyms,
  parseDelimited,
  parseStudyFile,
  type TableMapping,
} from "@livermark/study";
import { flag, text, type Values } from "./command.js";
import { readTextFile } from "./files.js";
import type { NewFile } from "./replace-files.js";
import { readSiteKey } from "./site-key.js";

/** Names and days for the patients by the site's key, as for the images; null where the mapping asks for neither. */
export function pseudonyms(mappings: readonly TableMapping[], values: Values): Result<Pseudonyms | null> {
  const shift = flag(values, "shift-dates");
  const asked = shift || mappings.some(({ columns }) => columns.some(({ identifier }) => identifier));
  if (!asked) return ok(null);
  const key = readSiteKey(values);
  if (!key.ok) return key;
  if (key.value.length < 16)
    return refuse({
      code: "key-too-short",
      message: "The site's key is too short to keep pseudonyms secret.",
      got: `${key.value.length} characters`,
      wanted: "at least 16 characters",
    });
  return ok({
    of: (id) => pseudonymOf(key.value, id),
    shiftDays: (id) => (shift ? dateOffsetDays(key.value, id) : 0),
  });
}

/** The key table beside the bundle, with new identifiers added; null when none were replaced. */
export function keyTableFile(
  bundle: string,
  imported: readonly ImportedTable[],
  values: Values,
): Result<NewFile | null> {
  const fresh = new Map(imported.flatMap(({ keyTable }) => [...keyTable]));
  if (fresh.size === 0) return ok(null);
  const path = text(values, "key-table") ?? `${resolve(bundle)}.key-table.csv`;
  if (!relative(resolve(bundle), resolve(path)).startsWith(".."))
    return refuse({
      code: "key-table-in-bundle",
      message: "The key table would lie in the bundle, and go wherever the bundle goes.",
      got: path,
      wanted: "a path outside the bundle",
      mend: "Choose another --key-table.",
    });
  const before = existsSync(path) ? andThen(readTextFile(path), (content) => parseDelimited(content, path)) : null;
  if (before !== null && !before.ok) return before;
  const rows = new Map([
    ...(before?.value.rows ?? []).map(({ cells }) => [cells[0] ?? "", cells[1] ?? ""] as const),
    ...fresh,
  ]);
  return ok({ path, bytes: csvText([["identifier", "pseudonym"], ...rows]), secret: true });
}

/** Dates that move patient by patient cannot be held against one lock date. */
export function lockNote(bundle: string, values: Values): readonly Issue[] {
  if (!flag(values, "shift-dates")) return [];
  const study = andThen(readTextFile(join(bundle, "study.yaml")), (content) => parseStudyFile(content, "study.yaml"));
  if (!study.ok || study.value.lock_date === undefined) return [];
  return [
    warningIssue({
      code: "lock-with-shifted-dates",
      message: "Each patient's dates were moved by other days, but study.yaml has one lock date for all.",
      got: study.value.lock_date,
      wanted: "no lock_date, and tables that end at the lock",
      mend: "Cut the tables at the lock before importing, and remove lock_date.",
      where: { file: "study.yaml" },
    }),
  ];
}
