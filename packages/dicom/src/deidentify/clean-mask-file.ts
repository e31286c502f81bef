import { basename } from "node:path";
import { locate, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { type MaskOutline, modelOutline, outlineText, parseOutlineText } from "@livermark/imaging";
import { diskSource } from "../files/source.js";
import { describedNifti } from "../formats/nifti.js";
import { readImageFile } from "../formats/read-file.js";

const nameless = (outline: MaskOutline): MaskOutline => (outline.method === "model" ? modelOutline("") : outline);

/**
 * A mask file (NIfTI, NRRD, MetaImage) as a new NIfTI file that holds voxels and geometry and nothing else: comments,
 * names of labels, file names and dates in the old header do not pass. Labels keep their numbers, and a draft what it says of
 * itself (`MaskOutline`; the name of a model does not pass).
 * Refuses what is no such file, and files of several volumes. Example: `cleanMaskFile("liver.nrrd")`.
 */
export function cleanMaskFile(path: string, size: number): Result<Uint8Array> {
  const where = { file: basename(path) };
  const image = readImageFile(diskSource(path, basename(path), size));
  if (!image.ok) return refuseWith(image.issues.map((issue) => locate(issue, where)));
  const [data, second] = image.value.volumes;
  if (data === undefined || second !== undefined)
    return refuse({
      code: "several-volumes",
      message: "The mask file holds several volumes.",
      got: image.value.volumes.length,
      wanted: "one",
      where,
    });
  const stated = parseOutlineText(image.value.description);
  const line = stated === null ? "" : outlineText(nameless(stated.outline), stated.voxels);
  return ok(describedNifti({ grid: image.value.grid, data }, line));
}
