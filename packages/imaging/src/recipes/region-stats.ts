import type { Result } from "@livermark/core";
import { maskInput, volumeInput } from "../mask.js";
import type { Measurement } from "../measurement.js";
import { regionStatistics } from "../region-statistics.js";
import type { Mask, Volume } from "../volume.js";
import { measured, symmetricInterval } from "./shared.js";

/**
 * Mean intensity of one region with everything of `regionStatistics` as parts, in the volume's unit. The interval is that of
 * the mean over independent voxels. Refuses what `regionStatistics` refuses.
 * Example: `regionStats({ volume, region: mask })`.
 */
export function regionStats(inputs: { readonly volume: Volume; readonly region: Mask }): Result<Measurement> {
  const { volume, region } = inputs;
  const found = regionStatistics(volume, region);
  if (!found.ok) return found;
  const { mean, sd, voxels, ignoredNonFinite } = found.value;
  const n = voxels - ignoredNonFinite;
  return measured({
    recipe: "region-stats",
    version: "1",
    value: mean,
    unit: volume.unit,
    parts: { ...found.value },
    interval: sd === null ? null : symmetricInterval(mean, (sd * sd) / n, n - 1, ["roi-sampling", "noise"]),
    inputs: [volumeInput(volume), maskInput(region)],
    parameters: { sd: "n-1", percentiles: "type-7", diameter: "voxel-centres" },
    issues: found.issues,
  });
}
