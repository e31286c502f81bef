import { maskBox } from "../mask.js";
import { indexToPatient, type Mask, patientToIndex, type Vec3, type Volume } from "../volume.js";
import { linearAt, type PointMap } from "./resample.js";
import { mutualInformation } from "./similarity.js";

/** How far the images still seem to lie apart, estimated from the images alone. */
export interface LocalShift {
  /** Mean and greatest length over the parts of the mask, mm; null where no part has enough voxels. */
  readonly meanMm: number | null;
  readonly maxMm: number | null;
  readonly parts: number;
}

/** Fewest voxels of a part for its own estimate. */
const FEWEST = 400;

/**
 * Displacement left between two images in the eight parts of a mask (halves of its box along each axis): where the mutual
 * information of a part would be greatest, by a parabola through its values at −step, 0 and +step along each axis; at most
 * one step per axis. It sees edges and vessels; flat tissue far from both it cannot see.
 * Example: an image beside itself gives 0.
 */
export function localShift(
  fixed: Pick<Volume, "grid" | "data">,
  moving: Pick<Volume, "grid" | "data">,
  map: PointMap,
  mask: Mask,
  outside: number,
): LocalShift {
  const box = maskBox(mask);
  if (box === null) return { meanMm: null, maxMm: null, parts: 0 };
  const { grid } = fixed;
  const [nx, ny] = grid.size;
  const middle = [0, 1, 2].map((a) => (box.low[a]! + box.high[a]!) / 2);
  const parts: number[][] = Array.from({ length: 8 }, () => []);
  const points: Vec3[] = [];
  for (let v = 0; v < mask.data.length; v++) {
    if (mask.data[v] === 0) continue;
    const [i, j, k] = [v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny))];
    const part = Number(i > middle[0]!) + 2 * Number(j > middle[1]!) + 4 * Number(k > middle[2]!);
    parts[part]!.push(points.length);
    points.push([v, 0, 0]);
  }
  const targets = points.map(([v]) => {
    const p = indexToPatient(grid, v % nx, Math.floor(v / nx) % ny, Math.floor(v / (nx * ny)));
    return patientToIndex(moving.grid, map(p));
  });
  const here = Float32Array.from(points, ([v]) => fixed.data[v]!);
  const at = (axis: number, sign: number): Float32Array => {
    // One step of the fixed grid, in indices of the moving one: both lie along the same axes.
    const step = (sign * grid.spacingMm[axis]!) / moving.grid.spacingMm[axis]!;
    return Float32Array.from(targets, (q) =>
      linearAt(
        moving,
        q[0] + (axis === 0 ? step : 0),
        q[1] + (axis === 1 ? step : 0),
        q[2] + (axis === 2 ? step : 0),
        outside,
      ),
    );
  };
  const centre = at(0, 0);
  const beside = [0, 1, 2].map((axis) => [at(axis, -1), at(axis, 1)] as const);
  const lengths: number[] = [];
  for (const members of parts) {
    if (members.length < FEWEST) continue;
    const of = (values: Float32Array): number =>
      mutualInformation(
        { data: Float32Array.from(members, (m) => here[m]!) },
        { data: Float32Array.from(members, (m) => values[m]!) },
        null,
        16,
      );
    const top = of(centre);
    const shift = beside.map(([below, above], axis) => {
      const [low, high] = [of(below), of(above)];
      const curvature = 2 * top - low - high;
      const peak = curvature > 0 ? (0.5 * (high - low)) / curvature : Math.sign(high - low);
      return grid.spacingMm[axis]! * Math.max(-1, Math.min(1, peak));
    });
    lengths.push(Math.hypot(...shift));
  }
  if (lengths.length === 0) return { meanMm: null, maxMm: null, parts: 0 };
  return {
    meanMm: lengths.reduce((sum, x) => sum + x, 0) / lengths.length,
    maxMm: Math.max(...lengths),
    parts: lengths.length,
  };
}
