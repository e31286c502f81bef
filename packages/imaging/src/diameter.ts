import { maskBox } from "./mask.js";
import type { Mask } from "./volume.js";

/** A point of one slice in index coordinates: column i, row j; halves are allowed. */
export type SlicePoint = readonly [number, number];

/** The greatest diameter of a mask among its slices, with the width at right angles to it. */
export interface AxialDiameters {
  readonly longestAxialMm: number;
  readonly shortAxisMm: number;
  /** Index k of the slice; the first one where several are equal. */
  readonly slice: number;
  /** Area of all the mask's voxels in that slice. */
  readonly areaMm2: number;
  /** The two ends of the longest diameter. */
  readonly ends: readonly [SlicePoint, SlicePoint];
}

/**
 * How the outline of a mask is taken when its diameter is measured.
 * `voxel-centres`: distances between voxel centres (the default of the command line).
 * `sub-voxel-hull`: the outline runs half way between inside and outside centres, the vertices of marching squares, so that
 * one voxel is one voxel wide (what mesh-based programs measure).
 * `in-plane-interpolated`: the mask is smoothed in its plane by the kernel [1 2 1]/4 in each direction and the outline is the
 * level 0.5 by linear interpolation, which evens out the staircase.
 */
export type DiameterDefinition = "voxel-centres" | "sub-voxel-hull" | "in-plane-interpolated";

type Outline = (mask: Mask, k: number, low: SlicePoint, high: SlicePoint) => SlicePoint[];

/**
 * Longest axial diameter and perpendicular short axis of a mask, slice by slice along k. The long axis is the greatest
 * distance between two outline points of one slice; the short axis is the extent of that slice's outline projected on the
 * perpendicular. Equal diameters: the first slice, and in it the first pair in row order.
 * Returns null for an empty mask. Source: RECIST 1.1 (Eisenhauer 2009) with the definitions named above.
 * Example: a 3 × 4 block of 1 mm voxels has √(2² + 3²) mm between centres.
 */
export function axialDiameters(mask: Mask, definition: DiameterDefinition = "voxel-centres"): AxialDiameters | null {
  const box = maskBox(mask);
  if (box === null) return null;
  const [sx, sy] = mask.grid.spacingMm;
  const low: SlicePoint = [box.low[0], box.low[1]];
  const high: SlicePoint = [box.high[0], box.high[1]];
  let best: { squared: number; slice: number; ends: [SlicePoint, SlicePoint]; hull: SlicePoint[] } | null = null;
  for (let k = box.low[2]; k <= box.high[2]; k++) {
    const hull = convexHull(outlines[definition](mask, k, low, high));
    for (let a = 0; a < hull.length; a++)
      for (let b = a; b < hull.length; b++) {
        const p = hull[a]!;
        const q = hull[b]!;
        const di = p[0] - q[0];
        const dj = p[1] - q[1];
        const squared = di * di * (sx * sx) + dj * dj * (sy * sy);
        if (best === null || squared > best.squared) best = { squared, slice: k, ends: [p, q], hull };
      }
  }
  // A mask so thin that smoothing leaves nothing of it has no outline at level 0.5.
  if (best === null) return null;
  return {
    longestAxialMm: Math.sqrt(best.squared),
    shortAxisMm: extentAcross(best.hull, best.ends, sx, sy),
    slice: best.slice,
    areaMm2: voxelsInSlice(mask, best.slice) * sx * sy,
    ends: best.ends,
  };
}

/** Extent of points projected on the perpendicular of the line through `ends`; 0 when the ends coincide. */
function extentAcross(
  points: readonly SlicePoint[],
  ends: readonly [SlicePoint, SlicePoint],
  sx: number,
  sy: number,
): number {
  const x = (ends[1][0] - ends[0][0]) * sx;
  const y = (ends[1][1] - ends[0][1]) * sy;
  const length = Math.sqrt(x * x + y * y);
  if (length === 0) return 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const p of points) {
    const across = ((p[1] - ends[0][1]) * sy * x - (p[0] - ends[0][0]) * sx * y) / length;
    low = Math.min(low, across);
    high = Math.max(high, across);
  }
  return high - low;
}

function voxelsInSlice(mask: Mask, k: number): number {
  const area = mask.grid.size[0] * mask.grid.size[1];
  let n = 0;
  for (let v = k * area; v < (k + 1) * area; v++) if (mask.data[v] !== 0) n++;
  return n;
}

/** First and last covered column of every row of one slice. */
function rowEnds(mask: Mask, k: number, low: SlicePoint, high: SlicePoint): SlicePoint[] {
  const [columns, rows] = mask.grid.size;
  const points: SlicePoint[] = [];
  for (let j = low[1]; j <= high[1]; j++) {
    const from = (k * rows + j) * columns;
    const row = mask.data.subarray(from, from + columns);
    const first = row.indexOf(1);
    if (first >= 0) points.push([first, j], [row.lastIndexOf(1), j]);
  }
  return points;
}

function halfVoxelPoints(mask: Mask, k: number, low: SlicePoint, high: SlicePoint): SlicePoint[] {
  const points: SlicePoint[] = [];
  // Only the ends of rows and columns can be corners of the hull.
  const top = new Map<number, number>();
  const bottom = new Map<number, number>();
  const [columns, rows] = mask.grid.size;
  for (const [i, j] of rowEnds(mask, k, low, high)) {
    points.push([i - 0.5, j], [i + 0.5, j]);
  }
  for (let j = low[1]; j <= high[1]; j++)
    for (let i = low[0]; i <= high[0]; i++)
      if (mask.data[(k * rows + j) * columns + i] !== 0) {
        if (!top.has(i)) top.set(i, j);
        bottom.set(i, j);
      }
  for (const [i, j] of top) points.push([i, j - 0.5]);
  for (const [i, j] of bottom) points.push([i, j + 0.5]);
  return points;
}

function interpolatedPoints(mask: Mask, k: number, low: SlicePoint, high: SlicePoint): SlicePoint[] {
  const [columns, rows] = mask.grid.size;
  const at = (i: number, j: number): number =>
    i < 0 || j < 0 || i >= columns || j >= rows ? 0 : mask.data[(k * rows + j) * columns + i]!;
  // Sixteenths, so that the level is a whole number and the comparison exact.
  const smooth = (i: number, j: number): number => {
    const row = (r: number): number => at(i - 1, r) + 2 * at(i, r) + at(i + 1, r);
    return row(j - 1) + 2 * row(j) + row(j + 1);
  };
  const points: SlicePoint[] = [];
  for (let j = low[1] - 1; j <= high[1] + 1; j++)
    for (let i = low[0] - 1; i <= high[0] + 1; i++) {
      const here = smooth(i, j);
      const right = smooth(i + 1, j);
      const below = smooth(i, j + 1);
      if (here >= 8 !== right >= 8) points.push([i + (8 - here) / (right - here), j]);
      if (here >= 8 !== below >= 8) points.push([i, j + (8 - here) / (below - here)]);
    }
  return points;
}

const outlines: { readonly [D in DiameterDefinition]: Outline } = {
  "voxel-centres": rowEnds,
  "sub-voxel-hull": halfVoxelPoints,
  "in-plane-interpolated": interpolatedPoints,
};

/** Corners of the convex hull in row order (Andrew 1979, monotone chain); collinear points are left out. */
export function convexHull(points: readonly SlicePoint[]): SlicePoint[] {
  const sorted = [...points]
    .sort((a, b) => a[1] - b[1] || a[0] - b[0])
    .filter((p, n, all) => n === 0 || p[0] !== all[n - 1]![0] || p[1] !== all[n - 1]![1]);
  if (sorted.length < 3) return sorted;
  const chain = (order: readonly SlicePoint[]): SlicePoint[] => {
    const kept: SlicePoint[] = [];
    for (const p of order) {
      while (kept.length > 1 && turn(kept[kept.length - 2]!, kept[kept.length - 1]!, p) <= 0) kept.pop();
      kept.push(p);
    }
    return kept.slice(0, -1);
  };
  return [...chain(sorted), ...chain([...sorted].reverse())].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
}

const turn = (a: SlicePoint, b: SlicePoint, c: SlicePoint): number =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
