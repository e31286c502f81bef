import { exponential, naturalLog } from "../portable-math.js";
import type { Grid } from "../volume.js";

const TERMS = 10;

/** Terms of a quadratic polynomial in the voxel's place, each axis from −1 to 1. */
function terms(grid: Grid, v: number, out: Float64Array): void {
  const [nx, ny, nz] = grid.size;
  const x = (2 * (v % nx)) / Math.max(1, nx - 1) - 1;
  const y = (2 * (Math.floor(v / nx) % ny)) / Math.max(1, ny - 1) - 1;
  const z = (2 * Math.floor(v / (nx * ny))) / Math.max(1, nz - 1) - 1;
  out.set([1, x, y, z, x * x, y * y, z * z, x * y, x * z, y * z]);
}

/** Solves a symmetric positive definite system in place by Gaussian elimination; the ridge of the caller keeps pivots up. */
function solve(a: Float64Array, b: Float64Array): Float64Array {
  for (let p = 0; p < TERMS; p++)
    for (let row = p + 1; row < TERMS; row++) {
      const factor = a[row * TERMS + p]! / a[p * TERMS + p]!;
      for (let col = p; col < TERMS; col++) a[row * TERMS + col]! -= factor * a[p * TERMS + col]!;
      b[row]! -= factor * b[p]!;
    }
  for (let p = TERMS - 1; p >= 0; p--) {
    for (let col = p + 1; col < TERMS; col++) b[p]! -= a[p * TERMS + col]! * b[col]!;
    b[p]! /= a[p * TERMS + p]!;
  }
  return b;
}

/**
 * The image in per cent of the signal that the tissue of `sample` would have at each place: log signal of the sample is fitted
 * by a quadratic polynomial of the position (coil shading is slow), with a ridge of a thousandth of the sample on all terms but
 * the mean, and divided out. The field is held within a factor of 2.5 of the sample's mean, since far from the sample a
 * polynomial is a guess. Voxels without signal become 0.
 * Example: a liver of 300 at the front and 200 at the back becomes 100 in both places.
 */
export function withoutShading(grid: Grid, image: Float32Array, sample: Uint8Array): Float32Array {
  const normal = new Float64Array(TERMS * TERMS);
  const right = new Float64Array(TERMS);
  const t = new Float64Array(TERMS);
  let n = 0;
  let sum = 0;
  for (let v = 0; v < image.length; v++) {
    if (sample[v] !== 1 || !(image[v]! > 0)) continue;
    terms(grid, v, t);
    const log = naturalLog(image[v]!);
    sum += log;
    n++;
    for (let row = 0; row < TERMS; row++) {
      right[row]! += t[row]! * log;
      for (let col = 0; col < TERMS; col++) normal[row * TERMS + col]! += t[row]! * t[col]!;
    }
  }
  if (n === 0) return image.slice();
  for (let p = 1; p < TERMS; p++) normal[p * TERMS + p]! += 0.001 * n;
  normal[0]! += 1e-9 * n;
  const fit = solve(normal, right);
  const mean = sum / n;
  const limit = naturalLog(2.5);
  const out = new Float32Array(image.length);
  for (let v = 0; v < image.length; v++) {
    if (!(image[v]! > 0)) continue;
    terms(grid, v, t);
    let log = 0;
    for (let p = 0; p < TERMS; p++) log += fit[p]! * t[p]!;
    out[v] = (100 * image[v]!) / exponential(Math.min(mean + limit, Math.max(mean - limit, log)));
  }
  return out;
}
