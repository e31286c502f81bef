import { ok, type Result, refuse } from "@livermark/core";

/**
 * Solves A x = b for a general square A (row-major) by Gaussian elimination with partial pivoting.
 * Refuses a matrix that is singular to working precision.
 * Source: Golub and Van Loan 2013, section 3.4. Example: `solve([2], [4])` is `[2]`.
 */
export function solve(a: ArrayLike<number>, b: ArrayLike<number>): Result<Float64Array> {
  const size = b.length;
  const work = Float64Array.from(a);
  const x = Float64Array.from(b);
  let largest = 0;
  for (const value of work) largest = Math.max(largest, Math.abs(value));
  for (let k = 0; k < size; k++) {
    let best = k;
    for (let i = k + 1; i < size; i++) {
      if (Math.abs(work[i * size + k]!) > Math.abs(work[best * size + k]!)) best = i;
    }
    if (!(Math.abs(work[best * size + k]!) > largest * Number.EPSILON)) {
      return refuse({
        code: "singular-matrix",
        message: "A system of linear equations has no unique solution.",
        got: `pivot ${k + 1} of ${size} is zero`,
        wanted: "a matrix of full rank",
        mend: "Remove a column that the others determine.",
      });
    }
    if (best !== k) {
      for (let j = 0; j < size; j++) {
        const kept = work[k * size + j]!;
        work[k * size + j] = work[best * size + j]!;
        work[best * size + j] = kept;
      }
      const kept = x[k]!;
      x[k] = x[best]!;
      x[best] = kept;
    }
    for (let i = k + 1; i < size; i++) {
      const ratio = work[i * size + k]! / work[k * size + k]!;
      if (ratio === 0) continue;
      for (let j = k; j < size; j++) work[i * size + j]! -= ratio * work[k * size + j]!;
      x[i]! -= ratio * x[k]!;
    }
  }
  for (let i = size - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let j = i + 1; j < size; j++) sum -= work[i * size + j]! * x[j]!;
    x[i] = sum / work[i * size + i]!;
  }
  return ok(x);
}
