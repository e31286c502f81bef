import { findRuns } from "./kernels/voxel-kernels.js";
import type { Mask } from "./volume.js";

/**
 * Calls `visit` with the first and the last voxel + 1 of every run of mask voxels, in index order. Only the rows between the
 * mask's first and last voxel are looked at, so that a small region in a large volume costs little.
 */
export function eachRun(mask: Mask, visit: (from: number, to: number) => void): void {
  const columns = mask.grid.size[0];
  const first = firstCovered(mask.data);
  if (first < 0) return;
  const firstRow = Math.floor(first / columns);
  const lastRow = Math.floor(lastCovered(mask.data) / columns);
  const { runs, rowStart } = findRuns(mask.data.subarray(firstRow * columns, (lastRow + 1) * columns), columns);
  for (let row = 0; row <= lastRow - firstRow; row++) {
    const at = (firstRow + row) * columns;
    for (let run = rowStart[row]!; run < rowStart[row + 1]!; run++) visit(at + runs[2 * run]!, at + runs[2 * run + 1]!);
  }
}

/** The bytes four at a time, as far as they go; the engines' own searches look at single bytes. */
const words = (data: Uint8Array): Uint32Array =>
  data.byteOffset % 4 === 0
    ? new Uint32Array(data.buffer, data.byteOffset, data.length >> 2)
    : new Uint32Array(data.slice().buffer, 0, data.length >> 2);

/** Index of the first voxel of a mask; −1 for an empty one. */
export function firstCovered(data: Uint8Array): number {
  const four = words(data);
  let w = 0;
  while (w < four.length && four[w] === 0) w++;
  for (let v = 4 * w; v < data.length; v++) if (data[v] !== 0) return v;
  return -1;
}

/** Index of the last voxel of a mask; −1 for an empty one. */
function lastCovered(data: Uint8Array): number {
  const four = words(data);
  for (let v = data.length - 1; v >= 4 * four.length; v--) if (data[v] !== 0) return v;
  let w = four.length - 1;
  while (w >= 0 && four[w] === 0) w--;
  for (let v = 4 * w + 3; v >= 0; v--) if (data[v] !== 0) return v;
  return -1;
}

/** Number of voxels of a mask. */
export function maskVoxels(mask: Mask): number {
  let n = 0;
  eachRun(mask, (from, to) => {
    n += to - from;
  });
  return n;
}
