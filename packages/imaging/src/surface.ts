import { maskBox } from "./mask.js";
import { eachRun } from "./mask-runs.js";
import { moments, valuesInMask } from "./moments.js";
import type { Mask, Volume } from "./volume.js";

/** The voxels of a mask from which every voxel within `mm` along the grid's axes (a box) is in the mask too. */
export function innerPart(mask: Mask, mm: number): Mask {
  const box = maskBox(mask);
  const { size, spacingMm } = mask.grid;
  let data: Uint8Array<ArrayBufferLike> = mask.data;
  if (box === null || !(mm > 0)) return mask;
  for (const axis of [0, 1, 2] as const) {
    const reach = Math.max(1, Math.round(mm / spacingMm[axis]));
    const step = [1, size[0], size[0] * size[1]][axis]!;
    const [a, b] = axis === 0 ? [1, 2] : axis === 1 ? [0, 2] : [0, 1];
    const steps = [1, size[0], size[0] * size[1]];
    const next = new Uint8Array(data.length);
    for (let q = box.low[b]!; q <= box.high[b]!; q++)
      for (let p = box.low[a]!; p <= box.high[a]!; p++) {
        const line = p * steps[a]! + q * steps[b]!;
        let from = -1;
        for (let n = box.low[axis]; n <= box.high[axis] + 1; n++) {
          const inside = n <= box.high[axis] && data[line + n * step] !== 0;
          if (inside && from < 0) from = n;
          if (inside || from < 0) continue;
          for (let m = from + reach; m < n - reach; m++) next[line + m * step] = 1;
          from = -1;
        }
      }
    data = next;
  }
  return { ...mask, name: `inner ${mask.name}`, data };
}

/** Least distance below the parenchyma before contrast at which tissue counts as something else: HU, and SDs of the parenchyma. */
const UNLIKE_HU = 35;
const UNLIKE_SD = 3;
/** On other modalities: below this share of the parenchyma's signal. */
const UNLIKE_SHARE = 0.3;

/**
 * The mask without those voxels near its surface (`mm`) that do not look like liver before contrast: more than 35 HU and 3 SD
 * below the reference regions (MR: below 30 % of their signal). There the mask holds fat, lung or gas, by partial volume or because
 * the phases do not match to the voxel, and a subtraction says nothing about tumour.
 */
export function judgedPart(mask: Mask, pre: Volume, references: readonly Mask[], mm: number): Mask {
  const inner = innerPart(mask, mm);
  const own = references.map((reference) => moments(valuesInMask(pre, reference).values));
  const mean = own.reduce((sum, m) => sum + m.mean, 0) / own.length;
  const sd = own.reduce((sum, m) => sum + (m.sd ?? 0), 0) / own.length;
  const least = pre.unit === "HU" ? mean - Math.max(UNLIKE_HU, UNLIKE_SD * sd) : UNLIKE_SHARE * mean;
  const data = mask.data.slice();
  eachRun(mask, (from, to) => {
    for (let v = from; v < to; v++) if (inner.data[v] === 0 && pre.data[v]! < least) data[v] = 0;
  });
  return { ...mask, name: `judged part of ${mask.name}`, data };
}
