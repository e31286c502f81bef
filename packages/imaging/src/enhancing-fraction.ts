import { countAbove, type EnhancementThreshold } from "./enhancement.js";
import type { MeasurementInterval } from "./measurement.js";
import { normalCdf, t975, Z975 } from "./normal.js";

/** Enhancing share of one region by one placement of the reference, in percent. */
export interface PlacementShare extends EnhancementThreshold {
  readonly enhancingVoxels: number;
  readonly percent: number;
}

/** Enhancing share of a region averaged over the placements, in percent, with spread and interval. */
export interface EnhancingShare {
  readonly percent: number;
  readonly enhancingVoxels: number;
  readonly placements: readonly PlacementShare[];
  /** Sample SD over placements; null for one. */
  readonly spread: number | null;
  readonly interval: MeasurementInterval;
}

/**
 * Share of `differences` above each placement's threshold (of `voxels` in all), averaged over the placements.
 * The interval moves all thresholds by the sampling error of their mean, √(Σ sd²(1/n + k²/2(n−1)))/placements for
 * normal noise (or, where the placements differ by more than that, by their spread), and adds the error of the count, √(voxelVariance/voxels) (of a binomial count where that is null, see
 * `classificationVariance`); its target is the share that the definition is expected to give with a reference region of
 * endless size.
 */
export function enhancingShare(
  differences: Float64Array,
  voxels: number,
  thresholds: readonly EnhancementThreshold[],
  k: number,
  voxelVariance: number | null = null,
): EnhancingShare {
  const at = (shift: number): number =>
    thresholds.reduce((sum, t) => sum + countAbove(differences, t.threshold + shift), 0) / (thresholds.length * voxels);
  const placements = thresholds.map((t) => {
    const enhancingVoxels = countAbove(differences, t.threshold);
    return { ...t, enhancingVoxels, percent: (100 * enhancingVoxels) / voxels };
  });
  const share = mean(placements.map((p) => p.enhancingVoxels)) / voxels;
  const worth = (t: EnhancementThreshold): number => t.effectiveVoxels ?? t.voxels;
  const relative = (n: number): number => 1 / n + (k * k) / (2 * Math.max(1, n - 1));
  const variance = thresholds.reduce((sum, t) => sum + t.sd * t.sd * relative(worth(t)), 0);
  const df = Math.max(
    1,
    thresholds.reduce((sum, t) => sum + worth(t) - 1, 0),
  );
  const shift = Math.max((t975(df) * Math.sqrt(variance)) / thresholds.length, placementShift(thresholds, variance));
  const counting = (Z975 * Z975 * (voxelVariance ?? share * (1 - share))) / voxels;
  const down = share - at(shift);
  const up = at(-shift) - share;
  return {
    percent: 100 * share,
    enhancingVoxels: share * voxels,
    placements,
    spread: sampleSd(placements.map((p) => p.percent)),
    interval: {
      low: 100 * Math.max(0, share - Math.sqrt(down * down + counting)),
      high: 100 * Math.min(1, share + Math.sqrt(up * up + counting)),
      sources: thresholds.length > 1 ? ["roi-sampling", "noise", "roi-placement"] : ["roi-sampling", "noise"],
    },
  };
}

/** 95 % points of F with 1, 2, 3, 4 and endless degrees of freedom: how much thresholds may differ by their noise alone. */
const F95 = [3.841, 2.996, 2.605, 2.372];

/**
 * Half interval of the mean threshold from its spread over placements, where that is more than the thresholds' own noise
 * explains (parenchyma that is not uniform); else 0. `variance` is the sum of the thresholds' own variances.
 */
function placementShift(thresholds: readonly EnhancementThreshold[], variance: number): number {
  const n = thresholds.length;
  const sd = sampleSd(thresholds.map((t) => t.threshold));
  if (sd === null || sd * sd <= (F95[n - 2] ?? 2.2) * (variance / n)) return 0;
  return (t975(n - 1) * sd) / Math.sqrt(n);
}

/** Share of tumour-free liver that normal noise puts above mean + k · SD: Φ(−k), in percent. 2.28 % for k = 2. */
export const noiseFloorPercent = (k: number): number => 100 * normalCdf(-k);

/**
 * What the definition is expected to read, in percent: f·Φ((c − k·s)/s) + (1 − f)·Φ(−k) for a true enhancing fraction f of
 * contrast c above the parenchyma and SD s of the subtraction; f itself (as percent) when s = 0 and c > 0.
 * Example: f = 0, k = 2 gives 2.275.
 */
export function expectedPercent(fraction: number, contrast: number, sd: number, k: number): number {
  if (sd === 0) return contrast > 0 ? 100 * fraction : 0;
  return 100 * (fraction * normalCdf((contrast - k * sd) / sd) + (1 - fraction) * normalCdf(-k));
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

function sampleSd(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const m = mean(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - m) * (x - m), 0) / (values.length - 1));
}
