import type { Result } from "@livermark/core";
import { effectiveVoxels } from "../effective-voxels.js";
import { maskInput, volumeInput } from "../mask.js";
import type { Measurement } from "../measurement.js";
import { regionStatistics } from "../region-statistics.js";
import type { Mask, Volume } from "../volume.js";
import { measured, symmetricInterval } from "./shared.js";

/**
 * Mean intensity of one region with everything of `regionStatistics` as parts, in the volume's unit. The interval is that of
 * the mean, with voxels that resemble their neighbours counted for less (`effectiveVoxels`). Refuses what `regionStatistics` refuses.
 * Example: `regionStats({ volume, region: mask })`.
 */
export function regionStats(inputs: { readonly volume: Volume; readonly region: Mask }): Result<Measurement> {
  const { volume, region } = inputs;
  const found = regionStatistics(volume, region);
  if (!found.ok) return found;
  const { mean, sd, sdPopulation, voxels, ignoredNonFinite } = found.value;
  const worth = { n: voxels - ignoredNonFinite, mean, sdPopulation };
  const effective = effectiveVoxels(region, (v) => volume.data[v]!, worth);
  return measured({
    recipe: "region-stats",
    version: "1",
    value: mean,
    unit: volume.unit,
    parts: { ...found.value, effectiveVoxels: effective },
    interval:
      sd === null
        ? null
        : symmetricInterval(mean, (sd * sd) / effective, Math.max(1, effective - 1), ["roi-sampling", "noise"]),
    inputs: [volumeInput(volume), maskInput(region)],
    parameters: { sd: "n-1", percentiles: "type-7", diameter: "voxel-centres" },
    issues: found.issues,
  });
}
