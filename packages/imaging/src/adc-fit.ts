import { exponential, naturalLog, SMALLEST_SIGNAL } from "./portable-math.js";

/**
 * How ADC comes from the signals. `log-linear`: least squares of ln S on b; `nonlinear`: least squares of S on S₀·exp(−b·D);
 * `two-point`: ln(S_low/S_high)/(b_high − b_low) of the lowest and the highest b.
 */
export type AdcModel = "log-linear" | "nonlinear" | "two-point";

/**
 * What is done about Rician noise. `none`; `exclude-below`: signals at or below `level` are left out of their voxel's fit;
 * `subtract`: each signal becomes √(S² − 2σ²), the voxel's signals at or below √2·σ are left out (Gudbjartsson 1995).
 */
export type NoiseFloor =
  | { readonly kind: "none" }
  | { readonly kind: "exclude-below"; readonly level: number }
  | { readonly kind: "subtract"; readonly sigma: number };

/** One voxel's fit: ADC in mm²/s, S₀ and root-mean-square residual in signal units. */
export interface VoxelFit {
  readonly adc: number;
  readonly s0: number;
  readonly residual: number;
}

/**
 * Fits one voxel. `b` in s/mm² (two or more different values, ascending), `signals` one per b. Returns null where no fit is
 * possible: a signal ≤ 0 in a logarithmic model, fewer than two different b left, or no convergence.
 * Source: Le Bihan 1986; variable projection by Kaufman 1975. Example: `fitVoxel([0, 1000], [100, 36.788], "two-point", { kind: "none" })`
 * has ADC 0.001.
 */
export function fitVoxel(
  b: readonly number[],
  signals: ArrayLike<number>,
  model: AdcModel,
  floor: NoiseFloor,
): VoxelFit | null {
  const bs: number[] = [];
  const ss: number[] = [];
  for (let n = 0; n < b.length; n++) {
    const raw = signals[n]!;
    if (!Number.isFinite(raw)) return null;
    const s = aboveFloor(raw, floor);
    if (s === null) continue;
    if (s < SMALLEST_SIGNAL && model !== "nonlinear") return null;
    bs.push(b[n]!);
    ss.push(s);
  }
  if (bs.length < 2 || bs[0] === bs[bs.length - 1]) return null;
  const fit = model === "two-point" ? twoPoint(bs, ss) : model === "log-linear" ? logLinear(bs, ss) : nonlinear(bs, ss);
  if (fit === null) return null;
  let squares = 0;
  for (let n = 0; n < bs.length; n++) {
    const r = ss[n]! - fit.s0 * exponential(-bs[n]! * fit.adc);
    squares += r * r;
  }
  const residual = Math.sqrt(squares / bs.length);
  return Number.isFinite(residual) ? { ...fit, residual } : null;
}

function aboveFloor(s: number, floor: NoiseFloor): number | null {
  switch (floor.kind) {
    case "none":
      return s;
    case "exclude-below":
      return s > floor.level ? s : null;
    case "subtract": {
      const square = s * s - 2 * floor.sigma * floor.sigma;
      return s > 0 && square > 0 ? Math.sqrt(square) : null;
    }
  }
}

/** Weights w with ADC = Σ w·ln S: those of ordinary least squares, −(b − b̄)/Σ(b − b̄)². */
export function logLinearWeights(b: readonly number[]): number[] {
  const mean = b.reduce((sum, x) => sum + x, 0) / b.length;
  const spread = b.reduce((sum, x) => sum + (x - mean) * (x - mean), 0);
  return b.map((x) => -(x - mean) / spread);
}

function logLinear(b: readonly number[], s: readonly number[]): { adc: number; s0: number } {
  const weights = logLinearWeights(b);
  let adc = 0;
  let logs = 0;
  let bSum = 0;
  for (let n = 0; n < b.length; n++) {
    const ln = naturalLog(s[n]!);
    adc += weights[n]! * ln;
    logs += ln;
    bSum += b[n]!;
  }
  return { adc, s0: exponential((logs + adc * bSum) / b.length) };
}

function twoPoint(b: readonly number[], s: readonly number[]): { adc: number; s0: number } {
  const last = b.length - 1;
  const low = naturalLog(s[0]!);
  const adc = (low - naturalLog(s[last]!)) / (b[last]! - b[0]!);
  return { adc, s0: exponential(low + adc * b[0]!) };
}

/** Gauss–Newton in D alone, S₀ being linear; steps are halved until the squares fall. */
function nonlinear(b: readonly number[], s: readonly number[]): { adc: number; s0: number } | null {
  const usable = s.every((x) => x >= SMALLEST_SIGNAL);
  const start = usable ? logLinear(b, s).adc : 1e-3;
  const at = (d: number) => {
    let ee = 0;
    let es = 0;
    for (let n = 0; n < b.length; n++) {
      const e = exponential(-b[n]! * d);
      ee += e * e;
      es += e * s[n]!;
    }
    const s0 = es / ee;
    let squares = 0;
    for (let n = 0; n < b.length; n++) {
      const r = s[n]! - s0 * exponential(-b[n]! * d);
      squares += r * r;
    }
    return { s0, ee, squares };
  };
  let adc = start;
  let here = at(adc);
  for (let round = 0; round < 100; round++) {
    let ej = 0;
    for (let n = 0; n < b.length; n++) ej += exponential(-2 * b[n]! * adc) * -b[n]! * here.s0;
    let jj = 0;
    let jr = 0;
    for (let n = 0; n < b.length; n++) {
      const e = exponential(-b[n]! * adc);
      const j = -b[n]! * here.s0 * e - (e * ej) / here.ee;
      jj += j * j;
      jr += j * (s[n]! - here.s0 * e);
    }
    if (!(jj > 0)) return null;
    let step = jr / jj;
    let next = at(adc + step);
    for (let halving = 0; !(next.squares <= here.squares) && halving < 40; halving++) {
      step /= 2;
      next = at(adc + step);
    }
    if (!(next.squares <= here.squares)) step = 0;
    else here = next;
    adc += step;
    if (Math.abs(step) <= 1e-12 + 1e-10 * Math.abs(adc))
      return Number.isFinite(adc) && Number.isFinite(here.s0) ? { adc, s0: here.s0 } : null;
  }
  return null;
}
