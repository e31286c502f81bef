import type { Grid } from "../volume.js";
import { components, fillHoles, largestComponent } from "./components.js";
import { flagsOf } from "./morphology.js";

/** What surrounds the organs on CT. */
export interface Body {
  /** Everything inside the skin, lungs and bowel gas included. */
  readonly inside: Uint8Array;
  /** Air inside the body in pieces of at least 20 ml: lungs, large gas. */
  readonly air: Uint8Array;
  /** Middle of the body along patient x, in mm (LPS: smaller is the patient's right). */
  readonly midlineMm: number;
}

/** Patient x of a voxel. */
export const patientX = (grid: Grid, i: number, j: number, k: number): number =>
  grid.originMm[0] +
  i * grid.spacingMm[0] * grid.axes[0][0] +
  j * grid.spacingMm[1] * grid.axes[1][0] +
  k * grid.spacingMm[2] * grid.axes[2][0];

/** The body on CT: the largest thing above −300 HU, filled slice by slice. All zero where there is none. */
export function findBody(grid: Grid, hu: Float32Array): Body {
  const solid = flagsOf(hu.length, (v) => hu[v]! > -300);
  const inside = fillHoles(grid, largestComponent(grid, solid), true);
  const gas = flagsOf(hu.length, (v) => inside[v] === 1 && hu[v]! < -400);
  const { labels, sizes } = components(grid, gas);
  const voxelMl = (grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000;
  const air = flagsOf(hu.length, (v) => labels[v] !== 0 && sizes[labels[v]!]! * voxelMl >= 20);
  const [nx, ny] = grid.size;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let v = 0; v < inside.length; v++) {
    if (inside[v] === 0) continue;
    const x = patientX(grid, v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny)));
    low = Math.min(low, x);
    high = Math.max(high, x);
  }
  return { inside, air, midlineMm: low <= high ? (low + high) / 2 : 0 };
}
