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

/** Runs with the first run of each one's component, and the voxels of each component at its first run. */
export interface UnitedRuns extends RowRuns {
  readonly parent: Int32Array;
  readonly size: Int32Array;
}

/** Joins the runs of a mask of `slices` slices of `rows` rows by union-find; `connectivity` is 4, 6 or 26. */
export function unitedRunsReference(
  mask: Uint8Array,
  [columns, rows, slices]: readonly [number, number, number],
  connectivity: 4 | 6 | 26,
): UnitedRuns {
  const { runs, rowStart } = findRunsReference(mask, columns);
  const n = runs.length / 2;
  const parent = Int32Array.from({ length: n }, (_, r) => r);
  const find = (run: number): number => {
    let root = run;
    while (parent[root] !== root) {
      const up = parent[parent[root]!]!;
      parent[root] = up;
      root = up;
    }
    return root;
  };
  const reach = connectivity === 26 ? 1 : 0;
  const joinRows = (row: number, other: number): void => {
    let b = rowStart[other]!;
    const bEnd = rowStart[other + 1]!;
    for (let a = rowStart[row]!; a < rowStart[row + 1]!; a++) {
      const from = runs[2 * a]! - reach;
      const to = runs[2 * a + 1]! + reach;
      while (b < bEnd && runs[2 * b + 1]! <= from) b++;
      for (let c = b; c < bEnd && runs[2 * c]! < to; c++) {
        const p = find(a);
        const q = find(c);
        if (p < q) parent[q] = p;
        else if (q < p) parent[p] = q;
      }
    }
  };
  for (let k = 0; k < slices; k++)
    for (let j = 0; j < rows; j++) {
      const row = k * rows + j;
      if (j > 0) joinRows(row, row - 1);
      if (k === 0 || connectivity === 4) continue;
      joinRows(row, row - rows);
      if (connectivity === 26) {
        if (j > 0) joinRows(row, row - rows - 1);
        if (j < rows - 1) joinRows(row, row - rows + 1);
      }
    }
  const size = new Int32Array(n);
  for (let r = 0; r < n; r++) {
    const root = find(r);
    parent[r] = root;
    size[root]! += runs[2 * r + 1]! - runs[2 * r]!;
  }
  return { runs, rowStart, parent, size };
}
