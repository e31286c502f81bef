import type { Grid } from "../volume.js";
import { components, fillHoles, largestComponent } from "./components.js";
import { squaredDistance } from "./distance-transform.js";
import { dilate, erode, flagsOf } from "./morphology.js";

/** When a piece of other tissue counts as part of the organ. */
export interface WrapRule {
  /** Radius by which pieces are parted from each other, mm. */
  readonly partMm: number;
  /** Least share of a piece's surface that lies against the organ. */
  readonly leastContact: number;
  readonly leastMl: number;
  readonly rounds: number;
}

const isSurface = (grid: Grid, inside: Uint8Array, v: number): boolean => {
  const [nx, ny] = grid.size;
  const plane = nx * ny;
  return (
    inside[v - 1] !== 1 ||
    inside[v + 1] !== 1 ||
    inside[v - nx] !== 1 ||
    inside[v + nx] !== 1 ||
    inside[v - plane] !== 1 ||
    inside[v + plane] !== 1
  );
};

/**
 * Adds to an organ the pieces of `other` tissue that it wraps: a tumour at the surface lies against the organ with a good part
 * of its own surface, a neighbouring organ only with a small part. Pieces are the components of `other` after erosion by
 * `partMm`; a surface voxel is in contact when the organ is no farther than that plus one and a half voxels. Repeats, since a
 * tumour may be reached only through another.
 */
export function addWrapped(grid: Grid, organ: Uint8Array, other: Uint8Array, rule: WrapRule): Uint8Array {
  const voxelMl = (grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000;
  const reach = rule.partMm + 1.5 * Math.max(...grid.spacingMm);
  let grown = organ;
  for (let round = 0; round < rule.rounds; round++) {
    const free = flagsOf(organ.length, (v) => other[v] === 1 && grown[v] === 0);
    const pieces = erode(grid, free, rule.partMm);
    const { labels, sizes } = components(grid, pieces);
    const distance = squaredDistance(grid, grown);
    const surface = new Float64Array(sizes.length);
    const contact = new Float64Array(sizes.length);
    for (let v = 0; v < labels.length; v++) {
      const label = labels[v]!;
      if (label === 0 || !isSurface(grid, pieces, v)) continue;
      surface[label]! += 1;
      if (distance[v]! <= reach * reach) contact[label]! += 1;
    }
    const wrapped = flagsOf(organ.length, (v) => {
      const label = labels[v]!;
      return (
        label !== 0 && sizes[label]! * voxelMl >= rule.leastMl && contact[label]! >= rule.leastContact * surface[label]!
      );
    });
    if (!wrapped.includes(1)) break;
    const whole = dilate(grid, wrapped, reach);
    const joined = flagsOf(organ.length, (v) => grown[v] === 1 || (whole[v] === 1 && free[v] === 1));
    grown = fillHoles(grid, largestComponent(grid, joined), true);
  }
  return grown;
}
