import type { Deadline } from "../parse/limits.js";

/**
 * A decoder of single-component JPEG-LS (ISO/IEC 14495-1 | ITU-T T.87), lossless and near-lossless. It stands in where
 * the WASM codec gives up: some valid early encoders' streams make it trap.
 */

interface Frame {
  readonly rows: number;
  readonly columns: number;
  readonly precision: number;
}

interface Parameters {
  maxval: number;
  t1: number;
  t2: number;
  t3: number;
  reset: number;
}

/** Bits after 0xFF: the next byte carries seven (T.87 A.1). */
class BitReader {
  private readonly bytes: Uint8Array;
  private at: number;
  private current = 0;
  private left = 0;
  private afterFf = false;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  bit(): number {
    if (this.left === 0) {
      if (this.at >= this.bytes.length) throw new RangeError("the stream ends early");
      this.current = this.bytes[this.at++]!;
      this.left = this.afterFf ? 7 : 8;
      if (this.afterFf && this.current >= 0x80) throw new RangeError("a marker stands inside the scan");
      this.afterFf = this.current === 0xff;
    }
    this.left--;
    return (this.current >> this.left) & 1;
  }

  bits(count: number): number {
    let value = 0;
    for (let n = 0; n < count; n++) value = value * 2 + this.bit();
    return value;
  }
}

/** Run-length orders (T.87 A.2.1, table J). */
const J = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

const clamp = (value: number, low: number, high: number): number => (value > high || value < low ? low : value);

/** Default thresholds of T.87 C.2.4.1.1. */
function defaults(maxval: number, near: number): Parameters {
  const factor = maxval >= 128 ? Math.floor((Math.min(maxval, 4095) + 128) / 256) : 0;
  const inverse = Math.floor(256 / (maxval + 1));
  const t1 = maxval >= 128 ? factor * (3 - 2) + 2 + 3 * near : Math.max(2, Math.floor(3 / inverse) + 3 * near);
  const t2 = maxval >= 128 ? factor * (7 - 3) + 3 + 5 * near : Math.max(3, Math.floor(7 / inverse) + 5 * near);
  const t3 = maxval >= 128 ? factor * (21 - 4) + 4 + 7 * near : Math.max(4, Math.floor(21 / inverse) + 7 * near);
  const first = clamp(t1, near + 1, maxval);
  const second = clamp(t2, first, maxval);
  return { maxval, t1: first, t2: second, t3: clamp(t3, second, maxval), reset: 64 };
}

/**
 * Decodes one grey-level frame to 16-bit cells (`Uint16Array`, unsigned as the standard has it), or says why not.
 */
export function decodeJpegLs(
  bytes: Uint8Array,
  rows: number,
  columns: number,
  late: Deadline = () => false,
): Uint16Array | string {
  try {
    let frame: Frame | null = null;
    let preset: Partial<Parameters> = {};
    let at = 2;
    while (at + 4 <= bytes.length) {
      if (bytes[at] !== 0xff) return "a marker is missing";
      const marker = bytes[at + 1]!;
      const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      const u16 = (offset: number): number => ((bytes[at + 4 + offset] ?? 0) << 8) | (bytes[at + 5 + offset] ?? 0);
      if (marker === 0xf7) frame = { precision: bytes[at + 4]!, rows: u16(1), columns: u16(3) };
      else if (marker === 0xf8 && bytes[at + 4] === 1) {
        preset = { maxval: u16(1), t1: u16(3), t2: u16(5), t3: u16(7), reset: u16(9) };
      } else if (marker === 0xda) {
        if (frame === null || frame.rows !== rows || frame.columns !== columns) return "its size is not the image's";
        if (bytes[at + 4] !== 1) return "it has several components";
        const near = bytes[at + 2 + length - 3]!;
        return scan(new BitReader(bytes, at + 2 + length), frame, preset, near, late);
      }
      at += 2 + length;
    }
    return "it holds no scan";
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

function scan(reader: BitReader, frame: Frame, preset: Partial<Parameters>, near: number, late: Deadline): Uint16Array {
  const { rows, columns, precision } = frame;
  const maxval = preset.maxval || 2 ** precision - 1;
  const standard = defaults(maxval, near);
  const t1 = preset.t1 || standard.t1;
  const t2 = preset.t2 || standard.t2;
  const t3 = preset.t3 || standard.t3;
  const reset = preset.reset || standard.reset;
  const width = 2 * near + 1;
  const range = Math.floor((maxval + 2 * near) / width) + 1;
  const qbpp = Math.ceil(Math.log2(range));
  const bpp = Math.max(2, Math.ceil(Math.log2(maxval + 1)));
  const limit = 2 * (bpp + Math.max(8, bpp));
  const a = new Float64Array(367).fill(Math.max(2, Math.floor((range + 32) / 64)));
  const b = new Float64Array(365);
  const c = new Int32Array(365);
  const n = new Int32Array(367).fill(1);
  const runNegatives = new Int32Array(2);
  const out = new Uint16Array(rows * columns);
  const line = columns + 2;
  let previous = new Int32Array(line);
  let current = new Int32Array(line);
  let runIndex = 0;

  const quantised = (d: number): number => {
    if (d <= -t3) return -4;
    if (d <= -t2) return -3;
    if (d <= -t1) return -2;
    if (d < -near) return -1;
    if (d <= near) return 0;
    if (d < t1) return 1;
    if (d < t2) return 2;
    return d < t3 ? 3 : 4;
  };

  const golomb = (k: number, most: number): number => {
    let zeros = 0;
    while (reader.bit() === 0) if (++zeros > limit) throw new RangeError("a code word is too long");
    return zeros < most - qbpp - 1 ? zeros * 2 ** k + reader.bits(k) : reader.bits(qbpp) + 1;
  };

  const reconstructed = (predicted: number, error: number): number => {
    let value = predicted + error * width;
    if (value < -near) value += range * width;
    else if (value > maxval + near) value -= range * width;
    return Math.min(maxval, Math.max(0, value));
  };

  const regular = (context: number, sign: number, predicted: number): number => {
    let k = 0;
    while (n[context]! * 2 ** k < a[context]!) k++;
    const corrected = Math.min(maxval, Math.max(0, predicted + (sign > 0 ? c[context]! : -c[context]!)));
    const mapped = golomb(k, limit);
    const half = mapped % 2 === 1 ? -(mapped + 1) / 2 : mapped / 2;
    const error = near === 0 && k === 0 && 2 * b[context]! <= -n[context]! ? -half - 1 : half;
    b[context]! += error * width;
    a[context]! += Math.abs(error);
    if (n[context] === reset) {
      a[context] = Math.floor(a[context]! / 2);
      b[context] = Math.floor(b[context]! / 2);
      n[context]! >>= 1;
    }
    n[context]!++;
    if (b[context]! <= -n[context]!) {
      b[context]! += n[context]!;
      if (c[context]! > -128) c[context]!--;
      if (b[context]! <= -n[context]!) b[context] = -n[context]! + 1;
    } else if (b[context]! > 0) {
      b[context]! -= n[context]!;
      if (c[context]! < 127) c[context]!++;
      if (b[context]! > 0) b[context] = 0;
    }
    return reconstructed(corrected, sign > 0 ? error : -error);
  };

  const interruption = (ra: number, rb: number): number => {
    const type = Math.abs(ra - rb) <= near ? 1 : 0;
    const context = 365 + type;
    const temp = type === 0 ? a[context]! : a[context]! + (n[context]! >> 1);
    let k = 0;
    while (n[context]! * 2 ** k < temp) k++;
    const mapped = golomb(k, limit - J[runIndex]! - 1);
    const tested = mapped + type;
    const map = tested & 1;
    const size = (tested + map) / 2;
    const sparse = k !== 0 || 2 * runNegatives[type]! >= n[context]!;
    const error = sparse === (map === 1) ? -size : size;
    if (error < 0) runNegatives[type]!++;
    a[context]! += (mapped + 1 - type) >> 1;
    if (n[context] === reset) {
      a[context] = Math.floor(a[context]! / 2);
      n[context]! >>= 1;
      runNegatives[type]! >>= 1;
    }
    n[context]!++;
    return type === 1 ? reconstructed(ra, error) : reconstructed(rb, ra > rb ? -error : error);
  };

  for (let y = 0; y < rows; y++) {
    if (late()) throw new RangeError("decoding takes too long");
    previous[columns + 1] = previous[columns]!;
    current[0] = previous[1]!;
    let x = 1;
    while (x <= columns) {
      const ra = current[x - 1]!;
      const rb = previous[x]!;
      const rc = previous[x - 1]!;
      const rd = previous[x + 1]!;
      const q1 = quantised(rd - rb);
      const q2 = quantised(rb - rc);
      const q3 = quantised(rc - ra);
      if (q1 !== 0 || q2 !== 0 || q3 !== 0) {
        const q = 81 * q1 + 9 * q2 + q3;
        const predicted =
          rc >= Math.max(ra, rb) ? Math.min(ra, rb) : rc <= Math.min(ra, rb) ? Math.max(ra, rb) : ra + rb - rc;
        current[x] = regular(Math.abs(q), q < 0 ? -1 : 1, predicted);
        x++;
        continue;
      }
      let run = 0;
      while (reader.bit() === 1) {
        const whole = 2 ** J[runIndex]!;
        const taken = Math.min(whole, columns - x + 1 - run);
        run += taken;
        if (taken === whole && runIndex < 31) runIndex++;
        if (run > columns - x) break;
      }
      const ended = run > columns - x;
      if (!ended) {
        run += J[runIndex]! === 0 ? 0 : reader.bits(J[runIndex]!);
        if (run > columns - x) throw new RangeError("a run is longer than its line");
      }
      for (let r = 0; r < run; r++) current[x + r] = ra;
      x += run;
      if (ended) continue;
      current[x] = interruption(current[x - 1]!, previous[x]!);
      if (runIndex > 0) runIndex--;
      x++;
    }
    out.set(current.subarray(1, columns + 1), y * columns);
    [previous, current] = [current, previous];
  }
  return out;
}
