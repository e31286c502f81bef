import { type Grid, voxelVolumeMm3 } from "@livermark/imaging";
import { normalCdf } from "@livermark/statistics";
import { forEachVoxel } from "./grid.js";
import { type Lesion, lesionAt } from "./lesion.js";
import type { LetbOptions, LetbTimePoint } from "./letb-options.js";
import { type Motion, noMotion } from "./motion.js";
import { edgeVoxels } from "./paint.js";
import { isLesion, isLiver, type TissueName, tissue } from "./tissue.js";

/** A tissue inside the liver mask: how many voxels, and how far its enhancement lies above the parenchyma's, in the image's unit. */
export interface LiverCompartment {
  readonly tissue: string;
  readonly voxels: number;
  readonly contrast: number;
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
  for (const { voxels, contrast } of compartments) {
    all += voxels;
    counted += voxels * (sd === 0 ? Number(contrast > 0) : normalCdf((contrast - k * sd) / sd));
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
  readonly subtractionSd: number;
  readonly compartments: readonly LiverCompartment[];
  /** Liver voxels that touch another tissue: the "one voxel shell" within which partial volume may move a reading. */
  readonly shellVoxels: number;
  readonly lesions: readonly (Lesion & { readonly voxels: number; readonly enhancingVoxels: number })[];
  readonly motion: Motion;
}

/** The tissues of the liver mask. */
const TISSUES = [
  "liver",
  "lesion-viable",
  "lesion-core",
  "lesion-iso",
  "lesion-hypo",
] as const satisfies readonly TissueName[];

/** How far the enhancement of each tissue of the liver lies above the parenchyma's, which is 0. */
export type LiverContrasts = Readonly<Record<(typeof TISSUES)[number], number>>;

/** Contrasts from the tissues' whole values before and after contrast, by code. */
export function contrastsOf(before: Float64Array, after: Float64Array): LiverContrasts {
  const rise = (name: TissueName): number => Math.round(after[tissue[name]]!) - Math.round(before[tissue[name]]!);
  const above = (name: TissueName): number => rise(name) - rise("liver");
  return {
    liver: 0,
    "lesion-viable": above("lesion-viable"),
    "lesion-core": above("lesion-core"),
    "lesion-iso": above("lesion-iso"),
    "lesion-hypo": above("lesion-hypo"),
  };
}

/** Counts the truth of one visit on its tissue map; `sd` is that of the noise in the subtraction. */
export function truthOf(
  point: LetbTimePoint,
  grid: Grid,
  codes: Uint8Array,
  lesions: readonly Lesion[],
  { k = 2, motion = noMotion }: Pick<LetbOptions, "k" | "motion">,
  contrasts: LiverContrasts,
  sd: number,
): LetbTruth {
  const counts = new Map<number, number>();
  const whole = new Float64Array(lesions.length);
  const viable = new Float64Array(lesions.length);
  forEachVoxel(grid, (offset, x, y, z) => {
    const code = codes[offset]!;
    if (!isLiver(code)) return;
    counts.set(code, (counts.get(code) ?? 0) + 1);
    if (!isLesion(code)) return;
    const n = lesionAt(lesions, x, y, z);
    whole[n]! += 1;
    if (code === tissue["lesion-viable"]) viable[n]! += 1;
  });
  const compartments = TISSUES.map(
    (name): LiverCompartment => ({
      tissue: name,
      voxels: counts.get(tissue[name]) ?? 0,
      contrast: contrasts[name],
    }),
  );
  const enhancingVoxels = counts.get(tissue["lesion-viable"]) ?? 0;
  const liverVoxels = compartments.reduce((sum, { voxels }) => sum + voxels, 0);
  const tumourVoxels = liverVoxels - (counts.get(tissue.liver) ?? 0);
  const voxelMl = voxelVolumeMm3(grid) / 1000;
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
    floorPercent: expectedLetbPercent([{ tissue: "liver", voxels: 1, contrast: 0 }], sd, k),
    k,
    subtractionSd: sd,
    compartments,
    shellVoxels,
    lesions: lesions.map((lesion, n) => ({ ...lesion, voxels: whole[n]!, enhancingVoxels: viable[n]! })),
    motion,
  };
}
