import type { Grid } from "../volume.js";
import { components, fillHoles, largestComponent } from "./components.js";
import { flagsOf } from "./morphology.js";

/** The body and what can be told of it at once. All flags are one byte per voxel. */
export interface Body {
  readonly inside: Uint8Array;
  /** Gas inside the body in pieces of at least 20 ml: lungs, large gas of the bowel. */
  readonly air: Uint8Array;
  /** The part of `air` that reaches the uppermost slices: the lungs. */
  readonly lungs: Uint8Array;
  /** Box around the body, mm in patient coordinates (LPS: smaller x is the patient's right, smaller y the front). */
  readonly box: { readonly right: number; readonly left: number; readonly front: number; readonly rear: number };
  /** Middle of the body along patient x, mm. */
  readonly midlineMm: number;
  readonly widthMm: number;
  readonly depthMm: number;
}

/** Calls `visit(offset, x, y, z)` with the patient point of every voxel centre. */
export function eachPoint(grid: Grid, visit: (offset: number, x: number, y: number, z: number) => void): void {
  const [nx, ny, nz] = grid.size;
  const [a, b, c] = grid.axes;
  const [sx, sy, sz] = grid.spacingMm;
  const [ox, oy, oz] = grid.originMm;
  let offset = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++)
        visit(
          offset++,
          ox + i * sx * a[0] + j * sy * b[0] + k * sz * c[0],
          oy + i * sx * a[1] + j * sy * b[1] + k * sz * c[1],
          oz + i * sx * a[2] + j * sy * b[2] + k * sz * c[2],
        );
}

/** Whether slices follow the patient's long axis within 37 degrees, which is what every rule below takes for granted. */
export const isAxial = (grid: Grid): boolean => Math.abs(grid.axes[2][2]) >= 0.8;

/** The slice nearest to the head. */
export const topSlice = (grid: Grid): number => (grid.axes[2][2] > 0 ? grid.size[2] - 1 : 0);

/**
 * The body: the largest thing that is `solid`, filled slice by slice, with the gas in it. All zero where there is none.
 * On CT solid is above −300 HU and gas below −400 HU; on MR the caller decides by signal.
 */
export function findBody(grid: Grid, solid: Uint8Array, isGas: (offset: number) => boolean): Body {
  const inside = fillHoles(grid, largestComponent(grid, solid), true);
  const gas = flagsOf(inside.length, (v) => inside[v] === 1 && isGas(v));
  const { labels, sizes } = components(grid, gas);
  const voxelMl = (grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000;
  const plane = grid.size[0] * grid.size[1];
  const top = topSlice(grid);
  const high = new Uint8Array(sizes.length);
  // Two slices: the outermost one may be an average over less than a block.
  for (const k of [top, top === 0 ? Math.min(1, grid.size[2] - 1) : top - 1])
    for (let v = k * plane; v < (k + 1) * plane; v++) if (labels[v]! > 0) high[labels[v]!] = 1;
  const large = (v: number): boolean => labels[v] !== 0 && sizes[labels[v]!]! * voxelMl >= 20;
  const air = flagsOf(inside.length, large);
  const lungs = flagsOf(inside.length, (v) => large(v) && high[labels[v]!] === 1);
  const box = {
    left: Number.NEGATIVE_INFINITY,
    right: Number.POSITIVE_INFINITY,
    front: Number.POSITIVE_INFINITY,
    rear: Number.NEGATIVE_INFINITY,
  };
  eachPoint(grid, (v, x, y) => {
    if (inside[v] === 0) return;
    box.right = Math.min(box.right, x);
    box.left = Math.max(box.left, x);
    box.front = Math.min(box.front, y);
    box.rear = Math.max(box.rear, y);
  });
  if (box.left < box.right)
    return { inside, air, lungs, box: { left: 0, right: 0, front: 0, rear: 0 }, midlineMm: 0, widthMm: 0, depthMm: 0 };
  return {
    inside,
    air,
    lungs,
    box,
    midlineMm: (box.left + box.right) / 2,
    widthMm: box.left - box.right,
    depthMm: box.rear - box.front,
  };
}
