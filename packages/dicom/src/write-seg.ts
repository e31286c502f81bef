import { ok, type Result, refuse } from "@livermark/core";
import { type Grid, type Mask, type MaskOutline, maskVoxels, outlineText, sameGrid } from "@livermark/imaging";
import type { SeriesEntry } from "./series/index-folder.js";
import { chooseStack } from "./series/read-volume.js";
import type { Stack } from "./series/stacks.js";
import {
  type Code,
  codeItem,
  type DerivedAttributes,
  derivationImage,
  derivedModules,
  planePosition,
  referencedSeries,
  sharedGeometry,
} from "./write/derived.js";
import { type ElementList, type ElementSpec, encodeFile } from "./write/elements.js";
import { uidFromSeed } from "./write/uid.js";

const SEG_CLASS = "1.2.840.10008.5.1.4.1.1.66.4";

/** A mask to write, with its code where the name does not tell. */
export interface SegmentMask extends Mask {
  readonly category?: Code;
  readonly type?: Code;
}

/** How the segments were made; a mask that knows its own outline says so itself. */
export interface SegOptions extends DerivedAttributes {
  readonly algorithm: { readonly type: "MANUAL" | "SEMIAUTOMATIC" | "AUTOMATIC"; readonly name: string };
  /** Volume of the source series on which the masks lie, where it holds several. */
  readonly stack?: string | number;
}

const ANATOMY: Code = ["123037004", "SCT", "Anatomical Structure"];
const ABNORMAL: Code = ["49755003", "SCT", "Morphologically Abnormal Structure"];
const TISSUE: Code = ["85756007", "SCT", "Tissue"];

/** SNOMED CT codes by what the name says, in the order of trial. */
const BY_NAME: readonly (readonly [pattern: RegExp, category: Code, type: Code])[] = [
  [/tumou?r|lesion|metastas|hcc|neoplasm/i, ABNORMAL, ["108369006", "SCT", "Neoplasm"]],
  [/liver|leber|foie|h[ií]gado|fegato/i, ANATOMY, ["10200004", "SCT", "Liver"]],
  [/portal/i, ANATOMY, ["32764006", "SCT", "Portal vein"]],
  [/spleen|milz/i, ANATOMY, ["78961009", "SCT", "Spleen"]],
  [/muscle/i, ANATOMY, ["71616004", "SCT", "Skeletal muscle"]],
];

/** Type and name of the algorithm of a mask that knows its outline; an edited draft is semi-automatic. */
const algorithmOf = (mask: SegmentMask, outline: MaskOutline): SegOptions["algorithm"] => ({
  type: outline.method === "draft" || outline.method === "model" ? "AUTOMATIC" : "SEMIAUTOMATIC",
  name: outlineText(outline, maskVoxels(mask)),
});

function segmentItem(mask: SegmentMask, number: number, options: SegOptions): ElementList {
  const guess = BY_NAME.find(([pattern]) => pattern.test(mask.name));
  const { type, name } = mask.outline === undefined ? options.algorithm : algorithmOf(mask, mask.outline);
  return [
    [0x00620003, "SQ", [codeItem(mask.category ?? guess?.[1] ?? TISSUE)]],
    [0x00620004, "US", number],
    [0x00620005, "LO", mask.name.slice(0, 64)],
    [0x00620008, "CS", type],
    ...(type === "MANUAL" ? [] : ([[0x00620009, "LO", name.slice(0, 64)]] satisfies ElementSpec[])),
    [0x0062000f, "SQ", [codeItem(mask.type ?? guess?.[2] ?? TISSUE)]],
  ];
}

interface SegFrame {
  readonly segment: number;
  readonly k: number;
  readonly data: Uint8Array;
}

function framesOf(masks: readonly SegmentMask[], grid: Grid): readonly SegFrame[] {
  const perSlice = grid.size[0] * grid.size[1];
  return masks.flatMap((mask, n) =>
    Array.from({ length: grid.size[2] }, (_, k) => ({
      segment: n + 1,
      k,
      data: mask.data.subarray(k * perSlice, (k + 1) * perSlice),
    })).filter(({ data }) => data.some((v) => v !== 0)),
  );
}

/** All frames as one string of bits, the first pixel in the lowest bit (PS3.5 8.1.1). */
function packed(frames: readonly SegFrame[], perSlice: number): Uint8Array {
  const bits = frames.length * perSlice;
  const bytes = new Uint8Array(Math.ceil(bits / 16) * 2);
  let at = 0;
  for (const { data } of frames) {
    for (let p = 0; p < perSlice; p++, at++) if (data[p] !== 0) bytes[at >> 3]! |= 1 << (at & 7);
  }
  return bytes;
}

function frameGroups(frame: SegFrame, grid: Grid, stack: Stack): ElementList {
  const source = stack.frames[frame.k]!.instance;
  return [
    derivationImage(source, ["113076", "DCM", "Segmentation"]),
    [0x00209111, "SQ", [[[0x00209157, "UL", [frame.segment, frame.k + 1]]]]],
    planePosition(grid, frame.k),
    [0x0062000a, "SQ", [[[0x0062000b, "US", frame.segment]]]],
  ];
}

/**
 * Writes masks of one series as a DICOM Segmentation (binary, one frame per segment and slice that is not empty, in
 * ascending order), with references to the source images. dciodvfy finds no error; `readMasks` gives the same voxels.
 * Refuses masks on another grid than the series, and masks that mark nothing. Standard: PS3.3 A.51 and C.8.20.
 * Example: `unwrap(writeSeg([liver], series, options))`.
 */
export function writeSeg(masks: readonly SegmentMask[], series: SeriesEntry, options: SegOptions): Result<Uint8Array> {
  const stack = chooseStack(series, options.stack);
  if (!stack.ok) return stack;
  const { grid } = stack.value;
  const where = { series: series.uid };
  const stray = masks.find((mask) => grid === null || !sameGrid(grid, mask.grid));
  if (grid === null || stray !== undefined) {
    return refuse({
      code: "grid-mismatch",
      message: `The mask ${stray?.name ?? ""} does not lie on the series.`,
      where,
    });
  }
  const frames = framesOf(masks, grid);
  if (frames.length === 0) return refuse({ code: "empty-mask", message: "The masks mark no voxel.", where });
  const [columns, rows] = grid.size;
  const dimensions = uidFromSeed(`${options.seed}/${series.uid}/dimensions`);
  const index = (pointer: number, group: number): ElementList => [
    [0x00209164, "UI", dimensions],
    [0x00209165, "AT", pointer],
    [0x00209167, "AT", group],
  ];
  return ok(
    encodeFile([
      ...derivedModules(series, options, SEG_CLASS, "SEG"),
      [0x00080008, "CS", ["DERIVED", "PRIMARY"]],
      referencedSeries(series),
      [0x00209221, "SQ", [[[0x00209164, "UI", dimensions]]]],
      [0x00209222, "SQ", [index(0x0062000b, 0x0062000a), index(0x00200032, 0x00209113)]],
      [0x00280002, "US", 1],
      [0x00280004, "CS", "MONOCHROME2"],
      [0x00280008, "IS", frames.length],
      [0x00280010, "US", rows],
      [0x00280011, "US", columns],
      [0x00280100, "US", 1],
      [0x00280101, "US", 1],
      [0x00280102, "US", 0],
      [0x00280103, "US", 0],
      [0x00282110, "CS", "00"],
      [0x00620001, "CS", "BINARY"],
      [0x00620002, "SQ", masks.map((mask, n) => segmentItem(mask, n + 1, options))],
      [0x00700080, "CS", "SEGMENTATION"],
      [0x00700081, "LO", ""],
      [0x00700084, "PN", ""],
      [0x52009229, "SQ", [sharedGeometry(grid)]],
      [0x52009230, "SQ", frames.map((frame) => frameGroups(frame, grid, stack.value))],
      [0x7fe00010, "OB", packed(frames, rows * columns)],
    ]),
  );
}
