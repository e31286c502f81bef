import { ok, type Random, type Result, refuse } from "@livermark/core";
import type { Grid, Vec3 } from "@livermark/imaging";
import { forEachVoxel } from "./grid.js";
import type { TissueAt } from "./paint.js";
import { tissue } from "./tissue.js";

/** An ellipsoidal liver lesion whose inner part, `coreFraction` of its linear size, does not enhance. */
export interface Lesion {
  readonly id: string;
  readonly centerMm: Vec3;
  readonly radiiMm: Vec3;
  readonly coreFraction: number;
}

/** 0 at the centre, 1 on the surface, growing linearly outwards. */
export function lesionDistance(lesion: Lesion, x: number, y: number, z: number): number {
  const u = (x - lesion.centerMm[0]) / lesion.radiiMm[0];
  const v = (y - lesion.centerMm[1]) / lesion.radiiMm[1];
  const w = (z - lesion.centerMm[2]) / lesion.radiiMm[2];
  return Math.sqrt(u * u + v * v + w * w);
}

/** The lesion that a point belongs to: the nearest in units of its own size, or −1 where there is none within 1. */
export function lesionAt(lesions: readonly Lesion[], x: number, y: number, z: number): number {
  let nearest = 1;
  let found = -1;
  for (let n = 0; n < lesions.length; n++) {
    const d = lesionDistance(lesions[n]!, x, y, z);
    if (d <= nearest) {
      nearest = d;
      found = n;
    }
  }
  return found;
}

/** The body with lesions in its liver parenchyma; vessels and what lies outside the liver stay as they are. */
export function withLesions(tissueAt: TissueAt, lesions: readonly Lesion[]): TissueAt {
  return (x, y, z) => diseasedCode(lesions, tissueAt(x, y, z), x, y, z);
}

/** The tissue of a point that would be `code` in the healthy body. */
export function diseasedCode(lesions: readonly Lesion[], code: number, x: number, y: number, z: number): number {
  if (code !== tissue.liver) return code;
  const n = lesionAt(lesions, x, y, z);
  if (n < 0) return code;
  const lesion = lesions[n]!;
  return lesionDistance(lesion, x, y, z) <= lesion.coreFraction ? tissue["lesion-core"] : tissue["lesion-viable"];
}

/**
 * `count` lesions at random places of the liver, at least 0.7 of a radius inside and not on top of each other, with radii
 * of 5–13 mm and axes that differ by up to 20 %. Sizes are only relative where `fitLesions` follows.
 */
export function scatterLesions(grid: Grid, codes: Uint8Array, count: number, stream: Random): readonly Lesion[] {
  const liver: Vec3[] = [];
  forEachVoxel(grid, (offset, x, y, z) => {
    if (codes[offset] === tissue.liver) liver.push([x, y, z]);
  });
  const lesions: Lesion[] = [];
  for (let attempt = 0; lesions.length < count && attempt < 200 * count && liver.length > 0; attempt++) {
    const centerMm = liver[stream.integer(liver.length)]!;
    const radius = 5 + 8 * stream.uniform() ** 1.5;
    // Late attempts accept closer neighbours: a small liver may have no better place.
    const clearance = attempt < 100 * count ? 0.9 : 0.3;
    const crowded = lesions.some(
      (other) =>
        Math.hypot(...centerMm.map((v, c) => v - other.centerMm[c]!)) <
        clearance * (radius + Math.max(...other.radiiMm)),
    );
    if (crowded) continue;
    const axis = (): number => radius * (0.9 + 0.2 * stream.uniform());
    lesions.push({ id: `L${lesions.length + 1}`, centerMm, radiiMm: [axis(), axis(), axis()], coreFraction: 0 });
  }
  return lesions;
}

/**
 * Scales all lesions together so that they fill `tumourFraction` of the liver voxels, of which `enhancingFraction` (of the
 * liver) enhances and the rest is core. Distances to the nearest lesion are sorted and cut, which is exact up to voxels that
 * lie equally far.
 * Refuses fractions outside 0 ≤ enhancing ≤ tumour < 1 and a liver or lesion list that is empty.
 */
export function fitLesions(
  grid: Grid,
  codes: Uint8Array,
  lesions: readonly Lesion[],
  tumourFraction: number,
  enhancingFraction: number,
): Result<readonly Lesion[]> {
  if (!(enhancingFraction >= 0 && enhancingFraction <= tumourFraction && tumourFraction < 1))
    return refuse({
      code: "phantom-fraction",
      message: "The lesions cannot fill this share of the liver.",
      got: `enhancing ${enhancingFraction}, tumour ${tumourFraction}`,
      wanted: "0 <= enhancing <= tumour < 1",
      mend: "Give fractions of the liver volume, e.g. 0.3 and 0.35.",
    });
  const distances: number[] = [];
  forEachVoxel(grid, (offset, x, y, z) => {
    if (codes[offset] !== tissue.liver) return;
    let nearest = Number.POSITIVE_INFINITY;
    for (const lesion of lesions) nearest = Math.min(nearest, lesionDistance(lesion, x, y, z));
    distances.push(nearest);
  });
  if (distances.length === 0 || (lesions.length === 0 && tumourFraction > 0))
    return refuse({
      code: "phantom-no-room",
      message: "There is no liver voxel or no lesion to scale.",
      got: `${distances.length} liver voxels, ${lesions.length} lesions`,
      wanted: "at least one of each",
      mend: "Use a grid that covers the liver, and one lesion or more.",
    });
  const sorted = Float64Array.from(distances).sort();
  /** Distance that cuts off the nearest `count` voxels, half-way between two. */
  const cut = (fraction: number): number => {
    const count = Math.round(fraction * sorted.length);
    if (count === 0) return 0;
    return (sorted[count - 1]! + (sorted[count] ?? sorted[count - 1]!)) / 2;
  };
  const size = cut(tumourFraction);
  if (size === 0) return ok([]);
  const core = cut(tumourFraction - enhancingFraction) / size;
  return ok(
    lesions.map(({ id, centerMm, radiiMm }) => ({
      id,
      centerMm,
      radiiMm: [radiiMm[0] * size, radiiMm[1] * size, radiiMm[2] * size],
      coreFraction: core,
    })),
  );
}
