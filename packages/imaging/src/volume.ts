import type { Unit } from "@livermark/core";

/** A point or direction in patient space, LPS (x to the patient's left, y to the back, z to the head), mm. */
export type Vec3 = readonly [number, number, number];

/**
 * Where voxel centres lie. Voxel (i, j, k) has its centre at
 * origin + i·spacing[0]·axes[0] + j·spacing[1]·axes[1] + k·spacing[2]·axes[2].
 * For a DICOM series i runs along a row (to the next column), j down the columns, k from slice to slice.
 * `axes` are unit vectors, pairwise orthogonal; they may be left-handed (a reversed series).
 */
export interface Grid {
  /** Number of voxels along i, j, k: columns, rows, slices. */
  readonly size: Vec3;
  readonly originMm: Vec3;
  readonly spacingMm: Vec3;
  readonly axes: readonly [Vec3, Vec3, Vec3];
}

/** Voxel storage; integers where the values are whole numbers, Float32 where a slope made them fractions. */
export type VoxelArray = Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/**
 * Which receive scale the intensities share. Two volumes may be compared number by number only when both scales are
 * proven and their ids are equal; CT in HU always is. An unproven scale needs a person's override, which is printed.
 */
export interface IntensityScale {
  readonly id: string;
  readonly proven: boolean;
  /** Why it is proven, or why not, in words for the report. */
  readonly reason: string;
  /** Intensity filters named in the header (Siemens NORM, GE PURE, Philips CLEAR …), sorted. */
  readonly filters: readonly string[];
}

/** Where the voxels came from, for the passport. */
export interface VolumeSource {
  readonly seriesUid: string;
  readonly frameOfReferenceUid: string | null;
  readonly description: string;
  readonly files: number;
  /** SHA-256 over the sorted `sopInstanceUid:sha256OfFile` lines; of the file itself for a single file. */
  readonly sha256: string;
}

/** A scalar volume in physical values (`unit`), i fastest, then j, then k. */
export interface Volume {
  readonly grid: Grid;
  readonly data: VoxelArray;
  readonly unit: Unit;
  /** DICOM modality; `OT` where the file format does not say. */
  readonly modality: string;
  readonly scale: IntensityScale;
  readonly source: VolumeSource;
}

/** A set of voxels on a grid: 1 inside, 0 outside. */
export interface Mask {
  readonly name: string;
  readonly grid: Grid;
  readonly data: Uint8Array;
  /** The label of a label map that this mask holds. */
  readonly label?: number;
  /** Where the mask came from, for the passport and for the check that it belongs to the image. */
  readonly source?: MaskSource;
  /** Who or what drew it, where that is known. */
  readonly outline?: MaskOutline;
}

/**
 * Who or what drew a mask: the program's automatic draft with what it says of itself; a model or program of somebody else, which
 * says nothing that could be counted with; a person's strokes; or one of these, edited since.
 */
export type MaskOutline =
  | { readonly method: "draft"; readonly estimatedDice: number; readonly usable: boolean }
  | { readonly method: "model"; readonly name: string }
  | { readonly method: "seeds" }
  | { readonly method: "edited"; readonly from: "draft" | "model" | "seeds" };

/** What a mask was made from: the hash of the region file (or of the region's canonical JSON) and its frame. */
export interface MaskSource {
  readonly sha256: string;
  readonly path?: string;
  readonly frameOfReferenceUid?: string | null;
}

/** Number of voxels of a grid. */
export const voxelCount = (grid: Grid): number => grid.size[0] * grid.size[1] * grid.size[2];

/** Volume of one voxel in mm³. */
export const voxelVolumeMm3 = (grid: Grid): number => grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2];

/** Centre of voxel (i, j, k) in patient mm; fractional indices are allowed. */
export function indexToPatient(grid: Grid, i: number, j: number, k: number): Vec3 {
  const [a, b, c] = grid.axes;
  const u = i * grid.spacingMm[0];
  const v = j * grid.spacingMm[1];
  const w = k * grid.spacingMm[2];
  return [
    grid.originMm[0] + u * a[0] + v * b[0] + w * c[0],
    grid.originMm[1] + u * a[1] + v * b[1] + w * c[1],
    grid.originMm[2] + u * a[2] + v * b[2] + w * c[2],
  ];
}

/** Index coordinates (fractional) of a patient point; the inverse of `indexToPatient`. */
export function patientToIndex(grid: Grid, point: Vec3): Vec3 {
  const d: Vec3 = [point[0] - grid.originMm[0], point[1] - grid.originMm[1], point[2] - grid.originMm[2]];
  const along = (axis: Vec3, spacing: number): number => (d[0] * axis[0] + d[1] * axis[1] + d[2] * axis[2]) / spacing;
  return [
    along(grid.axes[0], grid.spacingMm[0]),
    along(grid.axes[1], grid.spacingMm[1]),
    along(grid.axes[2], grid.spacingMm[2]),
  ];
}

/**
 * Whether two grids have the same voxels: equal sizes, and every corner voxel centre within `toleranceMm`
 * (default: a hundredth of the smallest spacing), which covers headers that print positions with few digits.
 */
export function sameGrid(a: Grid, b: Grid, toleranceMm = 0.01 * Math.min(...a.spacingMm)): boolean {
  if (a.size.some((n, axis) => n !== b.size[axis])) return false;
  for (const i of [0, a.size[0] - 1])
    for (const j of [0, a.size[1] - 1])
      for (const k of [0, a.size[2] - 1]) {
        const p = indexToPatient(a, i, j, k);
        const q = indexToPatient(b, i, j, k);
        if (Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) > toleranceMm) return false;
      }
  return true;
}
