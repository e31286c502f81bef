import { ok, type Result, refuse } from "@livermark/core";
import { squaredDistance } from "./segmentation/distance-transform.js";
import type { Grid, Mask } from "./volume.js";

/**
 * Fills the slices between outlined ones: in each gap the signed in-plane distances to the two neighbouring outlines are mixed
 * in proportion to the distance of the slices, and a voxel is inside where the mixture is above 0. Outlined slices (those with
 * any voxel) stay as they are; nothing is added above the first or below the last.
 * Refuses a mask with fewer than two outlined slices. Source: Raya and Udupa 1990 (shape-based interpolation).
 * Example: discs of radius 10 and 6 four slices apart give discs of about 9, 8 and 7 between them.
 */
export function interpolateShapes(mask: Mask): Result<Mask> {
  const { grid } = mask;
  const [columns, rows, slices] = grid.size;
  const area = columns * rows;
  const outlined = Array.from({ length: slices }, (_, k) => k).filter((k) =>
    mask.data.subarray(k * area, (k + 1) * area).includes(1),
  );
  if (outlined.length < 2)
    return refuse({
      code: "too-few-outlines",
      message: `Outline ${mask.name} on at least two slices before the slices between are filled.`,
      got: `${outlined.length} slices`,
      wanted: "at least 2 slices",
    });
  const data = mask.data.slice();
  const plane: Grid = { ...grid, size: [columns, rows, 1] };
  let above = signedDistance(plane, mask.data.subarray(outlined[0]! * area, (outlined[0]! + 1) * area));
  for (let n = 0; n + 1 < outlined.length; n++) {
    const [k0, k1] = [outlined[n]!, outlined[n + 1]!];
    const below = signedDistance(plane, mask.data.subarray(k1 * area, (k1 + 1) * area));
    for (let k = k0 + 1; k < k1; k++) {
      const share = (k - k0) / (k1 - k0);
      for (let v = 0; v < area; v++) if (above[v]! + share * (below[v]! - above[v]!) > 0) data[k * area + v] = 1;
    }
    above = below;
  }
  return ok({ name: mask.name, grid, data });
}

/** Distance in mm to the outline, positive inside. */
function signedDistance(plane: Grid, inside: Uint8Array): Float64Array {
  const toOutside = squaredDistance(
    plane,
    inside.map((x) => 1 - x),
  );
  const toInside = squaredDistance(plane, inside);
  return toOutside.map((squared, v) => Math.sqrt(squared) - Math.sqrt(toInside[v]!));
}
