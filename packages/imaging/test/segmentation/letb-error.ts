import type { HardPhantom } from "./hard-phantom.js";

/** Share of enhancing tumour in a mask, percent, with the true enhancing voxels. */
export function trueLetb({ viable }: HardPhantom, mask: Uint8Array): number {
  let all = 0;
  let enhancing = 0;
  for (let v = 0; v < mask.length; v++)
    if (mask[v] === 1) {
      all++;
      enhancing += viable.data[v]!;
    }
  return all === 0 ? 0 : (100 * enhancing) / all;
}

/** LETB from a mask less LETB from the truth, in points, both with the true enhancing voxels. */
export const letbError = (phantom: HardPhantom, mask: Uint8Array): number =>
  trueLetb(phantom, mask) - trueLetb(phantom, phantom.liver.data);
