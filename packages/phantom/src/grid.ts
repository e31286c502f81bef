import type { Grid, Vec3 } from "@livermark/imaging";

/**
 * An axial grid about a point, the patient origin unless given. Example: `centredGrid([3, 3, 3], [1, 1, 2]).originMm` is
 * [-1, -1, -2].
 */
export function centredGrid(size: Vec3, spacingMm: Vec3, centreMm: Vec3 = [0, 0, 0]): Grid {
  const start = (axis: 0 | 1 | 2): number => centreMm[axis] + (-(size[axis] - 1) / 2) * spacingMm[axis];
  return {
    size,
    spacingMm,
    originMm: [start(0), start(1), start(2)],
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
}

/** Calls `visit(offset, x, y, z)` with the patient point of every voxel centre, i fastest. */
export function forEachVoxel(grid: Grid, visit: (offset: number, x: number, y: number, z: number) => void): void {
  const [nx, ny, nz] = grid.size;
  const [a, b, c] = grid.axes;
  const [sx, sy, sz] = grid.spacingMm;
  const [ox, oy, oz] = grid.originMm;
  let offset = 0;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const x = ox + j * sy * b[0] + k * sz * c[0];
      const y = oy + j * sy * b[1] + k * sz * c[1];
      const z = oz + j * sy * b[2] + k * sz * c[2];
      for (let i = 0; i < nx; i++) visit(offset++, x + i * sx * a[0], y + i * sx * a[1], z + i * sx * a[2]);
    }
}
