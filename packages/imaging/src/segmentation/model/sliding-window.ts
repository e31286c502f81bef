import { exponential } from "../../portable-math.js";
import type { Vec3 } from "../../volume.js";

/**
 * One patch through a model: values with x fastest in, channel after channel of the same voxels out.
 */
export type PatchModel = (patch: Float32Array, size: Vec3) => Promise<Float32Array> | Float32Array;

/** First voxels of the windows along one axis: evenly spread, the last one at the end. Example: 100, 40, ½ gives 0, 20, 40, 60. */
export function windowStarts(length: number, patch: number, overlap: number): readonly number[] {
  if (length <= patch) return [0];
  const step = Math.max(1, Math.floor(patch * (1 - overlap)));
  const count = Math.ceil((length - patch) / step) + 1;
  return Array.from({ length: count }, (_, n) => Math.round((n * (length - patch)) / (count - 1)));
}

/** Weight along one axis: a Gaussian about the middle with an SD of an eighth of the patch (Isensee 2021, nnU-Net). */
export function windowWeights(patch: number): Float64Array {
  const middle = (patch - 1) / 2;
  const sd = patch / 8;
  return Float64Array.from({ length: patch }, (_, i) => exponential((-0.5 * (i - middle) * (i - middle)) / (sd * sd)));
}

/** What a run over all windows needs. */
export interface SlidingWindowInput {
  readonly image: Float32Array;
  readonly size: Vec3;
  readonly patch: Vec3;
  readonly overlap: number;
  readonly channels: number;
  /** Value of voxels beyond the image where it is smaller than a patch. */
  readonly padding: number;
  readonly onProgress?: (share: number) => void;
  readonly isCancelled?: () => boolean;
}

/**
 * A model over an image in overlapping windows, blended by Gaussian weights: channel after channel, each as large as the image.
 * Null when it was cancelled. Throws when the model returns another number of values than channels × voxels: that is a wrong
 * card, and no number may come of it.
 */
export async function slidingWindow(input: SlidingWindowInput, model: PatchModel): Promise<Float32Array | null> {
  const { image, size, patch, overlap, channels, padding, onProgress, isCancelled } = input;
  const [nx, ny, nz] = size;
  const [px, py, pz] = patch;
  const voxels = nx * ny * nz;
  const sums = new Float32Array(channels * voxels);
  const total = new Float32Array(voxels);
  const [wx, wy, wz] = [windowWeights(px), windowWeights(py), windowWeights(pz)];
  const starts = [windowStarts(nx, px, overlap), windowStarts(ny, py, overlap), windowStarts(nz, pz, overlap)] as const;
  const windows = starts[0].length * starts[1].length * starts[2].length;
  let done = 0;
  for (const k0 of starts[2])
    for (const j0 of starts[1])
      for (const i0 of starts[0]) {
        if (isCancelled?.() === true) return null;
        const values = new Float32Array(px * py * pz).fill(padding);
        const across = Math.min(px, nx - i0);
        for (let k = 0; k < pz && k0 + k < nz; k++)
          for (let j = 0; j < py && j0 + j < ny; j++) {
            const row = ((k0 + k) * ny + j0 + j) * nx + i0;
            values.set(image.subarray(row, row + across), (k * py + j) * px);
          }
        const result = await model(values, patch);
        if (result.length !== channels * values.length)
          throw new Error(`the model returned ${result.length} values, its card says ${channels * values.length}`);
        for (let k = 0; k < pz && k0 + k < nz; k++)
          for (let j = 0; j < py && j0 + j < ny; j++) {
            const row = ((k0 + k) * ny + j0 + j) * nx + i0;
            const line = (k * py + j) * px;
            const w = wz[k]! * wy[j]!;
            for (let i = 0; i < across; i++) {
              total[row + i]! += w * wx[i]!;
              for (let c = 0; c < channels; c++)
                sums[c * voxels + row + i]! += w * wx[i]! * result[c * values.length + line + i]!;
            }
          }
        onProgress?.(++done / windows);
      }
  for (let c = 0; c < channels; c++) for (let v = 0; v < voxels; v++) sums[c * voxels + v]! /= total[v]!;
  return sums;
}
