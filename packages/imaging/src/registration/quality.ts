import { type Issue, warningIssue } from "@livermark/core";
import type { Mask, Volume } from "../volume.js";
import { type Deformation, deformation } from "./deformation.js";
import { type PointMap, resample } from "./resample.js";
import { mutualInformation } from "./similarity.js";

/** Whether a registration may be used. */
export type RegistrationVerdict = "accepted" | "already-aligned" | "refused";

/** What a registration did to a pair, inside a mask of the fixed image. */
export interface RegistrationQuality {
  readonly verdict: RegistrationVerdict;
  readonly reason: string;
  /** Folding, a determinant or a tumour's volume beyond the gate: too much freedom, not too little likeness. */
  readonly squeezes: boolean;
  /** Mutual information in nats without and with the transform. */
  readonly similarityBefore: number;
  readonly similarityAfter: number;
  readonly deformation: Deformation;
  /** Share of the mask that the moving image does not cover. */
  readonly uncoveredShare: number;
  readonly tumours: readonly TumourVolumeRatio[];
  readonly issues: readonly Issue[];
}

/** Limits of the gate. */
export interface RegistrationGate {
  /** Least gain in similarity for a transform to be worth applying, as a share of the value before. */
  readonly leastGain?: number;
  /** Mean displacement below which a pair counts as aligned, mm. */
  readonly alignedMm?: number;
  readonly jacobianRange?: readonly [number, number];
  readonly mostUncovered?: number;
  /** Greatest change of a tumour's volume by the transform, as a share. */
  readonly mostTumourChange?: number;
}

/** The gate's limits where none are given. */
export const standardGate: Required<RegistrationGate> = {
  leastGain: 0.005,
  alignedMm: 0.5,
  jacobianRange: [0.6, 1.6],
  mostUncovered: 0.02,
  mostTumourChange: 0.05,
};

/** A tumour's volume where the transform takes it, over its volume as drawn: 1 keeps it. */
export interface TumourVolumeRatio {
  readonly name: string;
  readonly volumeRatio: number;
}

/** Where a transform is judged besides the mask itself. */
export interface QualityRegions {
  /** Where similarity is measured, e.g. the liver with its surroundings; the mask where absent. */
  readonly similarity?: Mask;
  readonly tumours?: readonly Mask[];
}

/**
 * Judges a transform on a pair: similarity before and after, displacement, Jacobian and coverage inside `mask` (a liver), change of
 * the tumours' volumes. Refused are folding, a determinant outside 0.6–1.6, a tumour whose volume changes by more than 5 %, more
 * than 2 % of the mask outside the moving image, and a similarity that fell. A mean displacement below 0.5 mm is `already-aligned`:
 * the pair stays as it is, since moving it would only cost sharpness.
 */
export function registrationQuality(
  fixed: Volume,
  moving: Volume,
  map: PointMap,
  mask: Mask,
  gate: RegistrationGate = {},
  regions: QualityRegions = {},
): RegistrationQuality {
  const { leastGain, alignedMm, jacobianRange, mostUncovered, mostTumourChange } = { ...standardGate, ...gate };
  const before = resample(moving, fixed.grid).volume;
  const after = resample(moving, fixed.grid, map).volume;
  const similarityBefore = mutualInformation(fixed, before, regions.similarity ?? mask);
  const similarityAfter = mutualInformation(fixed, after, regions.similarity ?? mask);
  const tumours = (regions.tumours ?? []).flatMap((tumour) => {
    const { points, volumeRatio } = deformation(map, tumour, 1);
    return points === 0 ? [] : [{ name: tumour.name, volumeRatio }];
  });
  const moved = deformation(map, mask);
  let inMask = 0;
  let uncovered = 0;
  const probe = resample({ ...moving, data: new Uint8Array(moving.data.length).fill(1) }, fixed.grid, map, 0).volume;
  for (let v = 0; v < mask.data.length; v++) {
    if (mask.data[v] === 0) continue;
    inMask++;
    if (probe.data[v] === 0) uncovered++;
  }
  const uncoveredShare = inMask === 0 ? 1 : uncovered / inMask;
  const gain = similarityBefore > 0 ? similarityAfter / similarityBefore - 1 : 0;
  const squeezed = ((): string | null => {
    if (moved.foldedShare > 0) return "the transform folds tissue";
    if (moved.jacobianLow < jacobianRange[0] || moved.jacobianHigh > jacobianRange[1])
      return "the transform squeezes or stretches tissue beyond belief";
    if (tumours.some(({ volumeRatio }) => Math.abs(volumeRatio - 1) > mostTumourChange))
      return "the transform changes a tumour's volume";
    return null;
  })();
  const [verdict, reason] = ((): readonly [RegistrationVerdict, string] => {
    if (inMask === 0) return ["refused", "the mask is empty"];
    if (squeezed !== null) return ["refused", squeezed];
    if (uncoveredShare > mostUncovered) return ["refused", "the moving image does not cover the region"];
    if (moved.meanMm < alignedMm) return ["already-aligned", "the images lie on each other"];
    if (gain < leastGain) return ["refused", "the images are not more alike than before"];
    return ["accepted", "the images are more alike than before"];
  })();
  const issues: Issue[] = [];
  if (verdict === "refused")
    issues.push(
      warningIssue({
        code: "registration-refused",
        message: `The registration was not used: ${reason}.`,
        got: `similarity ${similarityBefore.toFixed(4)} to ${similarityAfter.toFixed(4)}, Jacobian ${moved.jacobianLow.toFixed(2)} to ${moved.jacobianHigh.toFixed(2)}`,
        wanted: "a transform that makes the images more alike without folding",
        mend: "Look at the pair; the measurement on unregistered phases is less certain.",
        where: { series: moving.source.seriesUid },
      }),
    );
  const squeezes = inMask > 0 && squeezed !== null;
  return {
    verdict,
    reason,
    squeezes,
    similarityBefore,
    similarityAfter,
    deformation: moved,
    uncoveredShare,
    tumours,
    issues,
  };
}
