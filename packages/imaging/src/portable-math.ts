// The language leaves the last bits of Math.log, Math.exp, Math.cbrt and `**` to the engine, and engines differ (the browser
// test found it). Results are made with these instead: additions, multiplications, divisions and square roots only.

const bits = new DataView(new ArrayBuffer(8));
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Natural logarithm of a positive normal number, the same bits in every engine and in the WebAssembly kernel. Error at most 2 units in the last place of
 * double precision for values away from 1.
 * Method: x = 2ᵉ·m with √½ ≤ m < √2, ln m = 2·artanh(s) with s = (m − 1)/(m + 1). The series of
 * (2·artanh(s)/s − 2)/s² in s² is replaced by its interpolation in the seven Chebyshev nodes of the interval (relative error
 * of the logarithm below 1e-17); ln 2 stands in two parts.
 * The caller makes sure that x is above 0 and finite. Example: `naturalLog(1)` is 0.
 */
export function naturalLog(x: number): number {
  bits.setFloat64(0, x);
  const high = bits.getUint32(0);
  let exponent = (high >>> 20) - 1023;
  bits.setUint32(0, (high & 0x000fffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m *= 0.5;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let series = 0.14616449685043406;
  series = series * z + 0.15331721600556042;
  series = series * z + 0.18182889125261723;
  series = series * z + 0.2222221113479508;
  series = series * z + 0.28571428625975487;
  series = series * z + 0.39999999999899505;
  series = series * z + 0.666666666666667;
  return exponent * LN2_HIGH + (s * 2 + (s * z * series + exponent * LN2_LOW));
}

/** Signals below this (the smallest normal 32-bit float) count as no signal. */
export const SMALLEST_SIGNAL = 2 ** -126;

/**
 * eˣ, the same bits in every engine; error at most 2 units in the last place. 0 below −708, Infinity above 709.
 * Method: x = k·ln 2 + r with |r| ≤ ½ ln 2, eʳ by its series. Example: `exponential(0)` is 1.
 */
export function exponential(x: number): number {
  if (x > 709) return Number.POSITIVE_INFINITY;
  if (x < -708) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 1;
  for (let n = 14; n > 0; n--) series = 1 + (series * r) / n;
  // 2ᵏ by its bits; k is within the normal range here.
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return series * bits.getFloat64(0);
}

/**
 * Cube root of a number of at least 0, the same bits in every engine; error at most 2 units in the last place.
 * Method: scaled to 1 … 8 by powers of 8, then Newton's iteration. Example: `cubeRoot(1000)` is 10.
 */
export function cubeRoot(x: number): number {
  if (x === 0) return 0;
  let scaled = x;
  let scale = 1;
  for (; scaled >= 8; scale *= 2) scaled /= 8;
  for (; scaled < 1; scale /= 2) scaled *= 8;
  let root = 1 + (scaled - 1) / 7;
  for (let n = 0; n < 8; n++) root -= (root - scaled / (root * root)) / 3;
  return root * scale;
}
