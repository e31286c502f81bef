import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import {
  canonicalJson,
  type IssueWhere,
  locate,
  mapResult,
  ok,
  type Result,
  refuse,
  refuseWith,
  sha256Hex,
} from "@livermark/core";
import { readMasks } from "@livermark/dicom";
import {
  type Mask,
  middlePicture,
  parseRegion,
  type Region,
  rasterise,
  type Volume,
  type VoxelAllocator,
} from "@livermark/imaging";
import { hashFile } from "./bundle-files.js";

/** Where a region comes from: a file with an optional label, and the name it shall have. */
export interface RegionReference {
  readonly path: string;
  /** How the file is called in Issues and passports: relative to the bundle, or as the person typed it. */
  readonly shown: string;
  readonly label?: number | string;
  readonly name?: string;
  /** Put a mask on another grid onto the image's voxels, with the loss reported; it is refused otherwise. */
  readonly resample?: boolean;
}

/** Where to look when a region does not fit an image: the region's file, and the middle of the image. */
const pictureFor = (reference: RegionReference, volume: Volume): IssueWhere => ({
  ...middlePicture(volume),
  file: reference.shown,
});

const MAX_REGION_BYTES = 16 * 1024 * 1024;

/** Splits `FILE#LABEL`. Example: `regionArgument("mask.nii.gz#2")` names label 2. */
export function regionArgument(argument: string): RegionReference {
  const hash = argument.lastIndexOf("#");
  if (hash <= 0) return { path: argument, shown: argument };
  const label = argument.slice(hash + 1);
  const path = argument.slice(0, hash);
  return { path, shown: path, label: /^\d+$/.test(label) ? Number(label) : label };
}

/** The region of a region file, with its bytes' hash. Refuses what `parseRegion` refuses, and JSON that does not parse. */
export function readRegionFile(
  reference: RegionReference,
): Result<{ readonly region: Region; readonly sha256: string }> {
  const where = { file: reference.shown };
  if (!existsSync(reference.path))
    return refuse({ code: "file-not-found", message: "There is no such region file.", got: reference.shown, where });
  const { size } = statSync(reference.path);
  if (size > MAX_REGION_BYTES)
    return refuse({
      code: "file-too-large",
      message: "The region file is too large.",
      got: `${size} bytes`,
      wanted: `at most ${MAX_REGION_BYTES}`,
      where,
    });
  const text = readFileSync(reference.path, "utf8").replace(/^\uFEFF/, "");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return refuse({
      code: "invalid-json",
      message: "The region file is not valid JSON.",
      got: error instanceof Error ? error.message : String(error),
      where,
    });
  }
  return mapResult(parseRegion(json, where), (region) => ({ region, sha256: sha256Hex(canonicalJson(json)) }));
}

/** The region's own series must be the image it is put on. */
function checkSeries(region: Region, volume: Volume, shown: string): Result<null> {
  const own = region.series;
  if (own === undefined || volume.source.seriesUid === "" || own === volume.source.seriesUid) return ok(null);
  if (region.unit !== "voxel") return ok(null);
  return refuse({
    code: "region-other-series",
    message: "The region is in voxel indices of another series.",
    got: own,
    wanted: volume.source.seriesUid,
    mend: "Draw it on this series, or give it in patient millimetres.",
    where: { file: shown },
  });
}

/**
 * The voxels of a region on a volume's grid: a region file (rasterised by Law 1), or every label of a mask file, one
 * mask each. A mask that a region file names lies beside that file. `memory` says where the voxels go. Refuses other grids, absent files and labels.
 */
export async function masksOf(
  reference: RegionReference,
  volume: Volume,
  memory?: VoxelAllocator,
): Promise<Result<readonly Mask[]>> {
  if (!reference.path.toLowerCase().endsWith(".json")) return maskFile(reference, volume, memory);
  const read = readRegionFile(reference);
  if (!read.ok) return read;
  const { region, sha256 } = read.value;
  const fits = checkSeries(region, volume, reference.shown);
  if (!fits.ok) return fits;
  if (region.kind === "mask") {
    const folder = resolve(dirname(reference.path));
    const path = resolve(folder, region.file);
    const inside = relative(folder, path);
    if (inside.startsWith("..") || isAbsolute(inside))
      return refuse({
        code: "region-outside",
        message: "The region file names a mask outside its own folder.",
        got: region.file,
        wanted: "a mask beside the region file",
        where: { file: reference.shown },
      });
    const shown = join(dirname(reference.shown), region.file);
    return maskFile(
      { ...reference, path, shown, ...(region.label === undefined ? {} : { label: region.label }) },
      volume,
      memory,
    );
  }
  const named = reference.name === undefined ? region : { ...region, name: reference.name };
  const mask = rasterise(named, volume.grid, memory);
  if (!mask.ok) return refuseWith(mask.issues.map((issue) => locate(issue, pictureFor(reference, volume))));
  return ok([{ ...mask.value, source: { sha256, path: reference.shown } }], mask.issues);
}

async function maskFile(
  reference: RegionReference,
  volume: Volume,
  memory: VoxelAllocator | undefined,
): Promise<Result<readonly Mask[]>> {
  const stat = statSync(reference.path, { throwIfNoEntry: false });
  if (stat === undefined)
    return refuse({
      code: "file-not-found",
      message: "There is no such mask.",
      got: reference.shown,
      where: { file: reference.shown },
    });
  const masks = await readMasks(reference.path, reference.label, volume.grid, {
    frameOfReferenceUid: volume.source.frameOfReferenceUid,
    ...(memory === undefined ? {} : { memory }),
    ...(reference.resample === true ? { resample: true } : {}),
  });
  if (!masks.ok) return refuseWith(masks.issues.map((issue) => locate(issue, pictureFor(reference, volume))));
  const source = stat.isFile() ? { sha256: hashFile(reference.path).sha256, path: reference.shown } : null;
  return ok(
    masks.value.map((mask) => ({
      ...mask,
      ...(reference.name === undefined || masks.value.length > 1 ? {} : { name: reference.name }),
      ...(source === null ? {} : { source: { ...mask.source, ...source } }),
    })),
    masks.issues.map((issue) => locate(issue, { file: reference.shown })),
  );
}
