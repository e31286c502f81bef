import { type IssueWhere, ok, type Result, refuse } from "@livermark/core";
import type { Region, RegionShape } from "./region.js";
import type { Vec3 } from "./volume.js";

type Fields = { readonly [key: string]: unknown };

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);
const isPoint = (value: unknown): value is Vec3 => Array.isArray(value) && value.length === 3 && value.every(isNumber);
const isPositive = (value: unknown): value is number => isNumber(value) && value > 0;
const show = (value: unknown): string => (value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value)));

const kinds = ["polygon", "ellipse", "disc", "cube", "sphere", "line", "mask"];

/**
 * Reads one region of the region file format: a shape in patient millimetres (LPS), or in index coordinates when
 * `unit` is `voxel`. Keys it does not know (patient, time_point, lesion …) are left to the study bundle.
 * Refuses an unknown kind, a point that is not three finite numbers, a polygon of fewer than three points, a size that is
 * not positive. `where` names the file in the Issue.
 * Example: `parseRegion({ kind: "disc", center: [0, 0, 0], radiusMm: 8 }, { file: "vial1.json" })`.
 */
export function parseRegion(json: unknown, where: IssueWhere = {}): Result<Region> {
  const bad = (path: string, got: unknown, wanted: string) =>
    refuse({
      code: "bad-region",
      path,
      message: `The region cannot be read: ${path === "" ? "it" : `"${path}"`} is not what the format wants.`,
      got: show(got),
      wanted,
      mend: "See the region file format in the documentation of the command line.",
      where,
    });

  if (!isFields(json)) return bad("", json, "an object with a kind");
  const { name, series, unit } = json;
  if (name !== undefined && typeof name !== "string") return bad("name", name, "text");
  if (series !== undefined && typeof series !== "string") return bad("series", series, "a series UID");
  if (unit !== undefined && unit !== "mm" && unit !== "voxel") return bad("unit", unit, '"mm" or "voxel"');
  const whole = (shape: RegionShape): Result<Region> =>
    ok({
      ...shape,
      ...(name === undefined ? {} : { name }),
      ...(series === undefined ? {} : { series }),
      ...(unit === undefined ? {} : { unit }),
    });

  const { kind, center, points } = json;
  switch (kind) {
    case "polygon":
      if (!Array.isArray(points) || points.length < 3) return bad("points", points, "at least three points");
      for (const [n, point] of points.entries())
        if (!isPoint(point)) return bad(`points[${n}]`, point, "three finite numbers");
      return whole({ kind, points: points.filter(isPoint) });
    case "line": {
      const [a, b, ...more] = Array.isArray(points) ? points : [];
      if (!isPoint(a) || !isPoint(b) || more.length > 0)
        return bad("points", points, "two points of three finite numbers each");
      return whole({ kind, points: [a, b] });
    }
    case "ellipse":
      if (!isPoint(center)) return bad("center", center, "three finite numbers");
      if (!isPoint(json.axis1)) return bad("axis1", json.axis1, "a half-axis vector of three finite numbers");
      if (!isPoint(json.axis2)) return bad("axis2", json.axis2, "a half-axis vector of three finite numbers");
      return whole({ kind, center, axis1: json.axis1, axis2: json.axis2 });
    case "disc":
      if (!isPoint(center)) return bad("center", center, "three finite numbers");
      if (!isPositive(json.radiusMm)) return bad("radiusMm", json.radiusMm, "a radius above 0 mm");
      return whole({ kind, center, radiusMm: json.radiusMm });
    case "cube":
    case "sphere":
      if (!isPoint(center)) return bad("center", center, "three finite numbers");
      if (!isPositive(json.volumeCm3)) return bad("volumeCm3", json.volumeCm3, "a volume above 0 cm³");
      return whole({ kind, center, volumeCm3: json.volumeCm3 });
    case "mask": {
      const { file, label } = json;
      if (typeof file !== "string" || file === "") return bad("file", file, "the path of a mask file");
      if (label !== undefined && !(isNumber(label) && Number.isInteger(label)))
        return bad("label", label, "a whole number");
      return whole({ kind, file, ...(label === undefined ? {} : { label }) });
    }
    default:
      return bad("kind", kind, `one of ${kinds.join(", ")}`);
  }
}
