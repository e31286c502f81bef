import { type Issue, ok, type Result, refuse, type Unit, warningIssue } from "@livermark/core";
import { axialDiameters } from "./diameter.js";
import { checkMask, touchesEdge } from "./mask.js";
import { moments, quantile7, sortValues, valuesInMask } from "./moments.js";
import { type Mask, type Volume, voxelVolumeMm3 } from "./volume.js";

/** One entry of `measure region-stats --json`. */
export interface RegionStatistics {
  readonly name: string;
  readonly label: number | null;
  /** Voxels the region covers, those with no finite value included. */
  readonly voxels: number;
  readonly volumeMl: number;
  /** Area of `longestAxialSlice`. */
  readonly areaMm2: number;
  readonly mean: number;
  /** Divides by n − 1; null for a single voxel. */
  readonly sd: number | null;
  /** Divides by n. */
  readonly sdPopulation: number;
  readonly min: number;
  readonly max: number;
  readonly median: number;
  /** Percentiles are quantiles of type 7. */
  readonly p10: number;
  readonly p90: number;
  readonly unit: Unit;
  readonly longestAxialMm: number;
  readonly shortAxisMm: number;
  /** Index k, counted from 0; the first slice where several have the same diameter. */
  readonly longestAxialSlice: number;
  /** Voxels whose value is NaN or infinite; they count for size, not for intensity. */
  readonly ignoredNonFinite: number;
}

/**
 * Size, intensity and diameters of one region on one volume. Length in mm, area in mm², volume in ml, intensity in the
 * volume's unit; definitions as in the command line's contract.
 * Refuses a mask on another grid or frame of reference, an empty one, and a region without a finite value. Warns when the
 * region touches the volume's edge and when the slices of the series are not axial.
 * Example: `regionStatistics(volume, unwrap(rasterise(disc, volume.grid)))`.
 */
export function regionStatistics(volume: Volume, mask: Mask): Result<RegionStatistics> {
  const checked = checkMask(volume, mask);
  if (!checked.ok) return checked;
  const { values, voxels, ignoredNonFinite } = valuesInMask(volume, mask);
  const place = { series: volume.source.seriesUid };
  const diameters = axialDiameters(mask);
  if (values.length === 0 || diameters === null)
    return refuse({
      code: "no-finite-value",
      message: `Region ${mask.name} covers only voxels without a value.`,
      got: `${ignoredNonFinite} voxels that are not finite`,
      wanted: "at least 1 voxel with a value",
      where: place,
    });
  const m = moments(values);
  sortValues(values);
  return ok(
    {
      name: mask.name,
      label: mask.label ?? null,
      voxels,
      volumeMl: (voxels * voxelVolumeMm3(volume.grid)) / 1000,
      areaMm2: diameters.areaMm2,
      mean: m.mean,
      sd: m.sd,
      sdPopulation: m.sdPopulation,
      min: m.min,
      max: m.max,
      median: quantile7(values, 0.5),
      p10: quantile7(values, 0.1),
      p90: quantile7(values, 0.9),
      unit: volume.unit,
      longestAxialMm: diameters.longestAxialMm,
      shortAxisMm: diameters.shortAxisMm,
      longestAxialSlice: diameters.slice,
      ignoredNonFinite,
    },
    regionWarnings(volume, mask, ignoredNonFinite),
  );
}

/** What a reader of a region's size should know: cut by the volume, not axial, voxels without a value. */
export function regionWarnings(volume: Volume, mask: Mask, ignoredNonFinite: number): Issue[] {
  const where = { series: volume.source.seriesUid };
  const issues: Issue[] = [];
  if (touchesEdge(mask))
    issues.push(
      warningIssue({
        code: "mask-touches-edge",
        message: `Region ${mask.name} touches the edge of the volume, so part of it may be missing.`,
        wanted: "a region that ends inside the volume",
        mend: "Check that the series covers the whole organ or lesion.",
        where,
      }),
    );
  if (Math.abs(volume.grid.axes[2][2]) < Math.SQRT1_2)
    issues.push(
      warningIssue({
        code: "slices-not-axial",
        message: `The slices of this series are not axial; the diameters of ${mask.name} are those of its own slices.`,
        got: `slice normal ${volume.grid.axes[2].map((x) => Number(x.toFixed(3))).join(", ")}`,
        wanted: "a slice normal within 45° of the body axis",
        where,
      }),
    );
  if (ignoredNonFinite > 0)
    issues.push(
      warningIssue({
        code: "non-finite-voxels",
        message: `${ignoredNonFinite} voxels of region ${mask.name} have no finite value and were left out of the intensity figures.`,
        got: ignoredNonFinite,
        wanted: "0",
        where,
      }),
    );
  return issues;
}
