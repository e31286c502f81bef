import { type LassoKernel, lassoWorkspace } from "./lasso-kernels.js";

/** Where the path algorithm keeps its numbers: one buffer, byte positions, and views on it. */
export interface StandardColumns {
  readonly n: number;
  readonly p: number;
  readonly kernel: LassoKernel;
  /** Bytes of one padded column. */
  readonly bytes: number;
  readonly at: {
    readonly x: number;
    readonly residual: number;
    readonly curvature: number;
    readonly eta: number;
    readonly beta: number;
    readonly square: number;
    readonly penalty: number;
    readonly ridge: number;
    readonly set: number;
  };
  readonly residual: Float64Array;
  readonly curvature: Float64Array;
  readonly eta: Float64Array;
  readonly beta: Float64Array;
  readonly square: Float64Array;
  readonly penalty: Float64Array;
  readonly ridge: Float64Array;
  readonly set: Int32Array;
  readonly centre: Float64Array;
  readonly scale: Float64Array;
  readonly constant: Uint8Array;
}

/**
 * Copies the chosen rows of column-major covariates into a workspace, centred and (when asked) scaled by the SD with
 * divisor n over those rows. Constant columns become 0.
 */
export function standardiseColumns(
  source: readonly Float64Array[],
  rows: ArrayLike<number>,
  scaled: boolean,
  allowCompiled = true,
): StandardColumns {
  const n = rows.length;
  const p = source.length;
  const padded = Math.ceil(n / 8) * 8;
  const bytes = padded * 8;
  const x = 0;
  const residual = x + bytes * p;
  const curvature = residual + bytes;
  const eta = curvature + bytes;
  const beta = eta + bytes;
  const square = beta + 8 * p;
  const penalty = square + 8 * p;
  const ridge = penalty + 8 * p;
  const set = ridge + 8 * p;
  const { buffer, kernel } = lassoWorkspace(set + 4 * p, allowCompiled);
  const view = (start: number, length: number): Float64Array => new Float64Array(buffer, start, length);
  const centre = new Float64Array(p);
  const scale = new Float64Array(p).fill(1);
  const constant = new Uint8Array(p);
  for (let j = 0; j < p; j++) {
    const column = view(x + j * bytes, n);
    const from = source[j]!;
    let mean = 0;
    for (let i = 0; i < n; i++) mean += from[rows[i]!]!;
    mean /= n;
    let sum = 0;
    let largest = 0;
    for (let i = 0; i < n; i++) {
      const value = from[rows[i]!]!;
      sum += (value - mean) ** 2;
      largest = Math.max(largest, Math.abs(value));
    }
    const sd = Math.sqrt(sum / n);
    centre[j] = mean;
    if (!(sd > 1e-12 * largest)) {
      constant[j] = 1;
      continue;
    }
    if (scaled) scale[j] = sd;
    for (let i = 0; i < n; i++) column[i] = (from[rows[i]!]! - mean) / scale[j]!;
  }
  return {
    n,
    p,
    kernel,
    bytes,
    at: { x, residual, curvature, eta, beta, square, penalty, ridge, set },
    residual: view(residual, n),
    curvature: view(curvature, n),
    eta: view(eta, n),
    beta: view(beta, p),
    square: view(square, p),
    penalty: view(penalty, p),
    ridge: view(ridge, p),
    set: new Int32Array(buffer, set, p),
    centre,
    scale,
    constant,
  };
}
