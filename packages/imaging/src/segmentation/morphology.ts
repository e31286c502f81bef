import type { Grid } from "../volume.js";
import { squaredDistance } from "./distance-transform.js";

/** 1 where `test` holds for the voxel's offset. */
export function flagsOf(length: number, test: (offset: number) => boolean): Uint8Array {
  const flags = new Uint8Array(length);
  for (let v = 0; v < length; v++) if (test(v)) flags[v] = 1;
  return flags;
}

/** 1 where `inside` is 0. */
export const complement = (inside: Uint8Array): Uint8Array => flagsOf(inside.length, (v) => inside[v] === 0);

/** Number of set voxels. */
export function countSet(inside: Uint8Array): number {
  let count = 0;
  for (const flag of inside) count += flag;
  return count;
}

/** Voxels within `radiusMm` of a set voxel (a closed ball). */
export function dilate(grid: Grid, inside: Uint8Array, radiusMm: number): Uint8Array {
  const distance = squaredDistance(grid, inside);
  return flagsOf(inside.length, (v) => distance[v]! <= radiusMm * radiusMm);
}

/** Set voxels farther than `radiusMm` from every unset one; the volume's border does not count as unset. */
export function erode(grid: Grid, inside: Uint8Array, radiusMm: number): Uint8Array {
  const distance = squaredDistance(grid, complement(inside));
  return flagsOf(inside.length, (v) => distance[v]! > radiusMm * radiusMm);
}

/** Dilation, then erosion: fills gaps and bays narrower than 2·`radiusMm`. */
export const close = (grid: Grid, inside: Uint8Array, radiusMm: number): Uint8Array =>
  erode(grid, dilate(grid, inside, radiusMm), radiusMm);

/** Erosion, then dilation: removes what is narrower than 2·`radiusMm`. */
export const open = (grid: Grid, inside: Uint8Array, radiusMm: number): Uint8Array =>
  dilate(grid, erode(grid, inside, radiusMm), radiusMm);
