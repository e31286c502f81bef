import type { VoxelArray } from "../volume.js";
import {
  adcReference,
  countAboveReference,
  findRunsReference,
  type MaskedSums,
  maskedSumsReference,
  type RowRuns,
  type UnitedRuns,
  unitedRunsReference,
} from "./reference.js";
import {
  LOG_TABLE_AT,
  LOG_TABLE_ENTRIES,
  MOST_ROWS,
  machineOf,
  POINTERS_AT,
  RESERVED_BYTES,
  RESULT_AT,
  ROW_STARTS_AT,
  RUN_ROOM,
  RUNS_AT,
  type VoxelMachine,
  voxelMachine,
  WEIGHTS_AT,
} from "./voxel-memory.js";

/** Voxels that are copied at a time when they do not lie in the kernels' memory; small enough for the processor's cache. */
const BLOCK = 1 << 16;
const MOST_IMAGES = 64;

let shared: VoxelMachine | null | undefined;

/** One small machine for voxels that lie elsewhere. */
function blockMachine(): VoxelMachine | null {
  shared ??= voxelMachine(BLOCK * (4 * MOST_IMAGES + 8));
  return shared;
}

/**
 * Number of voxels with mask 1 whose arterial − pre is strictly above the threshold, by the compiled kernel where all
 * values are 16-bit integers, else by the plain loop; both give the same count.
 * Example: `countEnhancing(pre.data, arterial.data, liver.data, 65)`.
 */
export function countEnhancing(pre: VoxelArray, arterial: VoxelArray, mask: Uint8Array, threshold: number): number {
  // For whole numbers d > t is d > floor(t); beyond 16 bits the saturating difference would lie.
  const limit = Math.floor(threshold);
  const fits = limit >= -32768 && limit < 32767;
  if (!(pre instanceof Int16Array && arterial instanceof Int16Array && fits))
    return countAboveReference(pre, arterial, mask, threshold);
  const own = machineOf(pre, arterial, mask);
  if (own !== null)
    return own.kernels.countAboveI16(pre.byteOffset, arterial.byteOffset, mask.byteOffset, mask.length, limit);
  const machine = blockMachine();
  if (machine === null) return countAboveReference(pre, arterial, mask, threshold);
  const a = new Int16Array(machine.buffer, RESERVED_BYTES, BLOCK);
  const b = new Int16Array(machine.buffer, RESERVED_BYTES + 2 * BLOCK, BLOCK);
  const m = new Uint8Array(machine.buffer, RESERVED_BYTES + 4 * BLOCK, BLOCK);
  let count = 0;
  for (let from = 0; from < mask.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, mask.length);
    a.set(pre.subarray(from, to));
    b.set(arterial.subarray(from, to));
    m.set(mask.subarray(from, to));
    count += machine.kernels.countAboveI16(a.byteOffset, b.byteOffset, m.byteOffset, to - from, limit);
  }
  return count;
}

/** Exact count, sum and sum of squares of 16-bit values under a mask. */
export function maskedSums(values: Int16Array, mask: Uint8Array): MaskedSums {
  const own = machineOf(values, mask);
  if (own !== null) return sumsAt(own, values.byteOffset, mask.byteOffset, mask.length);
  const machine = blockMachine();
  if (machine === null) return maskedSumsReference(values, mask);
  const x = new Int16Array(machine.buffer, RESERVED_BYTES, BLOCK);
  const m = new Uint8Array(machine.buffer, RESERVED_BYTES + 2 * BLOCK, BLOCK);
  let [count, sum, squares] = [0, 0n, 0n];
  for (let from = 0; from < mask.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, mask.length);
    x.set(values.subarray(from, to));
    m.set(mask.subarray(from, to));
    const part = sumsAt(machine, x.byteOffset, m.byteOffset, to - from);
    count += part.count;
    sum += part.sum;
    squares += part.squares;
  }
  return { count, sum, squares };
}

function sumsAt({ kernels, buffer }: VoxelMachine, values: number, mask: number, n: number): MaskedSums {
  kernels.maskedSumsI16(values, mask, n, RESULT_AT);
  const [count, sum, squares] = new BigInt64Array(buffer, RESULT_AT, 3);
  return { count: Number(count!), sum: sum!, squares: squares! };
}

/** Mean and sample SD of 16-bit values under a mask from exact sums; null without voxels, SD null for one. */
export function maskedMeanSd(
  values: Int16Array,
  mask: Uint8Array,
): { readonly n: number; readonly mean: number; readonly sd: number | null } | null {
  const { count, sum, squares } = maskedSums(values, mask);
  if (count === 0) return null;
  const n = BigInt(count);
  const sd = count === 1 ? null : Math.sqrt(Number(n * squares - sum * sum) / (count * (count - 1)));
  return { n: count, mean: Number(sum) / count, sd };
}

/**
 * ADC = Σ weight · ln S of every voxel, as 32-bit floats (of mm²/s); NaN where a signal is not positive and finite. 16-bit
 * integers go through a table of logarithms. The same bits as `adcReference`.
 */
export function adcPlanes(planes: readonly VoxelArray[], weights: readonly number[], out: Float32Array): void {
  const kind = planes.every((p) => p instanceof Float32Array)
    ? "float"
    : planes.every((p) => p instanceof Int16Array)
      ? "signed"
      : planes.every((p) => p instanceof Uint16Array)
        ? "unsigned"
        : null;
  const own = machineOf(out, ...planes);
  const machine = own ?? blockMachine();
  if (kind === null || machine === null || planes.length > MOST_IMAGES) {
    adcReference(planes, weights, out);
    return;
  }
  const { kernels, buffer } = machine;
  const pointers = new Uint32Array(buffer, POINTERS_AT, planes.length);
  new Float64Array(buffer, WEIGHTS_AT, weights.length).set(weights);
  if (kind !== "float") {
    kernels.fillLogTable(LOG_TABLE_AT, LOG_TABLE_ENTRIES);
    if (kind === "signed") kernels.blankLogTable(LOG_TABLE_AT, 32768, LOG_TABLE_ENTRIES);
  }
  const run = (n: number, target: number): void => {
    if (kind === "float") kernels.adcF32(POINTERS_AT, WEIGHTS_AT, planes.length, n, target);
    else kernels.adcTableU16(POINTERS_AT, WEIGHTS_AT, planes.length, n, LOG_TABLE_AT, target);
  };
  if (own !== null) {
    pointers.set(planes.map((p) => p.byteOffset));
    run(out.length, out.byteOffset);
    return;
  }
  const width = kind === "float" ? 4 : 2;
  const target = new Float32Array(buffer, RESERVED_BYTES, BLOCK);
  const first = RESERVED_BYTES + 4 * BLOCK;
  pointers.set(planes.map((_, image) => first + image * width * BLOCK));
  const windows = planes.map((_, image) => {
    const at = first + image * width * BLOCK;
    return kind === "float"
      ? new Float32Array(buffer, at, BLOCK)
      : kind === "signed"
        ? new Int16Array(buffer, at, BLOCK)
        : new Uint16Array(buffer, at, BLOCK);
  });
  for (let from = 0; from < out.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, out.length);
    planes.forEach((plane, image) => {
      windows[image]!.set(plane.subarray(from, to));
    });
    run(to - from, target.byteOffset);
    out.set(target.subarray(0, to - from), from);
  }
}

/** The runs of ones of every row of `columns` voxels. The same as `findRunsReference`. */
export function findRuns(mask: Uint8Array, columns: number): RowRuns {
  const own = machineOf(mask);
  const machine = own ?? blockMachine();
  // A row has at most half as many runs as columns, rounded up.
  const fitting = Math.floor(RUN_ROOM / Math.ceil(columns / 2));
  const atOnce = Math.min(fitting, MOST_ROWS, own === null ? Math.floor((BLOCK * 8) / columns) : MOST_ROWS);
  if (machine === null || atOnce < 1) return findRunsReference(mask, columns);
  const { kernels, buffer } = machine;
  const window = own === null ? new Uint8Array(buffer, RESERVED_BYTES, atOnce * columns) : null;
  const starts = new Int32Array(buffer, ROW_STARTS_AT, atOnce);
  const rows = mask.length / columns;
  const rowStart = new Int32Array(rows + 1);
  const parts: Int32Array[] = [];
  let found = 0;
  for (let row = 0; row < rows; row += atOnce) {
    const step = Math.min(atOnce, rows - row);
    window?.set(mask.subarray(row * columns, (row + step) * columns));
    const at = window === null ? mask.byteOffset + row * columns : window.byteOffset;
    const n = kernels.findRuns(at, columns, step, RUNS_AT, RUN_ROOM, ROW_STARTS_AT);
    for (let r = 0; r < step; r++) rowStart[row + r] = found + starts[r]!;
    parts.push(new Int32Array(buffer, RUNS_AT, 2 * n).slice());
    found += n;
  }
  rowStart[rows] = found;
  const runs = new Int32Array(2 * found);
  let at = 0;
  for (const part of parts) {
    runs.set(part, at);
    at += part.length;
  }
  return { runs, rowStart };
}

/**
 * The runs of a mask with the components that they make (union-find in the compiled kernel). The same as `unitedRunsReference`.
 */
export function unitedRuns(
  mask: Uint8Array,
  size: readonly [number, number, number],
  connectivity: 4 | 6 | 26,
): UnitedRuns {
  const [columns, rows, slices] = size;
  const lines = rows * slices;
  const atOnce = Math.max(1, Math.min(lines, Math.floor((8 * BLOCK) / columns)));
  const windowBytes = Math.ceil((atOnce * columns) / 16) * 16;
  const scratch = windowBytes <= 8 * BLOCK ? blockMachine() : null;
  if (scratch === null) return unitedRunsReference(mask, size, connectivity);
  const eachBlock = (window: Uint8Array, visit: (row: number, step: number) => void): void => {
    for (let row = 0; row < lines; row += atOnce) {
      const step = Math.min(atOnce, lines - row);
      window.set(mask.subarray(row * columns, (row + step) * columns));
      visit(row, step);
    }
  };
  let n = 0;
  const counted = new Uint8Array(scratch.buffer, RESERVED_BYTES, atOnce * columns);
  eachBlock(counted, (_, step) => {
    n += scratch.kernels.countRuns(counted.byteOffset, columns, step);
  });
  const windowAt = RESERVED_BYTES;
  const rowStartAt = windowAt + windowBytes;
  const runsAt = Math.ceil((rowStartAt + 4 * (lines + 1)) / 16) * 16;
  const parentAt = runsAt + 8 * n;
  const sizeAt = parentAt + 4 * n;
  const end = sizeAt + 4 * n;
  const machine = end <= scratch.buffer.byteLength ? scratch : reserved(end - RESERVED_BYTES);
  if (machine === null) return unitedRunsReference(mask, size, connectivity);
  const { kernels, buffer } = machine;
  const window = new Uint8Array(buffer, windowAt, atOnce * columns);
  const rowStart = new Int32Array(buffer, rowStartAt, lines + 1);
  let found = 0;
  eachBlock(window, (row, step) => {
    const here = kernels.findRuns(windowAt, columns, step, runsAt + 8 * found, n - found, rowStartAt + 4 * row);
    for (let r = row; r < row + step; r++) rowStart[r]! += found;
    found += here;
  });
  rowStart[lines] = found;
  kernels.uniteRuns(runsAt, rowStartAt, rows, slices, connectivity, parentAt, sizeAt);
  // The shared memory is used again; one of its own goes with the answer.
  const kept = (array: Int32Array): Int32Array => (machine === scratch ? array.slice() : array);
  return {
    runs: kept(new Int32Array(buffer, runsAt, 2 * n)),
    rowStart: kept(rowStart),
    parent: kept(new Int32Array(buffer, parentAt, n)),
    size: kept(new Int32Array(buffer, sizeAt, n)),
  };
}

/** A machine of its own, or null where the engine cannot give that much memory. */
function reserved(bytes: number): VoxelMachine | null {
  try {
    return voxelMachine(bytes + 64);
  } catch {
    return null;
  }
}
