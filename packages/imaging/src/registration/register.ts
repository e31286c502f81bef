import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { dilate } from "../segmentation/morphology.js";
import { type Grid, indexToPatient, type Mask, patientToIndex, sameGrid, type Vec3, type Volume } from "../volume.js";
import { chosen, verdictOf } from "./choose-trial.js";
import type { EngineImage, RegistrationEngine } from "./engine.js";
import { type LocalShift, localShift } from "./local-shift.js";
import {
  type ParameterMap,
  type RegistrationParameters,
  type RegistrationSteps,
  readTransform,
  rigidMap,
  splineMap,
  standardRegistration,
} from "./parameter-maps.js";
import { type RegistrationGate, type RegistrationQuality, registrationQuality, standardGate } from "./quality.js";
import type { Registration, RegistrationInputs, RegistrationTrial } from "./registration.js";
import type { PointMap } from "./resample.js";
import { surfaceDistance } from "./surface-distance.js";
import { mapPoint, type Transform } from "./transform.js";
import { blocksAround, extendedTo, type WorkingImage, workingImage, workingMask } from "./working-image.js";

/** Displacements seen in the images below which a pair is left alone, mm: mean over the parts of the liver, and any part. */
const ALIGNED = { meanMm: 0.5, maxMm: 1 } as const;

/** Similarity and displacement are judged in the liver and this far around it, where its surface shows, mm. */
const SURROUNDINGS_MM = 10;

/** A B-spline that squeezes tissue is tried again with its control points this many times as far apart: fewer, so stiffer. */
const STIFFER = [4 / 3, 16 / 9] as const;

const stays: PointMap = (point) => point;

/** The map of patient points that a transform in the working frame means. */
export function pointMap(transform: Transform, frame: Grid): PointMap {
  if (transform.length === 0) return stays;
  const [sx, sy, sz] = frame.spacingMm;
  return (p) => {
    const [i, j, k] = patientToIndex(frame, p);
    const [x, y, z] = mapPoint(transform, [i * sx, j * sy, k * sz]);
    return indexToPatient(frame, x / sx, y / sy, z / sz);
  };
}

const engineImage = ({ grid, data }: WorkingImage, frame: Grid): EngineImage => {
  const [i, j, k] = patientToIndex(frame, grid.originMm);
  const [sx, sy, sz] = frame.spacingMm;
  // Whole blocks apart; rounding keeps the last bits of the patient position out of the result.
  const originMm: Vec3 = [Math.round(i) * sx, Math.round(j) * sy, Math.round(k) * sz];
  return { size: grid.size, spacingMm: grid.spacingMm, originMm, data };
};

function refusedMask(fixed: Volume, liver: Mask): Result<never> {
  const other = !sameGrid(fixed.grid, liver.grid);
  return refuse({
    code: "registration-mask",
    message: "Registration wants a mask of the fixed image that is not empty.",
    got: other ? "a mask on another grid" : "an empty mask",
    wanted: "the liver on the fixed image's grid",
    mend: "Give the liver mask of the fixed phase.",
    where: { series: fixed.source.seriesUid },
  });
}

/** Share of the liver's blocks whose centre lies in the moving volume by the headers. */
function coveredShare(liver: Mask, moving: Grid): number {
  const [nx, ny] = liver.grid.size;
  let [inside, all] = [0, 0];
  for (let v = 0; v < liver.data.length; v++) {
    if (liver.data[v] === 0) continue;
    all++;
    const p = indexToPatient(liver.grid, v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny)));
    if (patientToIndex(moving, p).every((x, a) => x >= -0.5 && x <= moving.size[a]! - 0.5)) inside++;
  }
  return all === 0 ? 0 : inside / all;
}

/**
 * Registers a moving image to a fixed one around the liver, starting from the headers' geometry: block means of `workingMm`, then
 * a rigid and on request a B-spline step by Mattes mutual information with a fixed seed (elastix, Klein 2010). A pair in which no
 * displacement is seen is left alone. Every step passes the gate of `registrationQuality` or is dropped; a B-spline that squeezes
 * tissue is tried again stiffer, twice at most, and has to leave less displacement and more similarity than the rigid step. With
 * nothing left the verdict is `refused` and `map` keeps every point where it is.
 * Refuses an empty mask, one on another grid, images of which less than half of the liver overlaps, and an engine that failed.
 * Example: `await registerPair({ fixed: arterial, moving: pre, liver }, wasmElastix)`.
 */
export async function registerPair(
  inputs: RegistrationInputs,
  engine: RegistrationEngine,
  wanted: Partial<RegistrationParameters> = {},
  limits: RegistrationGate = {},
  progress: (what: string) => void = () => {},
): Promise<Result<Registration>> {
  const parameters = { ...standardRegistration, ...wanted };
  const gate = { ...standardGate, ...limits };
  const { fixed, moving, liver, tumours = [], movingLiver } = inputs;
  const blocks = blocksAround(liver, parameters.marginMm, parameters.workingMm);
  if (blocks === null || !sameGrid(fixed.grid, liver.grid)) return refusedMask(fixed, liver);
  progress("averaging the images");
  const coarseLiver = workingMask(liver, blocks);
  const covered = coveredShare(coarseLiver, moving.grid);
  if (covered < 0.5)
    return refuse({
      code: "registration-no-overlap",
      message: "The two images hardly overlap in the liver.",
      got: `${(100 * covered).toFixed(0)} % of the liver lies in the moving image`,
      wanted: "at least half of it",
      mend: "Check that both series belong to one patient and one position; series of different frames of reference may need a start by hand.",
      where: { series: moving.source.seriesUid },
    });
  const outside = (volume: Volume): number => (volume.unit === "HU" ? -1000 : 0);
  const still = workingImage(fixed, blocks, outside(fixed));
  const free = workingImage(moving, extendedTo(blocks, moving.grid, parameters.reachMm), outside(moving));
  const frame = still.grid;
  const onBlocks = (volume: Volume, { grid, data }: WorkingImage): Volume => ({ ...volume, grid, data });
  const [coarseFixed, coarseMoving] = [onBlocks(fixed, still), onBlocks(moving, free)];
  const around: Mask = { ...coarseLiver, data: dilate(frame, coarseLiver.data, SURROUNDINGS_MM) };
  const coarseTumours = tumours.map((tumour) => workingMask(tumour, blocks));
  const judge = (transform: Transform): RegistrationQuality =>
    registrationQuality(coarseFixed, coarseMoving, pointMap(transform, frame), coarseLiver, gate, {
      similarity: around,
      tumours: coarseTumours,
    });
  const left = (transform: Transform): LocalShift =>
    localShift(coarseFixed, coarseMoving, pointMap(transform, frame), around, outside(moving));

  const before = left([]);
  const trials: RegistrationTrial[] = [];
  const aligned = before.meanMm !== null && before.meanMm < ALIGNED.meanMm && before.maxMm! < ALIGNED.maxMm;
  if (!aligned) {
    const images = { fixed: engineImage(still, frame), moving: engineImage(free, frame) };
    const tried = async (
      steps: RegistrationSteps,
      step: ParameterMap,
      controlSpacingMm: number | null,
      initial: readonly ParameterMap[],
    ): Promise<Result<readonly ParameterMap[]>> => {
      const found = await engine.run({ ...images, step, initial });
      if (!found.ok) return found;
      const transform = readTransform(found.value);
      if (transform === null) return unknownTransform();
      trials.push({ steps, controlSpacingMm, transform, quality: judge(transform), left: left(transform) });
      return found;
    };
    progress("rigid registration");
    const rigid = await tried("rigid", rigidMap(parameters, outside(moving)), null, []);
    if (!rigid.ok) return rigid;
    for (const factor of parameters.steps === "rigid" ? [] : [1, ...STIFFER]) {
      if (factor !== 1 && trials.at(-1)?.quality.squeezes !== true) break;
      progress("B-spline registration");
      const controlSpacingMm = factor * parameters.controlSpacingMm;
      const map = splineMap({ ...parameters, controlSpacingMm }, outside(moving));
      const spline = await tried("rigid+b-spline", map, controlSpacingMm, rigid.value);
      if (!spline.ok) return spline;
    }
  }
  const best = chosen(trials);
  const transform = best?.transform ?? [];
  const after = best?.left ?? before;
  const [verdict, reason] = verdictOf(aligned, trials, best);
  const coarseMovingLiver =
    movingLiver === undefined ? null : onMoving(movingLiver, parameters.marginMm, parameters.workingMm);
  const similarityBefore = trials[0]?.quality.similarityBefore ?? judge([]).similarityBefore;
  return ok({
    engine: engine.name,
    parameters,
    gate,
    verdict,
    reason,
    used: best?.steps ?? "none",
    transform,
    frame,
    map: pointMap(transform, frame),
    trials,
    similarity: { before: similarityBefore, after: best?.quality.similarityAfter ?? similarityBefore },
    shift: { before, after },
    surface:
      coarseMovingLiver === null
        ? null
        : {
            before: surfaceDistance(coarseLiver, coarseMovingLiver, stays),
            after: surfaceDistance(coarseLiver, coarseMovingLiver, pointMap(transform, frame)),
          },
    issues: [...trials.flatMap((trial) => trial.quality.issues.map((issue) => ofStep(issue, trial)))],
  });
}

const unknownTransform = (): Result<never> =>
  refuse({
    code: "registration-engine",
    message: "The registration engine returned a transform of an unknown kind.",
    got: "another kind, or numbers that are not finite",
    wanted: "EulerTransform, BSplineTransform",
    mend: "Report this as a fault of the program.",
  });

const ofStep = (issue: Issue, { steps, controlSpacingMm }: RegistrationTrial): Issue => {
  const points = controlSpacingMm === null ? "" : ` with control points ${controlSpacingMm.toFixed(0)} mm apart`;
  return warningIssue({
    ...issue,
    message: issue.message.replace("The registration", `The ${steps} registration${points}`),
  });
};

const onMoving = (mask: Mask, marginMm: number, workingMm: number): Mask | null => {
  const blocks = blocksAround(mask, marginMm, workingMm);
  return blocks === null ? null : workingMask(mask, blocks);
};
