import { ordinaryVoxels, type VoxelAllocator } from "./kernels/voxel-memory.js";
import { type Grid, indexToPatient, patientToIndex, type Vec3, type Volume, voxelCount } from "./volume.js";

/** Weights of four neighbours for a cubic convolution (Keys 1981, a = −½) at `t` between the middle two. */
function cubicWeights(t: number, into: Float64Array): void {
  const tt = t * t;
  const ttt = tt * t;
  into[0] = (-t + 2 * tt - ttt) / 2;
  into[1] = (2 - 5 * tt + 3 * ttt) / 2;
  into[2] = (t + 4 * tt - 3 * ttt) / 2;
  into[3] = (ttt - tt) / 2;
}

/**
 * A registered volume on the fixed grid: each voxel takes the value at the point of the moving volume that `map` gives, by cubic
 * convolution, which blurs borders far less than linear interpolation does: blurred borders enhance in a subtraction.
 * Beyond the outermost voxel centres by at most half a voxel the outermost value holds; farther out stands `outside` (−1000 for HU,
 * else 0), which is counted. 32-bit floats; `memory` says where they go. Example: `warpVolume(unenhanced, arterial.grid, map)`.
 */
export function warpVolume(
  moving: Volume,
  grid: Grid,
  map: (point: Vec3) => Vec3 = (point) => point,
  { outside = moving.unit === "HU" ? -1000 : 0, memory = ordinaryVoxels }: WarpOptions = {},
): { readonly volume: Volume; readonly outsideVoxels: number } {
  const data = memory.float32(voxelCount(grid));
  const [nx, ny, nz] = moving.grid.size;
  const source = moving.data;
  const [wx, wy, wz] = [new Float64Array(4), new Float64Array(4), new Float64Array(4)];
  const columns = new Int32Array(4);
  const [isFlatX, isFlatY, isFlatZ] = [nx === 1, ny === 1, nz === 1];
  let v = 0;
  let outsideVoxels = 0;
  for (let k = 0; k < grid.size[2]; k++)
    for (let j = 0; j < grid.size[1]; j++)
      for (let i = 0; i < grid.size[0]; i++, v++) {
        const [x, y, z] = patientToIndex(moving.grid, map(indexToPatient(grid, i, j, k)));
        if (!(x >= -0.5 && y >= -0.5 && z >= -0.5 && x <= nx - 0.5 && y <= ny - 0.5 && z <= nz - 0.5)) {
          data[v] = outside;
          outsideVoxels++;
          continue;
        }
        const [i0, j0, k0] = [Math.floor(x), Math.floor(y), Math.floor(z)];
        cubicWeights(isFlatX ? 0 : x - i0, wx);
        cubicWeights(isFlatY ? 0 : y - j0, wy);
        cubicWeights(isFlatZ ? 0 : z - k0, wz);
        for (let n = 0; n < 4; n++) columns[n] = held(i0 - 1 + n, nx);
        let sum = 0;
        for (let c = 0; c < 4; c++) {
          if (wz[c] === 0) continue;
          const slice = held(k0 - 1 + c, nz) * ny;
          for (let b = 0; b < 4; b++) {
            const weight = wz[c]! * wy[b]!;
            if (weight === 0) continue;
            const row = (slice + held(j0 - 1 + b, ny)) * nx;
            sum +=
              weight *
              (wx[0]! * source[row + columns[0]!]! +
                wx[1]! * source[row + columns[1]!]! +
                wx[2]! * source[row + columns[2]!]! +
                wx[3]! * source[row + columns[3]!]!);
          }
        }
        data[v] = sum;
      }
  return { volume: { ...moving, grid, data }, outsideVoxels };
}

export interface WarpOptions {
  readonly outside?: number;
  readonly memory?: VoxelAllocator;
}

const held = (index: number, n: number): number => Math.max(0, Math.min(n - 1, index));
