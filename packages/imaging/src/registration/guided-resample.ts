import { eachRun } from "../mask-runs.js";
import { type Grid, type Mask, patientToIndex, type Vec3, type Volume, voxelCount } from "../volume.js";
import { linearAt, type PointMap } from "./resample.js";
import { indexMap } from "./working-image.js";

export interface GuidedOptions {
  /** The liver on the fixed grid; its voxels take values of liver alone. */
  readonly liver?: Mask;
  /** How far the registration may be wrong, mm (1): samples this near to the liver's surface are not trusted. */
  readonly guardMm?: number;
  /** Value beyond the moving volume: −1000 for HU, else 0. */
  readonly outside?: number;
  /** Called after every slice. */
  readonly progress?: (done: number, total: number) => void;
}

/** A moving volume on the fixed grid. */
export interface GuidedResampling {
  readonly volume: Volume;
  readonly outsideVoxels: number;
  /** Liver voxels by how their value was made: cubic, linear over the liver's samples, or the same from further inside. */
  readonly liverVoxels: { readonly cubic: number; readonly linear: number; readonly widened: number };
}

/** Nodes of the displacement lattice lie about this far apart, mm; B-splines with knots 45 mm apart err by < 0.05 mm. */
const LATTICE_MM = 3;

/** Cubic convolution (Keys 1981, equation 4, a = −1/2). */
function keys(x: number): number {
  const t = Math.abs(x);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/** Voxels of the mask whose neighbours within the guard along each axis are in it too. */
function core(mask: Mask, guardMm: number): Uint8Array {
  const [nx, ny, nz] = mask.grid.size;
  // Half a voxel for partial volume, and what the registration may be wrong.
  const [rx, ry, rz] = mask.grid.spacingMm.map((spacing) => Math.max(1, Math.round(0.5 + guardMm / spacing))) as [
    number,
    number,
    number,
  ];
  const { data } = mask;
  const kept = new Uint8Array(data.length);
  const along = (v: number, at: number, size: number, reach: number, stride: number): boolean => {
    if (at < reach || at + reach >= size) return false;
    for (let r = 1; r <= reach; r++) if (data[v - r * stride] === 0 || data[v + r * stride] === 0) return false;
    return true;
  };
  eachRun(mask, (from, to) => {
    const row = Math.floor(from / nx);
    const [j, k] = [row % ny, Math.floor(row / ny)];
    for (let v = from; v < to; v++)
      if (along(v, v - row * nx, nx, rx, 1) && along(v, j, ny, ry, nx) && along(v, k, nz, rz, nx * ny)) kept[v] = 1;
  });
  return kept;
}

/** Moving indices along rows of the fixed grid, interpolated between the nodes of a coarse lattice, two planes held at a time. */
function lattice(grid: Grid, moving: Grid, map: PointMap) {
  const step = [0, 1, 2].map((a) => Math.max(1, Math.round(LATTICE_MM / grid.spacingMm[a]!)));
  const nodes = [0, 1, 2].map((a) => Math.ceil((grid.size[a]! - 1) / step[a]!) + 1);
  const [mx, my, mz] = [nodes[0]!, nodes[1]!, nodes[2]!];
  const [sx, sy, sz] = [step[0]!, step[1]!, step[2]!];
  const plane = (n: number): Float64Array => {
    const at = new Float64Array(3 * mx * my);
    const [ax, ay, az] = grid.axes;
    let o = 0;
    for (let b = 0; b < my; b++)
      for (let a = 0; a < mx; a++) {
        const u = a * sx * grid.spacingMm[0];
        const v = b * sy * grid.spacingMm[1];
        const w = n * sz * grid.spacingMm[2];
        const q = patientToIndex(
          moving,
          map([
            grid.originMm[0] + u * ax[0] + v * ay[0] + w * az[0],
            grid.originMm[1] + u * ax[1] + v * ay[1] + w * az[1],
            grid.originMm[2] + u * ax[2] + v * ay[2] + w * az[2],
          ]),
        );
        at[o++] = q[0];
        at[o++] = q[1];
        at[o++] = q[2];
      }
    return at;
  };
  const held = new Map<number, Float64Array>();
  const planeOf = (n: number): Float64Array => {
    const at = held.get(n) ?? plane(n);
    for (const old of held.keys()) if (old < n - 1) held.delete(old);
    held.set(n, at);
    return at;
  };
  /** Moving indices along one row of the grid, three numbers a voxel. */
  return (j: number, k: number, row: Float64Array): void => {
    const n = Math.min(Math.floor(k / sz), mz - 2 < 0 ? 0 : mz - 2);
    const low = planeOf(n);
    const high = mz > 1 ? planeOf(n + 1) : low;
    const c = mz > 1 ? k / sz - n : 0;
    const m = Math.min(Math.floor(j / sy), Math.max(0, my - 2));
    const b = my > 1 ? j / sy - m : 0;
    const up = my > 1 ? 3 * mx : 0;
    const from = 3 * mx * m;
    const across = 3 * (mx > 1 ? 1 : 0);
    for (let i = 0; i < grid.size[0]; i++) {
      const l = Math.min(Math.floor(i / sx), Math.max(0, mx - 2));
      const a = mx > 1 ? i / sx - l : 0;
      for (let d = 0; d < 3; d++) {
        const at = from + 3 * l + d;
        const below =
          (1 - b) * ((1 - a) * low[at]! + a * low[at + across]!) +
          b * ((1 - a) * low[at + up]! + a * low[at + up + across]!);
        const above =
          (1 - b) * ((1 - a) * high[at]! + a * high[at + across]!) +
          b * ((1 - a) * high[at + up]! + a * high[at + up + across]!);
        row[3 * i + d] = (1 - c) * below + c * above;
      }
    }
  };
}

/**
 * The moving volume on the fixed grid. Outside the liver, and where no liver is given, by linear interpolation. A liver voxel
 * takes its value from samples of liver alone (normalised convolution, Knutsson 1993): fat and lung beside the liver would
 * otherwise bleed into its outer shell, lower the precontrast value there and feign enhancement. Deep inside, cubic convolution
 * over 4 × 4 × 4 samples keeps more of the noise than linear interpolation does, so that the threshold keeps its meaning.
 * HU are rounded to whole units, as CT stores them.
 * Example: `guidedResample(pre, arterial.grid, registration.map, { liver })`.
 */
export function guidedResample(
  moving: Volume,
  grid: Grid,
  map: PointMap,
  options: GuidedOptions = {},
): GuidedResampling {
  const { liver, guardMm = 1, outside = moving.unit === "HU" ? -1000 : 0, progress } = options;
  const whole =
    moving.unit === "HU" && !(moving.data instanceof Float32Array) && !(moving.data instanceof Float64Array);
  const data = whole ? new Int16Array(voxelCount(grid)) : new Float32Array(voxelCount(grid));
  const inner = liver === undefined ? null : core(liver, guardMm);
  const value = liverValue(moving, grid, inner);
  const rowAt = lattice(grid, moving.grid, map);
  const [nx, ny, nz] = grid.size;
  const row = new Float64Array(3 * nx);
  const counts = { cubic: 0, linear: 0, widened: 0 };
  let outsideVoxels = 0;
  let v = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      rowAt(j, k, row);
      for (let i = 0; i < nx; i++, v++) {
        const [x, y, z] = [row[3 * i]!, row[3 * i + 1]!, row[3 * i + 2]!];
        let found = linearAt(moving, x, y, z, Number.NaN);
        if (Number.isNaN(found)) {
          outsideVoxels++;
          found = outside;
        } else if (liver !== undefined && liver.data[v] !== 0) {
          const guided = value(i, j, k, x, y, z);
          if (guided !== null) {
            found = guided.value;
            counts[guided.how]++;
          }
        }
        data[v] = whole ? Math.round(found) : found;
      }
    }
    progress?.(k + 1, nz);
  }
  return { volume: { ...moving, grid, data }, outsideVoxels, liverVoxels: counts };
}

type GuidedValue = { readonly value: number; readonly how: "cubic" | "linear" | "widened" };

/** The value of a liver voxel at fractional moving indices, from samples that fall into `inner`. */
function liverValue(moving: Volume, grid: Grid, inner: Uint8Array | null) {
  const [nx, ny, nz] = moving.grid.size;
  const [fx, fy, fz] = grid.size;
  // One step in the moving grid, in fixed indices: tissue near a voxel moves with it.
  const { steps } = indexMap(moving.grid, grid);
  const [sx, sy, sz] = steps;
  const weights = [new Float64Array(6), new Float64Array(6), new Float64Array(6)] as const;
  const { data } = moving;
  let sum = 0;
  let weight = 0;
  let complete = true;
  function gather(i: number, j: number, k: number, q: Vec3, radius: number, kernel: (x: number) => number): void {
    const [bx, by, bz] = [Math.floor(q[0]) - radius + 1, Math.floor(q[1]) - radius + 1, Math.floor(q[2]) - radius + 1];
    for (let n = 0; n < 2 * radius; n++) {
      weights[0][n] = kernel(q[0] - bx - n);
      weights[1][n] = kernel(q[1] - by - n);
      weights[2][n] = kernel(q[2] - bz - n);
    }
    sum = 0;
    weight = 0;
    complete = true;
    for (let c = 0; c < 2 * radius; c++)
      for (let b = 0; b < 2 * radius; b++) {
        const outer = weights[2][c]! * weights[1][b]!;
        if (outer === 0) continue;
        for (let a = 0; a < 2 * radius; a++) {
          const w = outer * weights[0][a]!;
          if (w === 0) continue;
          const [u, v, t] = [bx + a, by + b, bz + c];
          const [du, dv, dt] = [u - q[0], v - q[1], t - q[2]];
          const x = Math.round(i + du * sx[0] + dv * sy[0] + dt * sz[0]);
          const y = Math.round(j + du * sx[1] + dv * sy[1] + dt * sz[1]);
          const z = Math.round(k + du * sx[2] + dv * sy[2] + dt * sz[2]);
          if (
            u < 0 ||
            v < 0 ||
            t < 0 ||
            u >= nx ||
            v >= ny ||
            t >= nz ||
            x < 0 ||
            y < 0 ||
            z < 0 ||
            x >= fx ||
            y >= fy ||
            z >= fz ||
            inner![(z * fy + y) * fx + x] === 0
          ) {
            complete = false;
            continue;
          }
          sum += w * data[(t * ny + v) * nx + u]!;
          weight += w;
        }
      }
  }
  const tent =
    (radius: number) =>
    (x: number): number =>
      Math.max(0, 1 - Math.abs(x) / radius);
  const [near, wider, widest] = [tent(1), tent(2), tent(3)];
  return (i: number, j: number, k: number, x: number, y: number, z: number): GuidedValue | null => {
    if (inner === null) return null;
    const q: Vec3 = [x, y, z];
    gather(i, j, k, q, 2, keys);
    if (complete) return { value: sum / weight, how: "cubic" };
    gather(i, j, k, q, 1, near);
    if (weight > 0.05) return { value: sum / weight, how: "linear" };
    gather(i, j, k, q, 2, wider);
    if (weight <= 0.01) gather(i, j, k, q, 3, widest);
    return weight > 0.001 ? { value: sum / weight, how: "widened" } : null;
  };
}
