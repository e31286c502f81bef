/**
 * A symmetric non-negative definite matrix A factored as L D Lᵀ, with columns that depend on earlier ones left out.
 * `factor` is row-major: D on the diagonal, the unit lower triangle L below it, zeros above.
 */
export interface Cholesky {
  readonly size: number;
  readonly factor: Float64Array;
  readonly rank: number;
  /** Columns left out because earlier columns (nearly) determine them; their pivots are 0. */
  readonly dropped: readonly number[];
  /** False when a pivot was clearly negative: the matrix is not a variance or an information matrix. */
  readonly nonNegative: boolean;
}

/** Relative pivot below which a column counts as dependent: machine epsilon to the power 3/4, as R's Cox regression uses. */
export const RANK_TOLERANCE = Number.EPSILON ** 0.75;

/**
 * Factors a symmetric matrix (row-major, `size` × `size`; the lower triangle is read) without pivoting, so that of two
 * dependent columns the later one is dropped. A pivot below `tolerance` × the largest diagonal element is taken as 0.
 * Source: Golub and Van Loan 2013, Matrix Computations, section 4.1 (LDLᵀ); the rank rule is that of generalised
 * inverses by sweeping (Goodnight 1979).
 * Example: `cholesky(Float64Array.of(4, 2, 2, 3), 2).rank` is 2.
 */
export function cholesky(matrix: Float64Array, size: number, tolerance: number = RANK_TOLERANCE): Cholesky {
  const factor = new Float64Array(size * size);
  let largest = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) factor[i * size + j] = matrix[i * size + j]!;
    largest = Math.max(largest, Math.abs(matrix[i * size + i]!));
  }
  const limit = largest === 0 ? tolerance : largest * tolerance;
  const dropped: number[] = [];
  let nonNegative = true;
  for (let k = 0; k < size; k++) {
    const pivot = factor[k * size + k]!;
    if (!(pivot >= limit)) {
      if (pivot < -8 * limit) nonNegative = false;
      dropped.push(k);
      for (let i = k; i < size; i++) factor[i * size + k] = 0;
      continue;
    }
    for (let i = k + 1; i < size; i++) {
      const below = factor[i * size + k]!;
      const ratio = below / pivot;
      factor[i * size + k] = ratio;
      factor[i * size + i]! -= ratio * below;
      for (let j = i + 1; j < size; j++) factor[j * size + i]! -= ratio * factor[j * size + k]!;
    }
  }
  return { size, factor, rank: size - dropped.length, dropped, nonNegative };
}

/** Solves A x = b; dropped columns get 0. Example: `solveCholesky(cholesky(Float64Array.of(4), 1), [2])` is `[0.5]`. */
export function solveCholesky(decomposition: Cholesky, rightHandSide: ArrayLike<number>): Float64Array {
  const { size, factor } = decomposition;
  const x = Float64Array.from(rightHandSide);
  for (let i = 0; i < size; i++) {
    let sum = x[i]!;
    for (let j = 0; j < i; j++) sum -= factor[i * size + j]! * x[j]!;
    x[i] = sum;
  }
  for (let i = size - 1; i >= 0; i--) {
    const pivot = factor[i * size + i]!;
    if (pivot === 0) {
      x[i] = 0;
      continue;
    }
    let sum = x[i]! / pivot;
    for (let j = i + 1; j < size; j++) sum -= factor[j * size + i]! * x[j]!;
    x[i] = sum;
  }
  return x;
}

/** The inverse, symmetric and row-major; rows and columns of dropped columns are 0 (a generalised inverse). */
export function invertCholesky(decomposition: Cholesky): Float64Array {
  const { size } = decomposition;
  const inverse = new Float64Array(size * size);
  const unit = new Float64Array(size);
  const left = new Set(decomposition.dropped);
  for (let j = 0; j < size; j++) {
    if (left.has(j)) continue;
    unit.fill(0);
    unit[j] = 1;
    inverse.set(solveCholesky(decomposition, unit), j * size);
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const mean = (inverse[i * size + j]! + inverse[j * size + i]!) / 2;
      inverse[i * size + j] = mean;
      inverse[j * size + i] = mean;
    }
  }
  return inverse;
}

/** Natural logarithm of the determinant over the columns that were kept. */
export function logDeterminant(decomposition: Cholesky): number {
  let sum = 0;
  for (let i = 0; i < decomposition.size; i++) {
    const pivot = decomposition.factor[i * decomposition.size + i]!;
    if (pivot !== 0) sum += Math.log(pivot);
  }
  return sum;
}
