// Voxel kernels in AssemblyScript, compiled by ../scripts/build-kernels.mjs. Each has a plain TypeScript twin in
// src/kernels/reference.ts that gives the same bits. Pointers are byte offsets into the imported memory; masks hold 0 and 1.

// Blocks are short enough that 16-bit and 32-bit partial sums cannot overflow.
const BLOCK: usize = 2048;

/** Number of voxels with mask 1 and arterial − pre > threshold; all numbers fit 16 bits, the difference saturates. */
export function countAboveI16(pre: usize, arterial: usize, mask: usize, n: usize, threshold: i32): f64 {
  const limit = i16x8.splat(<i16>threshold);
  let total: i64 = 0;
  let v: usize = 0;
  const whole = n & ~(<usize>15);
  while (v < whole) {
    let counts = i16x8.splat(0);
    const end = min(v + 16 * BLOCK, whole);
    for (; v < end; v += 16) {
      const a = arterial + (v << 1);
      const p = pre + (v << 1);
      const low = i16x8.gt_s(i16x8.sub_sat_s(v128.load(a), v128.load(p)), limit);
      const high = i16x8.gt_s(i16x8.sub_sat_s(v128.load(a, 16), v128.load(p, 16)), limit);
      const hit = v128.and(i8x16.narrow_i16x8_s(low, high), v128.load(mask + v));
      counts = i16x8.add(counts, i16x8.extadd_pairwise_i8x16_u(hit));
    }
    const sums = i32x4.extadd_pairwise_i16x8_u(counts);
    total += <i64>(
      (i32x4.extract_lane(sums, 0) +
        i32x4.extract_lane(sums, 1) +
        i32x4.extract_lane(sums, 2) +
        i32x4.extract_lane(sums, 3))
    );
  }
  for (; v < n; v++) {
    const d = <i32>load<i16>(arterial + (v << 1)) - <i32>load<i16>(pre + (v << 1));
    if (load<u8>(mask + v) !== 0 && d > threshold) total++;
  }
  return <f64>total;
}

/** Writes three 64-bit integers: voxels with mask 1, sum of their values, sum of their squares. All exact. */
export function maskedSumsI16(values: usize, mask: usize, n: usize, out: usize): void {
  let count: i64 = 0;
  let sum: i64 = 0;
  let squareSum: i64 = 0;
  let v: usize = 0;
  const lower = i32x4.splat(0xffff);
  const whole = n & ~(<usize>15);
  while (v < whole) {
    let counts = i16x8.splat(0);
    let sums = i32x4.splat(0);
    // Squares are summed in two halves of 16 bits, so that 32-bit lanes hold a whole block.
    let low = i32x4.splat(0);
    let high = i32x4.splat(0);
    const end = min(v + 16 * BLOCK, whole);
    for (; v < end; v += 16) {
      const inside = v128.load(mask + v);
      const m0 = i16x8.extend_low_i8x16_u(inside);
      const m1 = i16x8.extend_high_i8x16_u(inside);
      const x0 = i16x8.mul(v128.load(values + (v << 1)), m0);
      const x1 = i16x8.mul(v128.load(values + (v << 1), 16), m1);
      const q0 = i32x4.dot_i16x8_s(x0, x0);
      const q1 = i32x4.dot_i16x8_s(x1, x1);
      counts = i16x8.add(counts, i16x8.add(m0, m1));
      sums = i32x4.add(sums, i32x4.add(i32x4.dot_i16x8_s(x0, m0), i32x4.dot_i16x8_s(x1, m1)));
      low = i32x4.add(low, i32x4.add(v128.and(q0, lower), v128.and(q1, lower)));
      high = i32x4.add(high, i32x4.add(i32x4.shr_u(q0, 16), i32x4.shr_u(q1, 16)));
    }
    count += laneSum(i32x4.extadd_pairwise_i16x8_u(counts));
    sum += laneSum(sums);
    squareSum += laneSum(low) + (laneSum(high) << 16);
  }
  for (; v < n; v++) {
    if (load<u8>(mask + v) === 0) continue;
    const x = <i64>load<i16>(values + (v << 1));
    count++;
    sum += x;
    squareSum += x * x;
  }
  store<i64>(out, count);
  store<i64>(out, sum, 8);
  store<i64>(out, squareSum, 16);
}

function laneSum(x: v128): i64 {
  return (
    <i64>i32x4.extract_lane(x, 0) +
    <i64>i32x4.extract_lane(x, 1) +
    <i64>i32x4.extract_lane(x, 2) +
    <i64>i32x4.extract_lane(x, 3)
  );
}

/** ln of a positive normal number, operation for operation that of src/portable-math.ts. */
function naturalLog(x: f64): f64 {
  const raw = reinterpret<u64>(x);
  let exponent = <f64>(<i32>((raw >> 52) & 0x7ff) - 1023);
  let m = reinterpret<f64>((raw & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > Math.SQRT2) {
    m *= 0.5;
    exponent += 1;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let series: f64 = 0.14616449685043406;
  series = series * z + 0.15331721600556042;
  series = series * z + 0.18182889125261723;
  series = series * z + 0.2222221113479508;
  series = series * z + 0.28571428625975487;
  series = series * z + 0.39999999999899505;
  series = series * z + 0.666666666666667;
  return exponent * 0.6931471803691238 + (s * 2 + (s * z * series + exponent * 1.9082149292705877e-10));
}

/** Table of ln n at `table` for n = 1 … entries − 1; NaN for 0. */
export function fillLogTable(table: usize, entries: usize): void {
  store<f64>(table, NaN);
  for (let n: usize = 1; n < entries; n++) store<f64>(table + (n << 3), naturalLog(<f64>n));
}

/** NaN in the table above `from`: what a negative 16-bit number looks like when read without its sign. */
export function blankLogTable(table: usize, from: usize, entries: usize): void {
  for (let n = from; n < entries; n++) store<f64>(table + (n << 3), NaN);
}

function storeAdc(out: usize, v: usize, adc: f64): void {
  store<f32>(out + (v << 2), F64.isNaN(adc) ? <f32>NaN : <f32>adc);
}

/**
 * ADC = Σ weight · ln S by table for `images` planes of 16-bit values; `planes` holds their pointers (32 bit), `weights`
 * their weights (64-bit floats), `out` gets 32-bit floats.
 */
export function adcTableU16(planes: usize, weights: usize, images: i32, n: usize, table: usize, out: usize): void {
  if (images === 4) {
    const p0 = <usize>load<u32>(planes);
    const p1 = <usize>load<u32>(planes, 4);
    const p2 = <usize>load<u32>(planes, 8);
    const p3 = <usize>load<u32>(planes, 12);
    const w0 = load<f64>(weights);
    const w1 = load<f64>(weights, 8);
    const w2 = load<f64>(weights, 16);
    const w3 = load<f64>(weights, 24);
    for (let v: usize = 0; v < n; v++) {
      const at = v << 1;
      let adc = w0 * load<f64>(table + ((<usize>load<u16>(p0 + at)) << 3));
      adc += w1 * load<f64>(table + ((<usize>load<u16>(p1 + at)) << 3));
      adc += w2 * load<f64>(table + ((<usize>load<u16>(p2 + at)) << 3));
      adc += w3 * load<f64>(table + ((<usize>load<u16>(p3 + at)) << 3));
      storeAdc(out, v, adc);
    }
    return;
  }
  for (let v: usize = 0; v < n; v++) {
    let adc: f64 = 0;
    for (let image = 0; image < images; image++) {
      const plane = <usize>load<u32>(planes + ((<usize>image) << 2));
      const ln = load<f64>(table + ((<usize>load<u16>(plane + (v << 1))) << 3));
      adc += load<f64>(weights + ((<usize>image) << 3)) * ln;
    }
    storeAdc(out, v, adc);
  }
}

// Constants of the vector logarithm, as vectors in memory: an engine would build a constant anew each time it is used.
const CONSTANTS: usize = 12288;

function prepareLog(): void {
  v128.store(CONSTANTS, f64x2.splat(0.14616449685043406));
  v128.store(CONSTANTS, f64x2.splat(0.15331721600556042), 16);
  v128.store(CONSTANTS, f64x2.splat(0.18182889125261723), 32);
  v128.store(CONSTANTS, f64x2.splat(0.2222221113479508), 48);
  v128.store(CONSTANTS, f64x2.splat(0.28571428625975487), 64);
  v128.store(CONSTANTS, f64x2.splat(0.39999999999899505), 80);
  v128.store(CONSTANTS, f64x2.splat(0.666666666666667), 96);
  v128.store(CONSTANTS, f64x2.splat(0.6931471803691238), 112);
  v128.store(CONSTANTS, f64x2.splat(1.9082149292705877e-10), 128);
  v128.store(CONSTANTS, f64x2.splat(1), 144);
  v128.store(CONSTANTS, i32x4.splat(127), 160);
  v128.store(CONSTANTS, i32x4.splat(0x007fffff), 176);
  v128.store(CONSTANTS, f32x4.splat(1), 192);
  v128.store(CONSTANTS, f32x4.splat(0.5), 208);
  // For a 32-bit float, above √2 is the same as above the float nearest below √2.
  v128.store(CONSTANTS, f32x4.splat(<f32>Math.SQRT2), 224);
  v128.store(CONSTANTS, f32x4.splat(1.1754943508222875e-38), 240);
  v128.store(CONSTANTS, f32x4.splat(Infinity), 256);
}

/** The same for planes of 32-bit floats, four voxels at a time. */
export function adcF32(planes: usize, weights: usize, images: i32, n: usize, out: usize): void {
  prepareLog();
  const whole = n & ~(<usize>3);
  let v: usize = 0;
  for (; v < whole; v += 4) {
    let first = f64x2.splat(0);
    let second = f64x2.splat(0);
    let usable = i32x4.splat(-1);
    for (let image = 0; image < images; image++) {
      const plane = <usize>load<u32>(planes + ((<usize>image) << 2));
      const weight = v128.load64_splat(weights + ((<usize>image) << 3));
      const x = v128.load(plane + (v << 2));
      usable = v128.and(usable, f32x4.ge(x, v128.load(CONSTANTS, 240)));
      usable = v128.and(usable, f32x4.lt(x, v128.load(CONSTANTS, 256)));
      // x = 2^exponent · m, all four lanes exact in 32 bits.
      const m = v128.or(v128.and(x, v128.load(CONSTANTS, 176)), v128.load(CONSTANTS, 192));
      const large = f32x4.gt(m, v128.load(CONSTANTS, 224));
      const exponent = i32x4.sub(i32x4.sub(i32x4.shr_u(x, 23), v128.load(CONSTANTS, 160)), large);
      const halved = f32x4.mul(m, v128.bitselect(v128.load(CONSTANTS, 208), v128.load(CONSTANTS, 192), large));
      const low = logOf(f64x2.promote_low_f32x4(halved), f64x2.convert_low_i32x4_s(exponent));
      const high = logOf(
        f64x2.promote_low_f32x4(v128.shuffle<i32>(halved, halved, 2, 3, 2, 3)),
        f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponent, exponent, 2, 3, 2, 3)),
      );
      first = f64x2.add(first, f64x2.mul(weight, low));
      second = f64x2.add(second, f64x2.mul(weight, high));
    }
    const pair = f32x4.demote_f64x2_zero(first);
    const adc = v128.shuffle<i32>(pair, f32x4.demote_f64x2_zero(second), 0, 1, 4, 5);
    v128.store(out + (v << 2), v128.bitselect(adc, f32x4.splat(<f32>NaN), usable));
  }
  for (; v < n; v++) {
    let adc: f64 = 0;
    for (let image = 0; image < images; image++) {
      const plane = <usize>load<u32>(planes + ((<usize>image) << 2));
      const x = load<f32>(plane + (v << 2));
      const ln = x >= 1.1754943508222875e-38 && x < Infinity ? naturalLog(<f64>x) : NaN;
      adc += load<f64>(weights + ((<usize>image) << 3)) * ln;
    }
    storeAdc(out, v, adc);
  }
}

/** `naturalLog` of two lanes, from the mantissa in √½ … √2 and the exponent. */
function logOf(m: v128, exponent: v128): v128 {
  const one = v128.load(CONSTANTS, 144);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let series = v128.load(CONSTANTS);
  series = f64x2.add(f64x2.mul(series, z), v128.load(CONSTANTS, 16));
  series = f64x2.add(f64x2.mul(series, z), v128.load(CONSTANTS, 32));
  series = f64x2.add(f64x2.mul(series, z), v128.load(CONSTANTS, 48));
  series = f64x2.add(f64x2.mul(series, z), v128.load(CONSTANTS, 64));
  series = f64x2.add(f64x2.mul(series, z), v128.load(CONSTANTS, 80));
  series = f64x2.add(f64x2.mul(series, z), v128.load(CONSTANTS, 96));
  const tail = f64x2.add(f64x2.mul(f64x2.mul(s, z), series), f64x2.mul(exponent, v128.load(CONSTANTS, 128)));
  return f64x2.add(f64x2.mul(exponent, v128.load(CONSTANTS, 112)), f64x2.add(f64x2.add(s, s), tail));
}

/**
 * Runs of ones in `rows` rows of `columns` voxels: for each run its first and its last column + 1 (32-bit), and for each row
 * the number of runs before it. Returns the number of runs, or −1 when `room` runs are not enough.
 */
export function findRuns(mask: usize, columns: usize, rows: usize, runs: usize, room: i32, rowStart: usize): i32 {
  let found = 0;
  for (let row: usize = 0; row < rows; row++) {
    store<i32>(rowStart + (row << 2), found);
    const line = mask + row * columns;
    let inside: u32 = 0;
    for (let at: usize = 0; at < columns; at += 16) {
      const left = columns - at;
      let bits: u32 = 0;
      if (left >= 16) {
        bits = <u32>i8x16.bitmask(i8x16.ne(v128.load(line + at), i8x16.splat(0)));
      } else {
        for (let c: usize = 0; c < left; c++) if (load<u8>(line + at + c) !== 0) bits |= (<u32>1) << (<u32>c);
      }
      let changes = (bits ^ ((bits << 1) | inside)) & 0xffff;
      while (changes !== 0) {
        const c = <i32>at + <i32>ctz(changes);
        changes &= changes - 1;
        if (inside === 0) {
          if (found === room) return -1;
          store<i32>(runs + ((<usize>found) << 3), c);
          inside = 1;
        } else {
          store<i32>(runs + ((<usize>found) << 3), c, 4);
          found++;
          inside = 0;
        }
      }
    }
    if (inside !== 0) {
      store<i32>(runs + ((<usize>found) << 3), <i32>columns, 4);
      found++;
    }
  }
  store<i32>(rowStart + (rows << 2), found);
  return found;
}

/** Number of runs of ones in `rows` rows of `columns` voxels. */
export function countRuns(mask: usize, columns: usize, rows: usize): i32 {
  let found = 0;
  for (let row: usize = 0; row < rows; row++) {
    const line = mask + row * columns;
    let inside: u32 = 0;
    for (let at: usize = 0; at < columns; at += 16) {
      const left = columns - at;
      let bits: u32 = 0;
      if (left >= 16) {
        bits = <u32>i8x16.bitmask(i8x16.ne(v128.load(line + at), i8x16.splat(0)));
      } else {
        for (let c: usize = 0; c < left; c++) if (load<u8>(line + at + c) !== 0) bits |= (<u32>1) << (<u32>c);
      }
      found += popcnt(bits & ~((bits << 1) | inside));
      inside = (bits >> 15) & 1;
    }
  }
  return found;
}

function rootOf(parent: usize, run: i32): i32 {
  let root = run;
  let up = load<i32>(parent + ((<usize>root) << 2));
  while (up !== root) {
    const above = load<i32>(parent + ((<usize>up) << 2));
    store<i32>(parent + ((<usize>root) << 2), above);
    root = above;
    up = load<i32>(parent + ((<usize>root) << 2));
  }
  return root;
}

/** Joins the runs of two rows that touch (`reach` 1: corners too). */
function joinRows(runs: usize, rowStart: usize, parent: usize, row: usize, other: usize, reach: i32): void {
  let b = load<i32>(rowStart + (other << 2));
  const bEnd = load<i32>(rowStart + (other << 2), 4);
  const aEnd = load<i32>(rowStart + (row << 2), 4);
  for (let a = load<i32>(rowStart + (row << 2)); a < aEnd; a++) {
    const from = load<i32>(runs + ((<usize>a) << 3)) - reach;
    const to = load<i32>(runs + ((<usize>a) << 3), 4) + reach;
    while (b < bEnd && load<i32>(runs + ((<usize>b) << 3), 4) <= from) b++;
    for (let c = b; c < bEnd && load<i32>(runs + ((<usize>c) << 3)) < to; c++) {
      const p = rootOf(parent, a);
      const q = rootOf(parent, c);
      if (p < q) store<i32>(parent + ((<usize>q) << 2), p);
      else if (q < p) store<i32>(parent + ((<usize>p) << 2), q);
    }
  }
}

/**
 * Union-find over all runs of a mask of `slices` slices of `rows` rows: `parent` gets for each run the first run of its component
 * (32-bit), `size` the voxels of each component at its first run. `connectivity` is 4, 6 or 26.
 */
export function uniteRuns(
  runs: usize,
  rowStart: usize,
  rows: usize,
  slices: usize,
  connectivity: i32,
  parent: usize,
  size: usize,
): void {
  const n = load<i32>(rowStart + ((rows * slices) << 2));
  for (let r = 0; r < n; r++) store<i32>(parent + ((<usize>r) << 2), r);
  const reach = connectivity === 26 ? 1 : 0;
  for (let k: usize = 0; k < slices; k++)
    for (let j: usize = 0; j < rows; j++) {
      const row = k * rows + j;
      if (j > 0) joinRows(runs, rowStart, parent, row, row - 1, reach);
      if (k === 0 || connectivity === 4) continue;
      joinRows(runs, rowStart, parent, row, row - rows, reach);
      if (connectivity === 26) {
        if (j > 0) joinRows(runs, rowStart, parent, row, row - rows - 1, reach);
        if (j < rows - 1) joinRows(runs, rowStart, parent, row, row - rows + 1, reach);
      }
    }
  // A parent comes before its child, so that one step up is enough here.
  for (let r = 0; r < n; r++) {
    const at = (<usize>r) << 2;
    const root = load<i32>(parent + ((<usize>load<i32>(parent + at)) << 2));
    store<i32>(parent + at, root);
    const length = load<i32>(runs + (at << 1), 4) - load<i32>(runs + (at << 1));
    if (root === r) store<i32>(size + at, length);
    else {
      store<i32>(size + at, 0);
      store<i32>(size + ((<usize>root) << 2), load<i32>(size + ((<usize>root) << 2)) + length);
    }
  }
}
