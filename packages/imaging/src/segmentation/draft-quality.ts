import type { Grid } from "../volume.js";
import { type Body, eachPoint } from "./body.js";
import type { Scene } from "./liver-outline.js";
import { countSet, flagsOf } from "./morphology.js";
import { dice } from "./overlap.js";
import { piecesBeside } from "./wrapped-tissue.js";

/** What a draft looks like to itself: shares, of which `leftOut` and `lookalikes` can exceed 1, and one spread of intensities. */
export interface DraftSigns {
  /** Dice of the draft that takes only what is surely tumour with the one that takes what may be tumour. */
  readonly tumourAgreement: number;
  /** Share of the surface with no visible edge: two voxels outwards the image still looks like parenchyma. */
  readonly openSurface: number;
  /** Share of the draft that does not look like parenchyma. */
  readonly otherTissue: number;
  /** Thick soft tissue that was left out although a tenth of its surface lies against the draft, over the draft's volume. */
  readonly leftOut: number;
  /** Tissue of the body outside the draft that looks like parenchyma, over the draft's volume: unenhanced, all muscle does. */
  readonly lookalikes: number;
  /** How far apart the tissues of the draft lie, HU or per cent of the liver: `unevenness`. */
  readonly unevenness: number;
  /** Share of the draft that lies farther left of the midline than 15 % of the body's width, where few livers reach. */
  readonly farLeft: number;
}

/** Number of face directions per axis. */
const steps = [-1, 1] as const;

/** Share of the faces of `inside` across which, two voxels out, `looksSame` still holds. */
function openShare(grid: Grid, inside: Uint8Array, looksSame: (offset: number) => boolean): number {
  const [nx, ny, nz] = grid.size;
  const [sx, sy, sz] = grid.spacingMm;
  let all = 0;
  let open = 0;
  for (const { stride, n, area } of [
    { stride: 1, n: nx, area: sy * sz },
    { stride: nx, n: ny, area: sx * sz },
    { stride: nx * ny, n: nz, area: sx * sy },
  ])
    for (let v = 0; v < inside.length; v++) {
      if (inside[v] === 0) continue;
      const at = Math.floor(v / stride) % n;
      for (const step of steps) {
        const near = v + step * stride;
        if (at + step < 0 || at + step >= n || inside[near] === 1) continue;
        all += area;
        const far = near + step * stride;
        const beyond = at + 2 * step >= 0 && at + 2 * step < n && inside[far] === 0 ? far : near;
        if (looksSame(near) && looksSame(beyond)) open += area;
      }
    }
  return all === 0 ? 1 : open / all;
}

/**
 * Spread of the image inside an organ at the scale of tumours: the middle three fifths (20th to 80th percentile) of the means of
 * blocks of about 12 mm of which nine tenths lie inside. Noise is averaged out, vessels and small lesions lie beyond the
 * percentiles; two tissues that share the organ do not, even where they differ too little for the outline. 0 without blocks.
 * Example: half parenchyma of 90 HU and half tumour of 69 HU give about 21.
 */
export function unevenness(grid: Grid, image: Float32Array, inside: Uint8Array): number {
  const [nx, ny, nz] = grid.size;
  const [a, b, c] = grid.spacingMm.map((spacing) => Math.max(1, Math.round(12 / spacing))) as [number, number, number];
  const means: number[] = [];
  for (let k = 0; k + c <= nz; k += c)
    for (let j = 0; j + b <= ny; j += b)
      for (let i = 0; i + a <= nx; i += a) {
        let sum = 0;
        let n = 0;
        for (let w = k; w < k + c; w++)
          for (let v = j; v < j + b; v++)
            for (let u = i; u < i + a; u++) {
              const at = (w * ny + v) * nx + u;
              if (inside[at] !== 1) continue;
              sum += image[at]!;
              n++;
            }
        if (n >= 0.9 * a * b * c) means.push(sum / n);
      }
  if (means.length === 0) return 0;
  means.sort((p, q) => p - q);
  const at = (share: number): number => means[Math.floor(share * (means.length - 1))]!;
  return at(0.8) - at(0.2);
}

/** Share of some tissue that lies farther left of the midline than 15 % of the body's width. */
function farLeftShare(grid: Grid, body: Body, inside: Uint8Array): number {
  let far = 0;
  eachPoint(grid, (v, x) => {
    if (inside[v] === 1 && x > body.midlineMm + 0.15 * body.widthMm) far++;
  });
  return far / Math.max(1, countSet(inside));
}

/** The signs of a draft on its working grid; `half` is the half-width of the parenchyma's band. */
export function draftSigns(
  { grid, image, body, allowed, tumour, darkest, model }: Scene,
  own: Uint8Array,
  strict: Uint8Array,
  lenient: Uint8Array,
  half: number,
): DraftSigns {
  const similar = (v: number): boolean => Math.abs(image[v]! - model.mean) <= half;
  let other = 0;
  let alike = 0;
  for (let v = 0; v < own.length; v++) {
    if (own[v] === 1 && !similar(v)) other++;
    if (own[v] === 0 && body.inside[v] === 1 && similar(v)) alike++;
  }
  // Wider than the range of tumours that the draft takes: what is left out may be left out for its intensity.
  const soft = flagsOf(own.length, (v) => allowed[v] === 1 && image[v]! > darkest + 25 && image[v]! < tumour.high + 40);
  const { ml, surface, contact } = piecesBeside(grid, own, soft, 8);
  const leftMl = ml.reduce((sum, one, label) => (contact[label]! >= 0.1 * surface[label]! ? sum + one : sum), 0);
  const voxelMl = (grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000;
  return {
    leftOut: leftMl / (Math.max(1, countSet(own)) * voxelMl),
    tumourAgreement: dice(strict, lenient),
    openSurface: openShare(grid, own, similar),
    otherTissue: other / Math.max(1, countSet(own)),
    lookalikes: alike / Math.max(1, countSet(own)),
    unevenness: unevenness(grid, image, own),
    farLeft: farLeftShare(grid, body, own),
  };
}

/** Below this expected Dice a draft calls itself unusable. */
export const LEAST_USABLE_DICE = 0.91;

/** What the signs let expect of the Dice coefficient before it is held within 0 and 1. */
const expected: Readonly<Record<"ct" | "mr", (signs: DraftSigns) => number>> = {
  ct: ({ tumourAgreement, openSurface, otherTissue, leftOut, lookalikes }) =>
    1.02 - 0.6 * (1 - tumourAgreement) - 0.25 * openSurface - 0.07 * otherTissue - 0.18 * leftOut - 0.037 * lookalikes,
  // What is left out beside the liver says nothing: bowel and spleen hang together there, whether the draft took any or not.
  mr: ({ farLeft, otherTissue }) => 0.95 - 1.2 * farLeft - 0.5 * otherTissue,
};

/**
 * The Dice coefficient that the signs let expect: least squares on the fitting phantoms of docs/segmentation.md, rounded, held
 * within 0 and 1. It was fitted on phantoms only, CT and MR each for itself; on real images it orders drafts, but its scale is
 * not proven.
 */
export const estimatedDice = (signs: DraftSigns, modality: "ct" | "mr"): number =>
  Math.min(1, Math.max(0, expected[modality](signs)));

/** A draft of which more than this does not look like parenchyma is a liver of tumours: its LETB would be off by points. */
export const MOST_OTHER_TISSUE = 0.25;

/**
 * Tissues farther apart than this share the liver: much of it is tumour. LETB is then large, and each per cent of wrong volume
 * moves it by a hundredth of itself: even a draft of Dice 0.95 is off by points.
 */
export const MOST_UNEVEN = 14;

/** Whether a draft with these signs may be measured after a look; otherwise it must be redrawn. */
export const isUsable = (signs: DraftSigns, modality: "ct" | "mr"): boolean =>
  estimatedDice(signs, modality) >= LEAST_USABLE_DICE &&
  signs.otherTissue <= MOST_OTHER_TISSUE &&
  signs.unevenness <= MOST_UNEVEN;
