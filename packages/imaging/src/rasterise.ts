import { canonicalJson, type Issue, ok, type Result, refuse, sha256Hex, warningIssue } from "@livermark/core";
import { fillPolygon } from "./polygon.js";
import { cubeRoot } from "./portable-math.js";
import type { Region } from "./region.js";
import { type Grid, type Mask, patientToIndex, type Vec3, voxelCount } from "./volume.js";

/** Index coordinates are rounded to 2⁻¹⁶ voxel, so that the last bits of a header never decide on which side a centre lies. */
export const snapIndex = (x: number): number => Math.round(x * 65536) / 65536;

/** Slack of the closed shapes, for the same reason: a centre at the radius itself is inside. */
const CLOSED = 1 + 1e-9;

/** A polygon may leave its slice plane by this part of the slice spacing. */
const PLANE_TOLERANCE = 0.1;

/** The nearest slice, an exact half going to the lower index. */
const nearestSlice = (k: number): number => Math.ceil(k - 0.5);

/**
 * The voxels a region covers: those whose centres lie inside, decided in index space (architecture, Law 1). Polygon:
 * even-odd in its slice. Ellipse and disc: closed, in the slice nearest to their centre. Sphere: closed. Cube: along the
 * image axes. A centre on the edge of a polygon or cube belongs to the lower-index side.
 * Refuses a polygon that is not in one slice plane, an ellipse out of its plane, a region outside the volume, a region that
 * covers no voxel, a line (it has a length, see `lineLengthMm`) and a mask (its file must be read first). A region that
 * lies partly outside keeps a warning.
 * Example: a cube of 1 cm³ on a 1 mm grid covers 1000 voxels.
 */
export function rasterise(region: Region, grid: Grid): Result<Mask> {
  const name = region.name ?? region.kind;
  const data = new Uint8Array(voxelCount(grid));
  const painted = paint(region, grid, data, name);
  if (!painted.ok) return painted;
  if (!data.includes(1))
    return refuse({
      code: "empty-region",
      message: `Region ${name} covers no voxel centre.`,
      got: "0 voxels",
      wanted: "at least 1 voxel",
      mend: "Draw it larger, or on the series it belongs to.",
      where: placeOf(region),
    });
  const source = { sha256: sha256Hex(canonicalJson(region)) };
  return ok({ name, grid, data, source }, painted.issues);
}

const placeOf = (region: Region) => (region.series === undefined ? {} : { series: region.series });

function paint(region: Region, grid: Grid, data: Uint8Array, name: string): Result<null> {
  const toIndex = (point: Vec3): Vec3 => {
    const p = region.unit === "voxel" ? point : patientToIndex(grid, point);
    return [snapIndex(p[0]), snapIndex(p[1]), snapIndex(p[2])];
  };
  switch (region.kind) {
    case "polygon":
      return paintPolygon(region.points.map(toIndex), grid, data, name);
    case "ellipse": {
      const c = toIndex(region.center);
      const tip = (axis: Vec3): Vec3 => {
        const t = toIndex([region.center[0] + axis[0], region.center[1] + axis[1], region.center[2] + axis[2]]);
        return [t[0] - c[0], t[1] - c[1], t[2] - c[2]];
      };
      return paintEllipse(c, tip(region.axis1), tip(region.axis2), grid, data, name);
    }
    case "disc": {
      const c = toIndex(region.center);
      const rx = region.radiusMm / grid.spacingMm[0];
      const ry = region.radiusMm / grid.spacingMm[1];
      return paintEllipse(c, [rx, 0, 0], [0, ry, 0], grid, data, name);
    }
    case "sphere":
      return paintSphere(toIndex(region.center), cubeRoot((750 * region.volumeCm3) / Math.PI), grid, data, name);
    case "cube":
      return paintCube(toIndex(region.center), cubeRoot(1000 * region.volumeCm3) / 2, grid, data, name);
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

const sliceOf = (data: Uint8Array, grid: Grid, k: number): Uint8Array => {
  const area = grid.size[0] * grid.size[1];
  return data.subarray(k * area, (k + 1) * area);
};

function paintPolygon(points: readonly Vec3[], grid: Grid, data: Uint8Array, name: string): Result<null> {
  const ks = points.map((p) => p[2]);
  const k = nearestSlice(ks[0]!);
  const off = Math.max(...ks.map((x) => Math.abs(x - k)));
  const low: Vec3 = [Math.min(...points.map((p) => p[0])), Math.min(...points.map((p) => p[1])), Math.min(...ks)];
  const high: Vec3 = [Math.max(...points.map((p) => p[0])), Math.max(...points.map((p) => p[1])), Math.max(...ks)];
  const inside = extent(low, high, grid, name);
  if (!inside.ok) return inside;
  if (off > PLANE_TOLERANCE)
    return refuse({
      code: "polygon-off-plane",
      message: `Polygon ${name} does not lie in one slice plane of the series.`,
      got: `slice coordinates ${Math.min(...ks).toFixed(3)} to ${Math.max(...ks).toFixed(3)}`,
      wanted: `all within ${PLANE_TOLERANCE} of one slice`,
      mend: "Draw it on a slice of this series, or use a mask.",
    });
  const [columns, rows] = grid.size;
  fillPolygon(
    sliceOf(data, grid, k),
    columns,
    rows,
    points.map((p) => [p[0], p[1]]),
  );
  return inside;
}

function paintEllipse(c: Vec3, a: Vec3, b: Vec3, grid: Grid, data: Uint8Array, name: string): Result<null> {
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
  const inside = extent([c[0] - reach[0], c[1] - reach[1], k], [c[0] + reach[0], c[1] + reach[1], k], grid, name);
  if (!inside.ok) return inside;
  const slice = sliceOf(data, grid, k);
  const [columns, rows] = grid.size;
  for (let j = 0; j < rows; j++)
    for (let i = 0; i < columns; i++) {
      const x = i - c[0];
      const y = j - c[1];
      const u = (x * b[1] - y * b[0]) / det;
      const v = (a[0] * y - a[1] * x) / det;
      if (u * u + v * v <= CLOSED) slice[j * columns + i] = 1;
    }
  return inside;
}

function paintSphere(c: Vec3, radiusMm: number, grid: Grid, data: Uint8Array, name: string): Result<null> {
  const reach = grid.spacingMm.map((s) => radiusMm / s);
  return paintBox(c, reach, grid, data, name, (i, j, k) => {
    const x = (i - c[0]) / reach[0]!;
    const y = (j - c[1]) / reach[1]!;
    const z = (k - c[2]) / reach[2]!;
    return x * x + y * y + z * z <= CLOSED;
  });
}

function paintCube(c: Vec3, halfSideMm: number, grid: Grid, data: Uint8Array, name: string): Result<null> {
  const reach = grid.spacingMm.map((s) => snapIndex(halfSideMm / s));
  const within = (index: number, axis: 0 | 1 | 2): boolean =>
    index > snapIndex(c[axis] - reach[axis]!) && index <= snapIndex(c[axis] + reach[axis]!);
  return paintBox(c, reach, grid, data, name, (i, j, k) => within(i, 0) && within(j, 1) && within(k, 2));
}

function paintBox(
  c: Vec3,
  reach: readonly number[],
  grid: Grid,
  data: Uint8Array,
  name: string,
  covers: (i: number, j: number, k: number) => boolean,
): Result<null> {
  const low: Vec3 = [c[0] - reach[0]!, c[1] - reach[1]!, c[2] - reach[2]!];
  const high: Vec3 = [c[0] + reach[0]!, c[1] + reach[1]!, c[2] + reach[2]!];
  const inside = extent(low, high, grid, name);
  if (!inside.ok) return inside;
  const [columns, rows, slices] = grid.size;
  const first = (axis: 0 | 1 | 2): number => Math.max(0, Math.floor(low[axis]));
  const last = (axis: 0 | 1 | 2, n: number): number => Math.min(n - 1, Math.ceil(high[axis]));
  for (let k = first(2); k <= last(2, slices); k++)
    for (let j = first(1); j <= last(1, rows); j++)
      for (let i = first(0); i <= last(0, columns); i++) if (covers(i, j, k)) data[(k * rows + j) * columns + i] = 1;
  return inside;
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
