import type { Mask, Volume } from "../volume.js";

/**
 * Mutual information in nats of two volumes on one grid, from a joint histogram of `bins`² cells over each volume's own range
 * inside the mask (Viola and Wells 1997; plain histogram). 0 when one of them is constant. Wants equal sizes.
 */
export function mutualInformation(
  a: Pick<Volume, "data">,
  b: Pick<Volume, "data">,
  mask: Pick<Mask, "data"> | null,
  bins = 32,
): number {
  const range = (data: Volume["data"]): { low: number; width: number } => {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < data.length; v++) {
      if (mask !== null && mask.data[v] === 0) continue;
      low = Math.min(low, data[v]!);
      high = Math.max(high, data[v]!);
    }
    return { low, width: high - low };
  };
  const ra = range(a.data);
  const rb = range(b.data);
  if (!(ra.width > 0 && rb.width > 0)) return 0;
  const cell = (value: number, { low, width }: { low: number; width: number }): number =>
    Math.min(bins - 1, Math.floor((bins * (value - low)) / width));
  const joint = new Float64Array(bins * bins);
  let count = 0;
  for (let v = 0; v < a.data.length; v++) {
    if (mask !== null && mask.data[v] === 0) continue;
    joint[cell(a.data[v]!, ra) * bins + cell(b.data[v]!, rb)]! += 1;
    count++;
  }
  const rows = new Float64Array(bins);
  const columns = new Float64Array(bins);
  for (let i = 0; i < bins; i++)
    for (let j = 0; j < bins; j++) {
      rows[i]! += joint[i * bins + j]!;
      columns[j]! += joint[i * bins + j]!;
    }
  let sum = 0;
  for (let i = 0; i < bins; i++)
    for (let j = 0; j < bins; j++) {
      const n = joint[i * bins + j]!;
      if (n > 0) sum += (n / count) * Math.log((n * count) / (rows[i]! * columns[j]!));
    }
  return sum;
}
