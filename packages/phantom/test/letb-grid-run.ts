import { type Result, unwrap } from "@livermark/core";
import {
  indexToPatient,
  type LetbParameters,
  letb,
  type Mask,
  type Measurement,
  patientToIndex,
  suggestReferences,
  type Vec3,
  type Volume,
} from "@livermark/imaging";
import {
  displaced,
  expectedOfPair,
  type LetbCtVisit,
  type LetbGridCase,
  letbCtPhantom,
  letbGridOptions,
  noMotion,
} from "../src/index.js";

/** A mapping of patient points from the fixed to the moving image. */
export type PointMap = (point: Vec3) => Vec3;

/** What a registration gave: the volume on the fixed grid, how it came there (null: left as it was), what may be left. */
export interface Registered {
  readonly map: PointMap | null;
  readonly volume: Volume;
  /** Displacement that the registration itself expects to have left, mm. */
  readonly errorMm: number;
}

export type Register = (
  arterial: Volume,
  unenhanced: Volume,
  liver: Mask,
  tumours: readonly Mask[],
) => Promise<Registered>;

/** One reading, how far its interval reaches, and how many points of that the displacement left adds (in quadrature). */
export interface Reading {
  readonly letb: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
  readonly displacementPoints: number;
}

/** What one phantom of the grid gave, everything in percent but `residualMm`. */
export interface GridRow extends LetbGridCase {
  readonly truth: number;
  /** Voxels of the liver that lie at a border of tissues. */
  readonly shell: number;
  readonly withoutNoise: number;
  /** As the paper defines it, and with the surface rule of 3 mm; after registration. */
  readonly registered: Reading;
  readonly registeredSurface: Reading;
  /** What refused the pair as it came, if anything did, and what it would have read. */
  readonly refusedAs: readonly string[];
  readonly unregistered: number;
  /** Mean distance between the found and the true place in the liver. */
  readonly residualMm: number;
  /** What the registration expects it to be, root mean square. */
  readonly errorMm: number;
  readonly accepted: boolean;
}

const SURFACE_MM = 3;

const phases = (visit: LetbCtVisit): readonly [Volume, Volume] => {
  const [pre, arterial] = visit.volumes;
  return [pre!.volume, arterial!.volume];
};

/** Three suggested references of 1 cm³, or of 0.5 cm³ where there is no room. */
export function references(
  pre: Volume,
  arterial: Volume,
  { liver, lesions }: Pick<LetbCtVisit, "liver" | "lesions">,
): readonly Mask[] {
  const inputs = { pre, arterial, liver, tumours: lesions };
  const large = suggestReferences(inputs);
  return unwrap(large.ok ? large : suggestReferences(inputs, { volumeCm3: 0.5 })).map((one) => one.mask);
}

/** Calls `visit` with every `step`-th liver voxel's patient point. */
function sampleLiver(liver: Mask, step: number, visit: (point: Vec3) => void): void {
  const [nx, ny] = liver.grid.size;
  for (let v = 0; v < liver.data.length; v += step)
    if (liver.data[v] === 1)
      visit(indexToPatient(liver.grid, v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))));
}

/** SD of the noise in a subtraction whose precontrast phase was interpolated by cubic convolution through `map`. */
export function noiseOfPair(noiseSd: number, moving: Volume, liver: Mask, map: PointMap | null): number {
  if (noiseSd === 0) return 0;
  const squares = (t: number): number => {
    const weights = [
      (-t + 2 * t * t - t ** 3) / 2,
      (2 - 5 * t * t + 3 * t ** 3) / 2,
      (t + 4 * t * t - 3 * t ** 3) / 2,
      (t ** 3 - t * t) / 2,
    ];
    return weights.reduce((sum, w) => sum + w * w, 0);
  };
  let [sum, n] = [0, 0];
  sampleLiver(liver, 17, (point) => {
    sum +=
      map === null ? 1 : patientToIndex(moving.grid, map(point)).reduce((p, x) => p * squares(x - Math.floor(x)), 1);
    n++;
  });
  return Math.sqrt((noiseSd ** 2 + 1 / 12) * (1 + sum / n));
}

/** A measurement beside what it should be. */
export function readingOf({ value, interval, parts }: Measurement, expected: number): Reading {
  const { registration } = parts;
  const high =
    typeof registration === "object" && registration !== null && "high" in registration ? registration.high : value;
  return {
    letb: value,
    expected,
    low: interval?.low ?? value,
    high: interval?.high ?? value,
    displacementPoints: Number(high) - value,
  };
}

/** Renders, registers and measures one case of the grid. */
export async function runGridCase(one: LetbGridCase, register: Register): Promise<GridRow> {
  const [still] = unwrap(letbCtPhantom(letbGridOptions(one, { noise: false, motion: false }))).visits;
  const options = letbGridOptions(one);
  const [visit] = unwrap(letbCtPhantom(options)).visits;
  if (still === undefined || visit === undefined) throw new Error("no visit");
  const [cleanPre, cleanArterial] = phases(still);
  const [unenhanced, arterial] = phases(visit);
  const { liver } = visit;
  const measure = (pre: Volume, parameters: LetbParameters): Result<Measurement> =>
    letb(
      { pre, arterial, liver, references: references(pre, arterial, visit), tumours: visit.lesions },
      { contrastOverride: "phantom, with or without tumour", ...parameters },
    );
  const { map, volume: aligned, errorMm } = await register(arterial, unenhanced, liver, visit.lesions);
  const expected = expectedOfPair(cleanPre, cleanArterial, liver, {
    sd: noiseOfPair(one.noiseSd, unenhanced, liver, map),
  });
  const reading = (parameters: LetbParameters): Reading => {
    const given = { motionOverride: "after registration", registrationErrorMm: errorMm, ...parameters };
    return readingOf(unwrap(measure(aligned, given)), expected);
  };
  const asItCame = measure(unenhanced, {});
  const motion = options.motion ?? noMotion;
  let [distance, points] = [0, 0];
  sampleLiver(liver, 37, (point) => {
    const [found, wanted] = [(map ?? ((p: Vec3) => p))(point), displaced(motion, point)];
    distance += Math.hypot(...found.map((x, axis) => x - wanted[axis]!));
    points++;
  });
  const clean = unwrap(
    letb(
      {
        pre: cleanPre,
        arterial: cleanArterial,
        liver,
        references: references(cleanPre, cleanArterial, still),
        tumours: still.lesions,
      },
      { contrastOverride: "phantom, with or without tumour" },
    ),
  );
  return {
    ...one,
    truth: still.truth.letbPercent,
    shell: (100 * still.truth.shellVoxels) / still.truth.liverVoxels,
    withoutNoise: clean.value,
    registered: reading({}),
    registeredSurface: reading({ surfaceMm: SURFACE_MM }),
    refusedAs: asItCame.ok ? [] : asItCame.issues.map((issue) => issue.code),
    unregistered: unwrap(measure(unenhanced, { motionOverride: "to see how wrong it is" })).value,
    residualMm: distance / points,
    errorMm,
    accepted: map !== null,
  };
}
