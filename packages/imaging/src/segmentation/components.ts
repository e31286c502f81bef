import { connectedComponents } from "../components.js";
import type { Grid } from "../volume.js";

/** Components of a mask by shared faces: a label from 1 upwards per voxel (0 outside), and the size of each label. */
export interface Components {
  readonly labels: Int32Array;
  /** `sizes[label]` in voxels; `sizes[0]` is 0. */
  readonly sizes: readonly number[];
}

/** Labels the components, the largest first; `planar` keeps slices apart (four neighbours instead of six). */
export function components(grid: Grid, inside: Uint8Array, planar = false): Components {
  const parts = connectedComponents({ name: "", grid, data: inside }, planar ? 4 : 6);
  return { labels: parts.labels(), sizes: [0, ...parts.voxels] };
}

/** The component with the greatest weight (by default its size), or all zero for an empty mask. */
export function largestComponent(
  grid: Grid,
  inside: Uint8Array,
  weight: (offset: number) => number = () => 1,
): Uint8Array {
  const { labels, sizes } = components(grid, inside);
  const weights = new Float64Array(sizes.length);
  for (let v = 0; v < labels.length; v++) if (labels[v] !== 0) weights[labels[v]!]! += weight(v);
  let best = 0;
  for (let label = 1; label < weights.length; label++) if (best === 0 || weights[label]! > weights[best]!) best = label;
  const kept = new Uint8Array(inside.length);
  if (best > 0) for (let v = 0; v < labels.length; v++) if (labels[v] === best) kept[v] = 1;
  return kept;
}

/** The components that hold at least one voxel of `seeds`. */
export function componentsWith(grid: Grid, inside: Uint8Array, seeds: Uint8Array): Uint8Array {
  const { labels, sizes } = components(grid, inside);
  const wanted = new Uint8Array(sizes.length);
  for (let v = 0; v < labels.length; v++) if (seeds[v] === 1 && labels[v] !== 0) wanted[labels[v]!] = 1;
  const kept = new Uint8Array(inside.length);
  for (let v = 0; v < labels.length; v++) if (labels[v] !== 0 && wanted[labels[v]!] === 1) kept[v] = 1;
  return kept;
}

/**
 * The mask with its holes filled: unset components that do not reach the border of the volume, or with `planar` of their
 * slice, become set.
 */
export function fillHoles(grid: Grid, inside: Uint8Array, planar = false): Uint8Array {
  const [nx, ny, nz] = grid.size;
  const outside = new Uint8Array(inside.length);
  for (let v = 0; v < inside.length; v++) outside[v] = inside[v] === 1 ? 0 : 1;
  const { labels, sizes } = components(grid, outside, planar);
  const open = new Uint8Array(sizes.length);
  for (let v = 0; v < labels.length; v++) {
    const i = v % nx;
    const j = Math.floor(v / nx) % ny;
    const k = Math.floor(v / (nx * ny));
    const border = i === 0 || j === 0 || i === nx - 1 || j === ny - 1 || (!planar && (k === 0 || k === nz - 1));
    if (border) open[labels[v]!] = 1;
  }
  const filled = inside.slice();
  for (let v = 0; v < labels.length; v++) if (labels[v] !== 0 && open[labels[v]!] === 0) filled[v] = 1;
  return filled;
}
