import { type Issue, ok, type Result, refuse, refuseWith, warningIssue } from "@livermark/core";
import { type AdcModel, fitVoxel, type NoiseFloor } from "./adc-fit.js";
import { sameGrid, type Volume, voxelCount } from "./volume.js";

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
  readonly residual: Volume;
  readonly voxelsWithoutFit: number;
}

/**
 * ADC of every voxel in mm²/s. A voxel that cannot be fitted (see `fitVoxel`) is NaN in both maps and counted.
 * Refuses what `dwiSet` refuses. Example: `adcMap([{ b: 0, volume: b0 }, { b: 800, volume: b800 }])`.
 */
export function adcMap(images: readonly DwiImage[], parameters: AdcParameters = {}): Result<AdcMap> {
  const { model = "log-linear", noiseFloor = { kind: "none" } } = parameters;
  const set = dwiSet(images, parameters.b);
  if (!set.ok) return set;
  const { b } = set.value;
  const first = set.value.images[0]!.volume;
  const n = voxelCount(first.grid);
  const adc = new Float32Array(n);
  const residual = new Float32Array(n);
  const signals = new Float64Array(b.length);
  const data = set.value.images.map(({ volume }) => volume.data);
  let voxelsWithoutFit = 0;
  for (let v = 0; v < n; v++) {
    for (let image = 0; image < data.length; image++) signals[image] = data[image]![v]!;
    const fit = fitVoxel(b, signals, model, noiseFloor);
    if (fit === null) voxelsWithoutFit++;
    adc[v] = fit === null ? Number.NaN : fit.adc;
    residual[v] = fit === null ? Number.NaN : fit.residual;
  }
  const described = { ...first.source, description: `ADC (${model}, b ${b.join(", ")})` };
  return ok(
    {
      adc: { ...first, data: adc, unit: "mm2/s", source: described },
      residual: {
        ...first,
        data: residual,
        source: { ...described, description: `${described.description} residual` },
      },
      voxelsWithoutFit,
    },
    set.issues,
  );
}
