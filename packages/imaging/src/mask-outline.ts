import type { MaskOutline } from "./volume.js";

/** Longest name of a model that fits beside the rest into the 64 characters of a DICOM long string. */
const LONGEST_NAME = 28;

/** The outline of an automatic draft; its expected Dice coefficient has four decimals, as files keep it. */
export const draftOutline = (estimatedDice: number, usable: boolean): MaskOutline => ({
  method: "draft",
  estimatedDice: Math.round(1e4 * estimatedDice) / 1e4,
  usable,
});

/**
 * The outline of a model or program of somebody else. Its name keeps letters, digits and ` ._+-`, and 28 characters.
 * Example: `modelOutline("liver 1")`.
 */
export function modelOutline(name: string): MaskOutline {
  const kept = name
    .replace(/[^A-Za-z0-9 ._+-]+/g, "_")
    .slice(0, LONGEST_NAME)
    .trim();
  return { method: "model", name: kept === "" ? "unnamed" : kept };
}

/** The outline after a person changed voxels: what the draft or model said of itself holds no longer. */
export const editedOutline = (outline: MaskOutline): MaskOutline =>
  outline.method === "edited" ? outline : { method: "edited", from: outline.method };

/** An outline as a file states it, and the number of voxels for which it does. */
export interface StatedOutline {
  readonly outline: MaskOutline;
  readonly voxels: number;
}

/**
 * The one line that mask files carry: NIfTI `descrip`, the NRRD key `outline`, DICOM Segment Algorithm Name. At most 64 ASCII
 * characters. The number of voxels tells whether somebody changed the mask with a program that keeps the line.
 * Example: `outlineText({ method: "seeds" }, 812)` is "livermark seeds; 812 voxels".
 */
export function outlineText(outline: MaskOutline, voxels: number): string {
  return `livermark ${words(outline)}; ${voxels} voxels`;
}

function words(outline: MaskOutline): string {
  switch (outline.method) {
    case "draft":
      return `draft, Dice ${outline.estimatedDice.toFixed(4)}, ${outline.usable ? "usable" : "redraw"}`;
    case "model":
      return `model ${outline.name}`;
    case "seeds":
      return "seeds";
    case "edited":
      return `edited ${outline.from}`;
  }
}

const LINE =
  /^livermark (?:draft, Dice (0\.\d{4}|1\.0000), (usable|redraw)|model ([A-Za-z0-9._+-][A-Za-z0-9 ._+-]{0,27})|(seeds)|edited (draft|model|seeds)); (\d{1,10}) voxels$/;

/** What a line says; null for every other text, since other programs write into the same fields. The inverse of `outlineText`. */
export function parseOutlineText(text: string): StatedOutline | null {
  const match = LINE.exec(text);
  if (match === null) return null;
  const [, dice, verdict, model, seeds, from, voxels] = match;
  const stated = (outline: MaskOutline): StatedOutline => ({ outline, voxels: Number(voxels) });
  if (dice !== undefined) return stated(draftOutline(Number(dice), verdict === "usable"));
  if (model !== undefined) return stated(modelOutline(model));
  if (seeds !== undefined) return stated({ method: "seeds" });
  const edited = (["draft", "model", "seeds"] as const).find((method) => method === from);
  return edited === undefined ? null : stated({ method: "edited", from: edited });
}

/**
 * The outline that holds for a mask of so many voxels: as stated, or edited where another number was stated. Undefined where
 * nothing was.
 */
export function outlineFor(stated: StatedOutline | null, voxels: number): MaskOutline | undefined {
  if (stated === null) return undefined;
  return stated.voxels === voxels ? stated.outline : editedOutline(stated.outline);
}
