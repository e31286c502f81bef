import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename } from "node:path";
import { type Issue, locate, mapResult, ok, type Result, refuse, refuseWith, warningIssue } from "@livermark/core";
import {
  type Grid,
  type MaskSource,
  ordinaryVoxels,
  outlineFor,
  parseOutlineText,
  type StatedOutline,
  type VoxelAllocator,
  type VoxelArray,
} from "@livermark/imaging";
import { diskSource, type FileSource } from "../files/source.js";
import type { ImageFile } from "../formats/image-file.js";
import { fileFormat, readImageFile } from "../formats/read-file.js";
import { indexFolder, type SeriesEntry } from "../series/index-folder.js";
import { readVolume } from "../series/read-volume.js";
import type { LabelledMask } from "./labelled-mask.js";
import { describeGrid, gridMismatch, reorder, resampleMask } from "./match-grid.js";
import { RTSTRUCT_CLASS, readRtStruct } from "./rtstruct.js";
import { readSeg, SEG_CLASSES } from "./seg.js";

/** How masks are read. */
export interface ReadMaskOptions {
  /** Resample a mask of another grid (nearest voxel), with a warning that states the change of volume. */
  readonly resample?: boolean;
  /** Frame of reference of the image; a DICOM mask that names another one gets a warning. */
  readonly frameOfReferenceUid?: string | null;
  /** Where the voxels go: ordinary arrays unless given, or the kernels' memory (`voxelAllocator`). */
  readonly memory?: VoxelAllocator;
}

/** More labels than this are an image, not a segmentation. */
const MOST_LABELS = 512;

const stem = (name: string): string => name.replace(/(\.seg)?\.(nii\.gz|nii|nrrd|nhdr|mha|zip|dcm)$/i, "");

/** Distinct values above zero; a refusal where the voxels are not labels. */
function labelsOf(data: VoxelArray, file: string): Result<readonly number[]> {
  const found = new Set<number>();
  let last = 0;
  for (let p = 0; p < data.length; p++) {
    const v = data[p]!;
    if (v === 0 || v === last) continue;
    if (!Number.isInteger(v) || v < 0 || found.size >= MOST_LABELS) return notAMask(file, v);
    found.add(v);
    last = v;
  }
  if (found.size === 0) {
    return refuse({
      code: "empty-mask",
      message: "The mask marks no voxel.",
      got: "0 voxels",
      wanted: "at least one marked voxel",
      mend: "Draw it, or export it again.",
      where: { file },
    });
  }
  return ok([...found].sort((a, b) => a - b));
}

const notAMask = (file: string, got: number): Result<never> =>
  refuse({
    code: "not-a-mask",
    message: "The file holds an image, not a mask.",
    got: `value ${got}`,
    wanted: "0 outside and whole label numbers inside",
    where: { file },
  });

interface Labelled {
  readonly name: string;
  readonly data: VoxelArray;
  readonly grid: Grid;
  readonly names: ReadonlyMap<number, string>;
  readonly file: string;
  readonly outline: StatedOutline | null;
}

const countOf = (data: VoxelArray, label: number): number => {
  let n = 0;
  for (let p = 0; p < data.length; p++) if (data[p] === label) n++;
  return n;
};

/** Masks of one label image on the reference grid. */
function masksOf(image: Labelled, reference: Grid, options: ReadMaskOptions): Result<readonly LabelledMask[]> {
  const labels = labelsOf(image.data, image.file);
  if (!labels.ok) return labels;
  const onReference = reorder(image.data, image.grid, reference);
  if (onReference === null && options.resample !== true) {
    return gridMismatch(image.name, image.grid, reference, image.file);
  }
  const issues: Issue[] = [];
  const nowhere: string[] = [];
  const masks = labels.value.map((label): LabelledMask => {
    const name = image.names.get(label) ?? (labels.value.length === 1 ? image.name : `${image.name} ${label}`);
    const from = onReference ?? image.data;
    const outline = image.outline === null ? undefined : outlineFor(image.outline, countOf(image.data, label));
    const facts = { name, label, grid: reference, ...(outline === undefined ? {} : { outline }) };
    const own = (onReference === null ? ordinaryVoxels : (options.memory ?? ordinaryVoxels)).uint8(from.length);
    for (let p = 0; p < own.length; p++) if (from[p] === label) own[p] = 1;
    if (onReference !== null) return { ...facts, data: own };
    const moved = resampleMask(own, image.grid, reference, name);
    if (!moved.data.includes(1)) nowhere.push(name);
    issues.push(locate(moved.issue, { file: image.file }));
    return { ...facts, data: moved.data };
  });
  if (nowhere.length === masks.length)
    return refuse({
      code: "mask-outside",
      message: `The mask ${image.name} has no place in common with the image.`,
      got: describeGrid(image.grid),
      wanted: describeGrid(reference),
      mend: "Use the mask that was drawn on this image.",
      where: { file: image.file },
    });
  return ok(masks, issues);
}

function fromFile(
  image: ImageFile,
  file: string,
  reference: Grid,
  options: ReadMaskOptions,
): Result<readonly LabelledMask[]> {
  const several = image.volumes.length > 1;
  const all: LabelledMask[] = [];
  const issues: Issue[] = [...image.issues];
  for (const [n, data] of image.volumes.entries()) {
    const name = several ? `${stem(file)} ${n + 1}` : stem(file);
    const outline = parseOutlineText(image.description);
    const masks = masksOf({ name, data, grid: image.grid, names: image.labels, file, outline }, reference, options);
    if (!masks.ok) {
      if (several && masks.issues[0]!.code === "empty-mask") continue;
      return masks;
    }
    all.push(...masks.value);
    issues.push(...masks.issues);
  }
  return all.length === 0
    ? refuse({
        code: "empty-mask",
        message: "The mask marks no voxel.",
        got: "0 voxels",
        wanted: "at least one marked voxel",
        mend: "Draw it, or export it again.",
        where: { file },
      })
    : ok(all, issues);
}

/** Name of a mask series: its description, else the folder of its files, else what the person named. */
function seriesName(series: SeriesEntry, path: string): string {
  if (series.description !== "") return series.description;
  const folders = new Set(series.instances.map(({ source }) => source.file.split(/[/!]/).slice(0, -1).pop() ?? ""));
  const [folder] = folders;
  return folders.size === 1 && folder !== undefined && folder !== "" && !/\.zip$/i.test(folder)
    ? folder
    : stem(basename(path));
}

async function fromSeries(
  series: SeriesEntry,
  path: string,
  reference: Grid,
  options: ReadMaskOptions,
): Promise<Result<readonly LabelledMask[]>> {
  const volume = await readVolume(series);
  if (!volume.ok) return volume;
  const file = series.instances[0]!.source.file;
  const masks = masksOf(
    {
      name: seriesName(series, path),
      data: volume.value.data,
      grid: volume.value.grid,
      names: new Map(),
      file,
      outline: null,
    },
    reference,
    options,
  );
  const { sha256, frameOfReferenceUid } = volume.value.source;
  return withSource(masks, { sha256, frameOfReferenceUid });
}

/** Masks with what they were made from. */
const withSource = (masks: Result<readonly LabelledMask[]>, source: MaskSource): Result<readonly LabelledMask[]> =>
  mapResult(masks, (all) => all.map((mask) => ({ ...mask, source })));

const fileHash = (source: FileSource): string => createHash("sha256").update(source.read(0, source.size)).digest("hex");

const otherFrame = (series: SeriesEntry): Issue =>
  warningIssue({
    code: "frame-of-reference",
    message: "The mask names another frame of reference than the image; it was matched by position all the same.",
    got: series.instances[0]!.frameOfReferenceUid,
    wanted: "one frame of reference",
    mend: "Make sure that the patient did not move between the two.",
    where: { series: series.uid },
  });

async function fromDicom(
  path: string,
  reference: Grid,
  options: ReadMaskOptions,
): Promise<Result<readonly LabelledMask[]>> {
  const index = indexFolder(path);
  if (!index.ok) return index;
  const all: LabelledMask[] = [];
  const issues: Issue[] = [];
  const refusals: Issue[] = [];
  for (const series of index.value.series) {
    const objects = series.instances.filter(
      ({ sopClassUid }) => SEG_CLASSES.has(sopClassUid) || sopClassUid === RTSTRUCT_CLASS,
    );
    const results: Result<readonly LabelledMask[]>[] = [];
    for (const header of objects) {
      const masks =
        header.sopClassUid === RTSTRUCT_CLASS
          ? readRtStruct(header, reference, options.memory)
          : await readSeg(header, reference, options.memory);
      const { source, frameOfReferenceUid } = header;
      results.push(withSource(masks, { sha256: fileHash(source), frameOfReferenceUid }));
    }
    if (objects.length === 0 && series.stacks.length > 0)
      results.push(await fromSeries(series, path, reference, options));
    const own = series.instances[0]!.frameOfReferenceUid;
    const wanted = options.frameOfReferenceUid ?? null;
    if (own !== null && wanted !== null && own !== wanted) issues.push(otherFrame(series));
    for (const result of results) {
      if (result.ok) all.push(...result.value);
      (result.ok ? issues : refusals).push(...result.issues);
    }
  }
  if (refusals.some((issue) => issue.severity === "error")) return refuseWith(refusals);
  if (all.length > 0) return ok(all, issues);
  const reasons = index.value.refused.slice(0, 5).map(({ issue }) => issue);
  return reasons.length > 0
    ? refuseWith(reasons)
    : refuse({
        code: "no-mask",
        message: "No mask lies here.",
        wanted: "a mask series, SEG, RTSTRUCT, NIfTI, NRRD or MetaImage",
        where: { file: basename(path) },
      });
}

/**
 * Reads masks and puts them on the voxels of `reference`: DICOM image series (0 and 255), SEG, RTSTRUCT, NIfTI, NRRD or
 * MetaImage; a folder or zip may hold several. One mask per label, in the order of labels; `label` (a number or a name)
 * picks one. Matching is by geometry alone: the same voxels in another order of axes are re-ordered exactly; anything
 * else is refused with both geometries printed, unless `resample` is asked for. Each mask carries the hash of its file
 * (of its images, as `readVolume` makes it), the frame of reference that a DICOM object names, and the outline that its file
 * states (`MaskOutline`), as edited where the number of voxels is no longer the stated one.
 * Example: `unwrap(await readMasks("liver.seg.nrrd", undefined, volume.grid))[0].name`.
 */
export async function readMasks(
  path: string,
  label: number | string | undefined,
  reference: Grid,
  options: ReadMaskOptions = {},
): Promise<Result<readonly LabelledMask[]>> {
  const stat = statSync(path, { throwIfNoEntry: false });
  const source = stat?.isFile() ? diskSource(path, basename(path), stat.size) : null;
  const single = source !== null && fileFormat(source) !== null;
  const image = single ? readImageFile(source) : null;
  const masks =
    image === null
      ? await fromDicom(path, reference, options)
      : image.ok
        ? withSource(fromFile(image.value, basename(path), reference, options), { sha256: fileHash(source!) })
        : image;
  if (!masks.ok) return refuseWith(masks.issues.map((issue) => locate(issue, { file: basename(path) })));
  if (label === undefined) return masks;
  const chosen = masks.value.filter((mask) => mask.label === Number(label) || mask.name === label);
  if (chosen.length > 0) return ok(chosen, masks.issues);
  return refuse({
    code: "no-such-label",
    message: "The mask file has no such label.",
    got: label,
    wanted: masks.value.map((mask) => `${mask.label} (${mask.name})`).join(", "),
    where: { file: basename(path) },
  });
}
