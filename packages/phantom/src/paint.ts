import { type Grid, type Mask, type Vec3, voxelCount } from "@livermark/imaging";
import { forEachVoxel } from "./grid.js";

/** Which tissue lies at a patient point. */
export type TissueAt = (x: number, y: number, z: number) => number;

/** Tissue code at every voxel centre. This, not the painted values, is the phantom's truth. */
export function tissueMap(grid: Grid, tissueAt: TissueAt): Uint8Array {
  const codes = new Uint8Array(voxelCount(grid));
  forEachVoxel(grid, (offset, x, y, z) => {
    codes[offset] = tissueAt(x, y, z);
  });
  return codes;
}

/** The voxels whose tissue is of some kind. Example: `maskOf("liver", grid, codes, isLiver)`. */
export function maskOf(name: string, grid: Grid, codes: Uint8Array, inside: (code: number) => boolean): Mask {
  const data = new Uint8Array(codes.length);
  for (let v = 0; v < data.length; v++) if (inside(codes[v]!)) data[v] = 1;
  return { name, grid, data };
}

/** 1 where a voxel has one of its six neighbours in another tissue. */
export function edgeVoxels(grid: Grid, codes: Uint8Array): Uint8Array {
  const [nx, ny, nz] = grid.size;
  const edge = new Uint8Array(codes.length);
  const plane = nx * ny;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const v = k * plane + j * nx + i;
        const own = codes[v];
        if (
          (i > 0 && codes[v - 1] !== own) ||
          (i < nx - 1 && codes[v + 1] !== own) ||
          (j > 0 && codes[v - nx] !== own) ||
          (j < ny - 1 && codes[v + nx] !== own) ||
          (k > 0 && codes[v - plane] !== own) ||
          (k < nz - 1 && codes[v + plane] !== own)
        )
          edge[v] = 1;
      }
  return edge;
}

/** A tissue map with what partial volume needs: the codes found at `perVoxel` points of each edge voxel. */
export interface Drawing {
  readonly codes: Uint8Array;
  readonly edges: Uint32Array;
  readonly samples: Uint8Array;
  readonly perVoxel: number;
}

/** The points of a voxel at which partial volume is sampled, as patient vectors from its centre. */
function subVoxelShifts(grid: Grid, perAxis: number): readonly Vec3[] {
  const steps = Array.from({ length: perAxis }, (_, n) => (n + 0.5) / perAxis - 0.5);
  const [a, b, c] = grid.axes;
  const [sx, sy, sz] = grid.spacingMm;
  const along = (u: number, v: number, w: number): Vec3 => [
    u * sx * a[0] + v * sy * b[0] + w * sz * c[0],
    u * sx * a[1] + v * sy * b[1] + w * sz * c[1],
    u * sx * a[2] + v * sy * b[2] + w * sz * c[2],
  ];
  return steps.flatMap((w) => steps.flatMap((v) => steps.map((u) => along(u, v, w))));
}

/**
 * Samples the edge voxels of a tissue map at `samplesPerAxis`³ points (1 leaves edges hard). What is narrower than a voxel
 * and meets no centre stays unseen. Tissues that are not `soft` keep hard edges.
 */
export function draw(
  grid: Grid,
  codes: Uint8Array,
  tissueAt: TissueAt,
  samplesPerAxis: number,
  soft: (code: number) => boolean = () => true,
): Drawing {
  if (samplesPerAxis <= 1) return { codes, edges: new Uint32Array(0), samples: new Uint8Array(0), perVoxel: 1 };
  const edge = edgeVoxels(grid, codes);
  const shifts = subVoxelShifts(grid, samplesPerAxis);
  let count = 0;
  for (let v = 0; v < edge.length; v++) {
    if (edge[v] === 1 && !soft(codes[v]!)) edge[v] = 0;
    count += edge[v]!;
  }
  const edges = new Uint32Array(count);
  const samples = new Uint8Array(count * shifts.length);
  let n = 0;
  let at = 0;
  forEachVoxel(grid, (offset, x, y, z) => {
    if (edge[offset] === 0) return;
    edges[n++] = offset;
    for (const [dx, dy, dz] of shifts) samples[at++] = tissueAt(x + dx, y + dy, z + dz);
  });
  return { codes, edges, samples, perVoxel: shifts.length };
}

/** The value of each voxel: its tissue's, or at an edge the mean over its sampled points. */
export function paint({ codes, edges, samples, perVoxel }: Drawing, tissueValues: Float64Array): Float32Array {
  const values = new Float32Array(codes.length);
  for (let v = 0; v < values.length; v++) values[v] = tissueValues[codes[v]!]!;
  for (let n = 0; n < edges.length; n++) {
    let sum = 0;
    for (let m = n * perVoxel; m < (n + 1) * perVoxel; m++) sum += tissueValues[samples[m]!]!;
    values[edges[n]!] = sum / perVoxel;
  }
  return values;
}
