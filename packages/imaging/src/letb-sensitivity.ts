import { maskBox } from "./mask.js";
import type { Mask, Volume, VoxelArray } from "./volume.js";

/** Lowest and highest share in percent that a disturbance leads to; the undisturbed share lies between or beside them. */
export interface ShareRange {
  readonly low: number;
  readonly high: number;
}

type AtThreshold = (threshold: number) => number;

/** Mean over the thresholds of 100 · above/voxels. */
const meanShare = (thresholds: readonly number[], above: AtThreshold, voxels: number): number =>
  (100 * thresholds.reduce((sum, t) => sum + above(t), 0)) / (thresholds.length * voxels);

/**
 * Enhancing share when the mask loses, or gains, one layer of voxels (those with a face on the other side).
 * Null where the mask would vanish or grow out of the volume.
 */
export function maskEdgeRange(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
  thresholds: readonly number[],
): (ShareRange & { readonly eroded: number; readonly dilated: number }) | null {
  const box = maskBox(mask);
  const [columns, rows] = mask.grid.size;
  if (box === null || box.low.some((x) => x === 0) || box.high.some((x, axis) => x === mask.grid.size[axis]! - 1))
    return null;
  const steps = [-1, 1, -columns, columns, -columns * rows, columns * rows];
  const counts = { inside: 0, inner: 0, outer: 0 };
  const above = {
    inside: new Float64Array(thresholds.length),
    inner: new Float64Array(thresholds.length),
    outer: new Float64Array(thresholds.length),
  };
  const add = (where: "inside" | "inner" | "outer", d: number): void => {
    counts[where]++;
    thresholds.forEach((t, n) => {
      if (d > t) above[where][n]!++;
    });
  };
  for (let k = box.low[2] - 1; k <= box.high[2] + 1; k++)
    for (let j = box.low[1] - 1; j <= box.high[1] + 1; j++)
      for (let i = box.low[0] - 1; i <= box.high[0] + 1; i++) {
        const v = (k * rows + j) * columns + i;
        const inside = mask.data[v] !== 0;
        let touches = false;
        for (let s = 0; s < 6 && !touches; s++) {
          // The outermost layer lacks neighbours, which the mask does not reach.
          if (!inside && !neighbourExists([i, j, k], s, mask.grid.size)) continue;
          touches = (mask.data[v + steps[s]!] !== 0) !== inside;
        }
        if (!inside && !touches) continue;
        const d = arterial.data[v]! - pre.data[v]!;
        if (inside) add("inside", d);
        if (touches) add(inside ? "inner" : "outer", d);
      }
  if (counts.inner >= counts.inside) return null;
  const share = (sign: -1 | 1, layer: "inner" | "outer"): number =>
    (100 * thresholds.reduce((sum, _, n) => sum + above.inside[n]! + sign * above[layer][n]!, 0)) /
    (thresholds.length * (counts.inside + sign * counts[layer]));
  const eroded = share(-1, "inner");
  const dilated = share(1, "outer");
  return { eroded, dilated, low: Math.min(eroded, dilated), high: Math.max(eroded, dilated) };
}

function neighbourExists(index: readonly [number, number, number], s: number, size: readonly number[]): boolean {
  const axis = s >> 1;
  const next = index[axis]! + (s % 2 === 0 ? -1 : 1);
  return next >= 0 && next < size[axis]!;
}

/**
 * Enhancing share when the arterial phase is displaced by `shiftMm` along each grid axis, forwards and backwards, with linear
 * interpolation: the range over the six.
 */
export function displacementRange(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
  thresholds: readonly number[],
  shiftMm: number,
): ShareRange {
  const shares: number[] = [];
  for (let axis = 0; axis < 3; axis++)
    for (const sign of [-1, 1]) shares.push(displacedShare(pre, arterial, mask, thresholds, axis, sign * shiftMm));
  return { low: Math.min(...shares), high: Math.max(...shares) };
}

function displacedShare(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
  thresholds: readonly number[],
  axis: number,
  shiftMm: number,
): number {
  const [columns, rows] = mask.grid.size;
  const step = [1, columns, columns * rows][axis]!;
  const n = mask.grid.size[axis]!;
  const shift = shiftMm / mask.grid.spacingMm[axis]!;
  const whole = Math.floor(shift);
  const part = shift - whole;
  const along = (v: number, index: number, data: VoxelArray): number => {
    const a = Math.max(0, Math.min(n - 1, index + whole));
    const b = Math.max(0, Math.min(n - 1, index + whole + 1));
    const x = data[v + (a - index) * step]!;
    return x + part * (data[v + (b - index) * step]! - x);
  };
  const differences: number[] = [];
  for (let v = 0; v < mask.data.length; v++) {
    if (mask.data[v] === 0) continue;
    const index = Math.floor(v / step) % n;
    differences.push(along(v, index, arterial.data) - pre.data[v]!);
  }
  const above = (t: number): number => differences.reduce((sum, d) => sum + (d > t ? 1 : 0), 0);
  return meanShare(thresholds, above, differences.length);
}
