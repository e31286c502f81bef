import type { Treatment } from "../treatments.js";
import { inLiver } from "./sum.js";
import type { LesionRow, Visit } from "./timeline.js";

const ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii"];

/** Couinaud segments of a text such as `5,6`, `VI; VII`, `4a`; null when a word is no segment. */
export function parseSegments(text: string): readonly number[] | null {
  const words = text
    .toLowerCase()
    .split(/[\s,;/+]+/)
    .filter((word) => word !== "");
  const numbers = words.map((word) => {
    const bare = word.replace(/^s(?=[\div])/, "").replace(/[ab]$/, "");
    const number = /^\d$/.test(bare) ? Number(bare) : ROMAN.indexOf(bare) + 1;
    return number >= 1 && number <= 8 ? number : null;
  });
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 || known.length < numbers.length ? null : known;
}

/** The segments that a treatment reached; null when one of its procedures does not say. */
export function treatedSegments(treatment: Treatment | undefined): ReadonlySet<number> | null {
  const all = (treatment?.procedures ?? []).map((row) => (row.segment === null ? null : parseSegments(row.segment)));
  const known = all.filter((segments) => segments !== null);
  return known.length === 0 || known.length < all.length ? null : new Set(known.flat());
}

/**
 * Liver lesions that lie outside the treated segments. Where either side does not say its segments, a lesion counts
 * as treated. Example: segments {5, 6}, lesion in `2`: untreated.
 */
export function untreatedLesions(
  visits: readonly Visit<LesionRow>[],
  segments: ReadonlySet<number> | null,
): ReadonlySet<string> {
  const outside = new Set<string>();
  if (segments === null) return outside;
  for (const visit of visits)
    for (const row of visit.rows) {
      const own = row.segment === null || !inLiver(row) ? null : parseSegments(row.segment);
      if (own !== null && !own.some((segment) => segments.has(segment))) outside.add(row.lesion);
    }
  return outside;
}
