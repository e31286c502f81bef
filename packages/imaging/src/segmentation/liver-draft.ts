import { ok, type Result, refuse } from "@livermark/core";
import type { Mask, Volume } from "../volume.js";
import { type Body, eachPoint, findBody } from "./body.js";
import { coarsen, refineAbove } from "./coarse-grid.js";
import { componentsWith, fillHoles, largestComponent } from "./components.js";
import { findLiverModel, type LiverModel } from "./liver-model.js";
import { medianFilter } from "./median-filter.js";
import { close, countSet, dilate, erode, flagsOf, open } from "./morphology.js";
import { dice } from "./overlap.js";
import { randomWalker } from "./random-walker.js";
import { addWrapped } from "./wrapped-tissue.js";

/** Settings of the draft; the defaults were fixed on phantoms. */
export interface LiverDraftParameters {
  /** Voxel size of the working grid, mm. */
  readonly workingMm?: number;
  /** Half-width of the liver's intensity band in robust SDs, at least `leastBandHu` HU. */
  readonly bandSds?: number;
  readonly leastBandHu?: number;
  /** Radius by which the band is opened to part the liver from its neighbours, mm. */
  readonly openMm?: number;
  /** How far beyond the opened band the boundary may lie, mm. */
  readonly reachMm?: number;
  /** Radius of bays that are filled when they hold soft tissue, mm. */
  readonly closeMm?: number;
  /**
   * Other soft tissue that the liver wraps is tumour: parting radius and least share of its surface against the liver. Thick
   * pieces need little contact; thin ones much, because a sheet of muscle lies against the liver with half of its surface.
   */
  readonly wrapped?: readonly { readonly partMm: number; readonly leastContact: number }[];
  /** The brightest tumour tissue, HU above the parenchyma. */
  readonly tumourAboveHu?: number;
}

/** A draft outline and what speaks for and against it. */
export interface LiverDraft {
  readonly mask: Mask;
  readonly volumeMl: number;
  readonly meanHu: number;
  readonly sdHu: number;
  /**
   * Mean Dice of the draft with two drafts whose band and opening are 25 % narrower and wider: how much the answer depends on
   * the settings. It is not an accuracy, but a draft below 0.85 should not be used unseen.
   */
  readonly selfAgreement: number;
  readonly parameters: Required<LiverDraftParameters>;
  readonly walker: { readonly unknowns: number; readonly iterations: number; readonly residual: number };
}

const standard: Required<LiverDraftParameters> = {
  workingMm: 3,
  bandSds: 3,
  leastBandHu: 14,
  openMm: 5,
  reachMm: 10,
  closeMm: 9,
  wrapped: [
    { partMm: 4, leastContact: 0.6 },
    { partMm: 7, leastContact: 0.3 },
  ],
  tumourAboveHu: 75,
};

interface Scene {
  readonly grid: Volume["grid"];
  readonly image: Float32Array;
  readonly body: Body;
  readonly model: LiverModel;
}

interface Outline {
  readonly probability: Float32Array;
  readonly inside: Uint8Array;
  readonly walker: LiverDraft["walker"];
}

/** One outline on the working grid. */
function outline(
  { grid, image, body, model }: Scene,
  p: Required<LiverDraftParameters>,
  withTumours: boolean,
): Outline {
  const half = Math.max(p.leastBandHu, p.bandSds * model.sd);
  const wall = body.wallMm * body.wallMm;
  const allowed = (v: number): boolean => body.depthSquared[v]! > wall && body.air[v] === 0 && body.back[v] === 0;
  const band = flagsOf(image.length, (v) => allowed(v) && Math.abs(image[v]! - model.mean) <= half);
  const parted = componentsWith(grid, erode(grid, band, p.openMm), model.core);
  const opened = dilate(grid, parted, p.openMm);
  const candidate = flagsOf(image.length, (v) => opened[v] === 1 && band[v] === 1);
  const near = dilate(grid, fillHoles(grid, candidate), p.reachMm);
  const domain = flagsOf(image.length, (v) => near[v] === 1 && allowed(v));
  const inside = flagsOf(image.length, (v) => parted[v] === 1 || model.core[v] === 1);
  // Fat, gas, bone and brightly enhancing vessels are never parenchyma; far left and behind lie spleen and kidney.
  const outside = flagsOf(
    image.length,
    (v) =>
      inside[v] === 0 && (image[v]! < model.mean - 5 * half || image[v]! < -20 || image[v]! > model.mean + 5 * half),
  );
  const probability = new Float32Array(image.length);
  eachPoint(grid, (v, x) => {
    const d = (image[v]! - model.mean) / half;
    const left = Math.max(0, (x - body.midlineMm) / 60);
    probability[v] = Math.exp(-0.5 * (1.6 * d) ** 2) * Math.exp(-0.5 * left * left);
  });
  const walked = randomWalker({
    grid,
    image,
    domain,
    inside,
    outside,
    stepScale: Math.max(8, 2 * model.sd),
    prior: { probability, weight: 0.02 },
  });
  const found = flagsOf(image.length, (v) => walked.probability[v]! >= 0.5);
  const single = largestComponent(grid, found);
  const whole = fillHoles(grid, fillHoles(grid, single), true);
  // Tumours: what fat, gas and wall leave of the soft tissue around, where the liver wraps it.
  const soft = flagsOf(
    image.length,
    (v) => allowed(v) && body.farLeft[v] === 0 && image[v]! > 22 && image[v]! < model.mean + p.tumourAboveHu,
  );
  let tumours: Uint8Array = whole;
  if (withTumours)
    for (let center = 30; center < model.mean + p.tumourAboveHu; center += 15) {
      const band = flagsOf(image.length, (v) => soft[v] === 1 && Math.abs(image[v]! - center) <= 20);
      for (const { partMm, leastContact } of p.wrapped)
        tumours = addWrapped(grid, tumours, band, { partMm, leastContact, leastMl: 0.3, rounds: 1 });
    }
  const closed = close(grid, tumours, p.closeMm);
  const filled = flagsOf(image.length, (v) => tumours[v] === 1 || (closed[v] === 1 && soft[v] === 1));
  const smooth = largestComponent(grid, open(grid, filled, p.openMm));
  return {
    probability: walked.probability,
    inside: smooth,
    walker: { unknowns: walked.unknowns, iterations: walked.iterations, residual: walked.residual },
  };
}

/** The outline as a field that crosses ½ at its edge: the walker's own where it decided, hard where holes were filled. */
function soften({ probability, inside }: Outline): Float32Array {
  const field = new Float32Array(inside.length);
  for (let v = 0; v < field.length; v++)
    field[v] =
      inside[v] === 1 ? Math.max(0.5, probability[v]! >= 0.5 ? probability[v]! : 1) : Math.min(0.49, probability[v]!);
  return field;
}

/**
 * A draft outline of the liver, tumours included, on contrast-enhanced CT: body and air, intensity model from the largest
 * uniform organ of the right side, opening, random walker with intensity and position priors, largest component, filling of
 * enclosed and bay-like tumours, interpolation to the volume's grid. Deterministic.
 * Refuses a volume that is not in HU and one in which no liver is found; warns below 600 and above 5000 ml and where the
 * draft depends on its settings. A person must look at it: it is a draft.
 * Example: `liverDraft(volume)` on a portal venous CT.
 */
export function liverDraft(volume: Volume, parameters: LiverDraftParameters = {}): Result<LiverDraft> {
  if (volume.unit !== "HU")
    return refuse({
      code: "not-ct",
      message: "The classical liver draft reads CT in HU.",
      got: volume.unit,
      wanted: "HU",
      mend: "Give a CT series, or outline the liver by seeds.",
      where: { series: volume.source.seriesUid },
    });
  const settings = { ...standard, ...parameters };
  const coarse = coarsen(volume.grid, volume.data, settings.workingMm);
  const image = medianFilter(coarse.grid, coarse.data);
  const body = findBody(coarse.grid, image);
  const model = findLiverModel(coarse.grid, image, body);
  if (model === null)
    return refuse({
      code: "no-liver-found",
      message: "No uniform organ of 60 ml or more lies on the patient's right side.",
      wanted: "an abdominal CT that covers the liver",
      mend: "Check the series and its orientation, or outline the liver by seeds.",
      where: { series: volume.source.seriesUid },
    });
  const scene: Scene = { grid: coarse.grid, image, body, model };
  const plain = outline(scene, settings, false);
  const own = outline(scene, settings, true);
  const others = [0.75, 1.25].map((f) =>
    outline(
      scene,
      {
        ...settings,
        bandSds: settings.bandSds * f,
        leastBandHu: settings.leastBandHu * f,
        openMm: settings.openMm * f,
      },
      false,
    ),
  );
  const selfAgreement = others.reduce((sum, other) => sum + dice(plain.inside, other.inside), 0) / others.length;
  const data = refineAbove(coarse, soften(own), volume.grid, 0.5);
  const [sx, sy, sz] = volume.grid.spacingMm;
  return ok({
    mask: { name: "liver draft", grid: volume.grid, data },
    volumeMl: (countSet(data) * sx * sy * sz) / 1000,
    meanHu: model.mean,
    sdHu: model.sd,
    selfAgreement,
    parameters: settings,
    walker: own.walker,
  });
}
