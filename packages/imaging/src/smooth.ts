import { maskBox } from "./mask.js";
import { exponential } from "./portable-math.js";
import type { Mask, Volume } from "./volume.js";

/** Full width at half maximum of a Gaussian in standard deviations: 2·√(2·ln 2). */
const WIDTH = 2.3548200450309493;

/** Weights of a Gaussian at 0, 1, 2 … voxels, cut at three standard deviations; their two-sided sum is 1. */
function gaussianWeights(sdVoxels: number): Float64Array {
  const reach = Math.ceil(3 * sdVoxels);
  const weights = Float64Array.from({ length: reach + 1 }, (_, n) =>
    exponential((-0.5 * n * n) / (sdVoxels * sdVoxels)),
  );
  const sum = weights.reduce((total, w, n) => total + (n === 0 ? w : 2 * w), 0);
  return weights.map((w) => w / sum);
}

/**
 * A volume smoothed by a Gaussian of `fwhmMm` (full width at half maximum, mm, the same in all directions), where the mask can
 * see it; farther away the values stay. At the volume's border the outermost value goes on. Values become 32-bit floats; a value
 * that is not finite spreads to what it touches. The caller sees to it that `fwhmMm` is above 0.
 * Example: `smoothedAround(arterial, liver, 2)`.
 */
export function smoothedAround(volume: Volume, mask: Mask, fwhmMm: number): Volume {
  const { size, spacingMm } = volume.grid;
  const box = maskBox(mask);
  let data = Float32Array.from(volume.data);
  if (box === null) return { ...volume, data };
  const weights = spacingMm.map((spacing) => gaussianWeights(fwhmMm / WIDTH / spacing));
  const steps = [1, size[0], size[0] * size[1]];
  const low = box.low.map((at, axis) => Math.max(0, at - weights[axis]!.length));
  const high = box.high.map((at, axis) => Math.min(size[axis]! - 1, at + weights[axis]!.length));
  for (const axis of [0, 1, 2]) {
    const [own, step, last] = [weights[axis]!, steps[axis]!, size[axis]! - 1];
    const next = data.slice();
    const index = [0, 0, 0];
    for (index[2] = low[2]!; index[2] <= high[2]!; index[2]++)
      for (index[1] = low[1]!; index[1] <= high[1]!; index[1]++)
        for (index[0] = low[0]!; index[0] <= high[0]!; index[0]++) {
          const at = index[0] + index[1] * steps[1]! + index[2] * steps[2]!;
          const here = index[axis]!;
          let sum = own[0]! * data[at]!;
          for (let n = 1; n < own.length; n++) {
            const back = Math.min(n, here);
            const on = Math.min(n, last - here);
            sum += own[n]! * (data[at - back * step]! + data[at + on * step]!);
          }
          next[at] = sum;
        }
    data = next;
  }
  return { ...volume, data };
}
