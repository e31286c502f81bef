import { type Issue, ok, type Result, refuse, refuseWith, warningIssue } from "@livermark/core";
import {
  type Grid,
  type MaskOutline,
  maskVoxels,
  modelOutline,
  ordinaryVoxels,
  outlineFor,
  parseOutlineText,
  type StatedOutline,
  type VoxelAllocator,
} from "@livermark/imaging";
import { type Dataset, item, items, number, text, uint16 } from "../parse/dataset.js";
import { inflatedSource, readParsed } from "../parse/read-header.js";
import { TAG } from "../parse/tags.js";
import { decodePixels } from "../pixels/decode.js";
import type { InstanceHeader } from "../series/header.js";
import type { LabelledMask } from "./labelled-mask.js";
import { describeGrid } from "./match-grid.js";
import { paintFrame, placeFrame } from "./place-frame.js";

/** Segmentation and Label Map Segmentation Storage. */
export const SEG_CLASSES: ReadonlySet<string> = new Set([
  "1.2.840.10008.5.1.4.1.1.66.4",
  "1.2.840.10008.5.1.4.1.1.66.7",
]);

interface Segment {
  readonly number: number;
  readonly label: string;
  readonly outline: StatedOutline | MaskOutline | null;
}

/** A segment's outline: Livermark's own line, or the name of another program that made it automatically. */
function outlineOf(segment: Dataset): Segment["outline"] {
  const type = text(segment, TAG.SegmentAlgorithmType);
  const name = text(segment, TAG.SegmentAlgorithmName);
  if (name === undefined || (type !== "AUTOMATIC" && type !== "SEMIAUTOMATIC")) return null;
  return parseOutlineText(name) ?? (type === "AUTOMATIC" ? modelOutline(name) : null);
}

function segmentsOf(dataset: Dataset): readonly Segment[] {
  return items(dataset, TAG.SegmentSequence).flatMap((segment) => {
    const n = uint16(segment, TAG.SegmentNumber);
    if (n === undefined) return [];
    return [{ number: n, label: text(segment, TAG.SegmentLabel) ?? `segment ${n}`, outline: outlineOf(segment) }];
  });
}

/** Segment number of each frame; 0 in label maps, whose pixels hold the numbers. */
function frameSegments(dataset: Dataset, frames: number): readonly number[] {
  const perFrame = items(dataset, TAG.PerFrameFunctionalGroupsSequence);
  const shared = items(dataset, TAG.SharedFunctionalGroupsSequence)[0];
  const read = (group: Dataset | undefined): number | undefined => {
    const identification = item(group, TAG.SegmentIdentificationSequence);
    return identification === undefined ? undefined : number(identification, TAG.ReferencedSegmentNumber, "US");
  };
  return Array.from({ length: frames }, (_, n) => read(perFrame[n]) ?? read(shared) ?? 0);
}

/**
 * Reads a DICOM segmentation (binary, fractional or label map) onto the voxels of `reference`: each frame is placed by
 * its own position and orientation, whatever the order of frames. One mask per segment, empty ones left out.
 * A fractional segmentation is cut at half of its maximum, with a warning. Refuses frames whose pixels do not lie on
 * the reference's voxels, and set pixels outside of it. Standard: PS3.3 A.51, C.8.20.
 */
export async function readSeg(
  header: InstanceHeader,
  reference: Grid,
  memory: VoxelAllocator = ordinaryVoxels,
): Promise<Result<readonly LabelledMask[]>> {
  const where = { file: header.source.file };
  const source = inflatedSource(header.source);
  if (!source.ok) return source;
  const parsed = readParsed(source.value);
  if (!parsed.ok) return parsed;
  const pixels = await decodePixels(header);
  if (!pixels.ok) return pixels;
  const { dataset } = parsed.value;
  const { rows, columns, frames, values } = pixels.value;
  const segments = segmentsOf(dataset);
  const ofFrame = frameSegments(dataset, frames);
  const labelMap = ofFrame.every((n) => n === 0);
  const fractional = text(dataset, TAG.SegmentationType) === "FRACTIONAL";
  const threshold = fractional ? (uint16(dataset, TAG.MaximumFractionalValue) ?? 255) / 2 : 0.5;
  const issues: Issue[] = fractional
    ? [
        warningIssue({
          code: "fractional-segmentation",
          message: "The segmentation is fractional; voxels of at least half the maximum are taken.",
          where,
        }),
      ]
    : [];
  const masks = new Map<number, Uint8Array>();
  const maskOf = (segment: number): Uint8Array => {
    const known = masks.get(segment);
    if (known !== undefined) return known;
    const fresh = memory.uint8(reference.size[0] * reference.size[1] * reference.size[2]);
    masks.set(segment, fresh);
    return fresh;
  };
  let outside = 0;
  for (let frame = 0; frame < frames; frame++) {
    const base = frame * rows * columns;
    const own = values.subarray(base, base + rows * columns);
    const present = labelMap
      ? [...new Set(own)].filter((v) => v > 0)
      : own.some((v) => v >= threshold)
        ? [ofFrame[frame]!]
        : [];
    if (present.length === 0) continue;
    const facts = header.frames[frame]!;
    const placement = placeFrame(facts, rows, columns, reference);
    if (placement === null) {
      return refuse({
        code: "grid-mismatch",
        message: "The segmentation does not lie on the image's voxels.",
        got: `frame ${frame + 1}: ${columns} × ${rows} pixels of ${facts.spacingMm?.join(" × ") ?? "unknown"} mm at (${facts.positionMm?.join(", ") ?? "unknown"})`,
        wanted: describeGrid(reference),
        mend: "Use the image on which the segmentation was drawn.",
        where,
      });
    }
    for (const segment of present) {
      const isSet = labelMap
        ? (pixel: number): boolean => own[pixel] === segment
        : (pixel: number): boolean => own[pixel]! >= threshold;
      outside += paintFrame(placement, isSet, rows, columns, reference, maskOf(segment));
    }
  }
  if (outside > 0) {
    return refuse({
      code: "mask-outside",
      message: `${outside} voxels of the segmentation lie outside the image.`,
      wanted: "a segmentation of this image",
      where,
    });
  }
  if (masks.size === 0) return refuseWith([...issues, ...emptySegmentation(where.file).issues]);
  const found = [...masks]
    .sort(([a], [b]) => a - b)
    .map(([label, data]): LabelledMask => {
      const segment = segments.find(({ number: own }) => own === label);
      const stated = segment?.outline ?? null;
      const outline =
        stated !== null && "voxels" in stated
          ? outlineFor(stated, maskVoxels({ name: "", data, grid: reference }))
          : stated;
      const name = segment?.label ?? `segment ${label}`;
      return { name, label, grid: reference, data, ...(outline ? { outline } : {}) };
    });
  return ok(found, issues);
}

const emptySegmentation = (file: string) =>
  refuse({
    code: "empty-mask",
    message: "The segmentation marks no voxel.",
    got: "0 voxels",
    wanted: "at least one marked voxel",
    mend: "Draw it, or export it again.",
    where: { file },
  });
