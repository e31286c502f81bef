import type { Random } from "@livermark/core";
import { type Grid, indexToPatient, type Region } from "@livermark/imaging";
import { tissue } from "./tissue.js";

/** Half the number of voxels that a cube spans along each image axis, the outermost voxel counted whole. */
const halfSpan = (grid: Grid, volumeCm3: number): readonly number[] =>
  grid.spacingMm.map((spacing) => Math.ceil(Math.cbrt(volumeCm3 * 1000) / 2 / spacing));

/**
 * Up to `count` cubes of `volumeCm3` at random places where every voxel of the cube, and of one voxel around it, is liver
 * parenchyma: away from lesions, vessels and the surface, and from each other. Cubes lie along the image axes (law 1).
 */
export function referenceCubes(
  grid: Grid,
  codes: Uint8Array,
  volumeCm3: number,
  count: number,
  stream: Random,
): readonly Region[] {
  const [nx, ny, nz] = grid.size;
  const [hi, hj, hk] = halfSpan(grid, volumeCm3).map((half) => half + 1) as [number, number, number];
  const free = new Uint8Array(codes.length);
  for (let v = 0; v < free.length; v++) if (codes[v] === tissue.liver) free[v] = 1;
  const fits = (i: number, j: number, k: number): boolean => {
    if (i < hi || j < hj || k < hk || i + hi >= nx || j + hj >= ny || k + hk >= nz) return false;
    for (let c = k - hk; c <= k + hk; c++)
      for (let b = j - hj; b <= j + hj; b++)
        for (let a = i - hi; a <= i + hi; a++) if (free[(c * ny + b) * nx + a] === 0) return false;
    return true;
  };
  const candidates: number[] = [];
  for (let v = 0; v < free.length; v++) if (free[v] === 1) candidates.push(v);
  const regions: Region[] = [];
  for (let attempt = 0; regions.length < count && attempt < 4000 && candidates.length > 0; attempt++) {
    const v = candidates[stream.integer(candidates.length)]!;
    const i = v % nx;
    const j = Math.floor(v / nx) % ny;
    const k = Math.floor(v / (nx * ny));
    if (!fits(i, j, k)) continue;
    for (let c = k - hk; c <= k + hk; c++)
      for (let b = j - hj; b <= j + hj; b++) for (let a = i - hi; a <= i + hi; a++) free[(c * ny + b) * nx + a] = 0;
    regions.push({
      kind: "cube",
      center: indexToPatient(grid, i, j, k),
      volumeCm3,
      name: `reference-${regions.length + 1}`,
    });
  }
  return regions;
}
