import type { Grid } from "../volume.js";
import { components, fillHoles, largestComponent } from "./components.js";
import { squaredDistance } from "./distance-transform.js";
import { complement, flagsOf } from "./morphology.js";

/** What surrounds the organs on CT. */
export interface Body {
  /** Everything inside the skin, lungs and bowel gas included. */
  readonly inside: Uint8Array;
  /** Air inside the body in pieces of at least 20 ml: lungs, large gas. */
  readonly air: Uint8Array;
  /** Middle of the body along patient x, in mm (LPS: smaller is the patient's right). */
  readonly midlineMm: number;
  /** Spine and back muscles: the middle 28 % of the width, behind 62 % of the depth. */
  readonly back: Uint8Array;
  /** The left third: stomach, spleen. */
  readonly farLeft: Uint8Array;
  /** Squared distance from the skin, mm². */
  readonly depthSquared: Float64Array;
  /** Least depth of the lungs (first percentile): how thick skin, fat and wall are; 15 mm where no lung is seen. */
  readonly wallMm: number;
}

/** Calls `visit(offset, x, y)` with the patient x and y of every voxel centre. */
export function eachPoint(grid: Grid, visit: (offset: number, x: number, y: number) => void): void {
  const [nx, ny, nz] = grid.size;
  const [a, b, c] = grid.axes;
  const [sx, sy, sz] = grid.spacingMm;
  const [ox, oy] = grid.originMm;
  let offset = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++)
        visit(
          offset++,
          ox + i * sx * a[0] + j * sy * b[0] + k * sz * c[0],
          oy + i * sx * a[1] + j * sy * b[1] + k * sz * c[1],
        );
}

/** The body on CT: the largest thing above −300 HU, filled slice by slice. All zero where there is none. */
export function findBody(grid: Grid, hu: Float32Array): Body {
  const solid = flagsOf(hu.length, (v) => hu[v]! > -300);
  const inside = fillHoles(grid, largestComponent(grid, solid), true);
  const gas = flagsOf(hu.length, (v) => inside[v] === 1 && hu[v]! < -400);
  const { labels, sizes } = components(grid, gas);
  const voxelMl = (grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000;
  const air = flagsOf(hu.length, (v) => labels[v] !== 0 && sizes[labels[v]!]! * voxelMl >= 20);
  const bounds = { left: -Infinity, right: Infinity, front: Infinity, rear: -Infinity };
  eachPoint(grid, (v, x, y) => {
    if (inside[v] === 0) return;
    bounds.right = Math.min(bounds.right, x);
    bounds.left = Math.max(bounds.left, x);
    bounds.front = Math.min(bounds.front, y);
    bounds.rear = Math.max(bounds.rear, y);
  });
  const width = bounds.left - bounds.right;
  const midlineMm = width >= 0 ? (bounds.left + bounds.right) / 2 : 0;
  const back = new Uint8Array(hu.length);
  const farLeft = new Uint8Array(hu.length);
  eachPoint(grid, (v, x, y) => {
    if (Math.abs(x - midlineMm) < 0.14 * width && y > bounds.front + 0.62 * (bounds.rear - bounds.front)) back[v] = 1;
    if (x > midlineMm + 0.18 * width) farLeft[v] = 1;
  });
  const depthSquared = squaredDistance(grid, complement(inside), [true, true, false]);
  const depths = depthSquared.filter((_, v) => air[v] === 1).sort();
  const wallMm = depths.length * voxelMl < 100 ? 15 : Math.sqrt(depths[Math.floor(depths.length / 100)]!);
  return { inside, air, midlineMm, back, farLeft, depthSquared, wallMm };
}
