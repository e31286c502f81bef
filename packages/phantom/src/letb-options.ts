import type { Mask, Vec3 } from "@livermark/imaging";
import type { Motion } from "./motion.js";
import type { NoiseModel } from "./noise.js";
import type { PhantomPhase } from "./tissue.js";

/** One visit: how much of the liver is tumour, and how much of it enhances. */
export interface LetbTimePoint {
  readonly name: string;
  /** ISO date. */
  readonly date: string;
  /** Enhancing tumour as a share of the liver voxels. */
  readonly enhancingFraction: number;
  /** All tumour as a share of the liver voxels (the enhancing share: no core). */
  readonly tumourFraction?: number;
  /** Linear size of the liver (1; only for the parametric body). */
  readonly liverScale?: number;
  /** Iodised oil of about 380 HU in the cores, on both phases (false). */
  readonly lipiodol?: boolean;
}

/** Settings of a two- or three-phase CT phantom. Everything else follows from `seed`. */
export interface LetbCtOptions {
  readonly seed: number;
  readonly patient: string;
  readonly body:
    | {
        readonly kind: "abdomen";
        readonly size: Vec3;
        readonly spacingMm: Vec3;
        readonly bodyScale?: number;
        /** Where the middle of the grid lies in the body, mm (its origin). */
        readonly centreMm?: Vec3;
      }
    | { readonly kind: "around-mask"; readonly liver: Mask };
  readonly lesions: number;
  readonly timePoints: readonly LetbTimePoint[];
  readonly noise: NoiseModel;
  /** Points per voxel axis for partial volume; 1 leaves hard edges. */
  readonly samplesPerAxis?: number;
  /** Slow variation inside organs, equal in all phases (0). */
  readonly textureHu?: number;
  /** Movement from the late arterial to the unenhanced phase (none). */
  readonly motion?: Motion;
  /** Enhancement from the unenhanced to the late arterial phase. */
  readonly enhancement?: { readonly parenchymaHu: number; readonly contrastHu: number; readonly coreHu: number };
  readonly phases?: readonly PhantomPhase[];
  readonly referenceCm3?: number;
  /** Standard deviations above the reference mean that the expectation is worked out for (2). */
  readonly k?: number;
}

/** The enhancement used where none is set: tumours rise 60 HU more than the parenchyma, cores 10 HU less. */
export const standardEnhancement = { parenchymaHu: 12, contrastHu: 60, coreHu: 2 } as const;
