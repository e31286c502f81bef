import type { Vec3 } from "./volume.js";

/**
 * A region as a person drew it: a shape in patient millimetres (LPS), or in index coordinates of the named image with
 * voxel centres at integers when `unit` is `voxel`. Which voxels it covers is decided by `rasterise`, never by a viewer.
 */
export type Region = RegionShape & {
  readonly name?: string;
  readonly series?: string;
  readonly unit?: "mm" | "voxel";
};

/** One of the shapes of the region file format. */
export type RegionShape =
  | { readonly kind: "polygon"; readonly points: readonly Vec3[] }
  /** Closed ellipse in the slice of its centre; axes are half-axis vectors. */
  | { readonly kind: "ellipse"; readonly center: Vec3; readonly axis1: Vec3; readonly axis2: Vec3 }
  | { readonly kind: "disc"; readonly center: Vec3; readonly radiusMm: number }
  /** Along the image axes. */
  | { readonly kind: "cube"; readonly center: Vec3; readonly volumeCm3: number }
  | { readonly kind: "sphere"; readonly center: Vec3; readonly volumeCm3: number }
  /** A measuring line: has a length, covers no voxel. */
  | { readonly kind: "line"; readonly points: readonly [Vec3, Vec3] }
  | { readonly kind: "mask"; readonly file: string; readonly label?: number };
