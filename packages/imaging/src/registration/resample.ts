import { type Grid, patientToIndex, type Vec3, type Volume, voxelCount } from "../volume.js";

/** A mapping of patient points, fixed to moving. */
export type PointMap = (point: Vec3) => Vec3;

/** Value of a volume at fractional index coordinates by linear interpolation, or `outside` beyond the voxel centres. */
export function linearAt(
  volume: Pick<Volume, "grid" | "data">,
  i: number,
  j: number,
  k: number,
  outside: number,
): number {
  const [nx, ny, nz] = volume.grid.size;
  // A point that rounding pushed a hair beyond the border belongs to it.
  const slack = 1e-6;
  if (!(i >= -slack && j >= -slack && k >= -slack && i <= nx - 1 + slack && j <= ny - 1 + slack && k <= nz - 1 + slack))
    return outside;
  const i0 = Math.min(Math.max(0, nx - 2), Math.max(0, Math.floor(i)));
  const j0 = Math.min(Math.max(0, ny - 2), Math.max(0, Math.floor(j)));
  const k0 = Math.min(Math.max(0, nz - 2), Math.max(0, Math.floor(k)));
  const a = Math.min(1, Math.max(0, i - i0));
  const b = Math.min(1, Math.max(0, j - j0));
  const c = Math.min(1, Math.max(0, k - k0));
  const { data } = volume;
  const dx = nx > 1 ? 1 : 0;
  const dy = ny > 1 ? nx : 0;
  const dz = nz > 1 ? nx * ny : 0;
  const at = (k0 * ny + j0) * nx + i0;
  const row = (from: number): number => (1 - a) * data[from]! + a * data[from + dx]!;
  const slice = (from: number): number => (1 - b) * row(from) + b * row(from + dy);
  return (1 - c) * slice(at) + c * slice(at + dz);
}

/**
 * A volume drawn on another grid: each voxel takes the value at the point that `map` gives, by linear interpolation.
 * Points outside the moving volume take `outside` (−1000 for HU, else 0) and are counted.
 * Example: `resample(moving, fixed.grid)` without a map only changes the grid.
 */
export function resample(
  moving: Volume,
  grid: Grid,
  map: PointMap = (point) => point,
  outside = moving.unit === "HU" ? -1000 : 0,
): { readonly volume: Volume; readonly outsideVoxels: number } {
  const data = new Float32Array(voxelCount(grid));
  const [nx, ny, nz] = grid.size;
  const [ax, ay, az] = grid.axes;
  const [sx, sy, sz] = grid.spacingMm;
  let offset = 0;
  let outsideVoxels = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const u = i * sx;
        const v = j * sy;
        const w = k * sz;
        const p = map([
          grid.originMm[0] + u * ax[0] + v * ay[0] + w * az[0],
          grid.originMm[1] + u * ax[1] + v * ay[1] + w * az[1],
          grid.originMm[2] + u * ax[2] + v * ay[2] + w * az[2],
        ]);
        const [mi, mj, mk] = patientToIndex(moving.grid, p);
        const value = linearAt(moving, mi, mj, mk, Number.NaN);
        if (Number.isNaN(value)) outsideVoxels++;
        data[offset++] = Number.isNaN(value) ? outside : value;
      }
  return { volume: { ...moving, grid, data }, outsideVoxels };
}
