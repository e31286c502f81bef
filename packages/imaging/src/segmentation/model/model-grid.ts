import { type Grid, indexToPatient, patientToIndex, type Vec3, type VoxelArray, voxelCount } from "../../volume.js";

const directions: Readonly<Record<string, Vec3>> = {
  R: [-1, 0, 0],
  L: [1, 0, 0],
  A: [0, -1, 0],
  P: [0, 1, 0],
  S: [0, 0, 1],
  I: [0, 0, -1],
};

/** Unit vectors (LPS) of an orientation code whose letters say where x, y and z point. Example: "RAS" starts with [-1, 0, 0]. */
export const axesOf = (orientation: string): readonly [Vec3, Vec3, Vec3] => {
  const axis = (n: number): Vec3 => directions[orientation[n] ?? ""] ?? [0, 0, 0];
  return [axis(0), axis(1), axis(2)];
};

/**
 * The grid a model sees: along the patient's axes in the model's order and spacing, just large enough to hold every voxel
 * centre of the image. Example: an LPS image of 1 mm for a "RAS" model of 2 mm has half as many voxels and turned x and y.
 */
export function modelGrid(image: Grid, orientation: string, spacingMm: Vec3): Grid {
  const axes = axesOf(orientation);
  const low = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const high = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const i of [0, image.size[0] - 1])
    for (const j of [0, image.size[1] - 1])
      for (const k of [0, image.size[2] - 1]) {
        const p = indexToPatient(image, i, j, k);
        for (const [n, axis] of axes.entries()) {
          const along = p[0] * axis[0] + p[1] * axis[1] + p[2] * axis[2];
          low[n] = Math.min(low[n]!, along);
          high[n] = Math.max(high[n]!, along);
        }
      }
  const count = (n: 0 | 1 | 2): number => Math.ceil((high[n]! - low[n]!) / spacingMm[n] - 1e-6) + 1;
  const at = (c: 0 | 1 | 2): number => low[0]! * axes[0][c] + low[1]! * axes[1][c] + low[2]! * axes[2][c];
  return { size: [count(0), count(1), count(2)], spacingMm, originMm: [at(0), at(1), at(2)], axes };
}

/**
 * Values of one grid at the voxel centres of another, by trilinear interpolation; up to half a voxel beyond the outermost
 * centres their values are carried on, farther out is `outside`.
 */
export function sampleLinear(data: VoxelArray, from: Grid, to: Grid, outside: number): Float32Array {
  const out = new Float32Array(voxelCount(to));
  const [nx, ny, nz] = from.size;
  const base = patientToIndex(from, to.originMm);
  const step = ([0, 1, 2] as const).map((axis): Vec3 => {
    const p = indexToPatient(to, axis === 0 ? 1 : 0, axis === 1 ? 1 : 0, axis === 2 ? 1 : 0);
    const q = patientToIndex(from, p);
    return [q[0] - base[0], q[1] - base[1], q[2] - base[2]];
  });
  const clamp = (x: number, n: number): number => Math.min(n - 1, Math.max(0, x));
  // Positions that are whole numbers but for rounding must not fall half a voxel outside.
  const within = (x: number, n: number): boolean => x >= -0.5 - 1e-6 && x <= n - 0.5 + 1e-6;
  let v = 0;
  for (let k = 0; k < to.size[2]; k++)
    for (let j = 0; j < to.size[1]; j++)
      for (let i = 0; i < to.size[0]; i++, v++) {
        const x = base[0] + i * step[0]![0] + j * step[1]![0] + k * step[2]![0];
        const y = base[1] + i * step[0]![1] + j * step[1]![1] + k * step[2]![1];
        const z = base[2] + i * step[0]![2] + j * step[1]![2] + k * step[2]![2];
        if (!within(x, nx) || !within(y, ny) || !within(z, nz)) {
          out[v] = outside;
          continue;
        }
        const [cx, cy, cz] = [clamp(x, nx), clamp(y, ny), clamp(z, nz)];
        const [x0, y0, z0] = [Math.floor(cx), Math.floor(cy), Math.floor(cz)];
        const [x1, y1, z1] = [Math.min(nx - 1, x0 + 1), Math.min(ny - 1, y0 + 1), Math.min(nz - 1, z0 + 1)];
        const [a, b, c] = [cx - x0, cy - y0, cz - z0];
        const at = (ii: number, jj: number, kk: number): number => data[(kk * ny + jj) * nx + ii]!;
        const low =
          (1 - b) * ((1 - a) * at(x0, y0, z0) + a * at(x1, y0, z0)) +
          b * ((1 - a) * at(x0, y1, z0) + a * at(x1, y1, z0));
        const high =
          (1 - b) * ((1 - a) * at(x0, y0, z1) + a * at(x1, y0, z1)) +
          b * ((1 - a) * at(x0, y1, z1) + a * at(x1, y1, z1));
        out[v] = (1 - c) * low + c * high;
      }
  return out;
}
