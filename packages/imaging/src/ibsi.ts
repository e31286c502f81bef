import { ok, type Result, refuse } from "@livermark/core";
import { checkMask } from "./mask.js";
import { compensatedSum, quantile7, sortValues, valuesInMask } from "./moments.js";
import { naturalLog } from "./portable-math.js";
import type { Mask, Volume } from "./volume.js";

/** Values by IBSI tag; null where a feature is undefined for the data (all values equal, mean 0 …). */
export type IbsiFeatures = { readonly [tag: string]: number | null };

/**
 * IBSI intensity-based statistics (family UHIW, tags `stat_*`) of the values under a mask, without resampling, without
 * discretisation. Variance, skewness and kurtosis divide by n, kurtosis is the excess over 3, percentiles are quantiles
 * of type 7. Refuses what `checkMask` refuses and a region without a finite value.
 * Source: Zwanenburg 2020 (IBSI reference manual, section 3.3). Example: `ibsiFirstOrder(volume, mask)` has `stat_mean`.
 */
export function ibsiFirstOrder(volume: Volume, mask: Mask): Result<IbsiFeatures> {
  const values = regionValues(volume, mask);
  if (!values.ok) return values;
  return ok(prefixed("stat", commonFeatures(values.value), energyFeatures(values.value)));
}

/** How intensities become grey levels: levels are given already, or bins of a fixed width from a lower bound, or n bins. */
export type Discretisation =
  | { readonly kind: "none" }
  | { readonly kind: "bin-width"; readonly width: number; readonly from: number }
  | { readonly kind: "bin-number"; readonly bins: number };

/**
 * IBSI intensity-histogram features (family ZVCW, tags `ih_*`) of the grey levels under a mask. The discretisation is part
 * of the result's meaning, so it must be named. Refuses what `ibsiFirstOrder` refuses, a bin width or number that is not
 * positive, and `none` on values that are not whole numbers.
 * Source: IBSI reference manual, sections 2.7 and 3.4. Example: `ibsiHistogram(volume, mask, { kind: "none" })`.
 */
export function ibsiHistogram(volume: Volume, mask: Mask, discretisation: Discretisation): Result<IbsiFeatures> {
  const values = regionValues(volume, mask);
  if (!values.ok) return values;
  const levels = discretise(values.value, discretisation);
  if (!levels.ok) return levels;
  return ok(prefixed("ih", commonFeatures(levels.value), histogramFeatures(levels.value)));
}

function regionValues(volume: Volume, mask: Mask): Result<Float64Array> {
  const checked = checkMask(volume, mask);
  if (!checked.ok) return checked;
  const { values } = valuesInMask(volume, mask);
  if (values.length > 0) return ok(sortValues(values));
  return refuse({
    code: "no-finite-value",
    message: `Region ${mask.name} covers only voxels without a value.`,
    wanted: "at least 1 voxel with a value",
    where: { series: volume.source.seriesUid },
  });
}

const prefixed = (prefix: string, ...groups: readonly IbsiFeatures[]): IbsiFeatures =>
  Object.fromEntries(
    groups.flatMap((group) => Object.entries(group).map(([tag, value]) => [`${prefix}_${tag}`, value] as const)),
  );

const meanOf = (values: Float64Array): number => compensatedSum(values) / values.length;

function commonFeatures(sorted: Float64Array): IbsiFeatures {
  const mean = meanOf(sorted);
  const squares = sorted.map((x) => (x - mean) * (x - mean));
  const variance = meanOf(squares);
  const third = meanOf(squares.map((square, v) => square * (sorted[v]! - mean)));
  const fourth = meanOf(squares.map((square) => square * square));
  const at = (p: number): number => quantile7(sorted, p);
  const [p10, p25, median, p75, p90] = [at(0.1), at(0.25), at(0.5), at(0.75), at(0.9)];
  const min = sorted[0]!;
  const max = sorted[sorted.length - 1]!;
  const robust = sorted.filter((x) => x >= p10 && x <= p90);
  const robustMean = meanOf(robust);
  return {
    mean,
    var: variance,
    skew: variance === 0 ? 0 : third / (variance * Math.sqrt(variance)),
    kurt: variance === 0 ? 0 : fourth / (variance * variance) - 3,
    median,
    min,
    p10,
    p90,
    max,
    iqr: p75 - p25,
    range: max - min,
    mad: meanOf(sorted.map((x) => Math.abs(x - mean))),
    rmad: meanOf(robust.map((x) => Math.abs(x - robustMean))),
    medad: meanOf(sorted.map((x) => Math.abs(x - median))),
    cov: mean === 0 ? null : Math.sqrt(variance) / mean,
    qcod: p75 + p25 === 0 ? null : (p75 - p25) / (p75 + p25),
  };
}

function energyFeatures(values: Float64Array): IbsiFeatures {
  const energy = compensatedSum(values.map((x) => x * x));
  return { energy, rms: Math.sqrt(energy / values.length) };
}

function histogramFeatures(levels: Float64Array): IbsiFeatures {
  const low = levels[0]!;
  const counts = new Float64Array(levels[levels.length - 1]! - low + 1);
  for (const level of levels) counts[level - low]!++;
  let mode = 0;
  let entropy = 0;
  let uniformity = 0;
  counts.forEach((count, n) => {
    const p = count / levels.length;
    if (count > counts[mode]!) mode = n;
    if (p > 0) entropy -= (p * naturalLog(p)) / Math.LN2;
    uniformity += p * p;
  });
  const last = counts.length - 1;
  const gradient = Array.from(counts, (count, n) =>
    last === 0
      ? 0
      : n === 0
        ? counts[1]! - count
        : n === last
          ? count - counts[n - 1]!
          : (counts[n + 1]! - counts[n - 1]!) / 2,
  );
  const steepest = Math.max(...gradient);
  const flattest = Math.min(...gradient);
  return {
    mode: low + mode,
    entropy,
    uniformity,
    max_grad: steepest,
    max_grad_g: low + gradient.indexOf(steepest),
    min_grad: flattest,
    min_grad_g: low + gradient.indexOf(flattest),
  };
}

function discretise(sorted: Float64Array, rule: Discretisation): Result<Float64Array> {
  const bad = (got: number, wanted: string) =>
    refuse({ code: "bad-discretisation", message: "The intensities cannot be put into grey levels.", got, wanted });
  switch (rule.kind) {
    case "none": {
      const fraction = sorted.find((x) => !Number.isInteger(x));
      return fraction === undefined ? ok(sorted) : bad(fraction, "whole numbers, or a bin width or number");
    }
    case "bin-width":
      if (!(rule.width > 0)) return bad(rule.width, "a bin width above 0");
      if (sorted[0]! < rule.from) return bad(sorted[0]!, `no value below the lower bound ${rule.from}`);
      return ok(sorted.map((x) => Math.floor((x - rule.from) / rule.width) + 1));
    case "bin-number": {
      if (!(Number.isInteger(rule.bins) && rule.bins > 0)) return bad(rule.bins, "a whole number of bins above 0");
      const min = sorted[0]!;
      const range = sorted[sorted.length - 1]! - min;
      return ok(
        sorted.map((x) => (range === 0 ? 1 : Math.min(rule.bins, Math.floor((rule.bins * (x - min)) / range) + 1))),
      );
    }
  }
}
