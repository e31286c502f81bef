import { type Issue, ok, type Result, refuse } from "@livermark/core";
import { type Grid, type MaskOutline, outlineText, type Vec3, type VoxelArray } from "@livermark/imaging";
import { hostIsLittleEndian } from "../files/host.js";

/** What a single-file image format holds: one grid, one or more volumes on it, and names of labels where given. */
export interface ImageFile {
  readonly grid: Grid;
  readonly volumes: readonly VoxelArray[];
  /** Name by label value, for segmentations that carry them. */
  readonly labels: ReadonlyMap<number, string>;
  /** What the file says in its field for a description; Livermark's own masks state their outline there. */
  readonly description: string;
  readonly issues: readonly Issue[];
}

/** What is written into an image file: voxels on a grid, and for a mask who or what drew it. */
export interface WritableImage {
  readonly grid: Grid;
  readonly data: VoxelArray;
  readonly outline?: MaskOutline;
}

/** The line that states a mask's outline; empty for an image and for a mask of unknown origin. */
export function outlineLine({ data, outline }: WritableImage): string {
  if (outline === undefined) return "";
  let voxels = 0;
  for (let v = 0; v < data.length; v++) if (data[v] !== 0) voxels++;
  return outlineText(outline, voxels);
}

/** Element types that files are written in. */
export type ElementType = "uint8" | "int8" | "int16" | "uint16" | "int32" | "uint32" | "float32" | "float64";

export const ELEMENT_BYTES: { readonly [type in ElementType]: number } = {
  uint8: 1,
  int8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  float64: 8,
};

/** Name of the element type of an array. */
export function elementType(data: VoxelArray): ElementType {
  if (data instanceof Uint8Array) return "uint8";
  if (data instanceof Int16Array) return "int16";
  if (data instanceof Uint16Array) return "uint16";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof Uint32Array) return "uint32";
  return data instanceof Float32Array ? "float32" : "float64";
}

/** Little-endian bytes of an array. */
export function littleEndianBytes(data: VoxelArray): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return hostIsLittleEndian ? bytes : reversed(bytes, data.BYTES_PER_ELEMENT);
}

function reversed(bytes: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at += size)
    for (let n = 0; n < size; n++) out[at + n] = bytes[at + size - 1 - n]!;
  return out;
}

/** Bytes as numbers. `bytes` must hold `count` elements; int8 becomes int16, which voxels can store. */
export function toVoxels(bytes: Uint8Array, type: ElementType, count: number, littleEndian: boolean): VoxelArray {
  const size = ELEMENT_BYTES[type];
  const cells = bytes.subarray(0, count * size);
  const own = littleEndian === hostIsLittleEndian || size === 1 ? new Uint8Array(cells) : reversed(cells, size);
  const { buffer } = own;
  switch (type) {
    case "uint8":
      return new Uint8Array(buffer, 0, count);
    case "int8":
      return new Int16Array(new Int8Array(buffer, 0, count));
    case "int16":
      return new Int16Array(buffer, 0, count);
    case "uint16":
      return new Uint16Array(buffer, 0, count);
    case "int32":
      return new Int32Array(buffer, 0, count);
    case "uint32":
      return new Uint32Array(buffer, 0, count);
    case "float32":
      return new Float32Array(buffer, 0, count);
    case "float64":
      return new Float64Array(buffer, 0, count);
  }
}

/** Applies slope and intercept; whole-number scales of whole numbers stay whole numbers. */
export function rescaled(data: VoxelArray, slope: number, intercept: number): VoxelArray {
  if ((slope === 1 && intercept === 0) || slope === 0) return data;
  const whole =
    Number.isInteger(slope) &&
    Number.isInteger(intercept) &&
    !(data instanceof Float32Array || data instanceof Float64Array);
  // Typed arrays map with a callback a hundred times more slowly than they are filled.
  const values = new Float64Array(data.length);
  for (let n = 0; n < values.length; n++) values[n] = slope * data[n]! + intercept;
  if (!whole) return data instanceof Float64Array ? values : new Float32Array(values);
  const fits = values.every((v) => v >= -32768 && v <= 32767);
  if (fits) return new Int16Array(values);
  return values.every((v) => Math.abs(v) <= 2 ** 31 - 1) ? new Int32Array(values) : values;
}

/** Columns of an affine map from index to patient mm, and the position of voxel (0, 0, 0). */
export interface Affine {
  readonly columns: readonly [Vec3, Vec3, Vec3];
  readonly origin: Vec3;
}

/**
 * Grid of an affine map. Refuses sheared or singular maps: voxels must stand at right angles (within 0.1°).
 */
export function gridFromAffine(affine: Affine, size: Vec3): Result<Grid> {
  const lengths = affine.columns.map((column) => Math.hypot(...column));
  const axes = affine.columns.map((column, n): Vec3 => {
    const length = lengths[n]!;
    return [column[0] / length, column[1] / length, column[2] / length];
  });
  const [a, b, c] = [axes[0]!, axes[1]!, axes[2]!];
  const dots = [
    [a, b],
    [a, c],
    [b, c],
  ].map(([u, v]) => Math.abs(u![0] * v![0] + u![1] * v![1] + u![2] * v![2]));
  const finite = [...affine.columns.flat(), ...affine.origin].every(Number.isFinite);
  if (!finite || lengths.some((length) => !(length > 0)) || dots.some((dot) => dot > 2e-3)) {
    return refuse({
      code: "sheared-grid",
      message: "The voxel axes of the file are not at right angles, or have no length.",
      got: affine.columns.map((column) => `(${column.map((x) => x.toFixed(4)).join(", ")})`).join(" "),
      wanted: "three perpendicular axes",
    });
  }
  return ok({
    size,
    originMm: affine.origin,
    spacingMm: [lengths[0]!, lengths[1]!, lengths[2]!],
    axes: [a, b, c],
  });
}

/** RAS+ coordinates to LPS+, or back. */
export const flipXY = (v: Vec3): Vec3 => [v[0] === 0 ? 0 : -v[0], v[1] === 0 ? 0 : -v[1], v[2]];

/** A refusal of a file that does not hold what its header promises. */
export const damagedFile = (format: string, detail: string): Result<never> =>
  refuse({
    code: "bad-file",
    message: `The ${format} file cannot be read: ${detail}.`,
    wanted: `a complete ${format} file`,
    mend: "Export or copy it again.",
  });

/** Voxel counts that can be held: positive whole sizes whose product stays below the limit. */
export function checkedSize(format: string, size: readonly number[], limit: number): Result<Vec3> {
  const [i, j, k] = [size[0] ?? 0, size[1] ?? 1, size[2] ?? 1];
  const whole = [i, j, k].every((n) => Number.isInteger(n) && n > 0);
  if (!whole || i * j * k > limit) return damagedFile(format, `its size is ${size.join(" × ")}`);
  return ok([i, j, k]);
}
