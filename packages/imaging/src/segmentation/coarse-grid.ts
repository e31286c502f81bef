import type { Grid, Vec3, VoxelArray } from "../volume.js";

/** A volume averaged over whole blocks of voxels. */
export interface Coarse {
  readonly grid: Grid;
  readonly data: Float32Array;
  /** Voxels of the fine grid per coarse voxel and axis. */
  readonly factors: Vec3;
}

/**
 * Block means with a spacing as near as possible to `targetMm` (never finer than the volume). Blocks cut by the far border
 * average what they hold. Example: 0.75 mm in the plane and a target of 3 mm average 4 × 4 voxels.
 */
export function coarsen(grid: Grid, data: VoxelArray, targetMm: number): Coarse {
  const factors = grid.spacingMm.map((spacing) => Math.max(1, Math.round(targetMm / spacing))) as [
    number,
    number,
    number,
  ];
  const [fx, fy, fz] = factors;
  const [nx, ny, nz] = grid.size;
  const size: Vec3 = [Math.ceil(nx / fx), Math.ceil(ny / fy), Math.ceil(nz / fz)];
  const [mx, my] = size;
  const sums = new Float64Array(size[0] * size[1] * size[2]);
  const counts = new Uint16Array(sums.length);
  let v = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const base = (Math.floor(k / fz) * my + Math.floor(j / fy)) * mx;
      for (let i = 0; i < nx; i++) {
        const at = base + Math.floor(i / fx);
        sums[at]! += data[v++]!;
        counts[at]!++;
      }
    }
  const means = new Float32Array(sums.length);
  for (let n = 0; n < means.length; n++) means[n] = sums[n]! / counts[n]!;
  const spacingMm: Vec3 = [grid.spacingMm[0] * fx, grid.spacingMm[1] * fy, grid.spacingMm[2] * fz];
  const shift = factors.map((f, axis) => ((f - 1) / 2) * grid.spacingMm[axis]!);
  const originMm = [0, 1, 2].map(
    (c) =>
      grid.originMm[c]! + shift[0]! * grid.axes[0][c]! + shift[1]! * grid.axes[1][c]! + shift[2]! * grid.axes[2][c]!,
  );
  return {
    grid: { size, spacingMm, originMm: [originMm[0]!, originMm[1]!, originMm[2]!], axes: grid.axes },
    data: means,
    factors,
  };
}

/** Linear interpolation positions of one axis: lower index, upper index, share of the upper. */
function axisWeights(
  fine: number,
  coarse: number,
  factor: number,
): { low: Int32Array; high: Int32Array; share: Float64Array } {
  const low = new Int32Array(fine);
  const high = new Int32Array(fine);
  const share = new Float64Array(fine);
  for (let i = 0; i < fine; i++) {
    const x = Math.min(coarse - 1, Math.max(0, (i - (factor - 1) / 2) / factor));
    low[i] = Math.floor(x);
    high[i] = Math.min(coarse - 1, low[i]! + 1);
    share[i] = x - low[i]!;
  }
  return { low, high, share };
}

/** 1 where the coarse field, interpolated linearly on the fine grid, is at least `level`. */
export function refineAbove(coarse: Omit<Coarse, "data">, field: Float32Array, fine: Grid, level: number): Uint8Array {
  const [nx, ny, nz] = fine.size;
  const [mx, my, mz] = coarse.grid.size;
  const x = axisWeights(nx, mx, coarse.factors[0]);
  const y = axisWeights(ny, my, coarse.factors[1]);
  const z = axisWeights(nz, mz, coarse.factors[2]);
  const inside = new Uint8Array(nx * ny * nz);
  const row = new Float64Array(mx);
  let v = 0;
  for (let k = 0; k < nz; k++) {
    const k0 = z.low[k]! * my;
    const k1 = z.high[k]! * my;
    const c = z.share[k]!;
    for (let j = 0; j < ny; j++) {
      const b = y.share[j]!;
      const corners = [(k0 + y.low[j]!) * mx, (k0 + y.high[j]!) * mx, (k1 + y.low[j]!) * mx, (k1 + y.high[j]!) * mx];
      let any = false;
      for (let i = 0; i < mx; i++) {
        const value =
          (1 - c) * ((1 - b) * field[corners[0]! + i]! + b * field[corners[1]! + i]!) +
          c * ((1 - b) * field[corners[2]! + i]! + b * field[corners[3]! + i]!);
        row[i] = value;
        any ||= value >= level;
      }
      if (any)
        for (let i = 0; i < nx; i++) {
          const a = x.share[i]!;
          if ((1 - a) * row[x.low[i]!]! + a * row[x.high[i]!]! >= level) inside[v + i] = 1;
        }
      v += nx;
    }
  }
  return inside;
}
