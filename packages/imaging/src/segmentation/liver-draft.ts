import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { draftOutline } from "../mask-outline.js";
import type { Mask, Volume } from "../volume.js";
import { isAxial } from "./body.js";
import { coarsen, refineAbove } from "./coarse-grid.js";
import { companionTissues } from "./companion-tissue.js";
import {
  type DraftSigns,
  draftSigns,
  estimatedDice,
  isUsable,
  LEAST_USABLE_DICE,
  MOST_OTHER_TISSUE,
  MOST_UNEVEN,
} from "./draft-quality.js";
import { type Band, ctBands } from "./liver-model.js";
import { type Outline, type OutlineSettings, parenchyma } from "./liver-outline.js";
import { countSet } from "./morphology.js";
import { dice } from "./overlap.js";
import { ctScene, modalityOf, mrScene } from "./scene.js";
import { withTumours } from "./tumours.js";
import type { WrapRule } from "./wrapped-tissue.js";

/** Settings of the draft; the defaults were fixed on phantoms. Intensities are HU on CT and per cent of the liver on MR. */
export interface LiverDraftParameters extends Partial<OutlineSettings> {
  /** How the volume is to be read where it does not say itself (NIfTI). */
  readonly modality?: "ct" | "mr";
  /** Voxel size of the working grid, mm. */
  readonly workingMm?: number;
  /** The brightest tumour tissue above the parenchyma. */
  readonly tumourAbove?: number;
}

type Settings = Required<LiverDraftParameters>;

/** A draft outline and what speaks for and against it. */
export interface LiverDraft {
  readonly mask: Mask;
  readonly volumeMl: number;
  /** The parenchyma's median and robust SD, HU on CT, per cent of itself on MR. */
  readonly mean: number;
  readonly sd: number;
  readonly signs: DraftSigns;
  /** What the signs let expect of the Dice coefficient, fitted on phantoms (see docs/segmentation.md). */
  readonly estimatedDice: number;
  /** Whether the draft says of itself that it may be measured after a look; otherwise it must be redrawn. */
  readonly usable: boolean;
  readonly parameters: Settings;
  readonly walker: Outline["walker"];
}

/** Where a draft stands; `share` of the work lies behind. */
export interface DraftProgress {
  readonly step: "coarse grid" | "liver model" | "parenchyma" | "tumours" | "edge";
  readonly share: number;
}

/** Watching and stopping a draft; `isCancelled` is asked between steps. */
export interface DraftControl {
  readonly onProgress?: (progress: DraftProgress) => void;
  readonly isCancelled?: () => boolean;
}

const standard: Readonly<Record<"ct" | "mr", Settings>> = {
  ct: { modality: "ct", workingMm: 3, bandSds: 3, leastBand: 14, openMm: 5, reachMm: 10, closeMm: 6, tumourAbove: 75 },
  mr: {
    modality: "mr",
    workingMm: 3,
    bandSds: 2.5,
    leastBand: 16,
    openMm: 5,
    reachMm: 10,
    closeMm: 6,
    tumourAbove: 120,
  },
};

/**
 * Where other large tissues of the liver are looked for, HU. Not on MR: its territory knows neither ribs nor lungs, so wall and
 * bowel would be found as well.
 */
const companionBands: Readonly<Record<"ct" | "mr", readonly Band[]>> = {
  ct: [...[25, 30, 35].map((center) => ({ center, half: 18 })), ...ctBands],
  mr: [],
};

/** What is surely tumour: a good part of it lies against parenchyma. */
const strictRules: readonly WrapRule[] = [
  { partMm: 3, leastContact: 0.5, leastMl: 0.3 },
  { partMm: 6, leastContact: 0.4, leastMl: 0.3 },
  { partMm: 10, leastContact: 0.35, wallShare: 0.7, leastMl: 0.3 },
];
/** What may be tumour in a liver that is mostly tumour. */
const lenientRules: readonly WrapRule[] = [
  { partMm: 3, leastContact: 0.4, leastMl: 0.3 },
  { partMm: 6, leastContact: 0.25, wallShare: 0.5, leastMl: 0.3 },
  { partMm: 10, leastContact: 0.25, wallShare: 0.8, leastMl: 0.3 },
];

/** The outline as a field that crosses ½ at its edge: the walker's own where it decided, hard where holes were filled. */
function soften({ probability, inside }: Outline): Float32Array {
  const field = new Float32Array(inside.length);
  for (let v = 0; v < field.length; v++)
    field[v] =
      inside[v] === 1 ? Math.max(0.5, probability[v]! >= 0.5 ? probability[v]! : 1) : Math.min(0.49, probability[v]!);
  return field;
}

function warnings(volume: Volume, volumeMl: number, signs: DraftSigns, modality: "ct" | "mr"): readonly Issue[] {
  const where = { series: volume.source.seriesUid };
  const issues: Issue[] = [];
  if (volumeMl < 600 || volumeMl > 5000)
    issues.push(
      warningIssue({
        code: "liver-volume",
        message: "The drafted liver is unusually small or large.",
        got: `${volumeMl.toFixed(0)} ml`,
        wanted: "600 to 5000 ml",
        mend: "Look at the draft; does the series cover the whole liver?",
        where,
      }),
    );
  if (!isUsable(signs, modality))
    issues.push(
      warningIssue({
        code: "draft-uncertain",
        message: "The draft doubts itself: it must be redrawn before anything is measured in it.",
        got: `expected Dice ${estimatedDice(signs, modality).toFixed(2)}, ${(100 * signs.otherTissue).toFixed(0)} % unlike parenchyma, tissues ${signs.unevenness.toFixed(0)} apart`,
        wanted: `at least ${LEAST_USABLE_DICE}, at most ${100 * MOST_OTHER_TISSUE} %, at most ${MOST_UNEVEN} (HU on CT, % on MR)`,
        mend: "Correct it by strokes, brush or contours, or outline the liver by seeds.",
        where,
      }),
    );
  return issues;
}

/**
 * `liverDraft` as a generator that yields before each step, so that a page can draw, count and stop between steps.
 * Example: `const steps = liverDraftSteps(volume); let s = steps.next(); while (!s.done) s = steps.next(); s.value`.
 */
export function* liverDraftSteps(
  volume: Volume,
  parameters: LiverDraftParameters = {},
): Generator<DraftProgress, Result<LiverDraft>, void> {
  const where = { series: volume.source.seriesUid };
  const modality = parameters.modality ?? modalityOf(volume);
  if (modality === null)
    return refuse({
      code: "modality-unknown",
      message: "The volume does not say whether it is CT in HU or MR.",
      got: `${volume.modality}, ${volume.unit}`,
      wanted: "CT in HU, or MR",
      mend: "Name the modality, give the DICOM series, or outline the liver by seeds.",
      where,
    });
  if (!isAxial(volume.grid))
    return refuse({
      code: "not-axial",
      message: "The draft reads axial slices.",
      got: `slice direction ${volume.grid.axes[2].map((c) => c.toFixed(2)).join(", ")}`,
      wanted: "slices across the patient's long axis",
      mend: "Give the axial series, or outline the liver by seeds.",
      where,
    });
  const settings: Settings = { ...standard[modality], ...parameters, modality };
  yield { step: "coarse grid", share: 0 };
  const coarse = coarsen(volume.grid, volume.data, settings.workingMm);
  yield { step: "liver model", share: 0.1 };
  const scene = modality === "ct" ? ctScene(coarse, settings) : mrScene(coarse, settings);
  if (scene === null)
    return refuse({
      code: "no-liver-found",
      message: "No uniform organ of 60 ml or more lies on the patient's right side.",
      wanted: "an abdominal series that covers the liver",
      mend: "Check the series and its orientation, or outline the liver by seeds.",
      where,
    });
  yield { step: "parenchyma", share: 0.35 };
  const plain = parenchyma(scene, settings);
  yield { step: "tumours", share: 0.55 };
  const companions = companionTissues(scene, plain, settings, companionBands[modality]);
  const strict = withTumours(scene, plain, settings, strictRules, companions);
  yield { step: "tumours", share: 0.75 };
  const lenient = withTumours(scene, strict, settings, lenientRules, companions);
  const own = dice(strict.inside, lenient.inside) >= 0.93 ? strict : lenient;
  yield { step: "edge", share: 0.9 };
  const half = Math.max(settings.leastBand, settings.bandSds * scene.model.sd);
  const signs = draftSigns(scene, own.inside, strict.inside, lenient.inside, half);
  const data = refineAbove(coarse, soften(own), volume.grid, 0.5);
  const [sx, sy, sz] = volume.grid.spacingMm;
  const volumeMl = (countSet(data) * sx * sy * sz) / 1000;
  const [expected, usable] = [estimatedDice(signs, modality), isUsable(signs, modality)];
  return ok(
    {
      mask: { name: "liver draft", grid: volume.grid, data, outline: draftOutline(expected, usable) },
      volumeMl,
      mean: scene.model.mean,
      sd: scene.model.sd,
      signs,
      estimatedDice: expected,
      usable,
      parameters: settings,
      walker: own.walker,
    },
    warnings(volume, volumeMl, signs, modality),
  );
}

/**
 * A draft outline of the liver, tumours included, on contrast CT (unenhanced CT is harder) or on T₁ or T₂ MR: body, wall,
 * diaphragm, intensity model from the largest uniform organ of the right side, opening, random walker with intensity and
 * position priors, tumours by how far the liver wraps them, interpolation to the volume's grid. Deterministic; needs no DOM.
 * Refuses a volume that is neither CT in HU nor MR (unless `modality` says), slices that are not axial, one in which no liver
 * is found, and a cancelled draft; warns below 600 and above 5000 ml, and when it expects itself to be wrong.
 * A person must look at it: it is a draft.
 * Example: `liverDraft(volume, {}, { onProgress: ({ share }) => show(share) })`.
 */
export function liverDraft(
  volume: Volume,
  parameters: LiverDraftParameters = {},
  control: DraftControl = {},
): Result<LiverDraft> {
  const steps = liverDraftSteps(volume, parameters);
  for (;;) {
    const now = steps.next();
    if (now.done === true) return now.value;
    control.onProgress?.(now.value);
    if (control.isCancelled?.() === true)
      return refuse({
        code: "cancelled",
        message: "The draft was stopped.",
        where: { series: volume.source.seriesUid },
      });
  }
}
