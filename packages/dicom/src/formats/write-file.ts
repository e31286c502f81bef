import { gzipSync } from "node:zlib";
import type { WritableImage } from "./image-file.js";
import { writeMha } from "./mha.js";
import { writeNifti } from "./nifti.js";
import { writeNrrd } from "./nrrd.js";

const writers: readonly (readonly [ending: string, write: (image: WritableImage) => Uint8Array])[] = [
  [".nii.gz", (image) => gzipSync(writeNifti(image), { level: 1 })],
  [".nii", writeNifti],
  [".mha", writeMha],
  [".nrrd", writeNrrd],
];

/**
 * A volume or mask in the format that a file's name ends in: `.nii`, `.nii.gz`, `.mha` or `.nrrd`; null for every other name.
 * Example: `imageFileBytes(mask, "liver.nii.gz")`.
 */
export function imageFileBytes(image: WritableImage, name: string): Uint8Array | null {
  const format = writers.find(([ending]) => name.toLowerCase().endsWith(ending));
  return format === undefined ? null : format[1](image);
}
