import { ok, type Result, refuse } from "@livermark/core";
import { type Mask, patientToIndex, sameGrid, type Vec3, type Volume } from "../../volume.js";
import { type MaskEdit, runsWhere } from "./mask-edit.js";

/** One drag of the brush. */
export interface BrushStroke {
  /** Where the pointer was, patient mm; the brush covers the straight lines between. */
  readonly points: readonly Vec3[];
  readonly radiusMm: number;
  /** `disc` stays in the slice of its points; `sphere` reaches into the neighbouring slices. */
  readonly shape: "disc" | "sphere";
  readonly paint: boolean;
  /** Only voxels whose value lies in this closed range are touched. */
  readonly within?: { readonly volume: Volume; readonly low: number; readonly high: number };
}

/** Squared distance from p to the segment from a to b. */
function squaredToSegment(p: Vec3, a: Vec3, b: Vec3): number {
  const d: Vec3 = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const e: Vec3 = [p[0] - a[0], p[1] - a[1], p[2] - a[2]];
  const length = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, (e[0] * d[0] + e[1] * d[1] + e[2] * d[2]) / length));
  const g: Vec3 = [e[0] - t * d[0], e[1] - t * d[1], e[2] - t * d[2]];
  return g[0] * g[0] + g[1] * g[1] + g[2] * g[2];
}

/**
 * What one stroke of a brush changes: voxels whose centre is at most `radiusMm` from the stroke's path (closed), in its slice for
 * a disc, become 1 (`paint`) or 0. Only the box around the stroke is looked at.
 * Refuses a radius that is not above 0, no points, points off the volume, a disc that leaves its slice, and a range read from a
 * volume on another grid.
 * Example: `record(history, unwrap(brushEdit(history.mask, { points: [p], radiusMm: 6, shape: "disc", paint: true })))`.
 */
export function brushEdit(mask: Mask, stroke: BrushStroke): Result<MaskEdit> {
  const { grid } = mask;
  const { points, radiusMm, shape, paint, within } = stroke;
  const refusal = (code: string, message: string, got: string, wanted: string) =>
    refuse({ code, message, got, wanted });
  if (!(radiusMm > 0) || !Number.isFinite(radiusMm))
    return refusal("brush-radius", "A brush has a radius above 0.", String(radiusMm), "a number of mm above 0");
  if (points.length === 0 || points.some((p) => p.some((x) => !Number.isFinite(x))))
    return refusal(
      "brush-points",
      "A stroke has at least one point.",
      `${points.length} points`,
      "finite points in patient mm",
    );
  if (within !== undefined && !sameGrid(within.volume.grid, grid))
    return refusal(
      "other-grid",
      "The brush reads its range from an image on another grid.",
      within.volume.grid.size.join("×"),
      grid.size.join("×"),
    );
  const places = points.map((p) => patientToIndex(grid, p));
  const slices = places.map((p) => Math.ceil(p[2] - 0.5));
  if (shape === "disc" && slices.some((k) => k !== slices[0]))
    return refusal(
      "brush-slice",
      "A disc stays in one slice.",
      `slices ${Math.min(...slices)} to ${Math.max(...slices)}`,
      "one slice, or a sphere",
    );
  const [sx, sy, sz] = grid.spacingMm;
  // A disc's points count as lying in their slice's plane.
  const path = places.map(([i, j, k], n): Vec3 => [i * sx, j * sy, (shape === "disc" ? slices[n]! : k) * sz]);
  const low = [0, 1, 2].map((c) =>
    Math.max(0, Math.ceil((Math.min(...path.map((p) => p[c]!)) - radiusMm) / grid.spacingMm[c]!)),
  );
  const high = [0, 1, 2].map((c) =>
    Math.min(grid.size[c]! - 1, Math.floor((Math.max(...path.map((p) => p[c]!)) + radiusMm) / grid.spacingMm[c]!)),
  );
  if (shape === "disc") {
    low[2] = Math.max(0, slices[0]!);
    high[2] = Math.min(grid.size[2] - 1, slices[0]!);
  }
  if (low.some((from, c) => from > high[c]!))
    return refusal(
      "brush-outside",
      "The stroke lies outside the volume.",
      places[0]!.map((x) => x.toFixed(1)).join(", "),
      `index 0 to ${grid.size.map((n) => n - 1).join(", ")}`,
    );
  const value = paint ? 1 : 0;
  const runs: Uint32Array[] = [];
  const width = high[0]! - low[0]! + 1;
  for (let k = low[2]!; k <= high[2]!; k++)
    for (let j = low[1]!; j <= high[1]!; j++) {
      const row = (k * grid.size[1] + j) * grid.size[0] + low[0]!;
      const covered = (n: number): boolean => {
        const v = row + n;
        if (mask.data[v] === value) return false;
        if (within !== undefined && !(within.volume.data[v]! >= within.low && within.volume.data[v]! <= within.high))
          return false;
        const p: Vec3 = [(low[0]! + n) * sx, j * sy, k * sz];
        const limit = radiusMm * radiusMm * (1 + 1e-12);
        return path.some((a, m) => squaredToSegment(p, a, path[Math.min(m + 1, path.length - 1)]!) <= limit);
      };
      const found = runsWhere(width, covered);
      if (found.length > 0) runs.push(found.map((n) => n + row));
    }
  const all = new Uint32Array(runs.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of runs) {
    all.set(one, at);
    at += one.length;
  }
  return ok({ name: paint ? "brush" : "eraser", runs: all });
}
