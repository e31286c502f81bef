import type { Random } from "@livermark/core";
import type { Grid } from "@livermark/imaging";

/**
 * How an image is disturbed. `sd` is the standard deviation of every single voxel; `grain` blurs the noise in the plane
 * before it is scaled back to `sd`, which looks like a soft reconstruction kernel (neighbours correlate 0.67).
 */
export interface NoiseModel {
  readonly sd: number;
  readonly grain?: boolean;
}

/** Gaussian noise of the given model for each voxel; all zero when `sd` is 0. */
export function noiseField(grid: Grid, model: NoiseModel, stream: Random): Float32Array {
  const [nx, ny, nz] = grid.size;
  const field = new Float32Array(nx * ny * nz);
  if (model.sd === 0) return field;
  for (let v = 0; v < field.length; v++) field[v] = stream.normal();
  if (!model.grain) {
    for (let v = 0; v < field.length; v++) field[v]! *= model.sd;
    return field;
  }
  // Weights 1-2-1 in both directions, wrapped at the border so that the variance is the same everywhere: 0.375 of the SD is left.
  const plane = nx * ny;
  const row = new Float32Array(plane);
  const gain = model.sd / (0.375 * 16);
  for (let k = 0; k < nz; k++) {
    const base = k * plane;
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const at = base + j * nx;
        row[j * nx + i] = field[at + ((i + nx - 1) % nx)]! + 2 * field[at + i]! + field[at + ((i + 1) % nx)]!;
      }
    for (let j = 0; j < ny; j++) {
      const above = ((j + ny - 1) % ny) * nx;
      const below = ((j + 1) % ny) * nx;
      for (let i = 0; i < nx; i++)
        field[base + j * nx + i] = gain * (row[above + i]! + 2 * row[j * nx + i]! + row[below + i]!);
    }
  }
  return field;
}

/**
 * Slow variation inside organs, ± `amplitude`, as a sum of four waves of 22–60 mm. It belongs to the body and is therefore
 * the same in every phase: a subtraction removes it.
 */
export function organTexture(amplitude: number, stream: Random): (x: number, y: number, z: number) => number {
  if (amplitude === 0) return () => 0;
  const waves = Array.from({ length: 4 }, () => {
    const length = 22 + 38 * stream.uniform();
    const direction = [stream.normal(), stream.normal(), stream.normal()];
    const norm = (2 * Math.PI) / (length * Math.hypot(...direction));
    return { d: direction.map((v) => v * norm), phase: 2 * Math.PI * stream.uniform() };
  });
  return (x, y, z) => {
    let sum = 0;
    for (const { d, phase } of waves) sum += Math.sin(d[0]! * x + d[1]! * y + d[2]! * z + phase);
    return (amplitude * sum) / 2;
  };
}
