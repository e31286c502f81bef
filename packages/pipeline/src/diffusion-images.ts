import { existsSync, readFileSync, statSync } from "node:fs";
import { all, type Issue, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { assembleDwi, indexFolder, readVolumeFromPath, type SeriesEntry } from "@livermark/dicom";
import type { DwiImage, Volume, VoxelAllocator } from "@livermark/imaging";

/** Diffusion-weighted images and where their b-values were read. */
export interface DiffusionImages {
  readonly images: readonly DwiImage[];
  /** The DICOM series of the lowest b-value, on which a map may be written; null for other files. */
  readonly series: SeriesEntry | null;
  /** In words, for people. */
  readonly bValuesFrom: string;
}

export interface DiffusionOptions {
  /** s/mm², one for each volume in the order of the paths; only for files that are no DICOM. */
  readonly bValues?: readonly number[];
  readonly memory?: VoxelAllocator;
}

const MAX_BVAL_BYTES = 1024 * 1024;

const IMAGE_FILE = /\.(nii|nii\.gz|nrrd|nhdr|mha|mhd)$/i;

/**
 * Diffusion-weighted images from DICOM folders (b-values from the headers, `assembleDwi`), or from NIfTI, NRRD or
 * MetaImage files with their b-values: given, or in a `.bval` file beside each NIfTI. Files may hold one volume or several.
 * Refuses DICOM and other files together, b-values given for DICOM, and another number of b-values than of volumes.
 * Example: `diffusionImages(["dwi.nii.gz"], { bValues: [0, 500, 1000] })`.
 */
export async function diffusionImages(
  paths: readonly string[],
  options: DiffusionOptions = {},
): Promise<Result<DiffusionImages>> {
  const files = paths.filter((path) => IMAGE_FILE.test(path));
  if (files.length === 0) return fromDicom(paths, options);
  if (files.length < paths.length)
    return refuse({
      code: "mixed-formats",
      message: "DICOM and other image files cannot be one diffusion set.",
      got: paths.join(", "),
      wanted: "DICOM folders, or image files",
    });
  return fromFiles(files, options);
}

async function fromDicom(paths: readonly string[], options: DiffusionOptions): Promise<Result<DiffusionImages>> {
  if (options.bValues !== undefined)
    return refuse({
      code: "b-values-in-header",
      message: "The b-values of DICOM images stand in their headers.",
      got: options.bValues.join(", "),
      wanted: "no b-values, or NIfTI, NRRD or MetaImage files",
    });
  const indexes = all(paths.map((path) => indexFolder(path)));
  if (!indexes.ok) return indexes;
  const series = indexes.value.flatMap((index) => index.series);
  const set = await assembleDwi(series, options.memory);
  if (!set.ok) return set;
  const { bValues, volumes, seriesUids } = set.value;
  return ok(
    {
      images: volumes.map((volume, n) => ({ b: bValues[n]!, volume })),
      series: series.find(({ uid }) => uid === seriesUids[0]) ?? null,
      bValuesFrom: "DICOM headers",
    },
    set.issues,
  );
}

async function fromFiles(files: readonly string[], options: DiffusionOptions): Promise<Result<DiffusionImages>> {
  const issues: Issue[] = [];
  const volumes: Volume[] = [];
  const besides: number[] = [];
  for (const file of files) {
    const read = await volumesOf(file, options.memory);
    if (!read.ok) return read;
    issues.push(...read.issues);
    volumes.push(...read.value);
    const beside = options.bValues === undefined ? bValuesBeside(file) : ok([]);
    if (!beside.ok) return beside;
    besides.push(...beside.value);
  }
  const bValues = options.bValues ?? besides;
  if (bValues.length !== volumes.length)
    return refuse({
      code: "b-values-count",
      message: "The b-values are not as many as the volumes.",
      got: `${bValues.length} b-values, ${volumes.length} volumes`,
      wanted: "one b-value for each volume, in their order",
      mend: "Give them all, or put a .bval file beside each NIfTI.",
      where: { file: files[0]! },
    });
  return ok(
    {
      images: volumes.map((volume, n) => ({ b: bValues[n]!, volume })),
      series: null,
      bValuesFrom: options.bValues === undefined ? ".bval files" : "as given",
    },
    issues,
  );
}

/** Every volume of an image file. */
async function volumesOf(file: string, memory: VoxelAllocator | undefined): Promise<Result<readonly Volume[]>> {
  const volumes: Volume[] = [];
  const issues: Issue[] = [];
  for (;;) {
    const volume = await readVolumeFromPath(file, {
      stack: volumes.length,
      ...(memory === undefined ? {} : { memory }),
    });
    if (!volume.ok) {
      const beyondLast = volumes.length > 0 && volume.issues.every(({ code }) => code === "several-volumes");
      return beyondLast ? ok(volumes, issues) : refuseWith(volume.issues);
    }
    if (volumes.length === 0) issues.push(...volume.issues);
    volumes.push(volume.value);
  }
}

/** The numbers of the `.bval` file that converters write beside a NIfTI. */
function bValuesBeside(file: string): Result<readonly number[]> {
  const path = file.replace(/\.nii(\.gz)?$/i, ".bval");
  if (path === file || !existsSync(path))
    return refuse({
      code: "no-b-values",
      message: "The file does not say its b-values.",
      wanted: "b-values, or a .bval file beside the NIfTI",
      where: { file },
    });
  const { size } = statSync(path);
  if (size > MAX_BVAL_BYTES)
    return refuse({
      code: "file-too-large",
      message: "The file is larger than a list of b-values.",
      got: `${size} bytes`,
      wanted: `at most ${MAX_BVAL_BYTES} bytes`,
      where: { file: path },
    });
  return readBValues(readFileSync(path, "utf8"), path);
}

/** Numbers separated by commas or white space. Refuses what is not a number of at least 0. */
export function readBValues(text: string, shown: string): Result<readonly number[]> {
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const values = words.map(Number);
  const bad = values.findIndex((b) => !(Number.isFinite(b) && b >= 0));
  return bad < 0 && values.length > 0
    ? ok(values)
    : refuse({
        code: "bad-b-value",
        message: "A b-value is not a number of at least 0.",
        got: words[bad] ?? "nothing",
        wanted: "s/mm², e.g. 0, 500, 1000",
        where: { file: shown },
      });
}
