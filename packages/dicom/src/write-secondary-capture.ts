import type { SeriesEntry } from "./series/index-folder.js";
import { type DerivedAttributes, derivedModules } from "./write/derived.js";
import { encodeFile } from "./write/elements.js";

/**
 * Writes a picture (8-bit RGB, row by row) as a Secondary Capture of the series' study, for a PACS that shows nothing
 * else. The caller must not draw names into it: it is marked as free of burned-in text.
 * Throws where the bytes are not columns × rows × 3.
 */
export function writeSecondaryCapture(
  rgb: Uint8Array,
  columns: number,
  rows: number,
  series: SeriesEntry,
  attributes: DerivedAttributes,
): Uint8Array {
  if (rgb.length !== columns * rows * 3) throw new Error(`${rgb.length} bytes are not ${columns} × ${rows} × 3`);
  return encodeFile([
    ...derivedModules(series, attributes, "1.2.840.10008.5.1.4.1.1.7", "OT").filter(
      ([tag]) => tag !== 0x00200052 && tag !== 0x00201040,
    ),
    [0x00080008, "CS", ["DERIVED", "SECONDARY"]],
    [0x00080064, "CS", "WSD"],
    [0x00200020, "CS", ""],
    [0x00280002, "US", 3],
    [0x00280004, "CS", "RGB"],
    [0x00280006, "US", 0],
    [0x00280010, "US", rows],
    [0x00280011, "US", columns],
    [0x00280100, "US", 8],
    [0x00280101, "US", 8],
    [0x00280102, "US", 7],
    [0x00280103, "US", 0],
    [0x00280301, "CS", "NO"],
    [0x7fe00010, "OB", rgb],
  ]);
}
