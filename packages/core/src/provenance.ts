import { canonicalJson, type Json } from "./canonical-json.js";
import { sha256Hex } from "./sha256.js";

/** What a number was made from: a file, a table row, a series, a region, or another number. */
export type ProvenanceInput =
  | { readonly kind: "file"; readonly path: string; readonly sha256: string }
  | { readonly kind: "row"; readonly table: string; readonly line: number; readonly column?: string }
  | {
      readonly kind: "series";
      readonly seriesUid: string;
      readonly files: number;
      /** SHA-256 over the sorted `sopInstanceUid:sha256OfFile` lines of the series. */
      readonly sha256: string;
    }
  | { readonly kind: "region"; readonly name: string; readonly sha256: string; readonly path?: string }
  | { readonly kind: "result"; readonly id: string };

/** The passport of one number: enough to make it again. */
export interface Passport {
  /** Stable id: a readable name, or a hash of the rest where there is none. */
  readonly id: string;
  /** What was computed, e.g. `letb` or `kaplan-meier.median`. */
  readonly function: string;
  /** Version of that function's definition; it changes whenever a number may change. */
  readonly version: string;
  readonly inputs: readonly ProvenanceInput[];
  readonly parameters: { readonly [name: string]: Json };
  readonly seed?: number;
}

/** A passport whose id is the start of the hash of its contents. */
export function passport(parts: Omit<Passport, "id"> & { readonly id?: string }): Passport {
  const { id, ...rest } = parts;
  return { id: id ?? `${parts.function}-${sha256Hex(canonicalJson(rest)).slice(0, 12)}`, ...rest };
}
