import { ok, type Result, refuse } from "@livermark/core";
import { fillPolygon } from "./polygon.js";
import { cubeRoot } from "./portable-math.js";
import type { Region } from "./region.js";
import { type Grid, patientToIndex, type Vec3 } from "./volume.js";

/** Index coordinates are rounded to 2⁻¹⁶ voxel, so that the last bits of a header never decide on which side a centre lies. */
export const snapIndex = (x: number): number => Math.round(x * 65536) / 65536;

/** Slack of the closed shapes, for the same reason: a centre at the radius itself is inside. */
const CLOSED = 1 + 1e-9;

/** A polygon may leave its slice plane by this part of the slice spacing. */
const PLANE_TOLERANCE = 0.1;

/** The nearest slice, an exact half going to the lower index. */
const nearestSlice = (k: number): number => Math.ceil(k - 0.5);

/** An outline in index coordinates: its reach, and how it fills voxels of a box that starts at `from`. */
export interface Outline {
  readonly low: Vec3;
  readonly high: Vec3;
  readonly paint: (data: Uint8Array, size: Vec3, from: Vec3) => void;
}

/** The outline of a region on a grid. Refuses shapes that are out of their plane, and kinds that cover no voxels. */
export function outlineOf(region: Region, grid: Grid, name: string): Result<Outline> {
  const toIndex = (point: Vec3): Vec3 => {
    const p = region.unit === "voxel" ? point : patientToIndex(grid, point);
    return [snapIndex(p[0]), snapIndex(p[1]), snapIndex(p[2])];
  };
  switch (region.kind) {
    case "polygon":
      return polygon(region.points.map(toIndex), name);
    case "ellipse": {
      const c = toIndex(region.center);
      const tip = (axis: Vec3): Vec3 => {
        const t = toIndex([region.center[0] + axis[0], region.center[1] + axis[1], region.center[2] + axis[2]]);
        return [t[0] - c[0], t[1] - c[1], t[2] - c[2]];
      };
      return ellipse(c, tip(region.axis1), tip(region.axis2), name);
    }
    case "disc": {
      const rx = region.radiusMm / grid.spacingMm[0];
      const ry = region.radiusMm / grid.spacingMm[1];
      return ellipse(toIndex(region.center), [rx, 0, 0], [0, ry, 0], name);
    }
    case "sphere":
      return ok(sphere(toIndex(region.center), cubeRoot((750 * region.volumeCm3) / Math.PI), grid));
    case "cube":
      return ok(cube(toIndex(region.center), cubeRoot(1000 * region.volumeCm3) / 2, grid));
    case "line":
      return refuse({
        code: "region-without-voxels",
        message: `Region ${name} is a measuring line; it has a length but covers no voxels.`,
        wanted: "an area or a volume",
      });
    case "mask":
      return refuse({
        code: "mask-not-read",
        message: `Region ${name} is a mask in the file ${region.file}, which must be read before it can be used.`,
        mend: "Read the mask file onto this grid.",
      });
  }
}

function polygon(points: readonly Vec3[], name: string): Result<Outline> {
  const ks = points.map((p) => p[2]);
  const k = nearestSlice(ks[0]!);
  if (Math.max(...ks.map((x) => Math.abs(x - k))) > PLANE_TOLERANCE)
    return refuse({
      code: "polygon-off-plane",
      message: `Polygon ${name} does not lie in one slice plane of the series.`,
      got: `slice coordinates ${Math.min(...ks).toFixed(3)} to ${Math.max(...ks).toFixed(3)}`,
      wanted: `all within ${PLANE_TOLERANCE} of one slice`,
      mend: "Draw it on a slice of this series, or use a mask.",
    });
  const reach = (axis: 0 | 1, pick: (...values: number[]) => number): number => pick(...points.map((p) => p[axis]));
  return ok({
    low: [reach(0, Math.min), reach(1, Math.min), k],
    high: [reach(0, Math.max), reach(1, Math.max), k],
    paint: (data, size, from) => {
      const corners = points.map((p) => [p[0] - from[0], p[1] - from[1]] as const);
      fillPolygon(data, size[0], size[1], corners);
    },
  });
}

function ellipse(c: Vec3, a: Vec3, b: Vec3, name: string): Result<Outline> {
  const det = a[0] * b[1] - a[1] * b[0];
  const flat = Math.max(Math.abs(a[2]), Math.abs(b[2])) <= PLANE_TOLERANCE;
  if (!flat || Math.abs(det) < 1e-9)
    return refuse({
      code: "bad-ellipse",
      message: flat ? `The axes of ellipse ${name} are parallel.` : `Ellipse ${name} does not lie in a slice plane.`,
      got: `half axes (${a.join(", ")}) and (${b.join(", ")}) in voxels`,
      wanted: "two half axes in the slice plane, not parallel",
    });
  const reach = [Math.sqrt(a[0] * a[0] + b[0] * b[0]), Math.sqrt(a[1] * a[1] + b[1] * b[1])] as const;
  const k = nearestSlice(c[2]);
  return ok({
    low: [c[0] - reach[0], c[1] - reach[1], k],
    high: [c[0] + reach[0], c[1] + reach[1], k],
    paint: (data, size, from) =>
      fillWhere(data, size, from, (i, j) => {
        const x = i - c[0];
        const y = j - c[1];
        const u = (x * b[1] - y * b[0]) / det;
        const v = (a[0] * y - a[1] * x) / det;
        return u * u + v * v <= CLOSED;
      }),
  });
}

function sphere(c: Vec3, radiusMm: number, grid: Grid): Outline {
  const reach = reachOf(radiusMm, grid);
  return {
    ...around(c, reach),
    paint: (data, size, from) =>
      fillWhere(data, size, from, (i, j, k) => {
        const x = (i - c[0]) / reach[0];
        const y = (j - c[1]) / reach[1];
        const z = (k - c[2]) / reach[2];
        return x * x + y * y + z * z <= CLOSED;
      }),
  };
}

function cube(c: Vec3, halfSideMm: number, grid: Grid): Outline {
  const reach = reachOf(halfSideMm, grid);
  const half: Vec3 = [snapIndex(reach[0]), snapIndex(reach[1]), snapIndex(reach[2])];
  const within = (index: number, axis: 0 | 1 | 2): boolean =>
    index > snapIndex(c[axis] - half[axis]) && index <= snapIndex(c[axis] + half[axis]);
  return {
    ...around(c, half),
    paint: (data, size, from) => fillWhere(data, size, from, (i, j, k) => within(i, 0) && within(j, 1) && within(k, 2)),
  };
}

const reachOf = (mm: number, { spacingMm: s }: Grid): Vec3 => [mm / s[0], mm / s[1], mm / s[2]];

const around = (c: Vec3, reach: Vec3): { readonly low: Vec3; readonly high: Vec3 } => ({
  low: [c[0] - reach[0], c[1] - reach[1], c[2] - reach[2]],
  high: [c[0] + reach[0], c[1] + reach[1], c[2] + reach[2]],
});

/** Sets the voxels of a box whose index coordinates on the whole grid pass a test. */
function fillWhere(
  data: Uint8Array,
  size: Vec3,
  from: Vec3,
  covers: (i: number, j: number, k: number) => boolean,
): void {
  let v = 0;
  for (let k = from[2]; k < from[2] + size[2]; k++)
    for (let j = from[1]; j < from[1] + size[1]; j++)
      for (let i = from[0]; i < from[0] + size[0]; i++, v++) if (covers(i, j, k)) data[v] = 1;
}
