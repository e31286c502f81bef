/** Row-major product of a (`rows` × `inner`) and b (`inner` × `columns`). */
export function multiply(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const value = a[i * inner + k]!;
      if (value === 0) continue;
      for (let j = 0; j < columns; j++) product[i * columns + j]! += value * b[k * columns + j]!;
    }
  }
  return product;
}

/** Row-major transpose of a (`rows` × `columns`). */
export function transpose(a: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) turned[j * rows + i] = a[i * columns + j]!;
  return turned;
}

/** Aᵀ diag(w) A for a row-major A (`rows` × `columns`); without weights AᵀA. Symmetric, row-major. */
export function crossProduct(
  a: ArrayLike<number>,
  rows: number,
  columns: number,
  weights?: ArrayLike<number>,
): Float64Array {
  const product = new Float64Array(columns * columns);
  for (let r = 0; r < rows; r++) {
    const base = r * columns;
    const weight = weights === undefined ? 1 : weights[r]!;
    for (let i = 0; i < columns; i++) {
      const value = weight * a[base + i]!;
      if (value === 0) continue;
      for (let j = 0; j <= i; j++) product[i * columns + j]! += value * a[base + j]!;
    }
  }
  for (let i = 0; i < columns; i++) for (let j = 0; j < i; j++) product[j * columns + i] = product[i * columns + j]!;
  return product;
}

/** xᵀ A x for a row-major square A. */
export function quadraticForm(a: ArrayLike<number>, x: ArrayLike<number>): number {
  const size = x.length;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) row += a[i * size + j]! * x[j]!;
    sum += x[i]! * row;
  }
  return sum;
}

/** Sum of products of two columns of equal length. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** A row-major matrix as an array of rows. */
export const toRows = (a: ArrayLike<number>, rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => a[i * columns + j]!));

/** An array of rows as a row-major matrix. */
export function fromRows(rows: readonly ArrayLike<number>[]): Float64Array {
  const columns = rows[0]?.length ?? 0;
  const flat = new Float64Array(rows.length * columns);
  rows.forEach((row, i) => {
    flat.set(Array.from(row), i * columns);
  });
  return flat;
}
