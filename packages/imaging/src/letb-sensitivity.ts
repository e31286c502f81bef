import { countAbove } from "./enhancement.js";
import { maskBox } from "./mask.js";
import { eachRun, maskVoxels } from "./mask-runs.js";
import type { Mask, Volume } from "./volume.js";

/** Lowest and highest share in percent that a disturbance leads to; the undisturbed share lies between or beside them. */
export interface ShareRange {
  readonly low: number;
  readonly high: number;
}

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
  const area = columns * rows;
  const [before, after, inside] = [pre.data, arterial.data, mask.data];
  // The mask keeps off the volume's edge, so a step that leaves a row lands on a voxel outside the mask.
  const covers = (v: number): boolean => inside[v] === 1;
  const counts = [0, 0, 0];
  const above = [0, 0, 0];
  for (let k = box.low[2] - 1; k <= box.high[2] + 1; k++)
    for (let j = box.low[1] - 1; j <= box.high[1] + 1; j++) {
      const row = (k * rows + j) * columns;
      for (let v = row + box.low[0] - 1; v <= row + box.high[0] + 1; v++) {
        const here = covers(v);
        const touches =
          covers(v - 1) !== here ||
          covers(v + 1) !== here ||
          covers(v - columns) !== here ||
          covers(v + columns) !== here ||
          covers(v - area) !== here ||
          covers(v + area) !== here;
        if (!here && !touches) continue;
        const d = after[v]! - before[v]!;
        let over = 0;
        for (let t = 0; t < thresholds.length; t++) if (d > thresholds[t]!) over++;
        const layer = here ? (touches ? 1 : 0) : 2;
        counts[layer]!++;
        above[layer]! += over;
      }
    }
  const [core, inner, outer] = [0, 1, 2].map((layer) => ({ n: counts[layer]!, over: above[layer]! }));
  if (core === undefined || inner === undefined || outer === undefined || core.n === 0) return null;
  const share = (...layers: readonly { readonly n: number; readonly over: number }[]): number =>
    (100 * layers.reduce((sum, l) => sum + l.over, 0)) / (thresholds.length * layers.reduce((sum, l) => sum + l.n, 0));
  const eroded = share(core);
  const dilated = share(core, inner, outer);
  return { eroded, dilated, low: Math.min(eroded, dilated), high: Math.max(eroded, dilated) };
}

/**
 * How far the enhancing share may be wrong, in percentage points, when displacements of `errorMm` (root mean square, any
 * direction) are left between the phases: errorMm · √(mean over the axes of g²), where g is the mean change per mm when the
 * precontrast phase is displaced forwards and backwards along one axis of the grid. Displaced by whole voxels, those nearest to
 * `errorMm`, so that no interpolation smooths the noise away; beyond the volume the last voxel is repeated.
 * Example: phases without any edge or tumour give 0.
 */
export function displacementError(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
  thresholds: readonly number[],
  errorMm: number,
): number {
  if (!(errorMm > 0)) return 0;
  const still = displacedShare(pre, arterial, mask, thresholds, 0, 0);
  const squares = mask.grid.spacingMm.map((spacing, axis) => {
    const voxels = Math.max(1, Math.round(errorMm / spacing));
    const change = [-voxels, voxels].map((by) =>
      Math.abs(displacedShare(pre, arterial, mask, thresholds, axis, by) - still),
    );
    return (change.reduce((sum, x) => sum + x, 0) / (2 * voxels * spacing)) ** 2;
  });
  return errorMm * Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / squares.length);
}

/** Share in percent with the precontrast phase displaced by whole voxels along an axis. */
function displacedShare(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
  thresholds: readonly number[],
  axis: number,
  by: number,
): number {
  const [columns, rows] = mask.grid.size;
  const step = [1, columns, columns * rows][axis]!;
  const n = mask.grid.size[axis]!;
  const differences = new Float64Array(maskVoxels(mask));
  let at = 0;
  eachRun(mask, (from, to) => {
    for (let v = from; v < to; v++) {
      const index = Math.floor(v / step) % n;
      const beside = Math.max(0, Math.min(n - 1, index + by));
      differences[at++] = arterial.data[v]! - pre.data[v + (beside - index) * step]!;
    }
  });
  let over = 0;
  for (const t of thresholds) over += countAbove(differences, t);
  return (100 * over) / (thresholds.length * differences.length);
}
