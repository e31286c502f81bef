import type { Vec3 } from "../volume.js";
import type { BSplineTransform, RigidTransform, Transform } from "./transform.js";

/** An elastix parameter map: every value is a list of strings. */
export type ParameterMap = { readonly [name: string]: readonly string[] };

/** Steps of a registration: a rigid one, or a B-spline on top of it. */
export type RegistrationSteps = "rigid" | "rigid+b-spline";

/** Settings of a registration; all of them belong into the passport. */
export interface RegistrationParameters {
  readonly steps: RegistrationSteps;
  /** Voxel size of the images that the engine sees, mm; its 32-bit memory holds about 512 × 512 × 40. */
  readonly workingMm: number;
  /** Room around the mask, mm. */
  readonly marginMm: number;
  /** How much farther than that the moving image is looked at, mm. */
  readonly reachMm: number;
  readonly rigidIterations: number;
  readonly splineIterations: number;
  readonly samples: number;
  readonly controlSpacingMm: number;
  readonly seed: number;
}

/** The settings used where none are given. */
export const standardRegistration: RegistrationParameters = {
  steps: "rigid",
  workingMm: 3,
  marginMm: 25,
  reachMm: 30,
  rigidIterations: 200,
  splineIterations: 200,
  samples: 2048,
  controlSpacingMm: 45,
  seed: 121212,
};

const common = (p: RegistrationParameters, outside: number): ParameterMap => ({
  FixedInternalImagePixelType: ["float"],
  MovingInternalImagePixelType: ["float"],
  Registration: ["MultiResolutionRegistration"],
  Interpolator: ["LinearInterpolator"],
  ResampleInterpolator: ["FinalBSplineInterpolator"],
  Resampler: ["DefaultResampler"],
  FixedImagePyramid: ["FixedSmoothingImagePyramid"],
  MovingImagePyramid: ["MovingSmoothingImagePyramid"],
  Optimizer: ["AdaptiveStochasticGradientDescent"],
  Metric: ["AdvancedMattesMutualInformation"],
  AutomaticTransformInitialization: ["false"],
  HowToCombineTransforms: ["Compose"],
  NumberOfHistogramBins: ["32"],
  NumberOfResolutions: ["3"],
  ImagePyramidSchedule: "4 4 4 2 2 2 1 1 1".split(" "),
  NumberOfSpatialSamples: [String(p.samples)],
  NewSamplesEveryIteration: ["true"],
  ImageSampler: ["RandomCoordinate"],
  BSplineInterpolationOrder: ["1"],
  FinalBSplineInterpolationOrder: ["1"],
  DefaultPixelValue: [String(outside)],
  RandomSeed: [String(p.seed)],
  // The WebAssembly build fails without a result image.
  WriteResultImage: ["true"],
  ResultImagePixelType: ["float"],
  ResultImageFormat: ["mha"],
});

/** The map of the rigid step: Euler angles and a shift by Mattes mutual information (Klein 2010; Mattes 2003). */
export const rigidMap = (p: RegistrationParameters, outside: number): ParameterMap => ({
  ...common(p, outside),
  Transform: ["EulerTransform"],
  AutomaticScalesEstimation: ["true"],
  MaximumNumberOfIterations: [String(p.rigidIterations)],
});

/** The map of the B-spline step (Rueckert 1999). */
export const splineMap = (p: RegistrationParameters, outside: number): ParameterMap => ({
  ...common(p, outside),
  Transform: ["BSplineTransform"],
  MaximumNumberOfIterations: [String(p.splineIterations)],
  FinalGridSpacingInPhysicalUnits: [String(p.controlSpacingMm)],
});

/** A parameter map in the text of elastix's own files. */
export const parameterText = (map: ParameterMap): string =>
  Object.entries(map)
    .map(([name, values]) => {
      const words = values.map((value) => (Number.isFinite(Number(value)) ? value : `"${value}"`));
      return `(${name} ${words.join(" ")})\n`;
    })
    .join("");

/** The parameter map in the text of one of elastix's files; comments and empty lines are skipped. */
export function parseParameterText(text: string): ParameterMap {
  const map: { [name: string]: readonly string[] } = {};
  for (const line of text.split("\n")) {
    const [, name, values] = /^\((\S+)\s+(.*)\)\s*$/.exec(line) ?? [];
    if (name === undefined || values === undefined) continue;
    map[name] = (values.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
  }
  return map;
}

const triple = (values: readonly number[], at = 0): Vec3 => [values[at]!, values[at + 1]!, values[at + 2]!];

/** Reads the transforms that elastix found; null for a kind that was not asked for, or for numbers that are not finite. */
export function readTransform(maps: readonly ParameterMap[]): Transform | null {
  const steps: (RigidTransform | BSplineTransform)[] = [];
  for (const map of maps) {
    const numbers = (name: string): number[] => (map[name] ?? []).map(Number);
    const parameters = numbers("TransformParameters");
    if (parameters.length === 0 || !parameters.every(Number.isFinite)) return null;
    if (map.Transform?.[0] === "EulerTransform" && map.ComputeZYX?.[0] !== "true")
      steps.push({
        kind: "rigid",
        anglesRad: triple(parameters),
        translationMm: triple(parameters, 3),
        centerMm: triple(numbers("CenterOfRotationPoint")),
      });
    else if (map.Transform?.[0] === "BSplineTransform")
      steps.push({
        kind: "b-spline",
        size: triple(numbers("GridSize")),
        originMm: triple(numbers("GridOrigin")),
        spacingMm: triple(numbers("GridSpacing")),
        coefficients: Float64Array.from(parameters),
      });
    else return null;
  }
  return steps;
}
