import { type Issue, ok, type Result, refuse, refuseWith, warningIssue } from "@livermark/core";
import { type AdcModel, fitVoxel, logLinearWeights, type NoiseFloor } from "./adc-fit.js";
import { adcPlanes } from "./kernels/voxel-kernels.js";
import { sameGrid, type Volume, type VoxelArray, voxelCount } from "./volume.js";

/** One diffusion-weighted image (trace) and its b-value in s/mm². */
export interface DwiImage {
  readonly b: number;
  readonly volume: Volume;
}

export interface AdcParameters {
  readonly model?: AdcModel;
  /** b-values to use, s/mm²; all when left out. */
  readonly b?: readonly number[];
  readonly noiseFloor?: NoiseFloor;
}

export interface AdcMapParameters extends AdcParameters {
  /** Whether the residual map is wanted too (true); without it the log-linear and two-point maps are much faster. */
  readonly residualMap?: boolean;
}

/** Images in ascending b, on one grid, with at least two different b. */
export interface DwiSet {
  readonly images: readonly DwiImage[];
  readonly b: readonly number[];
}

/** A header's b-value may differ from the asked one by this much. */
const B_TOLERANCE = 0.5;

/**
 * Checks and orders diffusion-weighted images, and picks the asked b-values.
 * Refuses images on different grids or units, b-values that are negative or not finite, an asked b-value that is not there,
 * a single b, b-values that are all equal, and images whose proven intensity scales differ. Warns where a scale is unproven.
 * Example: `dwiSet([{ b: 0, volume: b0 }, { b: 800, volume: b800 }])`.
 */
export function dwiSet(images: readonly DwiImage[], wanted?: readonly number[]): Result<DwiSet> {
  const all = images.map((image) => image.b);
  const bad = all.find((b) => !(Number.isFinite(b) && b >= 0));
  if (bad !== undefined)
    return refuse({
      code: "bad-b-value",
      message: "A b-value is not a number of at least 0.",
      got: bad,
      wanted: "s/mm², 0 or more",
    });
  const missing = wanted?.find((w) => !all.some((b) => Math.abs(b - w) <= B_TOLERANCE));
  if (missing !== undefined)
    return refuse({
      code: "b-value-not-found",
      message: `There is no image with b = ${missing} s/mm².`,
      got: all.join(", "),
      wanted: wanted?.join(", ") ?? "",
    });
  const chosen = images
    .filter(({ b }) => wanted === undefined || wanted.some((w) => Math.abs(b - w) <= B_TOLERANCE))
    .sort((p, q) => p.b - q.b);
  const [first] = chosen;
  const last = chosen[chosen.length - 1];
  if (first === undefined || last === undefined || chosen.length < 2)
    return refuse({
      code: "one-b-value",
      message: "An ADC fit needs images of at least two b-values.",
      got: chosen.map(({ b }) => b).join(", ") || "none",
      wanted: "two different b-values",
    });
  if (last.b - first.b < B_TOLERANCE)
    return refuse({
      code: "b-values-equal",
      message: "All b-values are equal, so no ADC can be fitted.",
      got: chosen.map(({ b }) => b).join(", "),
      wanted: "two different b-values",
    });
  const issues: Issue[] = [];
  for (const { b, volume } of chosen.slice(1)) {
    const where = { series: volume.source.seriesUid };
    if (!sameGrid(first.volume.grid, volume.grid))
      issues.push(
        ...refuse({
          code: "other-grid",
          message: `The image of b = ${b} is not on the grid of the image of b = ${first.b}.`,
          got: `${volume.grid.size.join("×")} voxels`,
          wanted: `${first.volume.grid.size.join("×")} voxels`,
          where,
        }).issues,
      );
    if (volume.unit !== first.volume.unit)
      issues.push(
        ...refuse({
          code: "unit-mismatch",
          message: "The images are in different units.",
          got: volume.unit,
          wanted: first.volume.unit,
          where,
        }).issues,
      );
    if (volume.scale.proven && first.volume.scale.proven && volume.scale.id !== first.volume.scale.id)
      issues.push(
        ...refuse({
          code: "scale-mismatch",
          message: "The images of the b-values have different intensity scales.",
          got: volume.scale.id,
          wanted: first.volume.scale.id,
          where,
        }).issues,
      );
  }
  const unproven = chosen.find(({ volume }) => !volume.scale.proven);
  if (unproven !== undefined)
    issues.push(
      warningIssue({
        code: "unproven-scale",
        message:
          "The header does not prove that the images of all b-values share one intensity scale; ADC takes it for granted.",
        got: unproven.volume.scale.reason,
        where: { series: unproven.volume.source.seriesUid },
      }),
    );
  if (issues.some((issue) => issue.severity === "error")) return refuseWith(issues);
  return ok({ images: chosen, b: chosen.map(({ b }) => b) }, issues);
}

/** ADC map in mm²/s with its residual map (root mean square, signal units); NaN = the voxel has no fit. */
export interface AdcMap {
  readonly adc: Volume;
  readonly residual: Volume | null;
  readonly voxelsWithoutFit: number;
}

/**
 * ADC of every voxel in mm²/s, as 32-bit floats. A voxel that cannot be fitted (see `fitVoxel`) is NaN and counted.
 * Refuses what `dwiSet` refuses. Example: `adcMap([{ b: 0, volume: b0 }, { b: 800, volume: b800 }])`.
 */
export function adcMap(images: readonly DwiImage[], parameters: AdcMapParameters = {}): Result<AdcMap> {
  const { model = "log-linear", noiseFloor = { kind: "none" }, residualMap = true } = parameters;
  const set = dwiSet(images, parameters.b);
  if (!set.ok) return set;
  const { b } = set.value;
  const first = set.value.images[0]!.volume;
  const data = set.value.images.map(({ volume }) => volume.data);
  const adc = new Float32Array(voxelCount(first.grid));
  const residual = residualMap ? new Float32Array(adc.length) : null;
  if (residual === null && model !== "nonlinear" && noiseFloor.kind === "none") {
    adcPlanes(...linearFit(model, b, data), adc);
  } else {
    fitEveryVoxel(b, data, model, noiseFloor, adc, residual);
  }
  let voxelsWithoutFit = 0;
  for (let v = 0; v < adc.length; v++) if (Number.isNaN(adc[v])) voxelsWithoutFit++;
  const named = (what: string): Volume["source"] => ({
    ...first.source,
    description: `${what} (${model}, b ${b.join(", ")})`,
  });
  return ok(
    {
      adc: { ...first, data: adc, unit: "mm2/s", source: named("ADC") },
      residual: residual === null ? null : { ...first, data: residual, source: named("ADC residual") },
      voxelsWithoutFit,
    },
    set.issues,
  );
}

/** The images that a model linear in ln S uses, and their weights. */
function linearFit(
  model: "log-linear" | "two-point",
  b: readonly number[],
  data: readonly VoxelArray[],
): [planes: readonly VoxelArray[], weights: readonly number[]] {
  if (model === "log-linear") return [data, logLinearWeights(b)];
  const last = b.length - 1;
  return [[data[0]!, data[last]!], logLinearWeights([b[0]!, b[last]!])];
}

function fitEveryVoxel(
  b: readonly number[],
  data: readonly VoxelArray[],
  model: AdcModel,
  noiseFloor: NoiseFloor,
  adc: Float32Array,
  residual: Float32Array | null,
): void {
  const signals = new Float64Array(b.length);
  for (let v = 0; v < adc.length; v++) {
    for (let image = 0; image < data.length; image++) signals[image] = data[image]![v]!;
    const fit = fitVoxel(b, signals, model, noiseFloor);
    adc[v] = fit === null ? Number.NaN : fit.adc;
    if (residual !== null) residual[v] = fit === null ? Number.NaN : fit.residual;
  }
}
