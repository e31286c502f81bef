import { type Issue, ok, type Result, random, refuse, refuseWith, warningIssue } from "@livermark/core";
import type { Grid, Mask, Region } from "@livermark/imaging";
import { abdomen, abdomenAround } from "./anatomy.js";
import { centredGrid, forEachVoxel } from "./grid.js";
import { diseasedCode, fitLesions, lesionAt, scatterLesions, withLesions } from "./lesion.js";
import type { LetbCtOptions } from "./letb-options.js";
import { type PhaseVolume, renderPhases, sampled } from "./letb-render.js";
import { isLiver, type LetbTruth, truthOf } from "./letb-truth.js";
import { organTexture } from "./noise.js";
import { type TissueAt, tissueMap } from "./paint.js";
import { referenceCubes } from "./reference-roi.js";
import { tissue } from "./tissue.js";

/** One visit of the phantom in memory. */
export interface LetbCtVisit {
  readonly name: string;
  readonly date: string;
  readonly volumes: readonly PhaseVolume[];
  readonly liver: Mask;
  /** One mask per lesion, core included. */
  readonly lesions: readonly Mask[];
  readonly viable: Mask;
  readonly references: readonly Region[];
  readonly truth: LetbTruth;
}

/** A phantom patient. */
export interface LetbCtPhantom {
  readonly patient: string;
  readonly visits: readonly LetbCtVisit[];
}

function maskOf(name: string, grid: Grid, codes: Uint8Array, inside: (code: number) => boolean): Mask {
  const data = new Uint8Array(codes.length);
  for (let v = 0; v < data.length; v++) if (inside(codes[v]!)) data[v] = 1;
  return { name, grid, data };
}

/**
 * Abdominal CT of one patient at each time point (unenhanced and late arterial, on request portal venous) with a liver
 * whose enhancing share is set, its masks, three reference cubes in the parenchyma, and the truth in counted voxels.
 * The late arterial phase is the fixed frame: masks and cubes lie there; `motion` moves the unenhanced phase.
 * Lesions keep their place over time; sizes and cores follow each time point's fractions.
 * Refuses fractions that no lesion can fill and a liver without room for one reference cube; fewer than three is a warning.
 * Example: `letbCtPhantom({ seed: 1, patient: "P1", body: { kind: "abdomen", size: [96, 96, 40], spacingMm: [3.3, 3.3, 4] },
 * lesions: 6, timePoints: [{ name: "baseline", date: "2024-01-10", enhancingFraction: 0.3 }], noise: { sd: 10 } })`.
 */
export function letbCtPhantom(options: LetbCtOptions): Result<LetbCtPhantom> {
  const { seed, patient, body } = options;
  if (options.timePoints.length === 0 || !(options.noise.sd >= 0) || options.lesions < 0)
    return refuse({
      code: "phantom-options",
      message: "A CT phantom wants a time point, noise of 0 or more and a number of lesions.",
      got: `${options.timePoints.length} time points, noise ${options.noise.sd}, ${options.lesions} lesions`,
      wanted: "at least 1, at least 0, at least 0",
      mend: "Correct the options.",
    });
  const root = random(seed);
  const grid = body.kind === "abdomen" ? centredGrid(body.size, body.spacingMm, body.centreMm) : body.liver.grid;
  const healthy = new Map<number, { readonly tissueAt: TissueAt; readonly codes: Uint8Array }>();
  const healthyAt = (liverScale: number): { readonly tissueAt: TissueAt; readonly codes: Uint8Array } => {
    const known = healthy.get(liverScale);
    if (known !== undefined) return known;
    const { tissueAt } =
      body.kind === "abdomen"
        ? abdomen({ seed, liverScale, bodyScale: body.bodyScale ?? 1 })
        : abdomenAround(body.liver);
    const made = { tissueAt, codes: tissueMap(grid, tissueAt) };
    healthy.set(liverScale, made);
    return made;
  };
  const first = options.timePoints[0]!;
  const before = healthyAt(first.liverScale ?? 1).codes;
  const seeds = scatterLesions(grid, before, options.lesions, root.fork("lesions"));
  const textureHu = options.textureHu ?? 0;
  const textureAt = organTexture(textureHu, root.fork("texture"));
  const texture = textureHu > 0 ? { at: textureAt, still: sampled(grid, textureAt) } : null;
  const visits: LetbCtVisit[] = [];
  const issues: Issue[] = [];

  for (const point of options.timePoints) {
    const { tissueAt, codes: clean } = healthyAt(point.liverScale ?? 1);
    const tumourFraction = point.tumourFraction ?? point.enhancingFraction;
    const fitted = fitLesions(grid, clean, seeds, tumourFraction, point.enhancingFraction);
    if (!fitted.ok) return refuseWith(fitted.issues);
    const lesions = fitted.value;
    const diseased = withLesions(tissueAt, lesions);
    const codes = clean.slice();
    forEachVoxel(grid, (offset, x, y, z) => {
      codes[offset] = diseasedCode(lesions, clean[offset]!, x, y, z);
    });
    const stream = root.fork(point.name);
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
    const volumes = renderPhases(grid, codes, diseased, options, point.lipiodol ?? false, texture, stream, label);
    const lesionMasks = lesions.map((lesion) => ({
      name: `lesion ${lesion.id}`,
      grid,
      data: new Uint8Array(codes.length),
    }));
    forEachVoxel(grid, (offset, x, y, z) => {
      const code = codes[offset];
      if (code === tissue["lesion-viable"] || code === tissue["lesion-core"])
        lesionMasks[lesionAt(lesions, x, y, z)]!.data[offset] = 1;
    });
    visits.push({
      name: point.name,
      date: point.date,
      volumes,
      liver: maskOf("liver", grid, codes, isLiver),
      lesions: lesionMasks,
      viable: maskOf("viable", grid, codes, (code) => code === tissue["lesion-viable"]),
      references,
      truth: truthOf(point, grid, codes, lesions, options),
    });
  }
  return ok({ patient, visits }, issues);
}
