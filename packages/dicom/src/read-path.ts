import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename } from "node:path";
import { locate, ok, type Result, refuse, refuseWith } from "@livermark/core";
import type { Volume, VoxelAllocator, VoxelArray } from "@livermark/imaging";
import { diskSource } from "./files/source.js";
import { fileFormat, readImageFile } from "./formats/read-file.js";
import { indexFolder, type SeriesEntry } from "./series/index-folder.js";
import { readVolume } from "./series/read-volume.js";

/** Which series, and which volume of it, to read where a path holds several. */
export interface ReadPathOptions {
  readonly seriesUid?: string;
  /** Label or number of the volume in a series (phase, echo, b-value), or number of the volume in a 4-D file. */
  readonly stack?: string | number;
  /** Where the voxels go: ordinary arrays unless given, or the kernels' memory (`voxelAllocator`). */
  readonly memory?: VoxelAllocator;
  /** Resample a tilted CT onto an untilted grid, with the loss reported; it is refused otherwise. */
  readonly resampleTilt?: boolean;
}

/** Voxels of a file in the memory that was asked for, where that has their kind. */
function placed(data: VoxelArray, memory: VoxelAllocator | undefined): VoxelArray {
  if (memory === undefined) return data;
  const target =
    data instanceof Int16Array
      ? memory.int16(data.length)
      : data instanceof Float32Array
        ? memory.float32(data.length)
        : null;
  target?.set(data);
  return target ?? data;
}

/**
 * Reads one volume from a DICOM folder, a zip of one, a single DICOM file, or a NIfTI, NRRD or MetaImage file.
 * Files carry no modality and no unit: they come as `OT` in arbitrary units on an unproven scale.
 * Refuses a path with several image series (listing them) unless `seriesUid` names one, and what `readVolume` refuses.
 * Example: `const volume = unwrap(await readVolumeFromPath("portal.nii.gz"))`.
 */
export async function readVolumeFromPath(path: string, options: ReadPathOptions = {}): Promise<Result<Volume>> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile()) {
    const source = diskSource(path, basename(path), stat.size);
    if (fileFormat(source) !== null) return fileVolume(path, stat.size, options);
  }
  const index = indexFolder(path);
  if (!index.ok) return index;
  const images = index.value.series.filter((series) => series.stacks.length > 0 && series.modality !== "SEG");
  const chosen = options.seriesUid === undefined ? images : images.filter((series) => series.uid === options.seriesUid);
  if (chosen.length === 1) {
    const { stack, memory, resampleTilt } = options;
    return readVolume(chosen[0]!, {
      ...(resampleTilt === undefined ? {} : { resampleTilt }),
      ...(stack === undefined ? {} : { stack }),
      ...(memory === undefined ? {} : { memory }),
    });
  }
  if (chosen.length > 1) {
    return refuse({
      code: "several-series",
      message: "Several image series lie here.",
      got: chosen.map(describeSeries).slice(0, 20).join("; "),
      wanted: "one series, or the UID of the one that is meant",
      mend: "Give the folder of one series, or name its UID.",
      where: { file: basename(path) },
    });
  }
  const reasons = index.value.refused.slice(0, 5).map(({ issue }) => issue);
  if (options.seriesUid === undefined && reasons.length > 0 && images.length === 0) return refuseWith(reasons);
  return refuse({
    code: options.seriesUid === undefined ? "no-images" : "no-such-series",
    message:
      options.seriesUid === undefined ? "No image series lies here." : "No image series with this UID lies here.",
    got: options.seriesUid,
    wanted: "a DICOM series, NIfTI, NRRD or MetaImage file",
    where: { file: basename(path) },
  });
}

const describeSeries = (series: SeriesEntry): string =>
  `${series.uid} (${series.modality || "no modality"}${series.description === "" ? "" : ` "${series.description}"`}, ${series.instances.length} files)`;

function fileVolume(path: string, size: number, options: ReadPathOptions): Result<Volume> {
  const source = diskSource(path, basename(path), size);
  const image = readImageFile(source);
  const where = { file: basename(path) };
  if (!image.ok) return refuseWith(image.issues.map((issue) => locate(issue, where)));
  const { volumes, grid } = image.value;
  const n = options.stack ?? (volumes.length === 1 ? 0 : undefined);
  const data = typeof n === "number" ? volumes[n] : undefined;
  if (data === undefined) {
    return refuse({
      code: "several-volumes",
      message: "The file holds several volumes, which must not be mixed.",
      got: `${volumes.length} volumes`,
      wanted: "one volume, or its number from 0 on",
      where,
    });
  }
  const sha256 = createHash("sha256").update(source.read(0, size)).digest("hex");
  return ok(
    {
      grid,
      data: placed(data, options.memory),
      unit: "a.u.",
      modality: "OT",
      scale: {
        id: `file:${sha256}`,
        proven: false,
        reason: "the file format does not carry a receive scale",
        filters: [],
      },
      source: { seriesUid: "", frameOfReferenceUid: null, description: basename(path), files: 1, sha256 },
    },
    image.value.issues.map((issue) => locate(issue, where)),
  );
}
