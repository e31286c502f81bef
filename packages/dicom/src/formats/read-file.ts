import { gunzipSync } from "node:zlib";
import { ok, type Result, refuse } from "@livermark/core";
import type { FileSource } from "../files/source.js";
import { LIMITS } from "../parse/limits.js";
import { damagedFile, type ImageFile } from "./image-file.js";
import { looksLikeMha, readMha } from "./mha.js";
import { looksLikeNifti, readNifti } from "./nifti.js";
import { looksLikeNrrd, readNrrd } from "./nrrd.js";

/** A single-file format, by its content and not by its name. */
export type FileFormat = "nifti" | "nrrd" | "mha";

function gunzipped(source: FileSource): Result<Uint8Array> {
  if (source.size > LIMITS.fileBytes) {
    return refuse({ code: "too-large", message: "The file is larger than Livermark reads.", got: source.size });
  }
  const bytes = source.read(0, source.size);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return ok(bytes);
  try {
    return ok(gunzipSync(bytes, { maxOutputLength: Math.min(LIMITS.inflatedBytes, 1100 * bytes.length + 1024) }));
  } catch {
    return damagedFile("gzip", "its stream is damaged");
  }
}

/** The format of a file, from its first bytes (inside gzip too), or null for DICOM and everything else. */
export function fileFormat(source: FileSource): FileFormat | null {
  const start = source.read(0, 1024);
  if (start[0] === 0x1f && start[1] === 0x8b) {
    const bytes = gunzipped(source);
    return bytes.ok && looksLikeNifti(bytes.value) ? "nifti" : null;
  }
  if (looksLikeNifti(start)) return "nifti";
  if (looksLikeNrrd(start)) return "nrrd";
  return looksLikeMha(start) ? "mha" : null;
}

/** Reads a NIfTI (also gzipped), NRRD or MetaImage file. Refuses other files, and damaged ones. */
export function readImageFile(source: FileSource): Result<ImageFile> {
  const bytes = gunzipped(source);
  if (!bytes.ok) return bytes;
  if (looksLikeNifti(bytes.value)) return readNifti(bytes.value);
  if (looksLikeNrrd(bytes.value)) return readNrrd(bytes.value);
  if (looksLikeMha(bytes.value)) return readMha(bytes.value);
  return refuse({
    code: "unknown-format",
    message: "The file is none of the image formats that Livermark reads.",
    wanted: "DICOM, NIfTI, NRRD or MetaImage",
    where: { file: source.file },
  });
}
