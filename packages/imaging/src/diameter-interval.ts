import type { AxialDiameters, DiameterDefinition } from "./diameter.js";
import type { MeasurementInterval } from "./measurement.js";
import type { Grid } from "./volume.js";

/**
 * True minus measured diameter in units of the pixel size along the diameter: 2.5 % and 97.5 % quantiles over ellipses of
 * random axes (8–60 pixels), direction and sub-pixel position, outlined by the centre-inside rule (the simulation stands in
 * the tests). Slice thickness and the reader are not part of it.
 */
const offsets: { readonly [D in DiameterDefinition]: readonly [number, number] } = {
  "voxel-centres": [0.11, 1.04],
  "sub-voxel-hull": [-0.87, 0.115],
  "in-plane-interpolated": [-0.56, 0.52],
};

/** 95 % interval of the true diameter of a smooth outline that was cut into pixels. */
export function diameterInterval(
  axes: AxialDiameters,
  grid: Grid,
  definition: DiameterDefinition,
): MeasurementInterval {
  const [sx, sy] = grid.spacingMm;
  const [p, q] = axes.ends;
  const di = Math.abs(p[0] - q[0]);
  const dj = Math.abs(p[1] - q[1]);
  const steps = Math.sqrt(di * di + dj * dj);
  // Length of one pixel in the direction of the diameter.
  const pixel = steps === 0 ? Math.max(sx, sy) : axes.longestAxialMm / steps;
  const [low, high] = offsets[definition];
  return {
    low: Math.max(0, axes.longestAxialMm + low * pixel),
    high: axes.longestAxialMm + high * pixel,
    sources: ["voxel-size"],
  };
}
