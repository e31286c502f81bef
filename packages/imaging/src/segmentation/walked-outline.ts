import { type Refused, refuse } from "@livermark/core";
import type { Mask, Volume } from "../volume.js";
import { sameGrid } from "../volume.js";
import { type Coarse, coarsen, refineAbove } from "./coarse-grid.js";
import { fillHoles } from "./components.js";
import { flagsOf } from "./morphology.js";

/** Strokes on the working grid; where both kinds meet there is none. */
export interface CoarseStrokes {
  readonly inside: Uint8Array;
  readonly outside: Uint8Array;
}

/** Strokes of two masks on the working grid. */
export function coarseStrokes(inside: Mask, outside: Mask, workingMm: number): CoarseStrokes {
  const touched = (mask: Mask): Float32Array => coarsen(mask.grid, mask.data, workingMm).data;
  const within = touched(inside);
  const without = touched(outside);
  return {
    inside: flagsOf(within.length, (v) => within[v]! > 0 && without[v] === 0),
    outside: flagsOf(within.length, (v) => without[v]! > 0 && within[v] === 0),
  };
}

/** Why what a person drew does not fit the image; null where it lies on the image's grid. */
export function onOtherGrid(volume: Volume, drawn: Mask, what: string): Refused | null {
  if (sameGrid(drawn.grid, volume.grid)) return null;
  return refuse({
    code: "strokes-grid",
    message: `The ${what} lie on another grid than the image.`,
    got: drawn.grid.size.join(" x "),
    wanted: volume.grid.size.join(" x "),
    mend: "Draw on this series.",
    where: { series: volume.source.seriesUid },
  });
}

/** The mask on the volume's grid of what a walker found: holes filled slice by slice, the edge where its probability is ½. */
export function walkedMask(coarse: Coarse, volume: Volume, walked: Float32Array, found: Uint8Array): Uint8Array {
  const filled = fillHoles(coarse.grid, found, true);
  const field = walked.map((share, v) =>
    filled[v] === 1 ? Math.max(0.5, found[v] === 1 ? share : 1) : Math.min(0.49, share),
  );
  return refineAbove(coarse, field, volume.grid, 0.5);
}
