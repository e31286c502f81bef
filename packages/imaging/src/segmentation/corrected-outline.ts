import { ok, type Result, refuse } from "@livermark/core";
import { editedOutline } from "../mask-outline.js";
import { exponential } from "../portable-math.js";
import type { Grid, Mask, Volume } from "../volume.js";
import { coarsen } from "./coarse-grid.js";
import { largestComponent } from "./components.js";
import { squaredDistance } from "./distance-transform.js";
import { intensityPrior, noiseStep } from "./intensity-prior.js";
import { medianFilter } from "./median-filter.js";
import { complement, countSet, flagsOf } from "./morphology.js";
import { randomWalker, type WalkerResult } from "./random-walker.js";
import { coarseStrokes, onOtherGrid, walkedMask } from "./walked-outline.js";

/** Settings of a correction by strokes; the defaults were fixed on phantoms. */
export interface CorrectionParameters {
  /** Voxel size of the working grid, mm. */
  readonly workingMm?: number;
  /** Within about this of a stroke that contradicts the outline, the outline is not believed, mm. */
  readonly doubtMm?: number;
  /** How much the outline counts beside the image, where it is believed. */
  readonly outlineWeight?: number;
  /** How far from its edge the outline is held for certain, where it is believed, mm. */
  readonly certainMm?: number;
  /** How much intensity alone counts beside the neighbours. */
  readonly priorWeight?: number;
  /** Intensity step that counts as an edge, in typical steps between neighbours inside. */
  readonly edgeSteps?: number;
}

/** An outline after correction, with what the solver said. */
export interface CorrectedOutline {
  readonly mask: Mask;
  readonly volumeMl: number;
  readonly parameters: Required<CorrectionParameters>;
  readonly walker: Omit<WalkerResult, "probability">;
}

const standard: Required<CorrectionParameters> = {
  workingMm: 2.5,
  doubtMm: 25,
  outlineWeight: 0.02,
  certainMm: 10,
  priorWeight: 0.003,
  edgeSteps: 4,
};

/** How soft the edge of the outline is, mm: about a voxel. */
const EDGE_MM = 2.5;

/** Signed distance to the edge of an outline, mm, positive inside. */
function depth(grid: Grid, inside: Uint8Array): Float64Array {
  const toInside = squaredDistance(grid, inside);
  const toOutside = squaredDistance(grid, complement(inside));
  // Typed arrays map themselves many times faster than `from` fills them.
  return toOutside.map((squared, v) => (inside[v] === 1 ? Math.sqrt(squared) : -Math.sqrt(toInside[v]!)));
}

/**
 * How far the outline is believed, 0 to 1: 1 − exp(−(r / doubtMm)²) at the distance r from the nearest stroke that contradicts
 * it. A stroke that says what the outline says already casts no doubt.
 */
function belief(grid: Grid, contradicted: Uint8Array, doubtMm: number): Float64Array {
  if (!contradicted.includes(1)) return new Float64Array(contradicted.length).fill(1);
  return squaredDistance(grid, contradicted).map((r) => 1 - exponential(-Math.min(40, r / (doubtMm * doubtMm))));
}

/**
 * An outline that is right for the most part, corrected by strokes: a random walker (Grady 2006) for which the strokes are
 * certain, the outline is a prior that is not believed near strokes that contradict it, and its depth far from them is certain.
 * So a stroke in a lobe that was left out takes in the lobe up to the next edge of the image, and the rest stays as it was up to
 * about a voxel. One kind of stroke is enough. Works on CT and MR alike; the result is the largest piece, its holes filled.
 * Give all strokes since the outline was made, not only the last. Refuses strokes or an outline on another grid, no stroke at
 * all, and an empty outline.
 * Example: `correctedOutline(volume, draft.mask, strokesInside, strokesOutside)`.
 */
export function correctedOutline(
  volume: Volume,
  outline: Mask,
  insideStrokes: Mask,
  outsideStrokes: Mask,
  parameters: CorrectionParameters = {},
): Result<CorrectedOutline> {
  const settings = { ...standard, ...parameters };
  const where = { series: volume.source.seriesUid };
  for (const [drawn, what] of [
    [outline, "outline's voxels"],
    [insideStrokes, "strokes inside"],
    [outsideStrokes, "strokes outside"],
  ] as const) {
    const misplaced = onOtherGrid(volume, drawn, what);
    if (misplaced !== null) return misplaced;
  }
  if (!outline.data.includes(1))
    return refuse({
      code: "no-outline",
      message: "The outline to be corrected is empty.",
      got: "0 voxels",
      mend: "Outline the organ by seeds inside and outside.",
      where,
    });
  if (!insideStrokes.data.includes(1) && !outsideStrokes.data.includes(1))
    return refuse({
      code: "no-strokes",
      message: "There is no stroke to correct the outline by.",
      got: "0 voxels",
      wanted: "a stroke on what was left out or on what was taken in",
      mend: "Draw where the outline is wrong.",
      where,
    });
  const coarse = coarsen(volume.grid, volume.data, settings.workingMm);
  const { grid } = coarse;
  const image = medianFilter(grid, coarse.data);
  const strokes = coarseStrokes(insideStrokes, outsideStrokes, settings.workingMm);
  const covered = coarsen(volume.grid, outline.data, settings.workingMm).data;
  const before = flagsOf(image.length, (v) => covered[v]! >= 0.5);
  const depthMm = depth(grid, before);
  const contradicted = flagsOf(
    image.length,
    (v) => (strokes.inside[v] === 1 && before[v] === 0) || (strokes.outside[v] === 1 && before[v] === 1),
  );
  const believed = belief(grid, contradicted, settings.doubtMm);
  const certain = (v: number, side: number): boolean => believed[v]! > 0.9 && side * depthMm[v]! > settings.certainMm;
  const inside = flagsOf(image.length, (v) => strokes.outside[v] === 0 && (strokes.inside[v] === 1 || certain(v, 1)));
  const outside = flagsOf(image.length, (v) => strokes.inside[v] === 0 && (strokes.outside[v] === 1 || certain(v, -1)));
  const byIntensity = intensityPrior(image, inside, outside);
  const weight = new Float32Array(image.length);
  const probability = new Float32Array(image.length);
  for (let v = 0; v < image.length; v++) {
    const byOutline = 1 / (1 + exponential(Math.max(-40, Math.min(40, -depthMm[v]! / EDGE_MM))));
    const counts = settings.outlineWeight * believed[v]!;
    weight[v] = counts + settings.priorWeight;
    probability[v] = (counts * byOutline + settings.priorWeight * byIntensity[v]!) / weight[v]!;
  }
  const { probability: walked, ...walker } = randomWalker({
    grid,
    image,
    domain: new Uint8Array(image.length).fill(1),
    inside,
    outside,
    stepScale: settings.edgeSteps * Math.max(noiseStep(grid, image, inside), 1e-3),
    prior: { probability, weight },
  });
  const found = largestComponent(
    grid,
    flagsOf(image.length, (v) => walked[v]! >= 0.5),
  );
  const data = walkedMask(coarse, volume, walked, found);
  const [sx, sy, sz] = volume.grid.spacingMm;
  return ok({
    mask: {
      name: `${outline.name}, corrected`,
      grid: volume.grid,
      data,
      ...(outline.outline === undefined ? {} : { outline: editedOutline(outline.outline) }),
    },
    volumeMl: (countSet(data) * sx * sy * sz) / 1000,
    parameters: settings,
    walker,
  });
}
