import { type Issue, type Json, mapResult, ok, type Result, warningIssue } from "@livermark/core";
import { overruled } from "./letb-guards.js";
import type { ShareRange } from "./letb-sensitivity.js";
import { MOST_OUTLINE_POINTS, outlineErrorPoints } from "./outline-error.js";
import { pictureOf } from "./picture.js";
import type { Mask, Volume } from "./volume.js";

/**
 * Share of what a draft takes in without being liver that enhances in the arterial phase: vessels first of all. 29 to 41 % on seven
 * phantoms (docs/letb.md).
 */
const TAKEN_IN_ENHANCING = 0.4;

/** LETB in percent without the share 1 − Dice of the outline that is not liver. */
function withoutTakenIn(letbPercent: number, estimatedDice: number): number {
  const takenIn = 1 - estimatedDice;
  return takenIn < 1 ? (letbPercent - 100 * takenIn * TAKEN_IN_ENHANCING) / estimatedDice : 0;
}

/** A liver's outline as LETB prints it, and what it may be off by. */
export interface LiverOutline {
  /** For parts and passport; the method is `not stated` where the mask does not say. */
  readonly facts: { readonly [name: string]: Json };
  /** Lowest and highest LETB that the outline lets expect; null where it says nothing of itself. */
  readonly range: ShareRange | null;
}

/** Refuses an automatic draft that calls itself unusable, unless a person gives a reason. */
export function notDoubted(liver: Mask, on: Volume, override: string | undefined): Result<null> {
  const { outline } = liver;
  if (outline?.method !== "draft" || outline.usable) return ok(null);
  return overruled(
    {
      code: "outline-uncertain",
      message: `The automatic outline ${liver.name} says of itself that it must be redrawn before anything is measured in it.`,
      got: `expected Dice ${outline.estimatedDice.toFixed(2)}`,
      wanted: "an outline that was corrected, or a draft that calls itself usable",
      mend: MEND,
      where: pictureOf(on, liver),
    },
    override,
  );
}

/**
 * What the liver's outline says of itself and does to LETB (percent). Refuses a usable draft that expects to move LETB by more
 * than 3 points, unless a person gives a reason (`notDoubted` refuses unusable ones); warns of a model's outline, which does not
 * say how good it is. The range reaches up and down by `outlineErrorPoints`, and further down where LETB is low, since a part of
 * what was taken in enhances. Example: a draft of Dice 0.97 at a LETB of 40 % gives 37.6 to 42.4, at 10 % 9.1 to 10.6.
 */
export function liverOutline(
  liver: Mask,
  letbPercent: number,
  on: Volume,
  override: string | undefined,
): Result<LiverOutline> {
  const { outline } = liver;
  if (outline === undefined) return ok({ facts: { method: "not stated" }, range: null });
  const stated = { facts: { ...outline }, range: null };
  if (outline.method === "model") return ok(stated, [unknownError(outline.name, liver, on)]);
  if (outline.method !== "draft") return ok(stated);
  const points = outlineErrorPoints(outline.estimatedDice, letbPercent);
  const found: LiverOutline = {
    facts: { ...outline, points },
    range: {
      low: Math.max(0, Math.min(letbPercent - points, withoutTakenIn(letbPercent, outline.estimatedDice))),
      high: Math.min(100, letbPercent + points),
    },
  };
  if (!outline.usable || points <= MOST_OUTLINE_POINTS) return ok(found);
  const accepted = overruled(
    {
      code: "outline-uncertain",
      message: `The automatic outline ${liver.name} may be off by more points of LETB than can be measured with.`,
      got: `expected Dice ${outline.estimatedDice.toFixed(2)}, ±${points.toFixed(1)} points`,
      wanted: `at most ±${MOST_OUTLINE_POINTS} points`,
      mend: MEND,
      where: pictureOf(on, liver),
    },
    override,
  );
  return mapResult(accepted, () => found);
}

const MEND =
  "Correct it by strokes, brush or contours, or outline the liver by seeds; where it is right as it is, say so with a reason.";

const unknownError = (model: string, liver: Mask, on: Volume): Issue =>
  warningIssue({
    code: "outline-error-unknown",
    message: `The outline ${liver.name} was made by ${model}, which does not say how good it is: the interval does not cover its error.`,
    got: model,
    wanted: "an outline that a person looked at",
    mend: "Look at it and correct it; --edge-in-interval covers one voxel more or less.",
    where: pictureOf(on, liver),
  });
