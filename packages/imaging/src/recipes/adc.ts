import { type Issue, type Json, ok, type Result, refuse, refuseWith, warningIssue } from "@livermark/core";
import { fitVoxel } from "../adc-fit.js";
import { type AdcParameters, type DwiImage, type DwiSet, dwiSet } from "../dwi.js";
import { effectiveVoxels } from "../effective-voxels.js";
import { checkMask, maskInput, volumeInput } from "../mask.js";
import type { Measurement } from "../measurement.js";
import { type Moments, moments } from "../moments.js";
import type { Mask, Volume } from "../volume.js";
import { errorOfMean, FEWEST_VOXELS, measured, satterthwaite, symmetricInterval } from "./shared.js";

/**
 * Which minimum and maximum are meant when a lesion has several regions (paper 002 does not say; all three are stored).
 * `mean-of-ROI-extremes`: each region's own extreme, averaged; `extreme-of-ROI-means`: the extreme of the regions' means;
 * `pooled-voxel`: the extreme voxel of all regions together.
 */
export type AdcExtreme = "mean-of-ROI-extremes" | "extreme-of-ROI-means" | "pooled-voxel";

export interface AdcRecipeParameters extends AdcParameters {
  /** Which definition fills `adcMin`, `adcMax` and `adcHeterogeneity`. */
  readonly extremes?: AdcExtreme;
}

/** A liver-lesion ADC outside this range (mm²/s) is probably in another unit. */
const USUAL: readonly [number, number] = [0.2e-3, 4e-3];

/** Least relative change of a liver lesion's mean ADC that is real at 95 % (QIBA DWI profile), in percent. */
export const ADC_REPEATABILITY_PERCENT = 27;

/**
 * Mean ADC in mm²/s of one or several regions from diffusion-weighted images: every voxel is fitted, each region averaged,
 * and the region means averaged. Parts: per region name, voxels, mean, sd, min, max; the extremes by three named
 * definitions with heterogeneity (max − min)/mean; voxels that could not be fitted.
 * The interval covers noise, fit and sampling of the region. Refuses what `dwiSet` refuses, a region on another grid or
 * frame, and fewer than 5 fitted voxels. Warns outside 0.2e-3–4e-3 mm²/s.
 * Example: `adc({ dwi: [{ b: 0, volume: b0 }, { b: 800, volume: b800 }], regions: [roi] })`.
 */
export function adc(
  inputs: { readonly dwi: readonly DwiImage[]; readonly regions: readonly Mask[] },
  parameters: AdcRecipeParameters = {},
): Result<Measurement> {
  const { regions } = inputs;
  const { model = "log-linear", noiseFloor = { kind: "none" } } = parameters;
  if (regions.length === 0)
    return refuse({
      code: "no-region",
      message: "ADC needs at least one region.",
      got: "0 regions",
      wanted: "at least 1",
    });
  const set = dwiSet(inputs.dwi, parameters.b);
  if (!set.ok) return set;
  const found = regions.map((region) => regionAdc(set.value, region, { ...parameters, model, noiseFloor }));
  const issues: Issue[] = [...set.issues, ...found.flatMap((r) => r.issues)];
  const fitted = found.flatMap((r) => (r.ok ? [r.value] : []));
  if (fitted.length < found.length) return refuseWith(issues);
  return finish(
    fitted,
    parameters.extremes ?? "mean-of-ROI-extremes",
    {
      inputs: [...set.value.images.map(({ volume }) => volumeInput(volume)), ...regions.map(maskInput)],
      parameters: { source: "dwi", model, b: set.value.b, noiseFloor: { ...noiseFloor } },
    },
    issues,
  );
}

/**
 * The same from an ADC map (a scanner's, or one of ours) in mm²/s; voxels without a value are left out and counted.
 * Refuses a map in another unit. Example: `adcFromMap({ map, regions: [roi1, roi2, roi3] })`.
 */
export function adcFromMap(
  inputs: { readonly map: Volume; readonly regions: readonly Mask[] },
  parameters: { readonly extremes?: AdcExtreme } = {},
): Result<Measurement> {
  const { map, regions } = inputs;
  if (map.unit !== "mm2/s")
    return refuse({
      code: "unit-mismatch",
      message: "The ADC map is not in mm²/s.",
      got: map.unit,
      wanted: "mm2/s",
      mend: "Give the map's unit or its scaling.",
      where: { series: map.source.seriesUid },
    });
  if (regions.length === 0)
    return refuse({
      code: "no-region",
      message: "ADC needs at least one region.",
      got: "0 regions",
      wanted: "at least 1",
    });
  const found = regions.map((region) => {
    const checked = checkMask(map, region);
    return checked.ok ? summarise(region, voxelsOf(region), (v) => map.data[v]!) : checked;
  });
  const issues = found.flatMap((r) => r.issues);
  const fitted = found.flatMap((r) => (r.ok ? [r.value] : []));
  if (fitted.length < found.length) return refuseWith(issues);
  return finish(
    fitted,
    parameters.extremes ?? "mean-of-ROI-extremes",
    { inputs: [volumeInput(map), ...regions.map(maskInput)], parameters: { source: "map" } },
    issues,
  );
}

/**
 * Change of mean ADC in percent of the baseline, and whether it lies within the published measurement error of a liver
 * lesion (27 %, QIBA DWI profile). Refuses a baseline ≤ 0. Example: `adcChange(1e-3, 1.2e-3)` is +20 %, within the error.
 */
export function adcChange(
  baseline: number,
  followUp: number,
): Result<{
  readonly percent: number;
  readonly withinMeasurementError: boolean;
  readonly repeatabilityPercent: number;
}> {
  if (!(baseline > 0 && Number.isFinite(baseline) && Number.isFinite(followUp)))
    return refuse({
      code: "non-positive-baseline",
      message: "The change of ADC needs a baseline above zero and a follow-up value.",
      got: `${baseline}, ${followUp}`,
      wanted: "two finite values, the first above 0",
    });
  const percent = (100 * (followUp - baseline)) / baseline;
  return ok({
    percent,
    withinMeasurementError: Math.abs(percent) < ADC_REPEATABILITY_PERCENT,
    repeatabilityPercent: ADC_REPEATABILITY_PERCENT,
  });
}

interface RegionAdc {
  readonly name: string;
  readonly moments: Moments;
  readonly effective: number;
  readonly withoutFit: number;
}

function voxelsOf(mask: Mask): number[] {
  const voxels: number[] = [];
  for (let v = 0; v < mask.data.length; v++) if (mask.data[v] !== 0) voxels.push(v);
  return voxels;
}

function regionAdc(
  set: DwiSet,
  region: Mask,
  { model, noiseFloor }: Required<Pick<AdcParameters, "model" | "noiseFloor">>,
): Result<RegionAdc> {
  const data = set.images.map(({ volume }) => volume.data);
  for (const { volume } of set.images) {
    const checked = checkMask(volume, region);
    if (!checked.ok) return checked;
  }
  const signals = new Float64Array(data.length);
  return summarise(region, voxelsOf(region), (v) => {
    for (let image = 0; image < data.length; image++) signals[image] = data[image]![v]!;
    return fitVoxel(set.b, signals, model, noiseFloor)?.adc ?? Number.NaN;
  });
}

function summarise(region: Mask, voxels: readonly number[], adcAt: (voxel: number) => number): Result<RegionAdc> {
  const fitted = new Map(voxels.map((v) => [v, adcAt(v)] as const));
  const values = Float64Array.from(fitted.values()).filter(Number.isFinite);
  const withoutFit = voxels.length - values.length;
  if (values.length < FEWEST_VOXELS)
    return refuse({
      code: "too-few-voxels",
      message: `Region ${region.name} has too few voxels with an ADC.`,
      got: `${values.length} of ${voxels.length} voxels`,
      wanted: `at least ${FEWEST_VOXELS}`,
      mend: "Draw a larger region, away from voxels without signal.",
    });
  const issues =
    withoutFit === 0
      ? []
      : [
          warningIssue({
            code: "voxels-without-fit",
            message: `${withoutFit} of ${voxels.length} voxels of region ${region.name} have no ADC and were left out.`,
            got: withoutFit,
            wanted: "0",
          }),
        ];
  const m = moments(values);
  const effective = effectiveVoxels(region, (v) => fitted.get(v) ?? Number.NaN, m);
  return ok({ name: region.name, moments: m, effective, withoutFit }, issues);
}

function finish(
  regions: readonly RegionAdc[],
  extremes: AdcExtreme,
  origin: Pick<Parameters<typeof measured>[0], "inputs" | "parameters">,
  issues: readonly Issue[],
): Result<Measurement> {
  const n = regions.length;
  const mean = (f: (m: Moments) => number): number => regions.reduce((sum, r) => sum + f(r.moments), 0) / n;
  const value = mean((m) => m.mean);
  const means = regions.map((r) => r.moments.mean);
  const byDefinition: { readonly [E in AdcExtreme]: readonly [number, number] } = {
    "mean-of-ROI-extremes": [mean((m) => m.min), mean((m) => m.max)],
    "extreme-of-ROI-means": [Math.min(...means), Math.max(...means)],
    "pooled-voxel": [Math.min(...regions.map((r) => r.moments.min)), Math.max(...regions.map((r) => r.moments.max))],
  };
  const describe = ([min, max]: readonly [number, number]) => ({
    min,
    max,
    heterogeneity: value === 0 ? null : (max - min) / value,
  });
  const chosen = describe(byDefinition[extremes]);
  const terms = regions.map((r) => {
    const { variance, df } = errorOfMean(r.moments, r.effective);
    return { variance: variance / (n * n), df };
  });
  const parts: { readonly [name: string]: Json } = {
    regions: regions.map((r) => ({
      name: r.name,
      voxels: r.moments.n,
      mean: r.moments.mean,
      sd: r.moments.sd,
      min: r.moments.min,
      max: r.moments.max,
      voxelsWithoutFit: r.withoutFit,
    })),
    adcMean: value,
    adcMin: chosen.min,
    adcMax: chosen.max,
    adcHeterogeneity: chosen.heterogeneity,
    extremes: Object.fromEntries(Object.entries(byDefinition).map(([name, pair]) => [name, describe(pair)])),
  };
  const unusual = value < USUAL[0] || value > USUAL[1];
  return measured({
    recipe: "adc",
    version: "1",
    value,
    unit: "mm2/s",
    parts,
    interval: symmetricInterval(
      value,
      terms.reduce((sum, t) => sum + t.variance, 0),
      satterthwaite(terms),
      ["roi-sampling", "noise", "fit"],
    ),
    inputs: origin.inputs,
    parameters: { ...origin.parameters, adc_extreme: extremes },
    issues: unusual
      ? [
          ...issues,
          warningIssue({
            code: "adc-outside-usual-range",
            message: "The mean ADC is outside the range of liver lesions; the map may be in another unit.",
            got: `${value} mm²/s`,
            wanted: `${USUAL[0]} to ${USUAL[1]} mm²/s`,
            mend: "Check the b-values and the unit of the map.",
          }),
        ]
      : issues,
  });
}
