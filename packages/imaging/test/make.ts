import type { Grid, Mask, Vec3, Volume, VoxelArray } from "@livermark/imaging";

/** A grid with axes along the body unless others are given. */
export const grid = (size: Vec3, spacingMm: Vec3 = [1, 1, 1], rest: Partial<Grid> = {}): Grid => ({
  size,
  spacingMm,
  originMm: [0, 0, 0],
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  ...rest,
});

/** Axes turned about an oblique direction; `mirrored` turns the third one round. */
export function turnedAxes(angle: number, mirrored = false): Grid["axes"] {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const sign = mirrored ? -1 : 1;
  return [
    [c, s, 0],
    [-s * c, c * c, s],
    [sign * s * s, sign * -s * c, sign * c],
  ];
}

/** A volume on one proven scale; override what a test needs. */
export const volume = (g: Grid, data: VoxelArray, rest: Partial<Volume> = {}): Volume => ({
  grid: g,
  data,
  unit: "HU",
  modality: "CT",
  scale: { id: "hu", proven: true, reason: "CT in HU", filters: [] },
  source: { seriesUid: "1.2.3", frameOfReferenceUid: "1.2.3.9", description: "phantom", files: 1, sha256: "00" },
  ...rest,
});

/** A volume whose voxels are `value(i, j, k)`. */
export function filled(
  g: Grid,
  value: (i: number, j: number, k: number) => number,
  rest: Partial<Volume> = {},
): Volume {
  const data = new Float64Array(g.size[0] * g.size[1] * g.size[2]);
  let v = 0;
  for (let k = 0; k < g.size[2]; k++)
    for (let j = 0; j < g.size[1]; j++) for (let i = 0; i < g.size[0]; i++) data[v++] = value(i, j, k);
  return volume(g, data, rest);
}

/** A mask of the voxels for which `inside` holds. */
export function maskOf(g: Grid, inside: (i: number, j: number, k: number) => boolean, name = "mask"): Mask {
  const data = new Uint8Array(g.size[0] * g.size[1] * g.size[2]);
  let v = 0;
  for (let k = 0; k < g.size[2]; k++)
    for (let j = 0; j < g.size[1]; j++) for (let i = 0; i < g.size[0]; i++) data[v++] = inside(i, j, k) ? 1 : 0;
  return { name, grid: g, data };
}

/** Index triples of the covered voxels, as text. */
export function covered(mask: Mask): string[] {
  const [columns, rows] = mask.grid.size;
  const out: string[] = [];
  mask.data.forEach((inside, v) => {
    if (inside !== 0) out.push(`${v % columns},${Math.floor(v / columns) % rows},${Math.floor(v / (columns * rows))}`);
  });
  return out;
}

/** Codes of a result's Issues. */
export const codes = (result: { readonly issues: readonly { readonly code: string }[] }): string[] =>
  result.issues.map((issue) => issue.code);
