import type { Grid } from "../volume.js";

/**
 * Median over the 3 × 3 × 3 neighbourhood, the border repeated: removes noise and keeps edges. `planar` takes 3 × 3 within the
 * slice, for slices so thick that neighbours show other anatomy.
 */
export function medianFilter(grid: Grid, data: Float32Array, planar = false): Float32Array {
  const [nx, ny, nz] = grid.size;
  const plane = nx * ny;
  const out = new Float32Array(data.length);
  const window = new Float32Array(27);
  const deep = planar ? 0 : 1;
  const middle = planar ? 4 : 13;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        let n = 0;
        for (let c = -deep; c <= deep; c++) {
          const kk = Math.min(nz - 1, Math.max(0, k + c)) * plane;
          for (let b = -1; b <= 1; b++) {
            const jj = kk + Math.min(ny - 1, Math.max(0, j + b)) * nx;
            for (let a = -1; a <= 1; a++) {
              // Insertion keeps the window sorted; 27 values are too few for anything cleverer.
              const value = data[jj + Math.min(nx - 1, Math.max(0, i + a))]!;
              let at = n++;
              while (at > 0 && window[at - 1]! > value) {
                window[at] = window[at - 1]!;
                at--;
              }
              window[at] = value;
            }
          }
        }
        out[k * plane + j * nx + i] = window[middle]!;
      }
  return out;
}
