import { type Issue, ok, type Random, type Result, random, refuse, refuseWith, warningIssue } from "@livermark/core";
import type { Grid, Mask, Region, Volume } from "@livermark/imaging";
import { abdomen, abdomenAround } from "./anatomy.js";
import { centredGrid, forEachVoxel } from "./grid.js";
import { diseasedCode, fitLesions, type Lesion, lesionAt, scatterLesions, withLesions } from "./lesion.js";
import type { LetbOptions, LetbTimePoint } from "./letb-options.js";
import type { LetbTruth } from "./letb-truth.js";
import { type Motion, noMotion, restored } from "./motion.js";
import { type Drawing, draw, maskOf, type TissueAt, tissueMap } from "./paint.js";
import { referenceCubes } from "./reference-roi.js";
import { isLesion, isLiver, type PhantomPhase, tissue } from "./tissue.js";

/** The body of one visit before it is imaged. */
export interface LetbScene {
  readonly point: LetbTimePoint;
  readonly grid: Grid;
  readonly codes: Uint8Array;
  readonly tissueAt: TissueAt;
  readonly lesions: readonly Lesion[];
  readonly references: readonly Region[];
  /** Random numbers of this visit, and its name in all UIDs. */
  readonly stream: Random;
  readonly label: string;
}

/** A phase as a volume. */
export interface PhaseVolume {
  readonly phase: PhantomPhase;
  readonly volume: Volume;
}

/** One visit of a LETB phantom in memory. */
export interface LetbVisit<P extends PhaseVolume = PhaseVolume> {
  readonly name: string;
  readonly date: string;
  readonly volumes: readonly P[];
  readonly liver: Mask;
  /** One mask per lesion, core included. */
  readonly lesions: readonly Mask[];
  readonly viable: Mask;
  readonly references: readonly Region[];
  readonly truth: LetbTruth;
}

/** The random numbers of one purpose of a whole phantom. */
export const streamOf = ({ seed }: LetbOptions, purpose: string): Random => random(seed).fork(purpose);

/** Refuses a setting that is not at least 0 and below a limit. */
export function between(name: string, value: number, limit: number): Result<null> {
  if (value >= 0 && value < limit) return ok(null);
  return refuse({
    code: "phantom-options",
    message: `The ${name} of a phantom is out of its range.`,
    got: value,
    wanted: Number.isFinite(limit) ? `0 or more, below ${limit}` : "0 or more",
    mend: "Correct the options.",
  });
}

/**
 * The body at each time point: healthy anatomy, lesions fitted to the wanted shares, three reference cubes in the parenchyma.
 * Lesions keep their place over time; sizes and cores follow each time point's fractions.
 * Refuses no time point, a negative number of lesions, fractions that no lesion can fill, and a liver without room for one
 * reference cube; fewer than three is a warning.
 */
export function letbScenes(options: LetbOptions): Result<readonly LetbScene[]> {
  const { seed, patient, body, kinds = [] } = options;
  if (options.timePoints.length === 0 || options.lesions < 0)
    return refuse({
      code: "phantom-options",
      message: "A LETB phantom wants a time point and a number of lesions.",
      got: `${options.timePoints.length} time points, ${options.lesions} lesions`,
      wanted: "at least 1, at least 0",
      mend: "Correct the options.",
    });
  const grid = body.kind === "abdomen" ? centredGrid(body.size, body.spacingMm, body.centreMm) : body.liver.grid;
  const healthy = new Map<number, { readonly tissueAt: TissueAt; readonly codes: Uint8Array }>();
  const healthyAt = (liverScale: number): { readonly tissueAt: TissueAt; readonly codes: Uint8Array } => {
    const known = healthy.get(liverScale);
    if (known !== undefined) return known;
    const { tissueAt } =
      body.kind === "abdomen"
        ? abdomen({ seed, liverScale, bodyScale: body.bodyScale ?? 1 })
        : abdomenAround(body.liver, body.vessels);
    const made = { tissueAt, codes: tissueMap(grid, tissueAt) };
    healthy.set(liverScale, made);
    return made;
  };
  const before = healthyAt(options.timePoints[0]!.liverScale ?? 1).codes;
  const seeds = scatterLesions(grid, before, options.lesions, streamOf(options, "lesions")).map(
    (lesion, n): Lesion => (kinds.length === 0 ? lesion : { ...lesion, kind: kinds[n % kinds.length]! }),
  );
  const scenes: LetbScene[] = [];
  const issues: Issue[] = [];
  for (const point of options.timePoints) {
    const { tissueAt, codes: clean } = healthyAt(point.liverScale ?? 1);
    const tumourFraction = point.tumourFraction ?? point.enhancingFraction;
    const fitted = fitLesions(grid, clean, seeds, tumourFraction, point.enhancingFraction);
    if (!fitted.ok) return refuseWith(fitted.issues);
    const lesions = fitted.value;
    const codes = clean.slice();
    forEachVoxel(grid, (offset, x, y, z) => {
      codes[offset] = diseasedCode(lesions, clean[offset]!, x, y, z);
    });
    const stream = streamOf(options, point.name);
    const cm3 = options.referenceCm3 ?? 1;
    const references = referenceCubes(grid, codes, cm3, 3, stream.fork("reference"));
    if (references.length === 0)
      return refuse({
        code: "phantom-no-reference",
        message: `No cube of ${cm3} cm³ fits into the parenchyma at ${point.name}.`,
        wanted: "parenchyma clear of lesions, vessels and surface",
        mend: "Use 0.5 cm³, fewer or smaller lesions, or thinner slices.",
        where: { patient },
      });
    if (references.length < 3)
      issues.push(
        warningIssue({
          code: "phantom-few-references",
          message: `Only ${references.length} reference cubes fit into the parenchyma at ${point.name}.`,
          got: references.length,
          wanted: "3",
          mend: "Use 0.5 cm³ or fewer lesions.",
          where: { patient },
        }),
      );
    const label = `${patient}/${seed}/${point.name}`;
    const diseased = withLesions(tissueAt, lesions);
    scenes.push({ point, grid, codes, tissueAt: diseased, lesions, references, stream, label });
  }
  return ok(scenes, issues);
}

/** A phase's drawing, and the movement by which it differs from the scene; null where it is the scene. */
export interface PhaseDrawing {
  readonly phase: PhantomPhase;
  readonly drawing: Drawing;
  readonly motion: Motion | null;
}

/** Every phase of a scene as tissue, the unenhanced one moved. */
export function drawPhases({ grid, codes, tissueAt }: LetbScene, options: LetbOptions): readonly PhaseDrawing[] {
  const samples = options.samplesPerAxis ?? 2;
  const motion = options.motion ?? noMotion;
  const moves = motion.bendMm !== 0 || motion.shiftMm.some((v) => v !== 0);
  // Around a given mask only the liver matters, and its grid may hold 30 million voxels.
  const soft = options.body.kind === "around-mask" ? isLiver : () => true;
  const still = draw(grid, codes, tissueAt, samples, soft);
  const movedAt: TissueAt = (x, y, z) => tissueAt(...restored(motion, [x, y, z]));
  return (options.phases ?? ["unenhanced", "late-arterial"]).map((phase) =>
    phase === "unenhanced" && moves
      ? { phase, drawing: draw(grid, tissueMap(grid, movedAt), movedAt, samples, soft), motion }
      : { phase, drawing: still, motion: null },
  );
}

/** A visit with its masks from the scene, its images and their truth. */
export function visitOf<P extends PhaseVolume>(
  { point, grid, codes, lesions, references }: LetbScene,
  volumes: readonly P[],
  truth: LetbTruth,
): LetbVisit<P> {
  const lesionMasks = lesions.map(({ id }) => ({ name: `lesion ${id}`, grid, data: new Uint8Array(codes.length) }));
  forEachVoxel(grid, (offset, x, y, z) => {
    if (isLesion(codes[offset]!)) lesionMasks[lesionAt(lesions, x, y, z)]!.data[offset] = 1;
  });
  return {
    name: point.name,
    date: point.date,
    volumes,
    liver: maskOf("liver", grid, codes, isLiver),
    lesions: lesionMasks,
    viable: maskOf("viable", grid, codes, (code) => code === tissue["lesion-viable"]),
    references,
    truth,
  };
}
