import { basename } from "node:path";
import { locate, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { diskSource } from "../files/source.js";
import { writeNifti } from "../formats/nifti.js";
import { readImageFile } from "../formats/read-file.js";

/**
 * A mask file (NIfTI, NRRD, MetaImage) as a new NIfTI file that holds voxels and geometry and nothing else: comments,
 * names of labels, file names and dates in the old header do not pass. Labels keep their numbers.
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
  return ok(writeNifti({ grid: image.value.grid, data }));
}
