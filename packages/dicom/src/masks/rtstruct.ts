import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { type Grid, ordinaryVoxels, patientToIndex, type Vec3, type VoxelAllocator } from "@livermark/imaging";
import { type Dataset, decimal, decimals, items, text } from "../parse/dataset.js";
import { inflatedSource, readParsed } from "../parse/read-header.js";
import { TAG } from "../parse/tags.js";
import type { InstanceHeader } from "../series/header.js";
import type { LabelledMask } from "./labelled-mask.js";
import { describeGrid } from "./match-grid.js";

/** RT Structure Set Storage. */
export const RTSTRUCT_CLASS = "1.2.840.10008.5.1.4.1.1.481.3";

/** A contour may miss its slice's plane by this part of the slice spacing. */
const PLANE_TOLERANCE = 0.1;

/** Planar polygon of one contour in index coordinates. */
type Contour = readonly Vec3[];

function contoursOf(roi: Dataset, grid: Grid, issues: Issue[], name: string): readonly Contour[] {
  const contours: Contour[] = [];
  for (const contour of items(roi, TAG.ContourSequence)) {
    const kind = text(contour, TAG.ContourGeometricType);
    if (kind !== "CLOSED_PLANAR" && kind !== "CLOSEDPLANAR_XOR") {
      if (kind !== "POINT" && !issues.some((issue) => issue.code === "open-contour")) {
        issues.push(
          warningIssue({
            code: "open-contour",
            message: `An open contour of ${name} encloses no voxels and was left out.`,
            got: kind,
          }),
        );
      }
      continue;
    }
    const data = decimals(contour, TAG.ContourData) ?? [];
    const points: Vec3[] = [];
    for (let n = 0; n + 2 < data.length; n += 3)
      points.push(patientToIndex(grid, [data[n]!, data[n + 1]!, data[n + 2]!]));
    if (points.length >= 3) contours.push(points);
  }
  return contours;
}

/**
 * Toggles the voxels of slice k whose centres lie inside the polygon (even-odd), so that several contours in one slice
 * combine by exclusive or: inner contours make holes. A centre on an edge belongs to the lower-index side.
 */
function toggleInside(contour: Contour, k: number, grid: Grid, data: Uint8Array): void {
  const [ni, nj] = grid.size;
  const lowest = Math.max(0, Math.ceil(Math.min(...contour.map((p) => p[1]))));
  const highest = Math.min(nj - 1, Math.floor(Math.max(...contour.map((p) => p[1]))));
  for (let j = lowest; j <= highest; j++) {
    const crossings: number[] = [];
    contour.forEach((p, n) => {
      const q = contour[(n + 1) % contour.length]!;
      if (p[1] <= j === q[1] <= j) return;
      crossings.push(p[0] + ((j - p[1]) / (q[1] - p[1])) * (q[0] - p[0]));
    });
    crossings.sort((a, b) => a - b);
    for (let c = 0; c + 1 < crossings.length; c += 2) {
      const from = Math.max(0, Math.ceil(crossings[c]!));
      const to = Math.min(ni - 1, Math.ceil(crossings[c + 1]!) - 1);
      for (let i = from; i <= to; i++) data[i + ni * (j + nj * k)]! ^= 1;
    }
  }
}

/**
 * Reads the closed planar contours of an RT Structure Set onto the voxels of `reference`: one mask per region of
 * interest, voxels whose centres lie inside (even-odd over all contours of a slice). Refuses contours that lie between
 * slices or outside the image. Standard: PS3.3 C.8.8.5-6.
 */
export function readRtStruct(
  header: InstanceHeader,
  reference: Grid,
  memory: VoxelAllocator = ordinaryVoxels,
): Result<readonly LabelledMask[]> {
  const where = { file: header.source.file };
  const source = inflatedSource(header.source);
  if (!source.ok) return source;
  const parsed = readParsed(source.value);
  if (!parsed.ok) return parsed;
  const { dataset } = parsed.value;
  const names = new Map(
    items(dataset, TAG.StructureSetROISequence).map(
      (roi) => [decimal(roi, TAG.ROINumber), text(roi, TAG.ROIName)] as const,
    ),
  );
  const issues: Issue[] = [];
  const masks: LabelledMask[] = [];
  for (const roi of items(dataset, TAG.ROIContourSequence)) {
    const label = decimal(roi, TAG.ReferencedROINumber) ?? masks.length + 1;
    const name = names.get(label) ?? `region ${label}`;
    const contours = contoursOf(roi, reference, issues, name);
    if (contours.length === 0) continue;
    const data = memory.uint8(reference.size[0] * reference.size[1] * reference.size[2]);
    for (const contour of contours) {
      const heights = contour.map((p) => p[2]);
      const k = Math.round(heights[0]!);
      const off = Math.max(...heights.map((h) => Math.abs(h - k)));
      const [ni, nj] = reference.size;
      const outside =
        k < 0 ||
        k >= reference.size[2] ||
        contour.some((p) => p[0] < -0.5 || p[1] < -0.5 || p[0] > ni - 0.5 || p[1] > nj - 0.5);
      if (off > PLANE_TOLERANCE || outside) {
        return refuse({
          code: outside ? "mask-outside" : "grid-mismatch",
          message: outside
            ? `A contour of ${name} lies outside the image.`
            : `A contour of ${name} does not lie in a slice of the image.`,
          got: `slice coordinates ${Math.min(...heights).toFixed(2)} to ${Math.max(...heights).toFixed(2)}`,
          wanted: describeGrid(reference),
          mend: "Use the image on which the contours were drawn.",
          where,
        });
      }
      toggleInside(contour, k, reference, data);
    }
    masks.push({ name, label, grid: reference, data });
  }
  if (masks.length === 0) {
    return refuse({
      code: "empty-mask",
      message: "The structure set holds no closed contour.",
      wanted: "closed planar contours",
      where,
    });
  }
  return ok(masks, issues);
}
