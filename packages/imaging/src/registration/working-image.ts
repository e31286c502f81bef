import { maskBox } from "../mask.js";
import { type Grid, indexToPatient, type Mask, patientToIndex, type Vec3, type Volume } from "../volume.js";
import { linearAt } from "./resample.js";

/** An image coarse enough for the engine: means over blocks of a fine grid. */
export interface WorkingImage {
  readonly grid: Grid;
  readonly data: Float32Array;
}

/** A fine grid and how many of its voxels one block spans along each axis. */
export interface BlockGrid {
  readonly fine: Grid;
  readonly factors: Vec3;
}

const mapAxes = (of: (axis: 0 | 1 | 2) => number): Vec3 => [of(0), of(1), of(2)];

/**
 * The part of the mask's grid that holds the mask with a margin, in blocks of about `workingMm`. Null for an empty mask.
 * Example: 0.75 mm voxels and a working size of 3 mm give blocks of 4 × 4 in the plane.
 */
export function blocksAround(mask: Mask, marginMm: number, workingMm: number): BlockGrid | null {
  const box = maskBox(mask);
  if (box === null) return null;
  const { size, spacingMm } = mask.grid;
  const margin = mapAxes((a) => Math.ceil(marginMm / spacingMm[a]));
  const start = mapAxes((a) => Math.max(0, box.low[a] - margin[a]));
  const end = mapAxes((a) => Math.min(size[a] - 1, box.high[a] + margin[a]));
  return {
    fine: {
      ...mask.grid,
      size: mapAxes((a) => end[a] - start[a] + 1),
      originMm: indexToPatient(mask.grid, start[0], start[1], start[2]),
    },
    factors: mapAxes((a) => Math.max(1, Math.round(workingMm / spacingMm[a]))),
  };
}

/** The same blocks, `reachMm` further to every side as far as another volume goes. */
export function extendedTo({ fine, factors }: BlockGrid, other: Grid, reachMm: number): BlockGrid {
  const low: [number, number, number] = [Infinity, Infinity, Infinity];
  const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
  for (const i of [0, other.size[0] - 1])
    for (const j of [0, other.size[1] - 1])
      for (const k of [0, other.size[2] - 1]) {
        const at = patientToIndex(fine, indexToPatient(other, i, j, k));
        for (const a of [0, 1, 2] as const) {
          low[a] = Math.min(low[a], at[a]);
          high[a] = Math.max(high[a], at[a]);
        }
      }
  const start = mapAxes((a) => {
    const reach = reachMm / fine.spacingMm[a];
    // Whole blocks, so that unmoved images have the same block means.
    return factors[a] * Math.ceil(Math.max(-reach, Math.floor(low[a])) / factors[a]);
  });
  const end = mapAxes((a) => Math.floor(Math.min(fine.size[a] - 1 + reachMm / fine.spacingMm[a], Math.ceil(high[a]))));
  return {
    fine: {
      ...fine,
      size: mapAxes((a) => Math.max(0, end[a] - start[a] + 1)),
      originMm: indexToPatient(fine, start[0], start[1], start[2]),
    },
    factors,
  };
}

/** The grid of the blocks; blocks that the far border cuts count as whole ones. */
function gridOfBlocks({ fine, factors }: BlockGrid): Grid {
  const middle = mapAxes((a) => (factors[a] - 1) / 2);
  return {
    size: mapAxes((a) => Math.ceil(fine.size[a] / factors[a])),
    spacingMm: mapAxes((a) => fine.spacingMm[a] * factors[a]),
    originMm: indexToPatient(fine, middle[0], middle[1], middle[2]),
    axes: fine.axes,
  };
}

/** Means over the blocks of what `at` gives for each fine voxel, i fastest. */
function blockMeans(blocks: BlockGrid, at: (i: number, j: number, k: number) => number): WorkingImage {
  const { fine, factors } = blocks;
  const grid = gridOfBlocks(blocks);
  const [mx, my] = grid.size;
  const sums = new Float64Array(mx * my * grid.size[2]);
  const counts = new Uint16Array(sums.length);
  for (let k = 0; k < fine.size[2]; k++)
    for (let j = 0; j < fine.size[1]; j++) {
      const row = (Math.floor(k / factors[2]) * my + Math.floor(j / factors[1])) * mx;
      for (let i = 0; i < fine.size[0]; i++) {
        const block = row + Math.floor(i / factors[0]);
        sums[block]! += at(i, j, k);
        counts[block]!++;
      }
    }
  return { grid, data: Float32Array.from(sums, (sum, n) => sum / counts[n]!) };
}

/** Maps fine indices of one grid to fractional indices of another: the start and one step along each axis. */
export function indexMap(from: Grid, to: Grid): { readonly start: Vec3; readonly steps: readonly [Vec3, Vec3, Vec3] } {
  const start = patientToIndex(to, from.originMm);
  const step = (i: number, j: number, k: number): Vec3 => {
    const p = patientToIndex(to, indexToPatient(from, i, j, k));
    return [p[0] - start[0], p[1] - start[1], p[2] - start[2]];
  };
  return { start, steps: [step(1, 0, 0), step(0, 1, 0), step(0, 0, 1)] };
}

/** Block means of a volume, by linear interpolation where its voxels lie elsewhere; `outside` beyond its voxel centres. */
export function workingImage(volume: Pick<Volume, "grid" | "data">, blocks: BlockGrid, outside: number): WorkingImage {
  const { start, steps } = indexMap(blocks.fine, volume.grid);
  const [u, v, w] = steps;
  return blockMeans(blocks, (i, j, k) => {
    const value = linearAt(
      volume,
      start[0] + i * u[0] + j * v[0] + k * w[0],
      start[1] + i * u[1] + j * v[1] + k * w[1],
      start[2] + i * u[2] + j * v[2] + k * w[2],
      outside,
    );
    return Number.isFinite(value) ? value : outside;
  });
}

/** The blocks of which at least half belong to the mask. */
export function workingMask(mask: Mask, blocks: BlockGrid): Mask {
  const { grid, data } = workingImage(mask, blocks, 0);
  return { name: mask.name, grid, data: Uint8Array.from(data, (share) => Number(share >= 0.5)) };
}
