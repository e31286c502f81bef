import { findRuns } from "./kernels/voxel-kernels.js";
import type { Mask } from "./volume.js";

/**
 * Calls `visit` with the first and the last voxel + 1 of every run of mask voxels, in index order. Only the rows between the
 * mask's first and last voxel are looked at, so that a small region in a large volume costs little.
 */
export function eachRun(mask: Mask, visit: (from: number, to: number) => void): void {
  const columns = mask.grid.size[0];
  const first = mask.data.indexOf(1);
  if (first < 0) return;
  const firstRow = Math.floor(first / columns);
  const lastRow = Math.floor(mask.data.lastIndexOf(1) / columns);
  const { runs, rowStart } = findRuns(mask.data.subarray(firstRow * columns, (lastRow + 1) * columns), columns);
  for (let row = 0; row <= lastRow - firstRow; row++) {
    const at = (firstRow + row) * columns;
    for (let run = rowStart[row]!; run < rowStart[row + 1]!; run++) visit(at + runs[2 * run]!, at + runs[2 * run + 1]!);
  }
}

/** Number of voxels of a mask. */
export function maskVoxels(mask: Mask): number {
  let n = 0;
  eachRun(mask, (from, to) => {
    n += to - from;
  });
  return n;
}
