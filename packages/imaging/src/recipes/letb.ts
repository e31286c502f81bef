import { type Issue, type Json, type Result, refuse, refuseWith } from "@livermark/core";
import {
  checkReference,
  classificationVariance,
  type EnhancementThreshold,
  enhancementIn,
  enhancementThreshold,
} from "../enhancement.js";
import { enhancingShare, noiseFloorPercent } from "../enhancing-fraction.js";
import { denseDeposits, hasContrast, liverWarnings, notCut, notMoved, oneOrgan, sameFilters } from "../letb-guards.js";
import { liverOutline, notDoubted } from "../letb-outline.js";
import { displacementError, maskEdgeRange, type ShareRange } from "../letb-sensitivity.js";
import { checkMask, maskInput, volumeInput } from "../mask.js";
import { maskVoxels } from "../mask-runs.js";
import type { Measurement, MeasurementInterval } from "../measurement.js";
import { pictureOf } from "../picture.js";
import { smoothedAround } from "../smooth.js";
import { judgedPart } from "../surface.js";
import { type Mask, type Volume, voxelVolumeMm3 } from "../volume.js";
import { measured, sameScale, sameSpace } from "./shared.js";

/**
 * What LETB is made from. `tumours` and `vessels` guard the reference regions; tumours and `regions` (treated and untreated
 * segments) also get an enhancing share of their own.
 */
export interface LetbInputs {
  readonly pre: Volume;
  readonly arterial: Volume;
  readonly liver: Mask;
  /** Placements of the reference region in non-tumoral parenchyma; the paper takes three. */
  readonly references: readonly Mask[];
  readonly tumours?: readonly Mask[];
  readonly vessels?: Mask;
  readonly regions?: readonly Mask[];
}

export interface LetbParameters {
  /** Number of SDs above the reference mean; 2 in the paper. */
  readonly k?: number;
  /** Whether the interval also covers a liver outline that is one voxel too small or too large (false). */
  readonly edgeInInterval?: boolean;
  /** Displacement left between the phases (root mean square, mm) that the interval should cover (0); see `displacementError`. */
  readonly registrationErrorMm?: number;
  /** Gaussian smoothing of both phases before subtraction, full width at half maximum in mm (0, the paper's way). */
  readonly smoothingMm?: number;
  /**
   * Depth under the liver's surface, mm, within which voxels that do not look like liver before contrast are not judged (0, the
   * paper's way, which counts them); see `judgedPart`.
   */
  readonly surfaceMm?: number;
  /** A person's reason for comparing series whose scales are not proven equal. */
  readonly scaleOverride?: string;
  /** A person's reason for believing an arterial series in which nothing enhances. */
  readonly contrastOverride?: string;
  /** A person's reason for going on with a liver mask that is cut by the volume's edge. */
  readonly cutLiverOverride?: string;
  /** A person's reason for going on with a liver mask in several parts. */
  readonly partsOverride?: string;
  /** A person's reason for measuring phases between which the body moved. */
  readonly motionOverride?: string;
  /** A person's reason for measuring in an automatic draft that doubts itself. */
  readonly outlineOverride?: string;
}

/**
 * Liver enhancing tumour burden in percent: 100 · enhancing volume / liver volume, where a voxel of the liver mask enhances
 * when arterial − precontrast is strictly above mean + k · sample SD of the reference region. With several placements the
 * results are averaged and their spread is given. Parts: liver and enhancing volume in ml, thresholds, each placement, the
 * share Φ(−k) that noise alone would give (`floorPercent`) and `letbFloorCorrected` = (LETB − floor)/(1 − floor), LETB with the
 * liver mask one layer of voxels smaller and larger. The interval covers noise and the reference's sampling and placement;
 * mask edge and displacement are added on request, what an automatic outline expects to be off by always (part `outline`). Warns
 * of dense deposits before contrast (lipiodol) and gives LETB without them as part `dense`. `smoothingMm` smooths both phases
 * first (off in the paper's definition).
 * Refuses phases on different grids, in different units or scales, k ≤ 0, a liver mask that is empty, cut, in parts or an
 * automatic draft that doubts itself, phases between which the body moved, no reference, a reference of fewer than 5 voxels,
 * outside the liver or on a tumour or vessel, and an arterial series without contrast; each Issue names the picture to look at.
 * Source: paper 004 ("LETB"). Example: `letb({ pre, arterial, liver, references: [cube] })`.
 */
export function letb(inputs: LetbInputs, parameters: LetbParameters = {}): Result<Measurement> {
  const { liver, references, tumours = [], vessels, regions = [] } = inputs;
  const { k = 2, edgeInInterval = false, registrationErrorMm = 0, smoothingMm = 0, surfaceMm = 0 } = parameters;
  const { scaleOverride, contrastOverride, cutLiverOverride, partsOverride, motionOverride, outlineOverride } =
    parameters;
  if (!(Number.isFinite(k) && k > 0))
    return refuse({ code: "bad-k", message: "k must be a number above 0.", got: k, wanted: "above 0, 2 in the paper" });
  for (const [name, mm] of Object.entries({ registrationErrorMm, smoothingMm, surfaceMm }))
    if (!(Number.isFinite(mm) && mm >= 0))
      return refuse({
        code: "bad-length",
        message: `The parameter ${name} must be a length.`,
        got: mm,
        wanted: "0 mm or more",
      });
  if (references.length === 0)
    return refuse({
      code: "no-reference-region",
      message: "LETB needs a reference region in non-tumoral parenchyma.",
      got: "0 regions",
      wanted: "at least 1, three in the paper",
      where: pictureOf(inputs.arterial, liver),
    });
  const checks: Result<unknown>[] = [
    sameSpace(inputs.pre, inputs.arterial, ["precontrast", "arterial"]),
    sameScale(inputs.pre, inputs.arterial, scaleOverride),
    ...[liver, ...tumours, ...regions, ...(vessels === undefined ? [] : [vessels])].map((mask) =>
      checkMask(inputs.arterial, mask),
    ),
  ];
  if (checks.some((r) => !r.ok)) return refuseWith(checks.flatMap((r) => r.issues));
  checks.push(
    notCut(liver, inputs.arterial, cutLiverOverride),
    oneOrgan(liver, inputs.arterial, partsOverride),
    notDoubted(liver, inputs.arterial, outlineOverride),
    notMoved(inputs.pre, liver, motionOverride),
  );
  if (checks.some((r) => !r.ok)) return refuseWith(checks.flatMap((r) => r.issues));
  const guards = references.map((reference) => {
    const onGrid = checkMask(inputs.arterial, reference);
    return onGrid.ok ? checkReference(reference, { liver, tumours, vessels }, inputs.arterial) : onGrid;
  });
  if (guards.some((r) => !r.ok)) return refuseWith([...checks, ...guards].flatMap((r) => r.issues));
  const prepared = (volume: Volume): Volume => (smoothingMm > 0 ? smoothedAround(volume, liver, smoothingMm) : volume);
  const [pre, arterial] = [prepared(inputs.pre), prepared(inputs.arterial)];
  const thresholds = references.map((reference) => enhancementThreshold(pre, arterial, reference, k));
  const issues: Issue[] = [
    ...[...checks, ...thresholds].flatMap((r) => r.issues),
    ...sameFilters(inputs.pre, inputs.arterial),
  ];
  const given = thresholds.flatMap((t) => (t.ok ? [t.value] : []));
  if (given.length < thresholds.length) return refuseWith(issues);

  const judged = surfaceMm > 0 ? judgedPart(liver, inputs.pre, references, surfaceMm) : liver;
  const { differences, voxels } = enhancementIn(pre, arterial, judged);
  const liverVoxels = surfaceMm > 0 ? maskVoxels(liver) : voxels;
  const contrast = hasContrast(differences, given, pre, arterial, references, contrastOverride);
  if (!contrast.ok) return contrast;
  issues.push(...contrast.issues);
  const limits = given.map((t) => t.threshold);
  const dense = denseDeposits(pre, arterial, judged, limits);
  issues.push(...liverWarnings(inputs.pre, liver, dense, voxels - differences.length));
  const flicker = classificationVariance(pre, arterial, judged, limits.reduce((sum, t) => sum + t, 0) / limits.length);
  const share = enhancingShare(differences, voxels, given, k, flicker);
  const outline = liverOutline(liver, share.percent, inputs.arterial, outlineOverride);
  if (!outline.ok) return refuseWith([...issues, ...outline.issues]);
  issues.push(...outline.issues);
  const edge = maskEdgeRange(pre, arterial, judged, limits);
  const moved = displacementError(pre, arterial, judged, limits, registrationErrorMm);
  const shifted = registrationErrorMm > 0 ? { low: share.percent - moved, high: share.percent + moved } : null;
  let interval = share.interval;
  if (edgeInInterval && edge !== null) interval = widened(interval, share.percent, edge, "mask-edge");
  if (outline.value.range !== null) interval = widened(interval, share.percent, outline.value.range, "outline");
  if (shifted !== null) interval = widened(interval, share.percent, shifted, "registration");
  const ml = voxelVolumeMm3(arterial.grid) / 1000;
  const floor = noiseFloorPercent(k);
  return measured({
    recipe: "letb",
    version: "1",
    value: share.percent,
    unit: "%",
    parts: {
      liverVoxels,
      liverVolumeMl: liverVoxels * ml,
      enhancingVolumeMl: (share.percent / 100) * liverVoxels * ml,
      notJudgedMl: (liverVoxels - voxels) * ml,
      thresholds: limits,
      placements: share.placements.map((p) => ({
        name: p.name,
        voxels: p.voxels,
        mean: p.mean,
        sd: p.sd,
        threshold: p.threshold,
        enhancingVolumeMl: (p.percent / 100) * liverVoxels * ml,
        letb: p.percent,
      })),
      placementSd: share.spread,
      lesions: tumours.map((tumour) => shareIn(pre, arterial, tumour, given, k)),
      regions: regions.map((region) => shareIn(pre, arterial, region, given, k)),
      floorPercent: floor,
      letbFloorCorrected: (100 * (share.percent - floor)) / (100 - floor),
      maskEdge: edge === null ? null : { eroded: edge.eroded, dilated: edge.dilated },
      dense: dense === null ? null : { ...dense },
      registration: shifted,
      picture: { ...pictureOf(inputs.arterial, liver) },
      outline: { ...outline.value.facts, ...(outline.value.range === null ? {} : outline.value.range) },
    },
    interval,
    inputs: [
      volumeInput(inputs.pre),
      volumeInput(inputs.arterial),
      maskInput(liver),
      ...[...references, ...tumours, ...regions].map(maskInput),
    ],
    parameters: {
      k,
      sd: "n-1",
      comparison: ">",
      placements: "mean",
      smoothing_mm: smoothingMm,
      surface_mm: surfaceMm,
      edgeInInterval,
      registrationErrorMm,
      outline: outline.value.facts,
      ...(scaleOverride === undefined ? {} : { scaleOverride }),
      ...(contrastOverride === undefined ? {} : { contrastOverride }),
      ...(cutLiverOverride === undefined ? {} : { cutLiverOverride }),
      ...(partsOverride === undefined ? {} : { partsOverride }),
      ...(motionOverride === undefined ? {} : { motionOverride }),
      ...(outlineOverride === undefined ? {} : { outlineOverride }),
    },
    issues,
  });
}

/** Enhancing share of a lesion (qEASL) or of a part of the liver by the same thresholds. */
function shareIn(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
  thresholds: readonly EnhancementThreshold[],
  k: number,
): { readonly [name: string]: Json } {
  const { differences, voxels } = enhancementIn(pre, arterial, mask);
  const { percent, enhancingVoxels } = enhancingShare(differences, voxels, thresholds, k);
  const ml = voxelVolumeMm3(mask.grid) / 1000;
  return { name: mask.name, volumeMl: voxels * ml, enhancingVolumeMl: enhancingVoxels * ml, percent };
}

/** An interval with one more independent error, given as the range of values it leads to. */
function widened(interval: MeasurementInterval, value: number, range: ShareRange, source: string): MeasurementInterval {
  const down = Math.max(0, value - range.low);
  const up = Math.max(0, range.high - value);
  const side = (known: number, more: number): number => Math.sqrt(known * known + more * more);
  return {
    low: Math.max(0, value - side(value - interval.low, down)),
    high: Math.min(100, value + side(interval.high - value, up)),
    sources: [...interval.sources, source],
  };
}
