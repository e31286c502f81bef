import { type Issue, warningIssue } from "@livermark/core";
import type { Grid, VoxelAllocator, VoxelArray } from "@livermark/imaging";

/** Slices that are sheared against each other, and the right-angled grid that holds them all. */
export interface ShearedStack {
  /** Columns and rows are added so that every slice fits in; slices and spacings are those of the series. */
  readonly grid: Grid;
  /** Columns and rows of one slice as it was acquired. */
  readonly frame: readonly [columns: number, rows: number];
  /** Where the first pixel of each slice lies in the grid, in columns and rows (not whole numbers). */
  readonly offsets: readonly (readonly [column: number, row: number])[];
  readonly tiltDegrees: number;
}

/** What computed tomography writes outside of the reconstructed field: air. */
export const OUTSIDE_HU = -1024;

interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly sd: number;
}

/** Mean and SD of what lies above `above`: the body, not the air around it. */
function moments(data: ArrayLike<number>, above: number): Moments {
  let n = 0;
  let mean = 0;
  let squares = 0;
  for (let p = 0; p < data.length; p++) {
    const v = data[p]!;
    if (v <= above) continue;
    n++;
    const delta = v - mean;
    mean += delta / n;
    squares += delta * (v - mean);
  }
  return { n, mean, sd: n > 1 ? Math.sqrt(squares / (n - 1)) : 0 };
}

/** Tissue is above this, HU. */
const BODY_HU = -200;

const fixed = (value: number, digits: number): string => value.toFixed(digits);

/**
 * Moves every slice of a tilted CT back by its own sideways distance, which the image positions give, onto an untilted
 * grid: linear interpolation inside the slice, nothing across slices. Voxels that no slice covers become −1024 HU, as
 * scanners write outside of their field. Whole-number volumes stay whole numbers (rounded). The Issue states the loss:
 * the part of the grid that is padding, and mean and SD of the body before and after, since interpolation smooths.
 * `data` holds the slices as acquired. Only on request, only for CT.
 */
export function untilted(
  data: VoxelArray,
  sheared: ShearedStack,
  memory: VoxelAllocator,
): { readonly data: VoxelArray; readonly issue: Issue } {
  const [columns, rows] = sheared.frame;
  const [ni, nj, nk] = sheared.grid.size;
  const whole = data instanceof Int16Array || data instanceof Int32Array;
  const out: VoxelArray =
    data instanceof Int16Array
      ? memory.int16(ni * nj * nk)
      : data instanceof Int32Array
        ? new Int32Array(ni * nj * nk)
        : memory.float32(ni * nj * nk);
  out.fill(OUTSIDE_HU);
  let covered = 0;
  for (let k = 0; k < nk; k++) {
    const [column, row] = sheared.offsets[k]!;
    const from = k * columns * rows;
    const [firstI, firstJ] = [Math.ceil(column - 1e-6), Math.ceil(row - 1e-6)];
    const lastI = Math.min(ni - 1, Math.floor(column + columns - 1 + 1e-6));
    const lastJ = Math.min(nj - 1, Math.floor(row + rows - 1 + 1e-6));
    for (let j = firstJ; j <= lastJ; j++) {
      const y = Math.min(rows - 1, Math.max(0, j - row));
      const y0 = Math.min(rows - 1, Math.floor(y));
      const y1 = Math.min(rows - 1, y0 + 1);
      const wy = y - y0;
      for (let i = firstI; i <= lastI; i++) {
        const x = Math.min(columns - 1, Math.max(0, i - column));
        const x0 = Math.min(columns - 1, Math.floor(x));
        const x1 = Math.min(columns - 1, x0 + 1);
        const wx = x - x0;
        const upper = (1 - wx) * data[from + y0 * columns + x0]! + wx * data[from + y0 * columns + x1]!;
        const lower = (1 - wx) * data[from + y1 * columns + x0]! + wx * data[from + y1 * columns + x1]!;
        const value = (1 - wy) * upper + wy * lower;
        out[i + ni * (j + nj * k)] = whole ? Math.round(value) : value;
        covered++;
      }
    }
  }
  const before = moments(data, BODY_HU);
  const after = moments(out, BODY_HU);
  const padding = 100 * (1 - covered / (ni * nj * nk));
  return {
    data: out,
    issue: warningIssue({
      code: "tilt-resampled",
      message: `The tilted slices were resampled onto an untilted grid on request (linear, inside each slice); ${fixed(padding, 1)} % of the new grid is padding of ${OUTSIDE_HU} HU.`,
      got: `after: mean ${fixed(after.mean, 2)}, SD ${fixed(after.sd, 2)} HU of ${after.n} voxels above ${BODY_HU} HU`,
      wanted: `before: mean ${fixed(before.mean, 2)}, SD ${fixed(before.sd, 2)} HU of ${before.n} voxels; tilt ${fixed(sheared.tiltDegrees, 2)}°`,
      mend: "An untilted reconstruction loses nothing.",
    }),
  };
}
