import { type Dataset, privateCreator } from "../parse/dataset.js";
import { isPrivate } from "../parse/tags.js";

/**
 * Private elements that hold numbers Livermark needs and nothing about a person: b-values, directions, scale slopes,
 * receive gains, image types, mosaic counts. Listed by group, creator and element (the low byte), after PS3.15
 * Table E.3.10-1 and the vendors' conformance statements.
 */
const SAFE: readonly (readonly [group: number, creator: string, elements: readonly number[]])[] = [
  [0x0019, "SIEMENS MR HEADER", [0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x27, 0x28]],
  [0x0019, "GEMS_ACQU_01", [0x8a, 0x8b, 0x93, 0x94, 0xbb, 0xbc, 0xbd, 0xe0]],
  // Rewritten to hold nothing but the slice normal, without which a mosaic has no geometry.
  [0x0029, "SIEMENS CSA HEADER", [0x10]],
  [0x0043, "GEMS_PARM_01", [0x2f, 0x30, 0x39]],
  [0x0065, "Image Private Header", [0x09]],
  [0x2001, "Philips Imaging DD 001", [0x03, 0x04]],
  [0x2005, "Philips MR Imaging DD 001", [0x0d, 0x0e, 0xb0, 0xb1, 0xb2]],
  // The frame item of enhanced images; its own elements are judged one by one.
  [0x2005, "Philips MR Imaging DD 005", [0x0f]],
];

/** Whether a private element may stay: a safe element, or the creator of a block that has safe elements. */
export function isSafePrivate(dataset: Dataset, tag: number): boolean {
  if (!isPrivate(tag)) return false;
  const group = tag >>> 16;
  const low = tag & 0xffff;
  if (low >= 0x10 && low <= 0xff) {
    const creator = privateCreator(dataset, group * 65536 + low * 256);
    return SAFE.some(([g, name]) => g === group && name === creator);
  }
  const creator = privateCreator(dataset, tag);
  return SAFE.some(([g, name, elements]) => g === group && name === creator && elements.includes(tag & 0xff));
}
