import { errorIssue, type Issue } from "@livermark/core";
import { decimal, text, uint16 } from "../parse/dataset.js";
import type { Limits } from "../parse/limits.js";
import type { Parsed } from "../parse/parse.js";
import { TAG } from "../parse/tags.js";
import type { PixelLayout } from "./header.js";

/** How the pixels of a parsed image are stored; null where it holds none. */
export function layoutOf(parsed: Parsed): PixelLayout | null {
  const { dataset, pixel } = parsed;
  const rows = uint16(dataset, TAG.Rows);
  const columns = uint16(dataset, TAG.Columns);
  if (pixel === null || rows === undefined || columns === undefined || rows === 0 || columns === 0) return null;
  const float = pixel.tag === TAG.FloatPixelData ? 32 : pixel.tag === TAG.DoubleFloatPixelData ? 64 : null;
  const bitsAllocated = float ?? uint16(dataset, TAG.BitsAllocated) ?? 16;
  const bitsStored = float ?? uint16(dataset, TAG.BitsStored) ?? bitsAllocated;
  return {
    element: pixel,
    rows,
    columns,
    frames: Math.max(1, Math.floor(decimal(dataset, TAG.NumberOfFrames) ?? 1)),
    samples: uint16(dataset, TAG.SamplesPerPixel) ?? 1,
    bitsAllocated,
    bitsStored,
    highBit: uint16(dataset, TAG.HighBit) ?? bitsStored - 1,
    signed: uint16(dataset, TAG.PixelRepresentation) === 1,
    planar: uint16(dataset, TAG.PlanarConfiguration) === 1,
    photometric: text(dataset, TAG.PhotometricInterpretation) ?? "MONOCHROME2",
    littleEndian: dataset.littleEndian,
  };
}

/** Why an image cannot be decoded, as far as its header and the size of its file tell. */
export function pixelIssues(layout: PixelLayout | null, parsed: Parsed, size: number, limits: Limits): Issue[] {
  if (layout === null) return [];
  const count = layout.rows * layout.columns * layout.samples * layout.frames;
  if (count > limits.pixels || layout.frames > limits.frames) {
    return [errorIssue({ code: "too-large", message: "The image has more pixels than Livermark reads.", got: count })];
  }
  const { offset, length } = layout.element;
  if (length < 0) return [];
  const subsampled = layout.photometric === "YBR_FULL_422" ? 2 / 3 : 1;
  const needed = Math.ceil((count * subsampled * layout.bitsAllocated) / 8);
  const there = Math.min(length, size - offset);
  if (there >= needed || parsed.transferSyntax === "1.2.840.10008.1.2.8.1") return [];
  return [
    errorIssue({
      code: "truncated",
      message: "The pixel data are shorter than the image they belong to.",
      got: `${there} bytes`,
      wanted: `${needed} bytes (${layout.columns} × ${layout.rows} × ${layout.frames})`,
      mend: "Export or copy the file again.",
    }),
  ];
}
