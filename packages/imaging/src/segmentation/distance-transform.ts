import { type Grid, voxelCount } from "../volume.js";

const FAR = 1e15;

interface Workspace {
  readonly f: Float64Array;
  readonly d: Float64Array;
  readonly v: Int32Array;
  readonly z: Float64Array;
}

/** Squared distance along one line by the lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012, section 2). */
function transformLine({ f, d, v, z }: Workspace, n: number, spacing: number): void {
  const s2 = spacing * spacing;
  let k = 0;
  v[0] = 0;
  z[0] = -FAR;
  z[1] = FAR;
  for (let q = 1; q < n; q++) {
    const fq = f[q]! / s2 + q * q;
    let s = (fq - (f[v[k]!]! / s2 + v[k]! * v[k]!)) / (2 * (q - v[k]!));
    while (k > 0 && s <= z[k]!) {
      k--;
      s = (fq - (f[v[k]!]! / s2 + v[k]! * v[k]!)) / (2 * (q - v[k]!));
    }
    if (s > z[k]!) k++;
    v[k] = q;
    z[k] = s;
    z[k + 1] = FAR;
  }
  k = 0;
  for (let q = 0; q < n; q++) {
    while (z[k + 1]! < q) k++;
    const step = q - v[k]!;
    d[q] = step * step * s2 + f[v[k]!]!;
  }
}

/** One line of the field in place; lines that are all set or all far stay as they are. */
function passLine(field: Float64Array, start: number, stride: number, n: number, spacing: number, w: Workspace): void {
  let near = false;
  let far = false;
  for (let q = 0, at = start; q < n; q++, at += stride) {
    const value = field[at]!;
    w.f[q] = value;
    if (value < FAR) near = true;
    if (value > 0) far = true;
  }
  if (!near || !far) return;
  transformLine(w, n, spacing);
  for (let q = 0, at = start; q < n; q++, at += stride) field[at] = w.d[q]!;
}

/**
 * Squared distance in mm² from every voxel centre to the nearest voxel centre where `inside` is 1; about 1e15 where there is
 * none. Exact for anisotropic spacing. With `axes` [true, true, false] slices do not see each other.
 * Example: one set voxel gives 0 there and spacing² beside it.
 */
export function squaredDistance(
  grid: Grid,
  inside: Uint8Array,
  axes: readonly [boolean, boolean, boolean] = [true, true, true],
): Float64Array {
  const [nx, ny, nz] = grid.size;
  const field = new Float64Array(voxelCount(grid));
  for (let i = 0; i < field.length; i++) field[i] = inside[i] === 1 ? 0 : FAR;
  const longest = Math.max(nx, ny, nz);
  const space: Workspace = {
    f: new Float64Array(longest),
    d: new Float64Array(longest),
    v: new Int32Array(longest + 1),
    z: new Float64Array(longest + 2),
  };
  const strides = [1, nx, nx * ny] as const;
  for (const axis of [0, 1, 2] as const) {
    const n = grid.size[axis];
    if (!axes[axis] || n < 2) continue;
    const stride = strides[axis];
    const block = stride * n;
    for (let base = 0; base < field.length; base += block)
      for (let start = base; start < base + stride; start++)
        passLine(field, start, stride, n, grid.spacingMm[axis], space);
  }
  return field;
}
