import { ok, type Result, refuse } from "@livermark/core";
import { maskBox } from "../../mask.js";
import { type Grid, type Mask, sameGrid, type Volume } from "../../volume.js";
import { fillHoles, largestComponent } from "../components.js";
import { close, dilate, erode, open } from "../morphology.js";
import { withVoxels } from "./mask-edit.js";

/** Runs an operation on the box around a mask with a margin, so that a small mask in a large volume costs little. */
function nearby(mask: Mask, marginMm: number, operation: (grid: Grid, inside: Uint8Array) => Uint8Array): Mask {
  const box = maskBox(mask);
  if (box === null) return withVoxels(mask, mask.data.slice());
  const { size, spacingMm } = mask.grid;
  const low = [0, 1, 2].map((c) => Math.max(0, box.low[c]! - 1 - Math.ceil(marginMm / spacingMm[c]!)));
  const high = [0, 1, 2].map((c) => Math.min(size[c]! - 1, box.high[c]! + 1 + Math.ceil(marginMm / spacingMm[c]!)));
  const part: Grid = { ...mask.grid, size: [high[0]! - low[0]! + 1, high[1]! - low[1]! + 1, high[2]! - low[2]! + 1] };
  const [nx, ny, nz] = part.size;
  const inside = new Uint8Array(nx * ny * nz);
  const rowAt = (j: number, k: number): number => ((k + low[2]!) * size[1] + j + low[1]!) * size[0] + low[0]!;
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) inside.set(mask.data.subarray(rowAt(j, k), rowAt(j, k) + nx), (k * ny + j) * nx);
  const done = operation(part, inside);
  const data = mask.data.slice();
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++) data.set(done.subarray((k * ny + j) * nx, (k * ny + j + 1) * nx), rowAt(j, k));
  return withVoxels(mask, data);
}

function withRadius(radiusMm: number, make: () => Mask): Result<Mask> {
  if (Number.isFinite(radiusMm) && radiusMm >= 0) return ok(make());
  return refuse({
    code: "radius",
    message: "The radius is not a length.",
    got: radiusMm,
    wanted: "mm, 0 or more",
  });
}

/** The mask with everything added that lies at most `radiusMm` away. Refuses a radius that is not a length. */
export const grow = (mask: Mask, radiusMm: number): Result<Mask> =>
  withRadius(radiusMm, () => nearby(mask, radiusMm, (grid, inside) => dilate(grid, inside, radiusMm)));

/** The mask without what lies at most `radiusMm` from the outside; the volume's border is no outside. Refuses as `grow`. */
export const shrink = (mask: Mask, radiusMm: number): Result<Mask> =>
  withRadius(radiusMm, () => nearby(mask, 0, (grid, inside) => erode(grid, inside, radiusMm)));

/** The mask without what is narrower than 2·`radiusMm` (opening), then its bays as narrow filled (closing). Refuses as `grow`. */
export const smooth = (mask: Mask, radiusMm: number): Result<Mask> =>
  withRadius(radiusMm, () =>
    nearby(mask, 2 * radiusMm, (grid, inside) => close(grid, open(grid, inside, radiusMm), radiusMm)),
  );

/** The largest piece by shared faces; the first of equals. */
export const keepLargest = (mask: Mask): Mask => nearby(mask, 0, (grid, inside) => largestComponent(grid, inside));

/** The mask with its holes filled, in three dimensions, or with `bySlice` in each slice (also where a hole is open above). */
export const withoutHoles = (mask: Mask, bySlice = false): Mask =>
  nearby(mask, 0, (grid, inside) => fillHoles(grid, inside, bySlice));

/**
 * The voxels of a mask whose value lies in a closed range. Refuses an image on another grid and a range without room.
 * Example: `thresholdWithin(ct, lesion, 60, 400)` leaves out fat and necrosis.
 */
export function thresholdWithin(volume: Volume, mask: Mask, low: number, high: number): Result<Mask> {
  if (!sameGrid(volume.grid, mask.grid))
    return refuse({
      code: "other-grid",
      message: `Mask ${mask.name} does not lie on the grid of the image.`,
      got: mask.grid.size.join("×"),
      wanted: volume.grid.size.join("×"),
      where: { series: volume.source.seriesUid },
    });
  if (!(low <= high))
    return refuse({ code: "range", message: "The range is empty.", got: `${low} to ${high}`, wanted: "low ≤ high" });
  const data = mask.data.slice();
  for (let v = 0; v < data.length; v++) if (!(volume.data[v]! >= low && volume.data[v]! <= high)) data[v] = 0;
  return ok(withVoxels(mask, data));
}
