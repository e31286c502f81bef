/** Dice coefficient 2|A∩B|/(|A|+|B|); 1 for two empty masks. Example: half of a mask against the whole gives 0.667. */
export function dice(a: Uint8Array, b: Uint8Array): number {
  let both = 0;
  let sum = 0;
  for (let v = 0; v < a.length; v++) {
    if (a[v] === 1 && b[v] === 1) both++;
    sum += a[v]! + b[v]!;
  }
  return sum === 0 ? 1 : (2 * both) / sum;
}
