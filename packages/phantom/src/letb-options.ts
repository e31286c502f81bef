import type { Mask, Vec3 } from "@livermark/imaging";
import type { LesionKind } from "./lesion.js";
import type { Motion } from "./motion.js";
import type { MrScaling } from "./mr-render.js";
import type { NoiseModel } from "./noise.js";
import type { SpoiledGradient } from "./spoiled-gradient.js";
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
  /** Iodised oil in the cores, on all phases (false); about 380 HU on CT. */
  readonly lipiodol?: boolean;
}

/** Settings of a LETB phantom on CT or MR. Everything else follows from `seed`. */
export interface LetbOptions {
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
    | {
        readonly kind: "around-mask";
        readonly liver: Mask;
        /** Whether veins run through the liver; they are then no part of its mask (false). */
        readonly vessels?: boolean;
      };
  readonly lesions: number;
  /** Kinds that the lesions take by turns; absent, all enhance around cores of one share of their size. */
  readonly kinds?: readonly LesionKind[];
  readonly timePoints: readonly LetbTimePoint[];
  /** Points per voxel axis for partial volume; 1 leaves hard edges. */
  readonly samplesPerAxis?: number;
  /** Movement from the late arterial to the unenhanced phase (none). */
  readonly motion?: Motion;
  readonly phases?: readonly PhantomPhase[];
  readonly referenceCm3?: number;
  /** Standard deviations above the reference mean that the expectation is worked out for (2). */
  readonly k?: number;
}

/** Settings of a CT phantom of two or three phases. */
export interface LetbCtOptions extends LetbOptions {
  readonly noise: NoiseModel;
  /** Slow variation inside organs, equal in all phases (0). */
  readonly textureHu?: number;
  /** Enhancement from the unenhanced to the late arterial phase. */
  readonly enhancement?: { readonly parenchymaHu: number; readonly contrastHu: number; readonly coreHu: number };
}

/** Settings of an MR phantom of two or three phases: fat-suppressed T₁ spoiled gradient echo. */
export interface LetbMrOptions extends LetbOptions {
  /** SD of the noise in each of the two channels, in the units of the signal (unenhanced liver is about 500). */
  readonly noiseSd: number;
  /** Loss of signal from the surface to the middle by coil sensitivity, as a share (0). */
  readonly shading?: number;
  readonly sequence?: SpoiledGradient;
  readonly scaling?: MrScaling;
  /** Gadolinium in viable tumour in the late arterial phase, mM (0.35). */
  readonly tumourMm?: number;
}

/** The enhancement used where none is set: tumours rise 60 HU more than the parenchyma, cores 10 HU less. */
export const standardEnhancement = { parenchymaHu: 12, contrastHu: 60, coreHu: 2 } as const;
