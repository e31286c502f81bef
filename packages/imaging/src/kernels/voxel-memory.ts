import { kernelsWasm } from "../generated/kernels-wasm.js";

/** What the compiled kernels export; pointers are byte offsets into their memory. */
export interface VoxelKernels {
  readonly countAboveI16: (pre: number, arterial: number, mask: number, n: number, threshold: number) => number;
  readonly maskedSumsI16: (values: number, mask: number, n: number, out: number) => void;
  readonly fillLogTable: (table: number, entries: number) => void;
  readonly blankLogTable: (table: number, from: number, entries: number) => void;
  readonly adcTableU16: (
    planes: number,
    weights: number,
    images: number,
    n: number,
    table: number,
    out: number,
  ) => void;
  readonly adcF32: (planes: number, weights: number, images: number, n: number, out: number) => void;
  readonly findRuns: (
    mask: number,
    columns: number,
    rows: number,
    runs: number,
    room: number,
    rowStart: number,
  ) => number;
  readonly countRuns: (mask: number, columns: number, rows: number) => number;
  readonly uniteRuns: (
    runs: number,
    rowStart: number,
    rows: number,
    slices: number,
    connectivity: number,
    parent: number,
    size: number,
  ) => void;
}

interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

// The part of the WebAssembly interface used here; the room compiles without the browser's type library.
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: WasmMemory } },
  ) => { readonly exports: VoxelKernels };
  readonly validate: (bytes: Uint8Array) => boolean;
};

/** Bytes at the start of every memory that belong to the kernels: results, pointer lists, a table of logarithms, runs. */
export const RESERVED_BYTES = 5 << 19;
export const RESULT_AT = 4096;
export const POINTERS_AT = 8192;
export const WEIGHTS_AT = 16384;
export const LOG_TABLE_AT = 65536;
export const LOG_TABLE_ENTRIES = 65536;
/** Runs that fit into the kernels' own memory at a time, and the rows whose runs are looked for at a time at most. */
export const RUNS_AT = 1 << 20;
export const RUN_ROOM = 1 << 17;
export const ROW_STARTS_AT = 2 << 20;
export const MOST_ROWS = 1 << 16;

/** Kernels bound to the memory in which their voxels lie. */
export interface VoxelMachine {
  readonly kernels: VoxelKernels;
  readonly buffer: ArrayBuffer;
}

/** Gives out arrays for voxels, all zero: ordinary ones, or ones in the kernels' memory. */
export interface VoxelAllocator {
  readonly uint8: (length: number) => Uint8Array;
  readonly int16: (length: number) => Int16Array;
  readonly float32: (length: number) => Float32Array;
}

/** Arrays of the language, each with memory of its own. */
export const ordinaryVoxels: VoxelAllocator = {
  uint8: (length) => new Uint8Array(length),
  int16: (length) => new Int16Array(length),
  float32: (length) => new Float32Array(length),
};

/**
 * Room for volumes in the memory of the compiled kernels. Arrays taken from it are read by the kernels where they lie;
 * arrays from elsewhere are copied block by block. The room is fixed when it is made, since growing it would detach them.
 */
export interface VoxelMemory extends VoxelMachine, VoxelAllocator {
  readonly uint16: (length: number) => Uint16Array;
  /** Bytes not yet given out. */
  readonly free: () => number;
}

const machines = new WeakMap<object, VoxelMachine>();
let compiled: object | null | undefined;

/** The compiled module; null where the engine has no WebAssembly with SIMD. */
function kernelModule(): object | null {
  if (compiled === undefined) {
    const bytes = fromBase64(kernelsWasm);
    const usable = typeof WebAssembly === "object" && WebAssembly.validate(bytes);
    compiled = usable ? new WebAssembly.Module(bytes) : null;
  }
  return compiled;
}

/** Kernels with `bytes` of memory beyond their own; null where the engine has none. */
export function voxelMachine(bytes: number): VoxelMachine | null {
  const module = kernelModule();
  if (module === null) return null;
  const pages = Math.ceil((RESERVED_BYTES + bytes) / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { exports: kernels } = new WebAssembly.Instance(module, { env: { memory } });
  const machine = { kernels, buffer: memory.buffer };
  machines.set(memory.buffer, machine);
  return machine;
}

/** The kernels in whose memory all these arrays lie; null when there are none. */
export function machineOf(...arrays: readonly { readonly buffer: object }[]): VoxelMachine | null {
  const machine = machines.get(arrays[0]!.buffer);
  return machine !== undefined && arrays.every((array) => array.buffer === machine.buffer) ? machine : null;
}

/**
 * Reserves memory for volumes, e.g. two phases and a mask of a study; the system only backs what is written to. Returns null
 * where the engine has no WebAssembly with SIMD or cannot give that much; ordinary arrays do as well then.
 * Example: `const room = voxelMemory(2 * 2 * n + n); const pre = room?.int16(n) ?? new Int16Array(n)`.
 */
export function voxelMemory(bytes: number): VoxelMemory | null {
  let machine: VoxelMachine | null;
  try {
    machine = voxelMachine(bytes + 1024);
  } catch {
    return null;
  }
  if (machine === null) return null;
  const { buffer, kernels } = machine;
  let next = RESERVED_BYTES;
  const take = (length: number, width: number): number => {
    const at = next;
    if (at + length * width > buffer.byteLength) throw new Error(`voxel memory of ${buffer.byteLength} bytes is full`);
    next = Math.ceil((at + length * width) / 16) * 16;
    return at;
  };
  return {
    kernels,
    buffer,
    uint8: (length) => new Uint8Array(buffer, take(length, 1), length),
    int16: (length) => new Int16Array(buffer, take(length, 2), length),
    uint16: (length) => new Uint16Array(buffer, take(length, 2), length),
    float32: (length) => new Float32Array(buffer, take(length, 4), length),
    free: () => buffer.byteLength - next,
  };
}

/** A 32-bit memory ends at 4 GiB; somewhat less, so that the kernels' own part fits too. */
const MOST_BYTES = 4 * 2 ** 30 - 2 * RESERVED_BYTES;

/**
 * Arrays in one kernel memory of `bytes` as long as it lasts, then ordinary ones, so that reading a study never fails for want
 * of room. What is asked for is only reserved; the system backs what is written to.
 * Example: `readVolume(series, { memory: voxelAllocator(5 * voxels) })`.
 */
export function voxelAllocator(bytes: number): VoxelAllocator {
  const room = voxelMemory(Math.min(bytes, MOST_BYTES));
  if (room === null) return ordinaryVoxels;
  const fits = (length: number, width: number): boolean => length * width <= room.free();
  return {
    uint8: (length) => (fits(length, 1) ? room : ordinaryVoxels).uint8(length),
    int16: (length) => (fits(length, 2) ? room : ordinaryVoxels).int16(length),
    float32: (length) => (fits(length, 4) ? room : ordinaryVoxels).float32(length),
  };
}

/** Standard base64 without line breaks; `atob` is not part of the language. */
function fromBase64(text: string): Uint8Array {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const sextets = Uint8Array.from(text.replace(/=+$/, ""), (character) => alphabet.indexOf(character));
  const bytes = new Uint8Array(Math.floor((sextets.length * 6) / 8));
  for (let n = 0; n < bytes.length; n++) {
    const bit = n * 8;
    const at = Math.floor(bit / 6);
    const pair = (sextets[at]! << 6) | (sextets[at + 1] ?? 0);
    bytes[n] = (pair >> (4 - (bit % 6))) & 0xff;
  }
  return bytes;
}
