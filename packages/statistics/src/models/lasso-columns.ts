/** Column-major covariates, standardised by mean and SD with divisor n. */
export interface StandardColumns {
  readonly n: number;
  readonly p: number;
  readonly x: Float64Array;
  readonly columns: readonly Float64Array[];
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  readonly constant: Uint8Array;
}

/**
 * Copies the chosen rows of column-major covariates, centred and (when asked) scaled by the SD with divisor n over those
 * rows. Constant columns become 0.
 */
export function standardiseColumns(
  source: readonly Float64Array[],
  rows: ArrayLike<number>,
  centred: boolean,
  scaled: boolean,
): StandardColumns {
  const n = rows.length;
  const p = source.length;
  const x = new Float64Array(n * p);
  const centre = new Float64Array(p);
  const scale = new Float64Array(p).fill(1);
  const constant = new Uint8Array(p);
  const columns: Float64Array[] = [];
  for (let j = 0; j < p; j++) {
    const column = x.subarray(j * n, (j + 1) * n);
    columns.push(column);
    const from = source[j]!;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += from[rows[i]!]!;
    mean /= n;
    let square = 0;
    let largest = 0;
    for (let i = 0; i < n; i++) {
      const value = from[rows[i]!]!;
      square += (value - mean) ** 2;
      largest = Math.max(largest, Math.abs(value));
    }
    const sd = Math.sqrt(square / n);
    if (!(sd > 1e-12 * largest)) {
      constant[j] = 1;
      centre[j] = mean;
      continue;
    }
    centre[j] = centred ? mean : 0;
    scale[j] = scaled ? sd : 1;
    for (let i = 0; i < n; i++) column[i] = (from[rows[i]!]! - centre[j]!) / scale[j]!;
  }
  return { n, p, x, columns, centre, scale, constant };
}
