import type { AxialDiameters, DiameterDefinition } from "./diameter.js";
import type { MeasurementInterval } from "./measurement.js";
import type { Grid } from "./volume.js";

/** How far a diameter lies from the drawn outline's own, in pixels along it: true minus measured. */
interface PixelError {
  readonly mean: number;
  readonly sd: number;
  /** 2.5 % and 97.5 % quantiles. */
  readonly both: readonly [low: number, high: number];
  /** 5 % and 95 % quantiles. */
  readonly one: readonly [low: number, high: number];
}

/**
 * From ellipses of random axes (8–60 pixels), direction and sub-pixel position, outlined by the centre-inside rule (the
 * simulation stands in the tests). Slice thickness and the reader are not part of it.
 */
const errors: { readonly [D in DiameterDefinition]: PixelError } = {
  "voxel-centres": { mean: 0.455, sd: 0.241, both: [0.109, 1.051], one: [0.142, 0.914] },
  "sub-voxel-hull": { mean: -0.449, sd: 0.251, both: [-0.837, 0.131], one: [-0.796, 0.022] },
  "in-plane-interpolated": { mean: -0.071, sd: 0.275, both: [-0.511, 0.574], one: [-0.452, 0.445] },
};

/** Standard normal quantiles of 97.5 % and 95 %. */
const [TWO_SIDED, ONE_SIDED] = [1.959964, 1.644854];

/** Length of one pixel in the direction of a diameter. */
export function pixelAlong(axes: AxialDiameters, grid: Grid): number {
  const [sx, sy] = grid.spacingMm;
  const [p, q] = axes.ends;
  const di = Math.abs(p[0] - q[0]);
  const dj = Math.abs(p[1] - q[1]);
  const steps = Math.sqrt(di * di + dj * dj);
  return steps === 0 ? Math.max(sx, sy) : axes.longestAxialMm / steps;
}

/**
 * 95 % interval of the sum of the true diameters of smooth outlines that were cut into pixels, from their measured sum and
 * the pixel along each. One diameter has its simulated quantiles, a sum mean and variance of its terms. Between voxel
 * centres a diameter falls short of its outline: where the sum itself would stand outside, the interval begins (or ends)
 * at the sum and is one-sided. Example: one diameter of 20 mm on pixels of 1 mm between voxel centres: 20 to 20.914 mm.
 */
export function diameterInterval(
  sumMm: number,
  pixelsMm: readonly number[],
  definition: DiameterDefinition,
): MeasurementInterval {
  const error = errors[definition];
  const scale = pixelsMm.reduce((sum, pixel) => sum + pixel, 0);
  const spread = error.sd * Math.sqrt(pixelsMm.reduce((sum, pixel) => sum + pixel * pixel, 0));
  const offsets = (quantile: number, simulated: PixelError["both"]): readonly [number, number] =>
    pixelsMm.length === 1
      ? [simulated[0] * scale, simulated[1] * scale]
      : [error.mean * scale - quantile * spread, error.mean * scale + quantile * spread];
  const both = offsets(TWO_SIDED, error.both);
  const one = offsets(ONE_SIDED, error.one);
  const [low, high] = both[0] > 0 ? [0, one[1]] : both[1] < 0 ? [one[0], 0] : both;
  return { low: Math.max(0, sumMm + low), high: sumMm + high, sources: ["voxel-size"] };
}
