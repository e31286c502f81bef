import { ok, type Result, refuse } from "@livermark/core";
import { chiSquareUpperTail } from "../basic/distributions.js";
import { cholesky, solveCholesky } from "../linear/index.js";
import { type CompetingColumns, type CompetingRows, readCompeting } from "./competing-risks.js";
import type { ChiSquareTest } from "./log-rank.js";

/** Counts and left limits at the distinct event times of one stratum, groups within times. */
interface Table {
  readonly groups: number;
  readonly times: number;
  readonly atRisk: Float64Array;
  readonly own: Float64Array;
  readonly other: Float64Array;
  readonly survivalBefore: Float64Array;
  readonly survivalAfter: Float64Array;
  /** One minus the cumulative incidence of the cause, just before the time. */
  readonly freeBefore: Float64Array;
}

function tableOf(rows: CompetingRows, positions: readonly number[], cause: number): Table {
  const groups = rows.groups.length;
  const starts: number[] = [];
  positions.forEach((position, i) => {
    if (i === 0 || rows.time[position] !== rows.time[positions[i - 1]!]) starts.push(i);
  });
  starts.push(positions.length);
  const make = () => new Float64Array(starts.length * groups);
  const table = {
    atRisk: make(),
    own: make(),
    other: make(),
    survivalBefore: make(),
    survivalAfter: make(),
    freeBefore: make(),
  };
  const remaining = new Float64Array(groups);
  const survival = new Float64Array(groups).fill(1);
  const free = new Float64Array(groups).fill(1);
  for (const position of positions) remaining[rows.group[position]!]!++;
  let times = 0;
  for (let b = 0; b + 1 < starts.length; b++) {
    const base = times * groups;
    const leaving = new Float64Array(groups);
    let events = 0;
    for (let g = 0; g < groups; g++) {
      table.own[base + g] = 0;
      table.other[base + g] = 0;
    }
    for (let i = starts[b]!; i < starts[b + 1]!; i++) {
      const position = positions[i]!;
      const g = rows.group[position]!;
      const code = rows.cause[position]!;
      leaving[g]!++;
      if (code === cause) table.own[base + g]!++;
      else if (code !== 0) table.other[base + g]!++;
      if (code !== 0) events++;
    }
    if (events > 0) {
      for (let g = 0; g < groups; g++) {
        const r = remaining[g]!;
        const own = table.own[base + g]!;
        const d = own + table.other[base + g]!;
        table.atRisk[base + g] = r;
        table.survivalBefore[base + g] = survival[g]!;
        table.freeBefore[base + g] = free[g]!;
        if (d > 0) {
          free[g]! -= (survival[g]! * own) / r;
          survival[g]! *= (r - d) / r;
        }
        table.survivalAfter[base + g] = survival[g]!;
      }
      times++;
    }
    for (let g = 0; g < groups; g++) remaining[g]! -= leaving[g]!;
  }
  return { ...table, groups, times };
}

/**
 * Adds the score and its variance of one stratum. In the notation of Gray 1988, section 3: h = Y / S(t−); the score of
 * group k is Σ (dN_k − R_k dΓ) with R_k = h_k (1 − F_k(t−)). Its variance is estimated under equal incidence F⁰ with
 * dF⁰ = Σ dN / Σ h: d_kr = h_k (δ_kr − h_r / Σ h), c = ∫ d dF⁰ / (1 − F⁰(t−)), and each martingale of group r has weight
 * d + (1 − (1 − F⁰)/S_r)(c(∞) − c) for the cause and (1 − F⁰)/S_r (c(∞) − c) for the others. Tied events lose variance as
 * in a hypergeometric draw.
 */
function addStratum(table: Table, score: Float64Array, variance: Float64Array): void {
  const { groups, times, atRisk, own, other, survivalBefore, survivalAfter, freeBefore } = table;
  const h = new Float64Array(times * groups);
  const total = new Float64Array(times);
  const pooled = new Float64Array(times);
  const pooledBefore = new Float64Array(times);
  const deaths = new Float64Array(times);
  let free = 1;
  for (let t = 0; t < times; t++) {
    let risk = 0;
    for (let g = 0; g < groups; g++) {
      const at = t * groups + g;
      deaths[t]! += own[at]!;
      if (!(atRisk[at]! > 0 && survivalBefore[at]! > 0)) continue;
      h[at] = atRisk[at]! / survivalBefore[at]!;
      total[t]! += h[at]!;
      risk += h[at]! * freeBefore[at]!;
    }
    pooled[t] = total[t]! > 0 ? deaths[t]! / total[t]! : 0;
    pooledBefore[t] = free;
    free -= pooled[t]!;
    for (let g = 0; g < groups; g++) {
      const at = t * groups + g;
      score[g]! += own[at]! - (risk > 0 ? (h[at]! * freeBefore[at]! * deaths[t]!) / risk : 0);
    }
  }
  const part = (k: number, r: number, t: number): number =>
    total[t]! > 0 ? h[t * groups + k]! * ((k === r ? 1 : 0) - h[t * groups + r]! / total[t]!) : 0;
  const rest = new Float64Array(groups);
  const a = new Float64Array(groups);
  for (let r = 0; r < groups; r++) {
    rest.fill(0);
    // From the last time back, so that `rest` is c(∞) − c(t).
    for (let t = times - 1; t >= 0; t--) {
      const at = t * groups + r;
      if (h[at]! > 0) {
        const ratio = survivalAfter[at]! > 0 ? (pooledBefore[t]! - pooled[t]!) / survivalAfter[at]! : 0;
        const spread = total[t]! * survivalBefore[at]!;
        const tied = deaths[t]! > 1 && spread > 1 ? 1 - (deaths[t]! - 1) / (spread - 1) : 1;
        const ownVariance = (tied * pooled[t]!) / h[at]!;
        const n = atRisk[at]!;
        const d = other[at]!;
        const otherVariance = d > 0 ? (n > 1 ? (d * (n - d)) / (n - 1) : d) / (h[at]! * h[at]!) : 0;
        for (let k = 0; k < groups; k++) a[k] = part(k, r, t) + (1 - ratio) * rest[k]!;
        for (let k = 0; k < groups; k++) {
          for (let l = 0; l < groups; l++) {
            variance[k * groups + l]! +=
              a[k]! * a[l]! * ownVariance + ratio * ratio * rest[k]! * rest[l]! * otherVariance;
          }
        }
      }
      if (pooledBefore[t]! > 0) {
        for (let k = 0; k < groups; k++) rest[k]! += (part(k, r, t) * pooled[t]!) / pooledBefore[t]!;
      }
    }
  }
}

/** Gray's test for one cause. */
export interface GrayTest extends ChiSquareTest {
  readonly method: "Gray's test";
  readonly cause: number;
}

/**
 * Compares the cumulative incidence of each cause between groups, within strata if asked.
 * Refuses fewer than two groups and what `cumulativeIncidence` refuses; a cause without comparable events is left out.
 * Source: Gray 1988 (rho = 0).
 * Example: `grayTest({ time, cause, group })`.
 */
export function grayTest(columns: CompetingColumns): Result<readonly GrayTest[]> {
  const read = readCompeting(columns);
  if (!read.ok) return read;
  const rows = read.value;
  const groups = rows.groups.length;
  if (groups < 2) {
    return refuse({ code: "one-group", message: "Gray's test needs at least two groups with data.", got: `${groups}` });
  }
  const strata: number[][] = Array.from({ length: rows.strata }, () => []);
  for (let i = 0; i < rows.n; i++) strata[rows.stratum[i]!]!.push(i);
  const tests: GrayTest[] = [];
  for (const cause of rows.causes) {
    const score = new Float64Array(groups);
    const variance = new Float64Array(groups * groups);
    for (const positions of strata) addStratum(tableOf(rows, positions, cause), score, variance);
    const size = groups - 1;
    const reduced = new Float64Array(size * size);
    for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) reduced[i * size + j] = variance[i * groups + j]!;
    const factor = cholesky(reduced, size);
    if (factor.rank === 0) continue;
    const solution = solveCholesky(factor, score.subarray(0, size));
    let chiSquare = 0;
    for (let i = 0; i < size; i++) chiSquare += score[i]! * solution[i]!;
    tests.push({
      method: "Gray's test",
      cause,
      chiSquare,
      df: factor.rank,
      p: chiSquareUpperTail(chiSquare, factor.rank),
    });
  }
  return ok(tests, rows.issues);
}
