import { erode, flagsOf, squaredDistance } from "../../src/segmentation/index.js";
import type { Mask } from "../../src/volume.js";

/**
 * Ten strokes as a careful person might draw them, from a known mask and away from its edge: on five slices one line through
 * the organ, at least `insetMm` inside, along the row where it is widest, and one loop around it at `insetMm` to `insetMm` + 3 mm.
 */
export function strokesFrom(truth: Mask, insetMm: number): { readonly inside: Mask; readonly outside: Mask } {
  const [nx, ny, nz] = truth.grid.size;
  const plane = nx * ny;
  const slices: number[] = [];
  for (let k = 0; k < nz; k++) if (truth.data.subarray(k * plane, (k + 1) * plane).includes(1)) slices.push(k);
  const chosen = [0.12, 0.32, 0.5, 0.68, 0.88].map((q) => slices[Math.floor(q * (slices.length - 1))]!);
  const inside = new Uint8Array(truth.data.length);
  const outside = new Uint8Array(truth.data.length);
  for (const k of chosen) {
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
  const mask = (name: string, data: Uint8Array): Mask => ({ name, grid: truth.grid, data });
  return { inside: mask("strokes inside", inside), outside: mask("strokes outside", outside) };
}
