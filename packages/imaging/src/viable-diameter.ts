import type { SlicePoint } from "./diameter.js";
import { maskBox } from "./mask.js";
import type { Mask } from "./volume.js";

/** The longest straight run through viable tissue. */
export interface ViableDiameter {
  readonly diameterMm: number;
  readonly slice: number;
  readonly ends: readonly [SlicePoint, SlicePoint];
}

/**
 * mRECIST viable diameter: the greatest distance between two voxel centres of one slice such that the straight line between
 * them stays in viable voxels, i.e. does not cross necrosis. The line is looked at in equal steps of at most half a voxel,
 * each step counting for its nearest voxel (an exact half goes to the lower index). Ends are taken on the rim of the mask.
 * Returns null for an empty mask. Source: Lencioni and Llovet 2010.
 * Example: a ring of outer diameter 40 mm and inner diameter 20 mm gives the chord beside the hole, about 34.6 mm.
 */
export function viableDiameter(viable: Mask): ViableDiameter | null {
  const box = maskBox(viable);
  if (box === null) return null;
  const [columns, rows] = viable.grid.size;
  const [sx, sy] = viable.grid.spacingMm;
  let best: { squared: number; slice: number; ends: [SlicePoint, SlicePoint] } | null = null;
  for (let k = box.low[2]; k <= box.high[2]; k++) {
    const slice = viable.data.subarray(k * columns * rows, (k + 1) * columns * rows);
    const rim = rimOf(slice, columns, rows, box);
    for (let a = 0; a < rim.length; a++)
      for (let b = a; b < rim.length; b++) {
        const p = rim[a]!;
        const q = rim[b]!;
        const di = p[0] - q[0];
        const dj = p[1] - q[1];
        const squared = di * di * (sx * sx) + dj * dj * (sy * sy);
        if (best !== null && squared <= best.squared) continue;
        if (clear(slice, columns, p, q)) best = { squared, slice: k, ends: [p, q] };
      }
  }
  return best === null ? null : { diameterMm: Math.sqrt(best.squared), slice: best.slice, ends: best.ends };
}

/** Voxels with a neighbour along i or j outside the mask, in row order. */
function rimOf(
  slice: Uint8Array,
  columns: number,
  rows: number,
  box: { readonly low: readonly number[]; readonly high: readonly number[] },
): SlicePoint[] {
  const rim: SlicePoint[] = [];
  const at = (i: number, j: number): number =>
    i < 0 || j < 0 || i >= columns || j >= rows ? 0 : slice[j * columns + i]!;
  for (let j = box.low[1]!; j <= box.high[1]!; j++)
    for (let i = box.low[0]!; i <= box.high[0]!; i++)
      if (at(i, j) !== 0 && (at(i - 1, j) === 0 || at(i + 1, j) === 0 || at(i, j - 1) === 0 || at(i, j + 1) === 0))
        rim.push([i, j]);
  return rim;
}

function clear(slice: Uint8Array, columns: number, p: SlicePoint, q: SlicePoint): boolean {
  const steps = 2 * Math.max(Math.abs(p[0] - q[0]), Math.abs(p[1] - q[1]));
  for (let s = 1; s < steps; s++) {
    const i = Math.ceil(p[0] + ((q[0] - p[0]) * s) / steps - 0.5);
    const j = Math.ceil(p[1] + ((q[1] - p[1]) * s) / steps - 0.5);
    if (slice[j * columns + i] === 0) return false;
  }
  return true;
}
