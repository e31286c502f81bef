/** A point in the index plane of one slice: column i, row j. */
export type PlanePoint = readonly [number, number];

/**
 * Fills the voxels of one slice whose centres lie inside a polygon by the even-odd rule. A centre on an edge belongs to
 * the lower-index side (first in i, then in j), so that polygons that share an edge share no voxel: a rectangle from
 * (a, c) to (b, d) with whole-number corners covers a < i ≤ b, c < j ≤ d.
 * Points are index coordinates in multiples of 2⁻¹⁶ voxel; up to 1,024 columns the arithmetic is then exact.
 * `slice` holds `columns · rows` bytes; covered voxels become 1, others stay as they are.
 * Source: even-odd crossing count with the test point moved by (−ε, −ε²), Shimrat 1962 (CACM 5, algorithm 112).
 */
export function fillPolygon(slice: Uint8Array, columns: number, rows: number, points: readonly PlanePoint[]): void {
  const n = points.length;
  const jLow = Math.max(0, Math.ceil(Math.min(...points.map((p) => p[1]))));
  const jHigh = Math.min(rows - 1, Math.floor(Math.max(...points.map((p) => p[1]))));
  for (let j = jLow; j <= jHigh; j++) {
    const lastLeft: number[] = [];
    for (let e = 0; e < n; e++) {
      const a = points[e]!;
      const b = points[(e + 1) % n]!;
      if (a[1] < j !== b[1] < j) lastLeft.push(lastColumnNotBeyond(a, b, j));
    }
    lastLeft.sort((p, q) => p - q);
    for (let c = 0; c + 1 < lastLeft.length; c += 2) {
      const from = Math.max(0, lastLeft[c]! + 1);
      const to = Math.min(columns - 1, lastLeft[c + 1]!);
      for (let i = from; i <= to; i++) slice[j * columns + i] = 1;
    }
  }
}

/** Greatest whole i that is not beyond the point where edge a–b crosses row j. */
function lastColumnNotBeyond(a: PlanePoint, b: PlanePoint, j: number): number {
  const rise = b[1] - a[1];
  const run = b[0] - a[0];
  const notBeyond = (i: number): boolean => {
    const side = (a[0] - i) * rise + (j - a[1]) * run;
    return rise > 0 ? side >= 0 : side <= 0;
  };
  let i = Math.floor(a[0] + ((j - a[1]) * run) / rise);
  while (!notBeyond(i)) i--;
  while (notBeyond(i + 1)) i++;
  return i;
}
