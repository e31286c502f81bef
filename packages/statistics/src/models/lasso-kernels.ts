/** Sum of products, in four partial sums so that the additions do not wait for each other. */
export function dotColumns(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < n; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** target += factor · weights · column (weights 1 when null). */
export function addScaled(
  target: Float64Array,
  weights: Float64Array | null,
  column: Float64Array,
  factor: number,
): void {
  const n = target.length;
  if (weights === null) for (let i = 0; i < n; i++) target[i]! += factor * column[i]!;
  else for (let i = 0; i < n; i++) target[i]! += factor * weights[i]! * column[i]!;
}
