import { ok, type Random, type Result, refuse } from "@livermark/core";
import type { Grid, Vec3 } from "@livermark/imaging";
import { forEachVoxel } from "./grid.js";
import type { TissueAt } from "./paint.js";
import { tissue } from "./tissue.js";

/**
 * How a lesion takes up contrast: more than the parenchyma throughout (`hyper`) or only in a rim around a core that takes up
 * nothing (`rim`), as much (`iso`), less (`hypo`). Only `hyper` and `rim` hold enhancing tumour.
 */
export type LesionKind = "hyper" | "rim" | "iso" | "hypo";

/** An ellipsoidal liver lesion; of one that enhances the inner part, `coreFraction` of its linear size, does not. */
export interface Lesion {
  readonly id: string;
  readonly centerMm: Vec3;
  readonly radiiMm: Vec3;
  readonly coreFraction: number;
  /** Absent: enhancing, with the core that the wanted fractions ask for. */
  readonly kind?: LesionKind;
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
  if (lesion.kind === "iso") return tissue["lesion-iso"];
  if (lesion.kind === "hypo") return tissue["lesion-hypo"];
  if (lesion.kind === "hyper") return tissue["lesion-viable"];
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

/** Whether a lesion's core is free to be fitted: where kinds are given, only a rim has one. */
const hasCore = ({ kind }: Lesion): boolean => kind === undefined || kind === "rim";

/** Distance that cuts off the nearest `count` of some sorted distances, half-way between two; 0 for none. */
const cutAt = (sorted: Float64Array, count: number): number =>
  count === 0 ? 0 : (sorted[count - 1]! + (sorted[count] ?? sorted[count - 1]!)) / 2;

/**
 * Scales all lesions together so that they fill `tumourFraction` of the liver voxels, of which `enhancingFraction` (of the
 * liver) enhances; the rest is the lesions of kind `iso` and `hypo` and the cores, all of one share of their lesion's size.
 * Distances to the nearest lesion are sorted and cut, which is exact up to voxels that lie equally far.
 * Refuses fractions outside 0 ≤ enhancing ≤ tumour < 1, an enhancing share that these kinds cannot give, and a liver or lesion
 * list that is empty.
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
  const owners: number[] = [];
  forEachVoxel(grid, (offset, x, y, z) => {
    if (codes[offset] !== tissue.liver) return;
    let [nearest, owner] = [Number.POSITIVE_INFINITY, -1];
    for (let n = 0; n < lesions.length; n++) {
      const distance = lesionDistance(lesions[n]!, x, y, z);
      if (distance < nearest) [nearest, owner] = [distance, n];
    }
    distances.push(nearest);
    owners.push(owner);
  });
  if (distances.length === 0 || (lesions.length === 0 && tumourFraction > 0))
    return refuse({
      code: "phantom-no-room",
      message: "There is no liver voxel or no lesion to scale.",
      got: `${distances.length} liver voxels, ${lesions.length} lesions`,
      wanted: "at least one of each",
      mend: "Use a grid that covers the liver, and one lesion or more.",
    });
  const voxels = distances.length;
  const size = cutAt(Float64Array.from(distances).sort(), Math.round(tumourFraction * voxels));
  if (size === 0) return ok([]);
  const inLesions = (of: (lesion: Lesion) => boolean): Float64Array =>
    Float64Array.from(distances.filter((distance, v) => distance <= size && of(lesions[owners[v]!]!)));
  const cored = inLesions(hasCore).sort();
  const solid = inLesions(({ kind }) => kind === "hyper").length;
  const coreVoxels = lesions.every(({ kind }) => kind === undefined)
    ? Math.round((tumourFraction - enhancingFraction) * voxels)
    : solid + cored.length - Math.round(enhancingFraction * voxels);
  if (coreVoxels < 0 || coreVoxels > cored.length)
    return refuse({
      code: "phantom-fraction",
      message: "Lesions of these kinds cannot give this enhancing share: only a rim can be thicker or thinner.",
      got: `enhancing ${enhancingFraction}`,
      wanted: `${(solid / voxels).toFixed(3)} to ${((solid + cored.length) / voxels).toFixed(3)}`,
      mend: "Change the share or the kinds.",
    });
  const core = coreVoxels === cored.length && coreVoxels > 0 ? 1 : cutAt(cored, coreVoxels) / size;
  return ok(
    lesions.map((lesion) => ({
      ...lesion,
      radiiMm: [lesion.radiiMm[0] * size, lesion.radiiMm[1] * size, lesion.radiiMm[2] * size],
      coreFraction: hasCore(lesion) ? core : 0,
    })),
  );
}
