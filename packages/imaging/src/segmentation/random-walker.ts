import { exponential } from "../portable-math.js";
import type { Grid } from "../volume.js";

/** What a random walker knows: voxels that are surely in or out, where it may walk, and how likely each voxel looks inside. */
export interface WalkerInput {
  readonly grid: Grid;
  /** Intensities, smoothed enough that a step is an edge and not noise. */
  readonly image: Float32Array;
  /** Voxels to decide; everything else that is not a seed counts as outside. */
  readonly domain: Uint8Array;
  readonly inside: Uint8Array;
  readonly outside: Uint8Array;
  /** Intensity step at which a wall is 1/e as easy to pass as uniform tissue. */
  readonly stepScale: number;
  /** Probability of being inside by other knowledge, and how much it counts beside the neighbours (0 = not at all), per voxel or everywhere. */
  readonly prior?: { readonly probability: Float32Array; readonly weight: number | Float32Array };
  readonly maxIterations?: number;
  readonly tolerance?: number;
}

/** Probability per voxel, and how the solver ended. */
export interface WalkerResult {
  readonly probability: Float32Array;
  readonly unknowns: number;
  readonly iterations: number;
  /** Norm of the residual over that of the right side. */
  readonly residual: number;
}

/**
 * Probability that a random walk from each voxel meets an inside seed first (Grady 2006), with intensity priors (Grady
 * 2005): minimises Σ w_ij (x_i − x_j)² + γ Σ [p_i (x_i − 1)² + (1 − p_i) x_i²] by conjugate gradients with a diagonal
 * preconditioner. Weights are exp(−(ΔI/stepScale)²) over the squared spacing relative to the smallest. A step that does not
 * converge within `maxIterations` (300) returns its residual; the caller decides.
 */
export function randomWalker(input: WalkerInput): WalkerResult {
  const { grid, image, domain, inside, outside, stepScale, prior, maxIterations = 300, tolerance = 1e-4 } = input;
  const [nx, ny, nz] = grid.size;
  const plane = nx * ny;
  const total = image.length;
  const slot = new Int32Array(total).fill(-1);
  let unknowns = 0;
  for (let v = 0; v < total; v++) if (domain[v] === 1 && inside[v] === 0 && outside[v] === 0) slot[v] = unknowns++;
  const voxel = new Int32Array(unknowns);
  for (let v = 0; v < total; v++) if (slot[v]! >= 0) voxel[slot[v]!] = v;

  const smallest = Math.min(...grid.spacingMm);
  const share = grid.spacingMm.map((spacing) => (smallest / spacing) * (smallest / spacing));
  const neighbour = new Int32Array(6 * unknowns).fill(-1);
  const weight = new Float64Array(6 * unknowns);
  const diagonal = new Float64Array(unknowns);
  const right = new Float64Array(unknowns);
  for (let n = 0; n < unknowns; n++) {
    const v = voxel[n]!;
    const i = v % nx;
    const j = Math.floor(v / nx) % ny;
    const k = Math.floor(v / plane);
    const link = (side: number, exists: boolean, u: number, factor: number): void => {
      if (!exists) return;
      const step = (image[u]! - image[v]!) / stepScale;
      const w = factor * exponential(-step * step) + 1e-6;
      diagonal[n]! += w;
      if (slot[u]! >= 0) {
        neighbour[6 * n + side] = slot[u]!;
        weight[6 * n + side] = w;
      } else if (inside[u] === 1) right[n]! += w;
    };
    link(0, i > 0, v - 1, share[0]!);
    link(1, i < nx - 1, v + 1, share[0]!);
    link(2, j > 0, v - nx, share[1]!);
    link(3, j < ny - 1, v + nx, share[1]!);
    link(4, k > 0, v - plane, share[2]!);
    link(5, k < nz - 1, v + plane, share[2]!);
    if (prior !== undefined) {
      const counts = typeof prior.weight === "number" ? prior.weight : prior.weight[v]!;
      diagonal[n]! += counts;
      right[n]! += counts * prior.probability[v]!;
    }
  }

  const x = new Float64Array(unknowns);
  if (prior !== undefined) for (let n = 0; n < unknowns; n++) x[n] = prior.probability[voxel[n]!]!;
  const multiply = (from: Float64Array, to: Float64Array): void => {
    for (let n = 0; n < unknowns; n++) {
      let sum = diagonal[n]! * from[n]!;
      const at = 6 * n;
      for (let side = 0; side < 6; side++) {
        const m = neighbour[at + side]!;
        if (m >= 0) sum -= weight[at + side]! * from[m]!;
      }
      to[n] = sum;
    }
  };
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let n = 0; n < unknowns; n++) sum += a[n]! * b[n]!;
    return sum;
  };
  const r = new Float64Array(unknowns);
  const z = new Float64Array(unknowns);
  const p = new Float64Array(unknowns);
  const q = new Float64Array(unknowns);
  multiply(x, q);
  for (let n = 0; n < unknowns; n++) {
    r[n] = right[n]! - q[n]!;
    z[n] = r[n]! / diagonal[n]!;
    p[n] = z[n]!;
  }
  const goal = Math.sqrt(dot(right, right)) || 1;
  let rz = dot(r, z);
  let residual = Math.sqrt(dot(r, r)) / goal;
  let iterations = 0;
  while (residual > tolerance && iterations < maxIterations && unknowns > 0) {
    multiply(p, q);
    const alpha = rz / dot(p, q);
    for (let n = 0; n < unknowns; n++) {
      x[n]! += alpha * p[n]!;
      r[n]! -= alpha * q[n]!;
      z[n] = r[n]! / diagonal[n]!;
    }
    const next = dot(r, z);
    const beta = next / rz;
    rz = next;
    for (let n = 0; n < unknowns; n++) p[n] = z[n]! + beta * p[n]!;
    residual = Math.sqrt(dot(r, r)) / goal;
    iterations++;
  }
  const probability = new Float32Array(total);
  for (let v = 0; v < total; v++) probability[v] = inside[v] === 1 ? 1 : slot[v]! >= 0 ? x[slot[v]!]! : 0;
  return { probability, unknowns, iterations, residual };
}
