import { components, erode, flagsOf, squaredDistance } from "../../src/segmentation/index.js";
import type { Grid, Mask } from "../../src/volume.js";

/** Strokes inside and outside an organ, as masks. */
export interface Strokes {
  readonly inside: Mask;
  readonly outside: Mask;
}

const maskOf = (name: string, grid: Grid, data: Uint8Array): Mask => ({ name, grid, data });

/**
 * Strokes as a careful person might draw them, from a known mask and away from its edge: on each of some slices (by share of
 * the organ's slices) one line through the organ, at least `insetMm` inside, along the row where it is widest, and one loop
 * around it at `insetMm` to `insetMm` + 3 mm. Two strokes a slice.
 */
export function strokesFrom(
  truth: Mask,
  insetMm: number,
  shares: readonly number[] = [0.12, 0.32, 0.5, 0.68, 0.88],
): Strokes {
  const [nx, ny, nz] = truth.grid.size;
  const plane = nx * ny;
  const slices: number[] = [];
  for (let k = 0; k < nz; k++) if (truth.data.subarray(k * plane, (k + 1) * plane).includes(1)) slices.push(k);
  const inside = new Uint8Array(truth.data.length);
  const outside = new Uint8Array(truth.data.length);
  for (const share of shares) {
    const k = slices[Math.floor(share * (slices.length - 1))]!;
    const grid = { ...truth.grid, size: [nx, ny, 1] as const };
    const slice = truth.data.slice(k * plane, (k + 1) * plane);
    const core = erode(grid, slice, insetMm);
    let best = -1;
    let most = 0;
    for (let j = 0; j < ny; j++) {
      let count = 0;
      for (let i = 0; i < nx; i++) count += core[j * nx + i]!;
      if (count > most) {
        most = count;
        best = j;
      }
    }
    if (best >= 0) for (let i = 0; i < nx; i++) if (core[best * nx + i] === 1) inside[k * plane + best * nx + i] = 1;
    const distance = squaredDistance(grid, slice);
    const ring = flagsOf(plane, (v) => distance[v]! > insetMm ** 2 && distance[v]! <= (insetMm + 3) ** 2);
    for (let v = 0; v < plane; v++) if (ring[v] === 1) outside[k * plane + v] = 1;
  }
  return {
    inside: maskOf("strokes inside", truth.grid, inside),
    outside: maskOf("strokes outside", truth.grid, outside),
  };
}

/**
 * One more stroke, as a person who looks at the result would draw it: on the slice with the largest wrong patch (in one plane,
 * at least `insetMm` from the true edge), over that patch. Null when no patch is that far from the edge.
 */
export function correction(
  truth: Mask,
  found: Uint8Array,
  { inside, outside }: Strokes,
  insetMm: number,
): Strokes | null {
  const [nx, ny, nz] = truth.grid.size;
  const plane = nx * ny;
  const grid = { ...truth.grid, size: [nx, ny, 1] as const };
  let best: { readonly k: number; readonly patch: Uint8Array; readonly add: boolean } | null = null;
  let most = 0;
  for (let k = 0; k < nz; k++) {
    const slice = truth.data.subarray(k * plane, (k + 1) * plane);
    const seen = found.subarray(k * plane, (k + 1) * plane);
    if (slice.every((flag, v) => flag === seen[v])) continue;
    for (const add of [true, false]) {
      const side = Uint8Array.from(slice, (flag) => (add ? flag : 1 - flag));
      const far = erode(grid, side, insetMm);
      const wrong = flagsOf(plane, (v) => far[v] === 1 && seen[v] !== slice[v]);
      const { labels, sizes } = components(grid, wrong);
      for (let label = 1; label < sizes.length; label++)
        if (sizes[label]! > most) {
          most = sizes[label]!;
          best = { k, add, patch: flagsOf(plane, (v) => labels[v] === label) };
        }
    }
  }
  if (best === null) return null;
  const target = (best.add ? inside : outside).data.slice();
  for (let v = 0; v < plane; v++) if (best.patch[v] === 1) target[best.k * plane + v] = 1;
  return best.add
    ? { inside: { ...inside, data: target }, outside }
    : { inside, outside: { ...outside, data: target } };
}
