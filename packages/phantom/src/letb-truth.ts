import { type Grid, voxelVolumeMm3 } from "@livermark/imaging";
import { normalCdf } from "@livermark/statistics";
import { forEachVoxel } from "./grid.js";
import { type Lesion, lesionAt } from "./lesion.js";
import { type LetbCtOptions, type LetbTimePoint, standardEnhancement } from "./letb-options.js";
import { type Motion, noMotion } from "./motion.js";
import { edgeVoxels } from "./paint.js";
import { tissue } from "./tissue.js";

/** A tissue inside the liver mask: how many voxels, and how far its enhancement lies above the parenchyma's. */
export interface LiverCompartment {
  readonly tissue: string;
  readonly voxels: number;
  readonly contrastHu: number;
}

/**
 * Standard deviation of a subtraction of two phases with independent noise `noiseSd` that are stored in whole units:
 * √(2·(σ² + 1/12)), the twelfth being the variance of rounding. 0 for images without noise, whose rounding is not random.
 */
export const subtractionSd = (noiseSd: number): number => (noiseSd === 0 ? 0 : Math.sqrt(2 * (noiseSd ** 2 + 1 / 12)));

/**
 * The LETB, in %, that the definition itself reads on average: each tissue counts with Φ((c − k·s)/s), c its contrast and s
 * the SD of the subtraction. With one enhancing tissue this is f·Φ((c − k·s)/s) + (1 − f)·Φ(−k). Without noise a voxel
 * counts where c > 0. It takes the reference ROI's mean and SD as known exactly.
 * Example: f = 0.3, c = 60, s = 14, k = 2 gives 31.0.
 */
export function expectedLetbPercent(compartments: readonly LiverCompartment[], sd: number, k: number): number {
  let counted = 0;
  let all = 0;
  for (const { voxels, contrastHu } of compartments) {
    all += voxels;
    counted += voxels * (sd === 0 ? Number(contrastHu > 0) : normalCdf((contrastHu - k * sd) / sd));
  }
  return (100 * counted) / all;
}

/** What is known of one visit, in counted voxels of the late arterial grid. */
export interface LetbTruth {
  readonly timePoint: string;
  readonly date: string;
  readonly voxelMl: number;
  readonly liverVoxels: number;
  readonly liverMl: number;
  readonly tumourVoxels: number;
  readonly enhancingVoxels: number;
  readonly enhancingMl: number;
  /** Enhancing share of the liver in %, by count of voxel centres: what a reading without noise finds. */
  readonly letbPercent: number;
  /** What the definition reads on average at this noise (standards.md, LETB). */
  readonly expectedLetbPercent: number;
  /** 100·Φ(−k): what it reads in a liver without tumour. */
  readonly floorPercent: number;
  readonly k: number;
  readonly subtractionSdHu: number;
  readonly compartments: readonly LiverCompartment[];
  /** Liver voxels that touch another tissue: the "one voxel shell" within which partial volume may move a reading. */
  readonly shellVoxels: number;
  readonly lesions: readonly (Lesion & { readonly voxels: number; readonly enhancingVoxels: number })[];
  readonly motion: Motion;
}

/** Whether a tissue belongs to the liver mask: parenchyma and lesions, not the vessels in it. */
export const isLiver = (code: number): boolean =>
  code === tissue.liver || code === tissue["lesion-viable"] || code === tissue["lesion-core"];

/** Counts the truth of one visit on its tissue map. */
export function truthOf(
  point: LetbTimePoint,
  grid: Grid,
  codes: Uint8Array,
  lesions: readonly Lesion[],
  options: LetbCtOptions,
): LetbTruth {
  const k = options.k ?? 2;
  const { parenchymaHu, contrastHu, coreHu } = options.enhancement ?? standardEnhancement;
  const counts = new Map<number, number>();
  const whole = new Float64Array(lesions.length);
  const viable = new Float64Array(lesions.length);
  forEachVoxel(grid, (offset, x, y, z) => {
    const code = codes[offset]!;
    if (!isLiver(code)) return;
    counts.set(code, (counts.get(code) ?? 0) + 1);
    if (code === tissue.liver) return;
    const n = lesionAt(lesions, x, y, z);
    whole[n]! += 1;
    if (code === tissue["lesion-viable"]) viable[n]! += 1;
  });
  const count = (code: number): number => counts.get(code) ?? 0;
  const enhancingVoxels = count(tissue["lesion-viable"]);
  const tumourVoxels = enhancingVoxels + count(tissue["lesion-core"]);
  const liverVoxels = tumourVoxels + count(tissue.liver);
  const voxelMl = voxelVolumeMm3(grid) / 1000;
  const compartments: readonly LiverCompartment[] = [
    { tissue: "liver", voxels: count(tissue.liver), contrastHu: 0 },
    { tissue: "lesion-viable", voxels: enhancingVoxels, contrastHu },
    { tissue: "lesion-core", voxels: count(tissue["lesion-core"]), contrastHu: coreHu - parenchymaHu },
  ];
  const sd = subtractionSd(options.noise.sd);
  const edge = edgeVoxels(grid, codes);
  let shellVoxels = 0;
  for (let v = 0; v < edge.length; v++) if (edge[v] === 1 && isLiver(codes[v]!)) shellVoxels++;
  return {
    timePoint: point.name,
    date: point.date,
    voxelMl,
    liverVoxels,
    liverMl: liverVoxels * voxelMl,
    tumourVoxels,
    enhancingVoxels,
    enhancingMl: enhancingVoxels * voxelMl,
    letbPercent: (100 * enhancingVoxels) / liverVoxels,
    expectedLetbPercent: expectedLetbPercent(compartments, sd, k),
    floorPercent: expectedLetbPercent([{ tissue: "liver", voxels: 1, contrastHu: 0 }], sd, k),
    k,
    subtractionSdHu: sd,
    compartments,
    shellVoxels,
    lesions: lesions.map((lesion, n) => ({ ...lesion, voxels: whole[n]!, enhancingVoxels: viable[n]! })),
    motion: options.motion ?? noMotion,
  };
}
