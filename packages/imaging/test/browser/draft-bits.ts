import { maskDigest } from "../../src/mask.js";
import { liverDraft } from "../../src/segmentation/index.js";
import type { Volume } from "../../src/volume.js";

/** Everything a draft says, numbers with all their bits, the mask as its digest. */
export function draftBits(volume: Volume): readonly string[] {
  const drafted = liverDraft(volume);
  if (!drafted.ok) return drafted.issues.map(({ code }) => code);
  const { mask, volumeMl, mean, sd, signs, estimatedDice, walker } = drafted.value;
  const numbers = { volumeMl, mean, sd, estimatedDice, ...signs, ...walker };
  return [`mask ${maskDigest(mask)}`, ...Object.entries(numbers).map(([name, value]) => `${name} ${value}`)];
}

/** A volume whose voxels wait at an address. */
export interface ShippedVolume {
  readonly url: string;
  readonly rest: Omit<Volume, "data">;
}

/** The same in the page, from 32-bit floating voxels. */
export async function draftShipped({ url, rest }: ShippedVolume): Promise<readonly string[]> {
  const data = new Float32Array(await (await fetch(url)).arrayBuffer());
  return draftBits({ ...rest, data });
}
