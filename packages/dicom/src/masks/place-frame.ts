import { type Grid, patientToIndex, type Vec3 } from "@livermark/imaging";
import type { FrameFacts } from "../series/header.js";

/** Frames may miss the reference's voxel centres by this part of a voxel (positions are written with few digits). */
const TOLERANCE = 0.05;

/** Integer steps through the reference's voxels: of the first pixel, per column and per row. */
export interface FramePlacement {
  readonly first: readonly [number, number, number];
  readonly perColumn: readonly [number, number, number];
  readonly perRow: readonly [number, number, number];
}

const whole = (v: Vec3): readonly [number, number, number] | null => {
  const rounded: [number, number, number] = [Math.round(v[0]), Math.round(v[1]), Math.round(v[2])];
  return rounded.every((n, axis) => Math.abs(n - v[axis]!) <= TOLERANCE) ? rounded : null;
};

/**
 * Where the pixels of one frame lie among the voxels of a grid: each pixel on exactly one voxel centre, in any order
 * of axes. Null where they do not (another pixel size, a rotated plane, a slice between two).
 */
export function placeFrame(frame: FrameFacts, rows: number, columns: number, grid: Grid): FramePlacement | null {
  const { positionMm, rowAxis, columnAxis, spacingMm } = frame;
  if (positionMm === null || rowAxis === null || columnAxis === null || spacingMm === null) return null;
  const at = (column: number, row: number): Vec3 =>
    patientToIndex(grid, [
      positionMm[0] + column * spacingMm[0] * rowAxis[0] + row * spacingMm[1] * columnAxis[0],
      positionMm[1] + column * spacingMm[0] * rowAxis[1] + row * spacingMm[1] * columnAxis[1],
      positionMm[2] + column * spacingMm[0] * rowAxis[2] + row * spacingMm[1] * columnAxis[2],
    ]);
  const first = whole(at(0, 0));
  const lastColumn = whole(at(columns - 1, 0));
  const lastRow = whole(at(0, rows - 1));
  if (first === null || lastColumn === null || lastRow === null) return null;
  const step = (to: readonly [number, number, number], count: number): readonly [number, number, number] | null =>
    count <= 1
      ? [0, 0, 0]
      : whole([(to[0] - first[0]) / (count - 1), (to[1] - first[1]) / (count - 1), (to[2] - first[2]) / (count - 1)]);
  const perColumn = step(lastColumn, columns);
  const perRow = step(lastRow, rows);
  const unit = (v: readonly number[] | null, count: number): boolean =>
    v !== null && (count <= 1 || v.reduce((sum, n) => sum + Math.abs(n), 0) === 1);
  if (perColumn === null || perRow === null || !unit(perColumn, columns) || !unit(perRow, rows)) return null;
  return { first, perColumn, perRow };
}

/**
 * Marks the voxels of the set pixels of one frame. Returns how many set pixels lie outside the grid.
 */
export function paintFrame(
  placement: FramePlacement,
  isSet: (pixel: number) => boolean,
  rows: number,
  columns: number,
  grid: Grid,
  into: Uint8Array,
): number {
  const [ni, nj, nk] = grid.size;
  const { first, perColumn, perRow } = placement;
  let outside = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!isSet(row * columns + column)) continue;
      const i = first[0] + column * perColumn[0] + row * perRow[0];
      const j = first[1] + column * perColumn[1] + row * perRow[1];
      const k = first[2] + column * perColumn[2] + row * perRow[2];
      if (i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk) outside++;
      else into[i + ni * (j + nj * k)] = 1;
    }
  }
  return outside;
}
