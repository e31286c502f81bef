import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { checkMask, maskBox, masksOverlap } from "./mask.js";
import { moments } from "./moments.js";
import type { Mask, Volume } from "./volume.js";

/** One placement of the reference region and the threshold it gives. */
export interface EnhancementThreshold {
  readonly name: string;
  readonly voxels: number;
  /** Of the subtraction arterial − precontrast in the reference region. */
  readonly mean: number;
  /** Sample SD (n − 1). */
  readonly sd: number;
  /** mean + k · sd; a voxel enhances when its subtraction is strictly above. */
  readonly threshold: number;
}

/** Differences arterial − precontrast of the voxels under a mask, in index order; those that are not finite are left out. */
export function enhancementIn(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
): { readonly differences: Float64Array; readonly voxels: number } {
  let voxels = 0;
  for (let v = 0; v < mask.data.length; v++) if (mask.data[v] !== 0) voxels++;
  const differences = new Float64Array(voxels);
  let kept = 0;
  for (let v = 0; v < mask.data.length; v++) {
    if (mask.data[v] === 0) continue;
    const d = arterial.data[v]! - pre.data[v]!;
    if (Number.isFinite(d)) differences[kept++] = d;
  }
  return { differences: kept === voxels ? differences : differences.slice(0, kept), voxels };
}

/** Number of values strictly above a threshold. */
export function countAbove(values: ArrayLike<number>, threshold: number): number {
  let n = 0;
  for (let v = 0; v < values.length; v++) if (values[v]! > threshold) n++;
  return n;
}

/**
 * Threshold of enhancing tumour from one reference region in non-tumoral parenchyma: mean + k · SD of the subtraction.
 * Refuses an empty region, another grid, fewer than 5 voxels. Source: paper 004, "LETB"; qEASL (Chapiro 2015).
 */
export function enhancementThreshold(
  pre: Volume,
  arterial: Volume,
  reference: Mask,
  k: number,
): Result<EnhancementThreshold> {
  const checked = checkMask(arterial, reference);
  if (!checked.ok) return checked;
  const { differences, voxels } = enhancementIn(pre, arterial, reference);
  const m = differences.length === 0 ? null : moments(differences);
  if (m === null || m.sd === null || m.n < 5)
    return refuse({
      code: "too-few-voxels",
      message: `Reference region ${reference.name} has too few voxels for a mean and an SD.`,
      got: `${differences.length} voxels with a value`,
      wanted: "at least 5",
      mend: "Place a larger reference region.",
      where: { series: arterial.source.seriesUid },
    });
  const issues: Issue[] =
    differences.length === voxels
      ? []
      : [
          warningIssue({
            code: "non-finite-voxels",
            message: `${voxels - differences.length} voxels of reference region ${reference.name} have no finite value and were left out.`,
            got: voxels - differences.length,
            wanted: "0",
          }),
        ];
  return ok({ name: reference.name, voxels: m.n, mean: m.mean, sd: m.sd, threshold: m.mean + k * m.sd }, issues);
}

/** Where a reference region may not lie. */
export interface ReferenceSurroundings {
  /** The region must lie wholly inside this mask. */
  readonly liver?: Mask | undefined;
  readonly tumours?: readonly Mask[] | undefined;
  readonly vessels?: Mask | undefined;
}

/** Refuses a reference region that leaves the liver or touches a tumour or vessel mask. */
export function checkReference(reference: Mask, around: ReferenceSurroundings): Result<null> {
  const { liver, tumours = [], vessels } = around;
  const problem = (code: string, what: string) =>
    refuse({
      code,
      message: `Reference region ${reference.name} ${what}.`,
      wanted: "non-tumoral liver parenchyma without vessels",
      mend: "Place it elsewhere, beside the tumour on the same side.",
    });
  if (liver !== undefined) {
    for (let v = 0; v < reference.data.length; v++)
      if (reference.data[v] !== 0 && liver.data[v] === 0)
        return problem("reference-outside-liver", "reaches outside the liver");
  }
  if (tumours.some((tumour) => masksOverlap(tumour, reference)))
    return problem("reference-touches-tumour", "touches a tumour");
  if (vessels !== undefined && masksOverlap(vessels, reference))
    return problem("reference-touches-vessel", "touches a vessel");
  return ok(null);
}

/** The voxels of a mask whose subtraction is strictly above the threshold. */
export function enhancingMask(
  pre: Volume,
  arterial: Volume,
  mask: Mask,
  threshold: number,
  name = `enhancing ${mask.name}`,
): Mask {
  const data = new Uint8Array(mask.data.length);
  for (let v = 0; v < data.length; v++)
    if (mask.data[v] !== 0 && arterial.data[v]! - pre.data[v]! > threshold) data[v] = 1;
  return { name, grid: mask.grid, data };
}

/**
 * Variance of one voxel's being above the threshold (0 or 1) that noise alone gives, averaged over a mask: half the share of
 * neighbours that differ, by the direction i, j or k in which fewest do, since true borders only add to it. Null where the
 * mask has no 30 pairs of neighbours in any direction. Assumes that neighbours' noise is independent.
 */
export function classificationVariance(pre: Volume, arterial: Volume, mask: Mask, threshold: number): number | null {
  const box = maskBox(mask);
  if (box === null) return null;
  const [columns, rows] = mask.grid.size;
  const steps = [1, columns, columns * rows] as const;
  const pairs = [0, 0, 0];
  const differing = [0, 0, 0];
  const above = (v: number): boolean => arterial.data[v]! - pre.data[v]! > threshold;
  for (let k = box.low[2]; k <= box.high[2]; k++)
    for (let j = box.low[1]; j <= box.high[1]; j++)
      for (let i = box.low[0]; i <= box.high[0]; i++) {
        const v = (k * rows + j) * columns + i;
        if (mask.data[v] === 0) continue;
        const here = above(v);
        const index = [i, j, k];
        for (let axis = 0; axis < 3; axis++) {
          const next = v + steps[axis]!;
          if (index[axis] === box.high[axis] || mask.data[next] === 0) continue;
          pairs[axis]!++;
          if (above(next) !== here) differing[axis]!++;
        }
      }
  const shares = pairs.flatMap((n, axis) => (n >= 30 ? [differing[axis]! / n] : []));
  return shares.length === 0 ? null : Math.min(...shares) / 2;
}
