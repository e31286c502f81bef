import { ok, type Result, refuse } from "@livermark/core";
import { coarsen } from "../segmentation/coarse-grid.js";
import { type Grid, indexToPatient, type Mask, patientToIndex, type Vec3, type Volume } from "../volume.js";
import { type RegistrationGate, type RegistrationQuality, registrationQuality } from "./quality.js";
import { type PointMap, resample } from "./resample.js";
import { type BSplineTransform, mapPoint, type RigidTransform, type Transform } from "./transform.js";

/** Settings of a registration; all of them belong into the passport. */
export interface ElastixParameters {
  readonly steps?: "rigid" | "rigid+b-spline";
  /** Voxel size of the images that elastix sees, mm; 32-bit memory holds about 512 × 512 × 40. */
  readonly workingMm?: number;
  /** Room around the mask, mm. */
  readonly marginMm?: number;
  readonly rigidIterations?: number;
  readonly splineIterations?: number;
  readonly samples?: number;
  readonly controlSpacingMm?: number;
  readonly seed?: number;
}

/** A registration with what it did. `map` takes patient points of the fixed image to the moving image. */
export interface Registration {
  readonly engine: "@itk-wasm/elastix 1.0.1";
  readonly parameters: Required<ElastixParameters>;
  /** In the working frame: millimetres along the fixed image's axes from the working grid's first voxel. */
  readonly transform: Transform;
  readonly frame: Grid;
  readonly map: PointMap;
  readonly quality: RegistrationQuality;
}

const standard: Required<ElastixParameters> = {
  steps: "rigid",
  workingMm: 3,
  marginMm: 25,
  rigidIterations: 200,
  splineIterations: 300,
  samples: 2048,
  controlSpacingMm: 30,
  seed: 121212,
};

/** The part of a grid that holds a mask with a margin. */
function cropAround(mask: Mask, marginMm: number): { readonly grid: Grid; readonly start: Vec3 } | null {
  const [nx, ny, nz] = mask.grid.size;
  const low = [nx, ny, nz];
  const high = [-1, -1, -1];
  for (let v = 0; v < mask.data.length; v++) {
    if (mask.data[v] === 0) continue;
    for (const [axis, at] of [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))].entries()) {
      low[axis] = Math.min(low[axis]!, at);
      high[axis] = Math.max(high[axis]!, at);
    }
  }
  if (high[0]! < 0) return null;
  const margin = mask.grid.spacingMm.map((spacing) => Math.ceil(marginMm / spacing));
  const start = low.map((at, axis) => Math.max(0, at - margin[axis]!)) as [number, number, number];
  const end = high.map((at, axis) => Math.min(mask.grid.size[axis]! - 1, at + margin[axis]!));
  const size = end.map((at, axis) => at - start[axis]! + 1) as [number, number, number];
  return { grid: { ...mask.grid, size, originMm: indexToPatient(mask.grid, ...start) }, start };
}

/** The part of a mask that lies in the crop. */
function resampleMask(mask: Mask, [i0, j0, k0]: Vec3, { size: [nx, ny, nz] }: Grid): Uint8Array {
  const [mx, my] = mask.grid.size;
  const part = new Uint8Array(nx * ny * nz);
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) {
      const from = ((k + k0) * my + j + j0) * mx + i0;
      part.set(mask.data.subarray(from, from + nx), (k * ny + j) * nx);
    }
  return part;
}

/** Parameter maps in elastix's own words; every value is a list of strings. */
function parameterMaps(p: Required<ElastixParameters>): { [name: string]: string[] }[] {
  const common = {
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
    DefaultPixelValue: ["-1000"],
    RandomSeed: [String(p.seed)],
    WriteResultImage: ["false"],
  };
  const rigid = {
    ...common,
    Transform: ["EulerTransform"],
    AutomaticScalesEstimation: ["true"],
    MaximumNumberOfIterations: [String(p.rigidIterations)],
  };
  const spline = {
    ...common,
    Transform: ["BSplineTransform"],
    MaximumNumberOfIterations: [String(p.splineIterations)],
    FinalGridSpacingInPhysicalUnits: [String(p.controlSpacingMm)],
  };
  const maps: { [name: string]: string[] }[] = p.steps === "rigid" ? [rigid] : [rigid, spline];
  // Without a result image on the last map this build returns no image at all and fails.
  maps[maps.length - 1] = { ...maps[maps.length - 1]!, WriteResultImage: ["true"], ResultImagePixelType: ["float"] };
  return maps;
}

const triple = (values: readonly number[], at = 0): Vec3 => [values[at]!, values[at + 1]!, values[at + 2]!];

/** Reads elastix's transform parameters; null for a kind that is not asked for. */
function readTransform(maps: readonly { readonly [name: string]: readonly string[] }[]): Transform | null {
  const steps: (RigidTransform | BSplineTransform)[] = [];
  for (const map of maps) {
    const numbers = (name: string): number[] => (map[name] ?? []).map(Number);
    const parameters = numbers("TransformParameters");
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

/**
 * Registers a moving volume to a fixed one around a mask of the fixed image (a liver): crop with a margin, block means of
 * `workingMm`, header geometry as the start, Mattes mutual information with a fixed random seed, rigid or rigid and B-spline
 * (elastix, Klein 2010). Runs in Node only. The verdict is that of `registrationQuality`; the caller applies `map` with
 * `resample` only where it is `accepted`.
 * Refuses an empty mask, a mask on another grid than the fixed volume, and an engine that failed.
 * Example: `await registerWithElastix(arterial, unenhanced, liver)`.
 */
export async function registerWithElastix(
  fixed: Volume,
  moving: Volume,
  mask: Mask,
  parameters: ElastixParameters = {},
  gate: RegistrationGate = {},
): Promise<Result<Registration>> {
  const settings = { ...standard, ...parameters };
  const crop = cropAround(mask, settings.marginMm);
  if (crop === null || mask.data.length !== fixed.data.length)
    return refuse({
      code: "registration-mask",
      message: "Registration wants a mask of the fixed image that is not empty.",
      got: crop === null ? "an empty mask" : "a mask on another grid",
      wanted: "the liver on the fixed image's grid",
      mend: "Give the liver mask of the fixed phase.",
      where: { series: fixed.source.seriesUid },
    });
  const fixedCrop = resample(fixed, crop.grid).volume;
  const coarse = coarsen(crop.grid, fixedCrop.data, settings.workingMm);
  const movingCrop = resample(moving, crop.grid).volume;
  const coarseMoving = coarsen(crop.grid, movingCrop.data, settings.workingMm);
  const image = (name: string, data: Float32Array) => ({
    imageType: { dimension: 3, componentType: "float32" as const, pixelType: "Scalar" as const, components: 1 },
    name,
    origin: [0, 0, 0],
    spacing: [...coarse.grid.spacingMm],
    direction: Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]),
    size: [...coarse.grid.size],
    metadata: new Map(),
    data,
  });
  const { elastixNode } = await import("@itk-wasm/elastix");
  let found: unknown;
  try {
    const result = await elastixNode(parameterMaps(settings), {
      fixed: image("fixed", coarse.data),
      moving: image("moving", coarseMoving.data),
    });
    found = result.transformParameterObject;
  } catch (failure) {
    return refuse({
      code: "registration-engine",
      message: "The registration engine stopped without a result.",
      got: failure instanceof Error ? failure.message : String(failure),
      wanted: "a transform",
      mend: "Use a coarser working size, or measure on the unregistered pair.",
      where: { series: moving.source.seriesUid },
    });
  }
  const transform = readTransform(found as { readonly [name: string]: readonly string[] }[]);
  if (transform === null)
    return refuse({
      code: "registration-engine",
      message: "The registration engine returned a transform of an unknown kind.",
      got: "another kind",
      wanted: "EulerTransform, BSplineTransform",
      mend: "Report this as a fault of the program.",
    });
  const frame = coarse.grid;
  const local = (p: Vec3): Vec3 => {
    const [i, j, k] = patientToIndex(frame, p);
    return [i * frame.spacingMm[0], j * frame.spacingMm[1], k * frame.spacingMm[2]];
  };
  const map: PointMap = (p) => {
    const [x, y, z] = mapPoint(transform, local(p));
    return indexToPatient(frame, x / frame.spacingMm[0], y / frame.spacingMm[1], z / frame.spacingMm[2]);
  };
  const maskShare = coarsen(crop.grid, resampleMask(mask, crop.start, crop.grid), settings.workingMm).data;
  const coarseMask: Mask = {
    name: mask.name,
    grid: frame,
    data: Uint8Array.from(maskShare, (share) => Number(share >= 0.5)),
  };
  const onFrame = (volume: Volume, data: Float32Array): Volume => ({ ...volume, grid: frame, data });
  return ok({
    engine: "@itk-wasm/elastix 1.0.1",
    parameters: settings,
    transform,
    frame,
    map,
    quality: registrationQuality(
      onFrame(fixed, coarse.data),
      onFrame(moving, coarseMoving.data),
      map,
      coarseMask,
      gate,
    ),
  });
}
