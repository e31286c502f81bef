import {
  type Issue,
  type Json,
  ok,
  type ProvenanceInput,
  passport,
  type Result,
  refuse,
  type Unit,
  warningIssue,
} from "@livermark/core";
import { effectiveVoxels } from "../effective-voxels.js";
import { checkMask } from "../mask.js";
import type { Measurement, MeasurementInterval, RecipeName } from "../measurement.js";
import { type Moments, moments, valuesInMask } from "../moments.js";
import { t975 } from "../normal.js";
import { middlePicture, pictureOf } from "../picture.js";
import { type Grid, indexToPatient, type Mask, sameGrid, type Volume } from "../volume.js";

/** Fewest voxels a drawn region may have before its mean is taken. */
export const FEWEST_VOXELS = 5;

/** What a recipe hands over to become a Measurement. */
export interface Findings {
  readonly recipe: RecipeName;
  readonly version: string;
  readonly value: number;
  readonly unit: Unit;
  readonly parts: { readonly [name: string]: Json };
  readonly interval: MeasurementInterval | null;
  readonly inputs: readonly ProvenanceInput[];
  readonly parameters: { readonly [name: string]: Json };
  readonly issues: readonly Issue[];
}

/** A Measurement with its passport; the same warnings stand in the Result and in the Measurement. */
export function measured(findings: Findings): Result<Measurement> {
  const { recipe, version, value, unit, parts, interval, inputs, parameters, issues } = findings;
  return ok(
    {
      recipe,
      value,
      unit,
      parts,
      interval,
      passport: passport({ function: recipe, version, inputs, parameters }),
      issues,
    },
    issues,
  );
}

/** Values and moments of one drawn region. */
export interface RegionSignal {
  readonly name: string;
  readonly values: Float64Array;
  readonly moments: Moments;
  /** What the voxels are worth as independent ones. */
  readonly effective: number;
  readonly ignoredNonFinite: number;
}

/** The signal under a mask. Refuses what `checkMask` refuses and fewer than `fewest` voxels with a value. */
export function regionSignal(volume: Volume, mask: Mask, fewest = FEWEST_VOXELS): Result<RegionSignal> {
  const checked = checkMask(volume, mask);
  if (!checked.ok) return checked;
  const { values, ignoredNonFinite } = valuesInMask(volume, mask);
  const where = pictureOf(volume, mask);
  if (values.length < fewest)
    return refuse({
      code: "too-few-voxels",
      message: `Region ${mask.name} has too few voxels for a mean that means something.`,
      got: `${values.length} voxels with a value`,
      wanted: `at least ${fewest}`,
      mend: "Draw a larger region.",
      where,
    });
  const issues =
    ignoredNonFinite === 0
      ? []
      : [
          warningIssue({
            code: "non-finite-voxels",
            message: `${ignoredNonFinite} voxels of region ${mask.name} have no finite value and were left out.`,
            got: ignoredNonFinite,
            wanted: "0",
            where,
          }),
        ];
  const m = moments(values);
  const effective = effectiveVoxels(mask, (v) => volume.data[v]!, m);
  return ok({ name: mask.name, values, moments: m, effective, ignoredNonFinite }, issues);
}

/** Squared standard error of a region's mean, with its degrees of freedom, from what its voxels are worth. */
export const errorOfMean = (
  { sd }: Moments,
  effective: number,
): { readonly variance: number; readonly df: number } => ({
  variance: ((sd ?? 0) * (sd ?? 0)) / effective,
  df: Math.max(1, effective - 1),
});

/** value ± t·√variance. */
export function symmetricInterval(
  value: number,
  variance: number,
  df: number,
  sources: readonly string[],
): MeasurementInterval {
  const half = t975(df) * Math.sqrt(variance);
  return { low: value - half, high: value + half, sources };
}

/** Degrees of freedom of a sum of variances, each with its own (Satterthwaite 1946). */
export function satterthwaite(terms: readonly { readonly variance: number; readonly df: number }[]): number {
  const total = terms.reduce((sum, t) => sum + t.variance, 0);
  const weight = terms.reduce((sum, t) => sum + (t.variance * t.variance) / t.df, 0);
  return weight === 0 ? 1e6 : Math.max(1, (total * total) / weight);
}

/** Refuses two volumes that are not on one grid or in one unit. */
export function sameSpace(a: Volume, b: Volume, names: readonly [string, string]): Result<null> {
  if (!overlap(a.grid, b.grid))
    return refuse({
      code: "phases-do-not-overlap",
      message: `The ${names[0]} and ${names[1]} volumes have no place in common.`,
      got: `frames of reference ${a.source.frameOfReferenceUid ?? "unknown"} and ${b.source.frameOfReferenceUid ?? "unknown"}, ${gapMm(a.grid, b.grid).toFixed(0)} mm apart`,
      wanted: "two phases of one examination",
      mend: "Check that both series show the same part of the body, and which frame of reference they have.",
      where: middlePicture(b),
    });
  if (!sameGrid(a.grid, b.grid))
    return refuse({
      code: "phases-on-different-grids",
      message: `The ${names[0]} and ${names[1]} volumes are not on one grid.`,
      got: `${b.grid.size.join("×")} voxels of ${b.grid.spacingMm.join("×")} mm`,
      wanted: `${a.grid.size.join("×")} voxels of ${a.grid.spacingMm.join("×")} mm`,
      mend: "Register and resample one phase onto the other first.",
      where: middlePicture(b),
    });
  return sameUnit(a, b, names);
}

/** Lowest and highest patient coordinates of a grid's voxel centres. */
function extent(grid: Grid): { readonly low: readonly number[]; readonly high: readonly number[] } {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const i of [0, grid.size[0] - 1])
    for (const j of [0, grid.size[1] - 1])
      for (const k of [0, grid.size[2] - 1])
        indexToPatient(grid, i, j, k).forEach((x, axis) => {
          low[axis] = Math.min(low[axis]!, x);
          high[axis] = Math.max(high[axis]!, x);
        });
  return { low, high };
}

/** Greatest gap between the boxes of two grids along an axis, mm; negative where they overlap along all. */
function gapMm(a: Grid, b: Grid): number {
  const [p, q] = [extent(a), extent(b)];
  return Math.max(...[0, 1, 2].map((axis) => Math.max(p.low[axis]! - q.high[axis]!, q.low[axis]! - p.high[axis]!)));
}

const overlap = (a: Grid, b: Grid): boolean => gapMm(a, b) <= 0;

/** Refuses two volumes whose values are in different units. */
export function sameUnit(a: Volume, b: Volume, names: readonly [string, string]): Result<null> {
  if (a.unit === b.unit) return ok(null);
  return refuse({
    code: "unit-mismatch",
    message: `The ${names[0]} and ${names[1]} volumes are in different units.`,
    got: b.unit,
    wanted: a.unit,
    where: middlePicture(b),
  });
}

/**
 * Whether two volumes may be compared number by number: one proven intensity scale. `override` is a person's reason for
 * going on without; it becomes a warning that the report prints.
 */
export function sameScale(a: Volume, b: Volume, override: string | undefined): Result<null> {
  const unproven = [a, b].find((volume) => !volume.scale.proven);
  const draft =
    unproven !== undefined
      ? {
          code: "unproven-scale",
          message:
            "The intensity scale of a series is not proven, so its numbers cannot be compared with another series.",
          got: unproven.scale.reason,
          wanted: "a header that proves the scale",
          where: middlePicture(unproven),
        }
      : a.scale.id !== b.scale.id
        ? {
            code: "scale-mismatch",
            message: "The two series have different intensity scales.",
            got: b.scale.id,
            wanted: a.scale.id,
            where: middlePicture(b),
          }
        : null;
  if (draft === null) return ok(null);
  if (override === undefined)
    return refuse({ ...draft, mend: "Where you know that the scales agree, say so with an override and its reason." });
  return ok(null, [
    warningIssue({ ...draft, message: `${draft.message} Accepted by override: ${override}`, mend: "" }),
  ]);
}
