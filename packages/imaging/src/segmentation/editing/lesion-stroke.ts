import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { axialDiameters } from "../../diameter.js";
import { enhancingMask } from "../../enhancement.js";
import { maskVoxels } from "../../mask-runs.js";
import { moments } from "../../moments.js";
import { viableDiameter } from "../../viable-diameter.js";
import {
  type Grid,
  indexToPatient,
  type Mask,
  patientToIndex,
  sameGrid,
  type Vec3,
  type Volume,
  voxelVolumeMm3,
} from "../../volume.js";
import { componentsWith, fillHoles } from "../components.js";
import { intensityPrior, noiseStep } from "../intensity-prior.js";
import { medianFilter } from "../median-filter.js";
import { flagsOf } from "../morphology.js";
import { randomWalker } from "../random-walker.js";

/** What else is known of a lesion. */
export interface LesionStrokeOptions {
  /** The lesion does not leave this mask (the liver). */
  readonly within?: Mask;
  /** The image before contrast on the same grid, and the subtraction above which tissue is viable. */
  readonly enhancement?: { readonly pre: Volume; readonly threshold: number };
}

/** A lesion drawn by one stroke. */
export interface StrokedLesion {
  readonly mask: Mask;
  readonly volumeMl: number;
  readonly longestAxialMm: number;
  readonly shortAxisMm: number;
  readonly slice: number;
  /** Where `enhancement` was given: voxels above the threshold, their volume and the greatest straight run through them. */
  readonly viable: { readonly mask: Mask; readonly volumeMl: number; readonly diameterMm: number } | null;
}

/** A box of a volume. */
interface Part {
  readonly grid: Grid;
  readonly image: Float32Array;
  readonly low: Vec3;
}

function cut(volume: Volume, centre: Vec3, radiusMm: number): Part {
  const { grid, data } = volume;
  const at = patientToIndex(grid, centre);
  const side = (c: 0 | 1 | 2): readonly [number, number] => [
    Math.max(0, Math.floor(at[c] - radiusMm / grid.spacingMm[c])),
    Math.min(grid.size[c] - 1, Math.ceil(at[c] + radiusMm / grid.spacingMm[c])),
  ];
  const [x, y, z] = [side(0), side(1), side(2)];
  const size: Vec3 = [x[1] - x[0] + 1, y[1] - y[0] + 1, z[1] - z[0] + 1];
  const image = new Float32Array(size[0] * size[1] * size[2]);
  let n = 0;
  for (let k = z[0]; k <= z[1]; k++)
    for (let j = y[0]; j <= y[1]; j++)
      for (let i = x[0]; i <= x[1]; i++) image[n++] = data[(k * grid.size[1] + j) * grid.size[0] + i]!;
  const low: Vec3 = [x[0], y[0], z[0]];
  return { grid: { ...grid, size, originMm: indexToPatient(grid, ...low) }, image, low };
}

/**
 * A lesion from one stroke along its longest axis: the stroke's inner 70 % is surely inside, what lies farther from its middle
 * than 1.2 half-lengths is surely outside, and a random walker with the intensities of both decides between. Long and short axis
 * are those of `axialDiameters` (voxel centres).
 * Refuses a stroke shorter than four voxels, one that leaves the image, masks or images on another grid, and one that finds
 * nothing; warns when the outline differs from what lies around it by less than half of its own SD.
 * Example: `lesionFromStroke(arterial, [from, to], { within: liver })`.
 */
export function lesionFromStroke(
  volume: Volume,
  [from, to]: readonly [Vec3, Vec3],
  { within, enhancement }: LesionStrokeOptions = {},
): Result<StrokedLesion> {
  const { grid } = volume;
  const where = { series: volume.source.seriesUid };
  for (const other of [within?.grid, enhancement?.pre.grid])
    if (other !== undefined && !sameGrid(other, grid))
      return refuse({
        code: "other-grid",
        message: "The lesion's helpers lie on another grid than the image.",
        got: other.size.join("×"),
        wanted: grid.size.join("×"),
        where,
      });
  const d: Vec3 = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const length = Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
  const ends = [from, to].map((p) => patientToIndex(grid, p));
  const outsideImage = ends.some((p) => p.some((x, c) => !(x >= -0.5 && x <= grid.size[c]! - 0.5)));
  const least = 4 * Math.min(...grid.spacingMm);
  if (outsideImage || !(length >= least))
    return refuse({
      code: outsideImage ? "stroke-outside" : "stroke-short",
      message: outsideImage ? "The stroke leaves the image." : "The stroke is too short to tell a lesion from noise.",
      got: outsideImage ? ends.map((p) => p.map((x) => x.toFixed(1)).join(", ")).join("; ") : `${length.toFixed(1)} mm`,
      wanted: outsideImage ? "both ends on the image" : `at least ${least.toFixed(1)} mm`,
      mend: outsideImage ? "Draw it on this series." : "Draw it along the whole lesion, or use the brush.",
      where,
    });
  const half = length / 2;
  const middle: Vec3 = [from[0] + d[0] / 2, from[1] + d[1] / 2, from[2] + d[2] / 2];
  const edge = 1.2 * half + Math.min(...grid.spacingMm);
  const part = cut(volume, middle, edge + 3 * Math.max(...grid.spacingMm));
  const [nx, ny] = part.grid.size;
  const total = part.image.length;
  const inside = new Uint8Array(total);
  const outside = new Uint8Array(total);
  const domain = new Uint8Array(total).fill(1);
  const thick = Math.max(0.12 * half, 0.75 * Math.min(...grid.spacingMm));
  const fullAt = (v: number): number =>
    ((Math.floor(v / (nx * ny)) + part.low[2]) * grid.size[1] + (Math.floor(v / nx) % ny) + part.low[1]) *
      grid.size[0] +
    (v % nx) +
    part.low[0];
  const ball = new Uint8Array(total);
  for (let v = 0; v < total; v++) {
    const p = indexToPatient(part.grid, v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny)));
    const e: Vec3 = [p[0] - middle[0], p[1] - middle[1], p[2] - middle[2]];
    const squared = e[0] * e[0] + e[1] * e[1] + e[2] * e[2];
    const along = (e[0] * d[0] + e[1] * d[1] + e[2] * d[2]) / length;
    const kept = within === undefined || within.data[fullAt(v)] === 1;
    if (squared <= edge * edge) ball[v] = 1;
    if (!kept || squared > edge * edge || Math.abs(along) > half + Math.min(...grid.spacingMm)) outside[v] = 1;
    else if (Math.abs(along) <= 0.7 * half && squared - along * along <= thick * thick) inside[v] = 1;
  }
  const nothing = (): Result<never> =>
    refuse({
      code: "no-lesion",
      message: "Nothing along the stroke differs from its surroundings.",
      mend: "Draw it inside the organ, with brush or contours.",
      where,
    });
  if (!inside.includes(1)) return nothing();
  const image = medianFilter(
    part.grid,
    part.image,
    grid.spacingMm[2] > 2 * Math.min(grid.spacingMm[0], grid.spacingMm[1]),
  );
  // Intensities outside are learnt within the organ where one is given: what lies beyond is no neighbour of the lesion.
  const learnt = flagsOf(total, (v) => outside[v] === 1 && (within === undefined || within.data[fullAt(v)] === 1));
  const { probability } = randomWalker({
    grid: part.grid,
    image,
    domain,
    inside,
    outside,
    stepScale: 4 * Math.max(noiseStep(part.grid, image, inside), 1e-3),
    prior: { probability: intensityPrior(image, inside, learnt.includes(1) ? learnt : outside), weight: 0.02 },
  });
  const found = fillHoles(
    part.grid,
    componentsWith(
      part.grid,
      flagsOf(total, (v) => probability[v]! >= 0.5),
      inside,
    ),
  );
  const data = new Uint8Array(volume.data.length);
  const near: number[] = [];
  const own: number[] = [];
  for (let v = 0; v < total; v++) {
    if (found[v] === 1 && outside[v] === 0) {
      data[fullAt(v)] = 1;
      own.push(image[v]!);
    } else if (ball[v] === 1) near.push(image[v]!);
  }
  const mask: Mask = { name: "lesion", grid, data };
  const axes = axialDiameters(mask);
  if (axes === null) return nothing();
  const voxelMl = voxelVolumeMm3(grid) / 1000;
  const viableMask =
    enhancement === undefined
      ? null
      : enhancingMask(enhancement.pre, volume, mask, enhancement.threshold, "viable lesion");
  const lesion = moments(own);
  const around = near.length === 0 ? lesion : moments(near);
  const step = Math.abs(lesion.mean - around.mean);
  const unseen: readonly Issue[] =
    step <= 0.5 * (lesion.sd ?? 0)
      ? [
          warningIssue({
            code: "lesion-no-edge",
            message: "The outline does not differ from what lies around it.",
            got: `a step of ${step.toFixed(1)} ${volume.unit}`,
            wanted: `more than half of the SD inside, ${(lesion.sd ?? 0).toFixed(1)} ${volume.unit}`,
            mend: "Look at it; correct it with brush or contours.",
            where,
          }),
        ]
      : [];
  return ok(
    {
      mask,
      volumeMl: maskVoxels(mask) * voxelMl,
      longestAxialMm: axes.longestAxialMm,
      shortAxisMm: axes.shortAxisMm,
      slice: axes.slice,
      viable:
        viableMask === null
          ? null
          : {
              mask: viableMask,
              volumeMl: maskVoxels(viableMask) * voxelMl,
              diameterMm: viableDiameter(viableMask)?.diameterMm ?? 0,
            },
    },
    unseen,
  );
}
