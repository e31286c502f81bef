const bits = new DataView(new ArrayBuffer(8));
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Natural logarithm of a positive normal number by plain arithmetic only, so that every engine (and the WebAssembly kernel)
 * gives the same bits; `Math.log` is left to the engine by the language standard. Error at most 2 units in the last place of
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
