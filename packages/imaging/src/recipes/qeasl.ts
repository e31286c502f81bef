import { type Issue, type Result, refuse, refuseWith } from "@livermark/core";
import { axialDiameters } from "../diameter.js";
import {
  checkReference,
  classificationVariance,
  enhancementIn,
  enhancementThreshold,
  enhancingMask,
} from "../enhancement.js";
import { enhancingShare } from "../enhancing-fraction.js";
import { checkMask, maskInput, volumeInput } from "../mask.js";
import type { Measurement } from "../measurement.js";
import { viableDiameter } from "../viable-diameter.js";
import { type Mask, type Volume, voxelVolumeMm3 } from "../volume.js";
import { measured, sameScale, sameSpace } from "./shared.js";

/**
 * Quantitative EASL: enhancing share of the lesions' volume in percent, a voxel enhancing when arterial − precontrast is
 * strictly above mean + k · sample SD of the reference region(s). For each lesion also the enhancing area on the slice of
 * its longest diameter (EASL) and the mRECIST viable diameter of its enhancing part, both by the mean of the thresholds.
 * Several lesions are pooled by volume. Refuses what `letb` refuses, per lesion instead of liver.
 * Source: Chapiro 2015 (qEASL), Bruix 2001 (EASL). Example: `qeasl({ pre, arterial, lesions: [mask], references: [cube] })`.
 */
export function qeasl(
  inputs: {
    readonly pre: Volume;
    readonly arterial: Volume;
    readonly lesions: readonly Mask[];
    readonly references: readonly Mask[];
  },
  parameters: { readonly k?: number; readonly scaleOverride?: string } = {},
): Result<Measurement> {
  const { pre, arterial, lesions, references } = inputs;
  const { k = 2, scaleOverride } = parameters;
  if (lesions.length === 0 || references.length === 0)
    return refuse({
      code: "no-region",
      message: "qEASL needs at least one lesion and one reference region.",
      got: `${lesions.length} lesions, ${references.length} reference regions`,
      wanted: "at least 1 of each",
    });
  if (!(Number.isFinite(k) && k > 0))
    return refuse({ code: "bad-k", message: "k must be a number above 0.", got: k, wanted: "above 0, 2 in the paper" });
  const checks: Result<unknown>[] = [
    sameSpace(pre, arterial, ["precontrast", "arterial"]),
    sameScale(pre, arterial, scaleOverride),
    ...[...lesions, ...references].map((mask) => checkMask(arterial, mask)),
  ];
  if (checks.some((r) => !r.ok)) return refuseWith(checks.flatMap((r) => r.issues));
  const guards = references.map((reference) => checkReference(reference, { tumours: lesions }, arterial));
  if (guards.some((r) => !r.ok)) return refuseWith(guards.flatMap((r) => r.issues));
  const thresholds = references.map((reference) => enhancementThreshold(pre, arterial, reference, k));
  const issues: Issue[] = [...checks, ...thresholds].flatMap((r) => r.issues);
  const given = thresholds.flatMap((t) => (t.ok ? [t.value] : []));
  if (given.length < thresholds.length) return refuseWith(issues);

  const ml = voxelVolumeMm3(arterial.grid) / 1000;
  const meanThreshold = given.reduce((sum, t) => sum + t.threshold, 0) / given.length;
  const own = lesions.map((lesion) => {
    const { differences, voxels } = enhancementIn(pre, arterial, lesion);
    const flicker = classificationVariance(pre, arterial, lesion, meanThreshold);
    const share = enhancingShare(differences, voxels, given, k, flicker);
    const enhancing = enhancingMask(pre, arterial, lesion, meanThreshold);
    return {
      differences,
      voxels,
      flicker,
      part: {
        name: lesion.name,
        volumeMl: voxels * ml,
        enhancingVolumeMl: share.enhancingVoxels * ml,
        percent: share.percent,
        enhancingAreaMm2: enhancingAreaMm2(lesion, enhancing),
        viableDiameterMm: viableDiameter(enhancing)?.diameterMm ?? 0,
      },
    };
  });
  const pooled = new Float64Array(own.reduce((sum, l) => sum + l.differences.length, 0));
  let at = 0;
  for (const { differences } of own) {
    pooled.set(differences, at);
    at += differences.length;
  }
  const voxels = own.reduce((sum, l) => sum + l.voxels, 0);
  const flicker = own.some((l) => l.flicker === null)
    ? null
    : own.reduce((sum, l) => sum + (l.flicker ?? 0) * l.voxels, 0) / voxels;
  const share = enhancingShare(pooled, voxels, given, k, flicker);
  return measured({
    recipe: "qeasl",
    version: "1",
    value: share.percent,
    unit: "%",
    parts: {
      lesionVolumeMl: voxels * ml,
      enhancingVolumeMl: share.enhancingVoxels * ml,
      thresholds: given.map((t) => t.threshold),
      placementSd: share.spread,
      lesions: own.map((l) => l.part),
    },
    interval: share.interval,
    inputs: [volumeInput(pre), volumeInput(arterial), ...lesions.map(maskInput), ...references.map(maskInput)],
    parameters: { k, sd: "n-1", comparison: ">", ...(scaleOverride === undefined ? {} : { scaleOverride }) },
    issues,
  });
}

/** Area of the enhancing voxels in the slice of the lesion's longest diameter. */
function enhancingAreaMm2(lesion: Mask, enhancing: Mask): number {
  const slice = axialDiameters(lesion)?.slice ?? 0;
  const [columns, rows] = lesion.grid.size;
  let n = 0;
  for (let v = slice * columns * rows; v < (slice + 1) * columns * rows; v++) if (enhancing.data[v] !== 0) n++;
  return n * lesion.grid.spacingMm[0] * lesion.grid.spacingMm[1];
}
