const bits = new DataView(new ArrayBuffer(8));
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Natural logarithm of a positive normal number by plain arithmetic only, so that every engine (and the WebAssembly kernel)
 * gives the same bits; `Math.log` is left to the engine by the language standard. Error at most 2 units in the last place of
 * double precision for values away from 1.
 * Method: x = 2ᵉ·m with √½ ≤ m < √2, ln m = 2·artanh((m − 1)/(m + 1)) by its series, ln 2 in two parts.
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
  let series = 2 / 23;
  series = series * z + 2 / 21;
  series = series * z + 2 / 19;
  series = series * z + 2 / 17;
  series = series * z + 2 / 15;
  series = series * z + 2 / 13;
  series = series * z + 2 / 11;
  series = series * z + 2 / 9;
  series = series * z + 2 / 7;
  series = series * z + 2 / 5;
  series = series * z + 2 / 3;
  return exponent * LN2_HIGH + (s * 2 + (s * z * series + exponent * LN2_LOW));
}
