import type { Mask, Volume } from "@livermark/imaging";
import { normalCdf } from "@livermark/statistics";
import { type LetbCtOptions, standardEnhancement } from "./letb-options.js";

/** One phantom of the grid on which LETB is judged. */
export interface LetbGridCase {
  readonly number: number;
  /** Enhancing tumour as a share of the liver. */
  readonly fraction: number;
  /** SD of the noise of each phase, HU. */
  readonly noiseSd: number;
  /** How far the liver moved towards the head from the arterial to the unenhanced phase, mm; it bends by a quarter of that. */
  readonly breathingMm: number;
  readonly sliceMm: number;
}

const FRACTIONS = [0, 0.05, 0.12, 0.22, 0.34, 0.47, 0.6] as const;
const NOISE = [6, 12, 20, 9, 15, 0] as const;
const BREATHING = [0, 5, 10, 15, 20] as const;
const SLICES = [1.25, 2.5, 3.75, 5] as const;

/** 42 cases: every fraction with every noise, slice thickness and breathing running through all their values; still where there is no noise. */
export const letbGridCases: readonly LetbGridCase[] = FRACTIONS.flatMap((fraction, f) =>
  NOISE.map((noiseSd, n) => ({
    number: f * NOISE.length + n + 1,
    fraction,
    noiseSd,
    // Without noise the threshold lies at the parenchyma itself, so that any motion would be all that is measured.
    breathingMm: noiseSd === 0 ? 0 : BREATHING[(2 * f + n) % BREATHING.length]!,
    sliceMm: SLICES[(f + n) % SLICES.length]!,
  })),
);

/** Field of view around the liver with room for 20 mm of breathing, mm. */
const FIELD_MM = [222, 196, 216] as const;

/**
 * Settings of the CT phantom for one case, with or without its noise and motion. Every case has a body of its own; lesions
 * have a core that does not enhance. Example: `letbCtPhantom(letbGridOptions(letbGridCases[3]))`.
 */
export function letbGridOptions(
  { number, fraction, noiseSd, breathingMm, sliceMm }: LetbGridCase,
  { noise, motion }: { readonly noise: boolean; readonly motion: boolean } = { noise: true, motion: true },
): LetbCtOptions {
  const spacingMm = [2, 2, sliceMm] as const;
  const count = (axis: 0 | 1 | 2): number => Math.round(FIELD_MM[axis] / spacingMm[axis]);
  return {
    seed: 400 + number,
    patient: `G${String(number).padStart(2, "0")}`,
    body: {
      kind: "abdomen",
      size: [count(0), count(1), count(2)],
      spacingMm,
      centreMm: [-42, -10, 0],
    },
    lesions: fraction === 0 ? 0 : 5 + (number % 4),
    timePoints: [
      {
        name: "baseline",
        date: "2024-01-10",
        enhancingFraction: fraction,
        tumourFraction: Math.min(0.7, 1.15 * fraction),
      },
    ],
    noise: { sd: noise ? noiseSd : 0 },
    textureHu: 3,
    ...(motion ? { motion: { shiftMm: [0, -0.2 * breathingMm, breathingMm], bendMm: 0.25 * breathingMm } } : {}),
    referenceCm3: 0.5,
  };
}

/**
 * LETB in percent that the definition is expected to give on a pair with partial volume: the mean over the liver of
 * Φ((d − c − k·s)/s), d being each voxel's subtraction without noise, c the parenchyma's (`parenchyma`, that of the standard CT), s the SD of the noise in the subtraction.
 * Without noise a voxel counts where d lies above c by more than half a unit, which is what rounding leaves.
 */
export function expectedOfPair(
  pre: Volume,
  arterial: Volume,
  liver: Mask,
  {
    sd,
    k = 2,
    parenchyma = standardEnhancement.parenchymaHu,
  }: { readonly sd: number; readonly k?: number; readonly parenchyma?: number },
): number {
  let [sum, voxels] = [0, 0];
  for (let v = 0; v < liver.data.length; v++) {
    if (liver.data[v] === 0) continue;
    const above = arterial.data[v]! - pre.data[v]! - parenchyma;
    sum += sd === 0 ? Number(above > 0.5) : normalCdf((above - k * sd) / sd);
    voxels++;
  }
  return (100 * sum) / voxels;
}
