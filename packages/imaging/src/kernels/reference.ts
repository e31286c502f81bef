import { naturalLog, SMALLEST_SIGNAL } from "../portable-math.js";
import type { VoxelArray } from "../volume.js";

/** Exact sums over the voxels under a mask, of whole-number values. */
export interface MaskedSums {
  readonly count: number;
  readonly sum: bigint;
  readonly squares: bigint;
}

/** Runs of ones, row after row: first column and last column + 1 of each, and for each row the number of runs before it. */
export interface RowRuns {
  readonly runs: Int32Array;
  readonly rowStart: Int32Array;
}

/** Number of voxels with mask 1 whose arterial − pre is strictly above the threshold. */
export function countAboveReference(
  pre: VoxelArray,
  arterial: VoxelArray,
  mask: Uint8Array,
  threshold: number,
): number {
  let count = 0;
  for (let v = 0; v < mask.length; v++) if (mask[v] !== 0 && arterial[v]! - pre[v]! > threshold) count++;
  return count;
}

/** Count, sum and sum of squares under a mask; the values must be whole numbers of at most 16 bits. */
export function maskedSumsReference(values: Int16Array, mask: Uint8Array): MaskedSums {
  let count = 0;
  let sum = 0;
  let squares = 0n;
  for (let from = 0; from < mask.length; from += 1 << 20) {
    const to = Math.min(from + (1 << 20), mask.length);
    // Below 2⁵³ within one block, so exact as a double.
    let block = 0;
    for (let v = from; v < to; v++) {
      if (mask[v] === 0) continue;
      const x = values[v]!;
      count++;
      sum += x;
      block += x * x;
    }
    squares += BigInt(block);
  }
  return { count, sum: BigInt(sum), squares };
}

/** ADC = Σ weight · ln S for every voxel, rounded to 32-bit floats; NaN where a signal is not positive and finite. */
export function adcReference(planes: readonly VoxelArray[], weights: readonly number[], out: Float32Array): void {
  for (let v = 0; v < out.length; v++) {
    let adc = 0;
    for (let image = 0; image < planes.length; image++) {
      const s = planes[image]![v]!;
      adc += weights[image]! * (s >= SMALLEST_SIGNAL && s < Number.POSITIVE_INFINITY ? naturalLog(s) : Number.NaN);
    }
    out[v] = Number.isNaN(adc) ? Number.NaN : adc;
  }
}

/** The runs of ones of every row. */
export function findRunsReference(mask: Uint8Array, columns: number): RowRuns {
  const rows = mask.length / columns;
  const rowStart = new Int32Array(rows + 1);
  const runs: number[] = [];
  for (let row = 0; row < rows; row++) {
    rowStart[row] = runs.length / 2;
    let inside = 0;
    for (let i = 0; i < columns; i++) {
      const here = mask[row * columns + i] === 0 ? 0 : 1;
      if (here !== inside) runs.push(i);
      inside = here;
    }
    if (inside === 1) runs.push(columns);
  }
  rowStart[rows] = runs.length / 2;
  return { runs: Int32Array.from(runs), rowStart };
}
