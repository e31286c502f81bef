import {
  andThen,
  type Issue,
  type IssueWhere,
  mapResult,
  ok,
  type Result,
  refuse,
  warningIssue,
} from "@livermark/core";
import { effectiveVoxels } from "./effective-voxels.js";
import { checkMask, masksOverlap, maskWithin } from "./mask.js";
import { eachRun, maskVoxels } from "./mask-runs.js";
import { moments } from "./moments.js";
import { pictureOf, placeOf } from "./picture.js";
import { regionVoxels } from "./rasterise.js";
import type { Region } from "./region.js";
import type { Mask, Volume } from "./volume.js";

/** One placement of the reference region and the threshold it gives. */
export interface EnhancementThreshold {
  readonly name: string;
  readonly voxels: number;
  /** What these voxels are worth as independent ones. */
  readonly effectiveVoxels?: number;
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
  const voxels = maskVoxels(mask);
  const differences = new Float64Array(voxels);
  const [before, after] = [pre.data, arterial.data];
  let kept = 0;
  eachRun(mask, (from, to) => {
    for (let v = from; v < to; v++) {
      const d = after[v]! - before[v]!;
      if (Number.isFinite(d)) differences[kept++] = d;
    }
  });
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
  const found = thresholdOf(differences, voxels, reference.name, k, pictureOf(arterial, reference));
  return mapResult(found, (threshold) => {
    const { mean, sd, voxels: n } = threshold;
    const worth = { n, mean, sdPopulation: sd * Math.sqrt((n - 1) / n) };
    const at = (v: number): number => arterial.data[v]! - pre.data[v]!;
    return { ...threshold, effectiveVoxels: effectiveVoxels(reference, at, worth) };
  });
}

/**
 * The same from a region that has not been made a mask: it looks only at the region's own box, for answers while a person
 * drags it. Both volumes must be on one grid. Refuses what `rasterise` refuses and fewer than 5 voxels.
 */
export function enhancementThresholdOfRegion(
  pre: Volume,
  arterial: Volume,
  region: Region,
  k: number,
): Result<EnhancementThreshold> {
  return andThen(regionVoxels(region, arterial.grid), ({ low, size, data }) => {
    const [columns, rows] = arterial.grid.size;
    const differences: number[] = [];
    let voxels = 0;
    for (let b = 0; b < data.length; b++) {
      if (data[b] === 0) continue;
      voxels++;
      const i = low[0] + (b % size[0]);
      const j = low[1] + (Math.floor(b / size[0]) % size[1]);
      const v = ((low[2] + Math.floor(b / (size[0] * size[1]))) * rows + j) * columns + i;
      const d = arterial.data[v]! - pre.data[v]!;
      if (Number.isFinite(d)) differences.push(d);
    }
    const name = region.name ?? region.kind;
    const middle = { ...placeOf(arterial), slice: 1 + low[2] + Math.floor(size[2] / 2) };
    return thresholdOf(Float64Array.from(differences), voxels, name, k, middle);
  });
}

function thresholdOf(
  differences: Float64Array,
  voxels: number,
  name: string,
  k: number,
  where: IssueWhere,
): Result<EnhancementThreshold> {
  const m = differences.length === 0 ? null : moments(differences);
  if (m === null || m.sd === null || m.n < 5)
    return refuse({
      code: "too-few-voxels",
      message: `Reference region ${name} has too few voxels for a mean and an SD.`,
      got: `${differences.length} voxels with a value`,
      wanted: "at least 5",
      mend: "Place a larger reference region.",
      where,
    });
  const issues: Issue[] =
    differences.length === voxels
      ? []
      : [
          warningIssue({
            code: "non-finite-voxels",
            message: `${voxels - differences.length} voxels of reference region ${name} have no finite value and were left out.`,
            got: voxels - differences.length,
            wanted: "0",
          }),
        ];
  return ok({ name, voxels: m.n, mean: m.mean, sd: m.sd, threshold: m.mean + k * m.sd }, issues);
}

/** Where a reference region may not lie. */
export interface ReferenceSurroundings {
  /** The region must lie wholly inside this mask. */
  readonly liver?: Mask | undefined;
  readonly tumours?: readonly Mask[] | undefined;
  readonly vessels?: Mask | undefined;
}

/**
 * Refuses a reference region that leaves the liver or touches a tumour or vessel mask; the Issue names the picture of `on` that
 * shows it.
 */
export function checkReference(reference: Mask, around: ReferenceSurroundings, on?: Volume): Result<null> {
  const { liver, tumours = [], vessels } = around;
  const problem = (code: string, what: string, shows: (voxel: number) => boolean) =>
    refuse({
      code,
      message: `Reference region ${reference.name} ${what}.`,
      got: `${countIn(reference, shows)} of ${maskVoxels(reference)} voxels`,
      wanted: "non-tumoral liver parenchyma without vessels",
      mend: "Place it elsewhere, beside the tumour on the same side.",
      where: on === undefined ? {} : pictureOf(on, reference, shows),
    });
  if (liver !== undefined && !maskWithin(reference, liver))
    return problem("reference-outside-liver", "reaches outside the liver", (v) => liver.data[v] === 0);
  const touched = tumours.find((tumour) => masksOverlap(reference, tumour));
  if (touched !== undefined)
    return problem("reference-touches-tumour", `touches ${touched.name}`, (v) => touched.data[v] !== 0);
  if (vessels !== undefined && masksOverlap(reference, vessels))
    return problem("reference-touches-vessel", "touches a vessel", (v) => vessels.data[v] !== 0);
  return ok(null);
}

/** Number of voxels of a mask for which `holds` holds. */
function countIn(mask: Mask, holds: (voxel: number) => boolean): number {
  let n = 0;
  eachRun(mask, (from, to) => {
    for (let v = from; v < to; v++) if (holds(v)) n++;
  });
  return n;
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
  eachRun(mask, (from, to) => {
    for (let v = from; v < to; v++) if (arterial.data[v]! - pre.data[v]! > threshold) data[v] = 1;
  });
  return { name, grid: mask.grid, data };
}

/**
 * Variance of one voxel's being above the threshold (0 or 1) that noise alone gives, averaged over a mask: half the share of
 * neighbours that differ, by the direction i, j or k in which fewest do, since true borders only add to it. Null where the
 * mask has no 30 pairs of neighbours in any direction. Assumes that neighbours' noise is independent.
 */
export function classificationVariance(pre: Volume, arterial: Volume, mask: Mask, threshold: number): number | null {
  const [columns, rows, slices] = mask.grid.size;
  const area = columns * rows;
  const [before, after, inside] = [pre.data, arterial.data, mask.data];
  const pairs: [number, number, number] = [0, 0, 0];
  const differing: [number, number, number] = [0, 0, 0];
  eachRun(mask, (from, to) => {
    const row = Math.floor(from / columns);
    const nextRow = row % rows < rows - 1 ? columns : 0;
    const nextSlice = Math.floor(row / rows) < slices - 1 ? area : 0;
    for (let v = from; v < to; v++) {
      const here = after[v]! - before[v]! > threshold;
      if (v + 1 < to) {
        pairs[0]++;
        if (after[v + 1]! - before[v + 1]! > threshold !== here) differing[0]++;
      }
      if (nextRow !== 0 && inside[v + nextRow] !== 0) {
        pairs[1]++;
        if (after[v + nextRow]! - before[v + nextRow]! > threshold !== here) differing[1]++;
      }
      if (nextSlice !== 0 && inside[v + nextSlice] !== 0) {
        pairs[2]++;
        if (after[v + nextSlice]! - before[v + nextSlice]! > threshold !== here) differing[2]++;
      }
    }
  });
  const shares = pairs.flatMap((n, axis) => (n >= 30 ? [differing[axis]! / n] : []));
  return shares.length === 0 ? null : Math.min(...shares) / 2;
}
