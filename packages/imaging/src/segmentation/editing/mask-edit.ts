import { editedOutline } from "../../mask-outline.js";
import type { Mask, MaskOutline } from "../../volume.js";

/** The voxels that an edit changes, as runs: pairs of first voxel and last voxel + 1. Applied twice it changes nothing. */
export interface MaskEdit {
  /** What was done, for the list of steps: "brush", "fill holes" … */
  readonly name: string;
  readonly runs: Uint32Array;
}

/**
 * A mask with other voxels. Its source is dropped: the hash of the file it came from is no longer its own. An outline becomes an
 * edited one where a voxel changed, since a person chose the change and what a draft said of itself no longer holds.
 */
export const withVoxels = (mask: Mask, data: Uint8Array): Mask => ({
  name: mask.name,
  grid: mask.grid,
  data,
  ...(mask.label === undefined ? {} : { label: mask.label }),
  ...(mask.outline === undefined
    ? {}
    : { outline: sameVoxels(data, mask.data) ? mask.outline : editedOutline(mask.outline) }),
});

function sameVoxels(a: Uint8Array, b: Uint8Array): boolean {
  for (let v = 0; v < a.length; v++) if (a[v] !== b[v]) return false;
  return true;
}

/** The runs of offsets in [0, length) for which `differs` holds. */
export function runsWhere(length: number, differs: (offset: number) => boolean): Uint32Array {
  const runs: number[] = [];
  for (let v = 0; v < length; v++) {
    if (!differs(v)) continue;
    const from = v;
    while (v < length && differs(v)) v++;
    runs.push(from, v);
  }
  return Uint32Array.from(runs);
}

/**
 * The edit that leads from one set of voxels to another of the same length.
 * Example: `applyEdit(before, editBetween(before.data, after.data, "brush"))` has the voxels of `after`.
 */
export function editBetween(before: Uint8Array, after: Uint8Array, name: string): MaskEdit {
  if (before.length !== after.length) throw new Error("editBetween: the masks have different lengths");
  return { name, runs: runsWhere(before.length, (v) => before[v] !== after[v]) };
}

/** Changes the edit's voxels in place, for a page that redraws while the pointer moves; twice restores them. */
export function toggleInPlace(data: Uint8Array, { runs }: MaskEdit): void {
  for (let n = 0; n < runs.length; n += 2)
    for (let v = runs[n]!; v < runs[n + 1]!; v++) data[v] = data[v] === 1 ? 0 : 1;
}

/** The mask after an edit; the given one stays as it is. */
export function applyEdit(mask: Mask, edit: MaskEdit): Mask {
  const data = mask.data.slice();
  toggleInPlace(data, edit);
  return withVoxels(mask, data);
}

/** Number of voxels an edit changes. */
export function editedVoxels({ runs }: MaskEdit): number {
  let count = 0;
  for (let n = 0; n < runs.length; n += 2) count += runs[n + 1]! - runs[n]!;
  return count;
}

/** A mask with the steps that led to it and those that were undone. Steps are runs, not copies of the mask. */
export interface EditHistory {
  readonly mask: Mask;
  readonly past: readonly MaskEdit[];
  readonly future: readonly MaskEdit[];
  /** The outline of the mask before any step: undoing all of them brings it back. */
  readonly untouched?: MaskOutline;
}

/** A history without steps. */
export const startHistory = (mask: Mask): EditHistory => ({
  mask,
  past: [],
  future: [],
  ...(mask.outline === undefined ? {} : { untouched: mask.outline }),
});

/** The history after one more step; what was undone before is forgotten. An edit that changes nothing is no step. */
export const record = (history: EditHistory, edit: MaskEdit): EditHistory =>
  edit.runs.length === 0
    ? history
    : { ...history, mask: applyEdit(history.mask, edit), past: [...history.past, edit], future: [] };

/** The history one step back; unchanged where there is none. */
export function undo(history: EditHistory): EditHistory {
  const edit = history.past.at(-1);
  if (edit === undefined) return history;
  const before = applyEdit(history.mask, edit);
  const past = history.past.slice(0, -1);
  const mask =
    past.length === 0 && history.untouched !== undefined ? { ...before, outline: history.untouched } : before;
  return { ...history, mask, past, future: [edit, ...history.future] };
}

/** The history one step forward again; unchanged where nothing was undone. */
export function redo(history: EditHistory): EditHistory {
  const [edit, ...rest] = history.future;
  if (edit === undefined) return history;
  return { ...history, mask: applyEdit(history.mask, edit), past: [...history.past, edit], future: rest };
}
