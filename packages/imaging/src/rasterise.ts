import {
  canonicalJson,
  type Issue,
  mapResult,
  ok,
  type Result,
  refuse,
  sha256Hex,
  warningIssue,
} from "@livermark/core";
import { ordinaryVoxels, type VoxelAllocator } from "./kernels/voxel-memory.js";
import type { Region } from "./region.js";
import { outlineOf } from "./region-outline.js";
import { type Grid, type Mask, type Vec3, voxelCount } from "./volume.js";

/** The voxels of a region in the smallest box of the grid that holds its outline; `data` is in the order of that box. */
export interface RegionVoxels {
  readonly low: Vec3;
  readonly size: Vec3;
  readonly data: Uint8Array;
}

/**
 * The voxels a region covers: those whose centres lie inside, decided in index space (architecture, Law 1). Polygon:
 * even-odd in its slice. Ellipse and disc: closed, in the slice nearest to their centre. Sphere: closed. Cube: along the
 * image axes. A centre on the edge of a polygon or cube belongs to the lower-index side.
 * Refuses a polygon that is not in one slice plane, an ellipse out of its plane, a region outside the volume, a region that
 * covers no voxel, a line (it has a length, see `lineLengthMm`) and a mask (its file must be read first). A region that
 * lies partly outside keeps a warning. `memory` says where the voxels go.
 * Example: a cube of 1 cm³ on a 1 mm grid covers 1000 voxels.
 */
export function rasterise(region: Region, grid: Grid, memory: VoxelAllocator = ordinaryVoxels): Result<Mask> {
  return mapResult(regionVoxels(region, grid), ({ low, size, data: box }) => {
    const data = memory.uint8(voxelCount(grid));
    for (let k = 0; k < size[2]; k++)
      for (let j = 0; j < size[1]; j++) {
        const row = box.subarray((k * size[1] + j) * size[0], (k * size[1] + j + 1) * size[0]);
        data.set(row, ((k + low[2]) * grid.size[1] + j + low[1]) * grid.size[0] + low[0]);
      }
    return { name: nameOf(region), grid, data, source: { sha256: sha256Hex(canonicalJson(region)) } };
  });
}

/**
 * The same voxels as `rasterise` in a box of their own, for answers while a person drags a region over a large volume.
 * Refuses what `rasterise` refuses.
 */
export function regionVoxels(region: Region, grid: Grid): Result<RegionVoxels> {
  const name = nameOf(region);
  const outline = outlineOf(region, grid, name);
  if (!outline.ok) return outline;
  const { low, high, paint } = outline.value;
  const inside = extent(low, high, grid, name);
  if (!inside.ok) return inside;
  const first = (axis: 0 | 1 | 2): number => Math.max(0, Math.floor(low[axis]));
  const count = (axis: 0 | 1 | 2): number => Math.min(grid.size[axis] - 1, Math.ceil(high[axis])) - first(axis) + 1;
  const from: Vec3 = [first(0), first(1), first(2)];
  const size: Vec3 = [Math.max(0, count(0)), Math.max(0, count(1)), Math.max(0, count(2))];
  const data = new Uint8Array(size[0] * size[1] * size[2]);
  paint(data, size, from);
  if (!data.includes(1))
    return refuse({
      code: "empty-region",
      message: `Region ${name} covers no voxel centre.`,
      got: "0 voxels",
      wanted: "at least 1 voxel",
      mend: "Draw it larger, or on the series it belongs to.",
      where: region.series === undefined ? {} : { series: region.series },
    });
  return ok({ low: from, size, data }, inside.issues);
}

const nameOf = (region: Region): string => region.name ?? region.kind;

/** Refusal or warning about a box of index coordinates that leaves the volume. */
function extent(low: Vec3, high: Vec3, grid: Grid, name: string): Result<null> {
  const outside = [0, 1, 2].some((axis) => high[axis]! < -0.5 || low[axis]! > grid.size[axis]! - 0.5);
  const partly = [0, 1, 2].some((axis) => low[axis]! < -0.5 || high[axis]! > grid.size[axis]! - 0.5);
  const draft = {
    got: `indices ${low.map((x) => x.toFixed(1)).join(", ")} to ${high.map((x) => x.toFixed(1)).join(", ")}`,
    wanted: `within 0 to ${grid.size.map((n) => n - 1).join(", ")}`,
    mend: "Check that the region belongs to this series and that its coordinates are LPS millimetres.",
  };
  if (outside)
    return refuse({ code: "region-outside-volume", message: `Region ${name} lies outside the volume.`, ...draft });
  const issues: Issue[] = partly
    ? [
        warningIssue({
          code: "region-partly-outside",
          message: `Region ${name} lies partly outside the volume; only voxels of the volume are counted.`,
          ...draft,
        }),
      ]
    : [];
  return ok(null, issues);
}

/**
 * Length of a measuring line in mm; index coordinates are turned into mm by the grid.
 * Example: from (0, 0, 0) to (3, 4, 0) mm gives 5.
 */
export function lineLengthMm(line: Extract<Region, { kind: "line" }>, grid?: Grid): Result<number> {
  const [a, b] = line.points;
  let d: Vec3 = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  if (line.unit === "voxel") {
    if (grid === undefined)
      return refuse({
        code: "line-without-grid",
        message: `Line ${line.name ?? ""} is given in voxels, so its length needs the image it was drawn on.`,
        wanted: "the image, or a line in mm",
      });
    d = [d[0] * grid.spacingMm[0], d[1] * grid.spacingMm[1], d[2] * grid.spacingMm[2]];
  }
  return ok(Math.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
}
