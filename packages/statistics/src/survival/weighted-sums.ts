/** Full symmetric matrix of a packed lower triangle. */
export function unpack(packed: Float64Array, p: number): Float64Array {
  const full = new Float64Array(p * p);
  for (let j = 0, q = 0; j < p; j++) {
    for (let k = 0; k <= j; k++, q++) {
      full[j * p + k] = packed[q]!;
      full[k * p + j] = packed[q]!;
    }
  }
  return full;
}

/** Rows whose products are summed in registers before they are added to the total. */
const BLOCK = 256;

/**
 * Σ c x xᵀ over rows, packed lower triangle. Columns are taken two by two, so that four running sums stay in registers
 * while a block of rows is in the cache.
 */
export function weightedProducts(x: Float64Array, n: number, p: number, c: Float64Array): Float64Array {
  const packed = new Float64Array((p * (p + 1)) / 2);
  for (let from = 0; from < n; from += BLOCK) {
    const to = Math.min(n, from + BLOCK);
    for (let j = 0; j < p; j += 2) {
      const wide = j + 1 < p;
      const row0 = (j * (j + 1)) / 2;
      const row1 = row0 + j + 1;
      for (let k = 0; k <= j; k += 2) {
        const pair = k + 1 < p;
        let a = 0;
        let b = 0;
        let d = 0;
        let e = 0;
        if (wide && pair) {
          for (let i = from, base = from * p; i < to; i++, base += p) {
            const w = c[i]!;
            const u0 = w * x[base + j]!;
            const u1 = w * x[base + j + 1]!;
            const v0 = x[base + k]!;
            const v1 = x[base + k + 1]!;
            a += u0 * v0;
            b += u0 * v1;
            d += u1 * v0;
            e += u1 * v1;
          }
        } else {
          for (let i = from, base = from * p; i < to; i++, base += p) {
            const u0 = c[i]! * x[base + j]!;
            a += u0 * x[base + k]!;
            if (pair) b += u0 * x[base + k + 1]!;
          }
        }
        packed[row0 + k]! += a;
        if (pair && k + 1 <= j) packed[row0 + k + 1]! += b;
        if (wide) {
          packed[row1 + k]! += d;
          if (pair) packed[row1 + k + 1]! += e;
        }
      }
    }
  }
  return packed;
}

/** Σ c x over rows. Columns are taken four by four, so that the running sums stay in registers. */
export function weightedSums(x: Float64Array, n: number, p: number, c: Float64Array): Float64Array {
  const sums = new Float64Array(p);
  let j = 0;
  for (; j + 3 < p; j += 4) {
    let a = 0;
    let b = 0;
    let d = 0;
    let e = 0;
    for (let i = 0, at = j; i < n; i++, at += p) {
      const w = c[i]!;
      a += w * x[at]!;
      b += w * x[at + 1]!;
      d += w * x[at + 2]!;
      e += w * x[at + 3]!;
    }
    sums[j] = a;
    sums[j + 1] = b;
    sums[j + 2] = d;
    sums[j + 3] = e;
  }
  for (; j < p; j++) {
    let a = 0;
    for (let i = 0, at = j; i < n; i++, at += p) a += c[i]! * x[at]!;
    sums[j] = a;
  }
  return sums;
}
