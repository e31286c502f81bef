import { exponential } from "../portable-math.js";
import type { Grid } from "../volume.js";

/** Smoothed density of the values under some seeds, over `bins` cells of the image's range. */
function density(cells: Uint16Array, seeds: Uint8Array, bins: number): Float64Array {
  const counts = new Float64Array(bins);
  let n = 0;
  for (let v = 0; v < seeds.length; v++)
    if (seeds[v] === 1) {
      counts[cells[v]!]! += 1;
      n++;
    }
  const smooth = new Float64Array(bins);
  for (let b = 0; b < bins; b++)
    for (let d = -6; d <= 6; d++) smooth[b]! += ((counts[b + d] ?? 0) * exponential(-(d * d) / 8)) / Math.max(1, n);
  return smooth;
}

/** Probability of being inside by intensity: the share of the inside density, ½ where neither was seen. */
export function intensityPrior(image: Float32Array, inside: Uint8Array, outside: Uint8Array): Float32Array {
  const bins = 256;
  const sorted = image.filter((_, v) => inside[v] === 1 || outside[v] === 1).sort();
  const low = sorted[Math.floor(0.01 * sorted.length)]!;
  const high = sorted[Math.floor(0.99 * (sorted.length - 1))]!;
  const width = Math.max(1e-6, high - low);
  const cells = new Uint16Array(image.length);
  for (let v = 0; v < image.length; v++)
    cells[v] = Math.min(bins - 1, Math.max(0, Math.floor((bins * (image[v]! - low)) / width)));
  const within = density(cells, inside, bins);
  const without = density(cells, outside, bins);
  const floor = 1e-3;
  return Float32Array.from(cells, (cell) => (within[cell]! + floor) / (within[cell]! + without[cell]! + 2 * floor));
}

/** Typical intensity step between neighbours under the seeds: noise, not edges. */
export function noiseStep(grid: Grid, image: Float32Array, inside: Uint8Array): number {
  const [nx] = grid.size;
  const steps: number[] = [];
  for (let v = 0; v + nx < image.length; v++) {
    if (inside[v] !== 1) continue;
    if (inside[v + 1] === 1) steps.push(Math.abs(image[v + 1]! - image[v]!));
    if (inside[v + nx] === 1) steps.push(Math.abs(image[v + nx]! - image[v]!));
  }
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}
