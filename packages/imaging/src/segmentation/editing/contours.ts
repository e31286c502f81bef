import { type Issue, ok, type Result, refuse, refuseWith } from "@livermark/core";
import { regionVoxels } from "../../rasterise.js";
import type { Region } from "../../region.js";
import { interpolateShapes } from "../../shape-interpolation.js";
import { type Grid, type Mask, voxelCount } from "../../volume.js";

/**
 * A mask from contours drawn on some slices: each polygon covers its voxels (`rasterise`), a polygon inside another cuts a hole
 * (even-odd), and slices between drawn ones are filled by shape interpolation. One drawn slice stays one slice.
 * Refuses anything but polygons, and what `rasterise` refuses; every bad contour is named.
 * Example: `outlineFromContours([top, middle, bottom], volume.grid, "liver")`.
 */
export function outlineFromContours(contours: readonly Region[], grid: Grid, name: string): Result<Mask> {
  const wrong = contours.find(({ kind }) => kind !== "polygon");
  if (contours.length === 0 || wrong !== undefined)
    return refuse({
      code: "contours",
      message: `The outline of ${name} is made of polygons.`,
      got: wrong?.kind ?? "no contour",
      wanted: "at least one polygon",
      mend: "Draw a closed contour on at least one slice.",
    });
  const data = new Uint8Array(voxelCount(grid));
  const problems: Issue[] = [];
  const warned: Issue[] = [];
  for (const contour of contours) {
    const covered = regionVoxels(contour, grid);
    if (!covered.ok) {
      problems.push(...covered.issues);
      continue;
    }
    warned.push(...covered.issues);
    const { low, size, data: box } = covered.value;
    let n = 0;
    for (let k = 0; k < size[2]; k++)
      for (let j = 0; j < size[1]; j++)
        for (let i = 0; i < size[0]; i++) {
          const v = ((k + low[2]) * grid.size[1] + j + low[1]) * grid.size[0] + i + low[0];
          if (box[n++] === 1) data[v] = data[v] === 1 ? 0 : 1;
        }
  }
  if (problems.length > 0) return refuseWith(problems);
  const drawn: Mask = { name, grid, data };
  const area = grid.size[0] * grid.size[1];
  const first = data.indexOf(1);
  if (first < 0)
    return refuse({
      code: "empty-region",
      message: `The contours of ${name} cancel out.`,
      got: "0 voxels",
      wanted: "1 or more",
    });
  const one = Math.floor(first / area) === Math.floor(data.lastIndexOf(1) / area);
  if (one) return ok(drawn, warned);
  const filled = interpolateShapes(drawn);
  return filled.ok ? ok(filled.value, [...warned, ...filled.issues]) : filled;
}
