import { type Issue, ok, type Result, warningIssue } from "@livermark/core";
import type { Vec3, VoxelArray } from "@livermark/imaging";
import { LIMITS } from "../parse/limits.js";
import {
  type Affine,
  checkedSize,
  damagedFile,
  ELEMENT_BYTES,
  type ElementType,
  elementType,
  flipXY,
  gridFromAffine,
  type ImageFile,
  littleEndianBytes,
  outlineLine,
  rescaled,
  toVoxels,
  type WritableImage,
} from "./image-file.js";

/** NIfTI datatype codes. */
const TYPES: readonly (readonly [code: number, type: ElementType])[] = [
  [2, "uint8"],
  [4, "int16"],
  [8, "int32"],
  [16, "float32"],
  [64, "float64"],
  [256, "int8"],
  [512, "uint16"],
  [768, "uint32"],
];

interface Header {
  readonly littleEndian: boolean;
  readonly dim: readonly number[];
  readonly type: ElementType | null;
  readonly pixdim: readonly number[];
  readonly dataAt: number;
  readonly slope: number;
  readonly intercept: number;
  readonly qform: number;
  readonly sform: number;
  readonly quaternion: readonly number[];
  readonly rows: readonly number[];
  readonly description: string;
}

/** Bytes of `descrip`. */
const DESCRIPTION_BYTES = 80;

/** The ASCII text up to the first byte 0. */
function asciiText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...(end < 0 ? bytes : bytes.subarray(0, end)));
}

/** Whether bytes (already gunzipped) begin like NIfTI-1 or NIfTI-2. */
export function looksLikeNifti(bytes: Uint8Array): boolean {
  const magic = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 3));
  return magic(344) === "n+1" || magic(344) === "ni1" || magic(4) === "n+2";
}

function readHeader(bytes: Uint8Array): Header | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const two = bytes.length >= 540 && String.fromCharCode(...bytes.subarray(4, 7)) === "n+2";
  if (!two && bytes.length < 348) return null;
  const le = view.getInt32(0, true) === (two ? 540 : 348);
  const f = (at: number): number => (two ? view.getFloat64(at, le) : view.getFloat32(at, le));
  const step = two ? 8 : 4;
  const floats = (at: number, n: number): number[] => Array.from({ length: n }, (_, i) => f(at + step * i));
  const dim = Array.from({ length: 8 }, (_, i) =>
    two ? Number(view.getBigInt64(16 + 8 * i, le)) : view.getInt16(40 + 2 * i, le),
  );
  const code = view.getInt16(two ? 12 : 70, le);
  return {
    littleEndian: le,
    dim,
    type: TYPES.find(([c]) => c === code)?.[1] ?? null,
    pixdim: floats(two ? 104 : 76, 8),
    // Some writers leave the offset of a single file at 0; the data cannot begin before the header's end.
    dataAt: Math.max(two ? 544 : 352, two ? Number(view.getBigInt64(168, le)) : view.getFloat32(108, le)),
    slope: f(two ? 176 : 112),
    intercept: f(two ? 184 : 116),
    qform: two ? view.getInt32(344, le) : view.getInt16(252, le),
    sform: two ? view.getInt32(348, le) : view.getInt16(254, le),
    quaternion: floats(two ? 352 : 256, 6),
    rows: floats(two ? 400 : 280, 12),
    description: asciiText(bytes.subarray(two ? 240 : 148, (two ? 240 : 148) + DESCRIPTION_BYTES)),
  };
}

/** Rotation of the qform: quaternion (b, c, d), with `qfac` in pixdim[0] (NIfTI-1 standard, method 2). */
function quaternionColumns(header: Header): Affine {
  const [b, c, d, x, y, z] = header.quaternion as [number, number, number, number, number, number];
  const a = Math.sqrt(Math.max(0, 1 - (b * b + c * c + d * d)));
  const qfac = header.pixdim[0] === -1 ? -1 : 1;
  const [dx, dy, dz] = [header.pixdim[1]!, header.pixdim[2]!, header.pixdim[3]! * qfac];
  return {
    columns: [
      [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c + a * d) * dx, 2 * (b * d - a * c) * dx],
      [2 * (b * c - a * d) * dy, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d + a * b) * dy],
      [2 * (b * d + a * c) * dz, 2 * (c * d - a * b) * dz, (a * a + d * d - c * c - b * b) * dz],
    ],
    origin: [x, y, z],
  };
}

function affineOf(header: Header, issues: Issue[]): Affine {
  if (header.sform > 0) {
    const r = header.rows;
    const column = (n: number): Vec3 => [r[n]!, r[4 + n]!, r[8 + n]!];
    return { columns: [column(0), column(1), column(2)], origin: column(3) };
  }
  if (header.qform > 0) return quaternionColumns(header);
  issues.push(
    warningIssue({
      code: "no-orientation",
      message:
        "The NIfTI file says nothing about how it lies in the patient; its axes are taken as right, anterior, superior.",
      wanted: "an sform or qform",
    }),
  );
  const [, dx = 1, dy = 1, dz = 1] = header.pixdim;
  return {
    columns: [
      [dx, 0, 0],
      [0, dy, 0],
      [0, 0, dz],
    ],
    origin: [0, 0, 0],
  };
}

/**
 * Reads NIfTI-1 or NIfTI-2 bytes (gunzipped before), single file. Positions become LPS. `scl_slope` and `scl_inter`
 * are applied. Several volumes (4-D) are returned one by one. Refuses unknown datatypes, damaged or short files and
 * sheared affines. Standard: NIfTI-1.1, nifti.nimh.nih.gov.
 */
export function readNifti(bytes: Uint8Array): Result<ImageFile> {
  const header = readHeader(bytes);
  if (header === null) return damagedFile("NIfTI", "its header is too short");
  const { dim, type, littleEndian } = header;
  if (type === null) return damagedFile("NIfTI", "its datatype is not a scalar number");
  const rank = dim[0] ?? 0;
  if (rank < 2 || rank > 7) return damagedFile("NIfTI", `it has ${rank} dimensions`);
  const at = (n: number): number => (n <= rank ? Math.max(1, dim[n] ?? 1) : 1);
  const size = checkedSize("NIfTI", [at(1), at(2), at(3)], LIMITS.pixels);
  if (!size.ok) return size;
  const volumes = at(4) * at(5) * at(6) * at(7);
  const perVolume = size.value[0] * size.value[1] * size.value[2];
  const volumeBytes = perVolume * ELEMENT_BYTES[type];
  if (!(header.dataAt >= 0) || header.dataAt + volumes * volumeBytes > bytes.length) {
    return damagedFile("NIfTI", "it ends before its last voxel");
  }
  const issues: Issue[] = [];
  const ras = affineOf(header, issues);
  const grid = gridFromAffine(
    {
      columns: [flipXY(ras.columns[0]), flipXY(ras.columns[1]), flipXY(ras.columns[2])],
      origin: flipXY(ras.origin),
    },
    size.value,
  );
  if (!grid.ok) return grid;
  const slope = Number.isFinite(header.slope) && header.slope !== 0 ? header.slope : 1;
  const intercept = Number.isFinite(header.intercept) && header.slope !== 0 ? header.intercept : 0;
  const read = (n: number): VoxelArray => {
    const from = header.dataAt + n * volumeBytes;
    return rescaled(
      toVoxels(bytes.subarray(from, from + volumeBytes), type, perVolume, littleEndian),
      slope,
      intercept,
    );
  };
  return ok({
    grid: grid.value,
    volumes: Array.from({ length: volumes }, (_, n) => read(n)),
    labels: new Map(),
    description: header.description,
    issues,
  });
}

/** Quaternion (b, c, d) of a rotation given by its columns. */
function quaternionOf(r: readonly [Vec3, Vec3, Vec3]): Vec3 {
  const [x, y, z] = r;
  const trace = x[0] + y[1] + z[2];
  if (trace > 0) {
    const s = 2 * Math.sqrt(trace + 1);
    return [(y[2] - z[1]) / s, (z[0] - x[2]) / s, (x[1] - y[0]) / s];
  }
  const largest = x[0] >= y[1] && x[0] >= z[2] ? 0 : y[1] >= z[2] ? 1 : 2;
  const s = 2 * Math.sqrt(Math.max(0, 1 + [x[0] - y[1] - z[2], y[1] - x[0] - z[2], z[2] - x[0] - y[1]][largest]!));
  const [a, q]: readonly [number, Vec3] =
    largest === 0
      ? [(y[2] - z[1]) / s, [s / 4, (x[1] + y[0]) / s, (z[0] + x[2]) / s]]
      : largest === 1
        ? [(z[0] - x[2]) / s, [(x[1] + y[0]) / s, s / 4, (y[2] + z[1]) / s]]
        : [(x[1] - y[0]) / s, [(z[0] + x[2]) / s, (y[2] + z[1]) / s, s / 4]];
  return a < 0 ? [-q[0], -q[1], -q[2]] : q;
}

/**
 * Writes a volume or mask as NIfTI-1 (`.nii`; gzip the bytes for `.nii.gz`), with equal sform and qform in RAS.
 * Reading it back gives the same voxels and, to single precision, the same grid; a mask's outline stands in `descrip`.
 * Example: `writeFileSync("liver.nii", writeNifti(mask))`.
 */
export const writeNifti = (image: WritableImage): Uint8Array => describedNifti(image, outlineLine(image));

/** The same with any text in `descrip`, of which 80 ASCII characters are kept. */
export function describedNifti(image: Pick<WritableImage, "grid" | "data">, description: string): Uint8Array {
  const { grid, data } = image;
  const type = elementType(data);
  const code = TYPES.find(([, name]) => name === type)![0];
  const payload = littleEndianBytes(data);
  const out = new Uint8Array(352 + payload.length);
  const view = new DataView(out.buffer);
  const axes = grid.axes.map(flipXY) as [Vec3, Vec3, Vec3];
  const origin = flipXY(grid.originMm);
  const [a, b, c] = axes;
  const determinant =
    a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
  const qfac = determinant < 0 ? -1 : 1;
  const third: Vec3 = [c[0] * qfac, c[1] * qfac, c[2] * qfac];
  view.setInt32(0, 348, true);
  [3, ...grid.size, 1, 1, 1, 1].forEach((n, i) => {
    view.setInt16(40 + 2 * i, n, true);
  });
  view.setInt16(70, code, true);
  view.setInt16(72, 8 * data.BYTES_PER_ELEMENT, true);
  [qfac, ...grid.spacingMm, 0, 0, 0, 0].forEach((mm, i) => {
    view.setFloat32(76 + 4 * i, mm, true);
  });
  view.setFloat32(108, 352, true);
  view.setFloat32(112, 1, true);
  out[123] = 2; // millimetres
  out.set(new TextEncoder().encode(description).subarray(0, DESCRIPTION_BYTES), 148);
  view.setInt16(252, 1, true);
  view.setInt16(254, 1, true);
  [...quaternionOf([a, b, third]), ...origin].forEach((x, i) => {
    view.setFloat32(256 + 4 * i, x, true);
  });
  for (let row = 0; row < 3; row++) {
    axes.forEach((axis, n) => {
      view.setFloat32(280 + 16 * row + 4 * n, axis[row]! * grid.spacingMm[n]!, true);
    });
    view.setFloat32(292 + 16 * row, origin[row]!, true);
  }
  out.set([0x6e, 0x2b, 0x31, 0], 344);
  out.set(payload, 352);
  return out;
}
