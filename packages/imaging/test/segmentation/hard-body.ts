import { type Random, random, unwrap } from "@livermark/core";
import { abdomen, forEachVoxel, tissue } from "@livermark/phantom";
import { fitLesions, type Lesion, scatterLesions, withLesions } from "../../../phantom/src/lesion.js";
import { organTexture } from "../../../phantom/src/noise.js";
import { type TissueAt, tissueMap } from "../../../phantom/src/paint.js";
import type { Grid, Mask, Vec3 } from "../../src/volume.js";

/** How tumour lies in the liver: nodules of like size, one mass with small satellites, or a ragged region that grows. */
export type TumourShape = "nodules" | "mass" | "infiltrating";

/** A body that is harder to outline than the standard phantom: bent, with organs that touch the liver. */
export interface HardBodyOptions {
  readonly seed: number;
  /** Fat narrower than this between the liver and its neighbours is taken by the neighbour (muscle: at most 5 mm). */
  readonly gapMm: number;
  /** Amplitude of the smooth bending of the whole body. */
  readonly warpMm: number;
  readonly lesions: number;
  /** Tumour and its enhancing part as shares of the liver. */
  readonly tumour: number;
  readonly enhancing: number;
  readonly shape?: TumourShape;
  readonly liverScale?: number;
  /** Share of the fat among stomach, bowel, pancreas and spleen that collapsed bowel fills, so that they hang together (0). */
  readonly bowel?: number;
}

const touchingOrgans: readonly number[] = [
  tissue["kidney-cortex"],
  tissue.wall,
  tissue.stomach,
  tissue.spleen,
  tissue.heart,
  tissue.pancreas,
  tissue.gallbladder,
];

/** Three smooth displacement fields of four waves each, 60 to 140 mm long. */
function bending(seed: number, amplitudeMm: number): (x: number, y: number, z: number) => Vec3 {
  const stream = random(seed).fork("warp");
  const fields = [0, 1, 2].map(() =>
    Array.from({ length: 4 }, () => {
      const length = 60 + 80 * stream.uniform();
      const d: Vec3 = [stream.normal(), stream.normal(), stream.normal()];
      const norm = (2 * Math.PI) / (length * Math.hypot(...d));
      return { d: d.map((v) => v * norm), phase: 2 * Math.PI * stream.uniform(), share: 0.5 + 0.5 * stream.uniform() };
    }),
  );
  return (x, y, z) => {
    const [u, v, w] = fields.map((waves) =>
      waves.reduce((sum, { d, phase, share }) => sum + share * Math.sin(d[0]! * x + d[1]! * y + d[2]! * z + phase), 0),
    );
    return [x + (amplitudeMm * u!) / 2, y + (amplitudeMm * v!) / 2, z + (amplitudeMm * w!) / 2];
  };
}

/** Where collapsed bowel lies: below the liver and on its left, in front of kidneys and spine, in about `share` of the room. */
function collapsedBowel(seed: number, share: number): (x: number, y: number, z: number) => boolean {
  if (share === 0) return () => false;
  const wave = organTexture(1, random(seed).fork("bowel"));
  // Four sines of amplitude ½ add up to about normal values of SD 0.7.
  const least = 0.7 * standardNormalAbove(share);
  return (x, y, z) => y < 28 && Math.abs(x) < 112 && y > -80 && (z < -30 || (x > 8 && z < 40)) && wave(x, y, z) > least;
}

/** The standard normal value above which a share of all lies, nearly (logistic curve). */
const standardNormalAbove = (share: number): number => Math.log((1 - share) / share) / 1.7;

/** The body bent, its fat gaps beside the liver closed, bowel between its organs, and the heart laid on the dome. */
function hardBody({ seed, gapMm, warpMm, liverScale = 1, bowel = 0 }: HardBodyOptions): TissueAt {
  const { tissueAt } = abdomen({ seed, liverScale });
  const hasBowel = collapsedBowel(seed, bowel);
  const bent = bending(seed, warpMm);
  return (px, py, pz) => {
    const [x, y, z] = bent(px, py, pz);
    const code = tissueAt(x, y, z);
    if (code === tissue.lung) {
      if (tissueAt(x, y, z - gapMm) === tissue.lung) return code;
      for (let gap = 2; gap <= gapMm; gap += 2) if (tissueAt(x, y, z + gap) === tissue.heart) return tissue.heart;
      return code;
    }
    if (code !== tissue.fat) return code;
    // Fat within the wall only: the wall lies 101 by 143 mm from the middle.
    const within = (x / 124) ** 2 + (y / 84) ** 2 < 1;
    if (within && hasBowel(x, y, z)) return tissue.wall;
    const [dx, dy, dz] = [x + 52, y + 14, z - 4];
    const norm = Math.hypot(dx, dy, dz) || 1;
    const along = (mm: number): number => tissueAt(x + (mm * dx) / norm, y + (mm * dy) / norm, z + (mm * dz) / norm);
    let beside = false;
    for (let gap = 2; gap <= gapMm && !beside; gap += 2) beside = along(-gap) === tissue.liver;
    if (!beside) return code;
    for (let gap = 2; gap <= gapMm; gap += 2) {
      const other = along(gap);
      if ((other === tissue.muscle && gap <= 5) || touchingOrgans.includes(other)) return other;
    }
    return code;
  };
}

/** The body with tumour of the wanted shape and shares. */
function diseased(grid: Grid, healthy: TissueAt, options: HardBodyOptions, stream: Random): TissueAt {
  const { shape = "nodules", tumour, enhancing } = options;
  if (options.lesions === 0) return healthy;
  const clean = tissueMap(grid, healthy);
  const places = scatterLesions(grid, clean, shape === "infiltrating" ? 1 : options.lesions, stream.fork("lesions"));
  if (shape !== "infiltrating") {
    const lesions = places.map((lesion, n): Lesion => {
      const factor = shape === "nodules" ? 1 : n === 0 ? 30 / lesion.radiiMm[0] : 0.3;
      const [a, b, c] = lesion.radiiMm;
      return { ...lesion, radiiMm: [a * factor, b * factor, c * factor] };
    });
    return withLesions(healthy, unwrap(fitLesions(grid, clean, lesions, tumour, enhancing)));
  }
  const wave = organTexture(1, stream.fork("front"));
  const [cx, cy, cz] = places[0]!.centerMm;
  const depth = (x: number, y: number, z: number): number =>
    Math.hypot(x - cx, y - cy, z - cz) / 60 + 0.35 * wave(x, y, z);
  const depths: number[] = [];
  forEachVoxel(grid, (v, x, y, z) => {
    if (clean[v] === tissue.liver) depths.push(depth(x, y, z));
  });
  const sorted = Float64Array.from(depths).sort();
  const cut = (share: number): number =>
    share <= 0 ? Number.NEGATIVE_INFINITY : sorted[Math.round(share * (sorted.length - 1))]!;
  const [edge, core] = [cut(tumour), cut(tumour - enhancing)];
  return (x, y, z) => {
    const code = healthy(x, y, z);
    if (code !== tissue.liver) return code;
    const d = depth(x, y, z);
    return d > edge ? code : d <= core ? tissue["lesion-core"] : tissue["lesion-viable"];
  };
}

/** The body on a grid: the tissue of every voxel centre and of any point. */
export function drawnBody(
  grid: Grid,
  options: HardBodyOptions,
): { readonly codes: Uint8Array; readonly tissueAt: TissueAt } {
  const healthy = hardBody(options);
  const tissueAt = diseased(grid, healthy, options, random(options.seed).fork("set"));
  return { codes: tissueMap(grid, tissueAt), tissueAt };
}

const liverParts: readonly number[] = [
  tissue.liver,
  tissue["lesion-viable"],
  tissue["lesion-core"],
  tissue["portal-branch"],
  tissue["hepatic-vein"],
];

/** The liver with its vessels and lesions, and its viable tumour. */
export function masksOf(grid: Grid, codes: Uint8Array): { readonly liver: Mask; readonly viable: Mask } {
  const maskOf = (name: string, inside: (code: number) => boolean): Mask => ({
    name,
    grid,
    data: codes.map((code) => Number(inside(code))),
  });
  return {
    liver: maskOf("liver", (code) => liverParts.includes(code)),
    viable: maskOf("viable", (code) => code === tissue["lesion-viable"]),
  };
}
