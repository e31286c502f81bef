import { cholesky, invertCholesky, multiply } from "../linear/index.js";
import type { CoxData } from "./cox-data.js";
import { risksOf } from "./cox-likelihood.js";
import { type CoxRows, type RiskSet, type TieMethod, walkRiskSets } from "./cox-risk-sets.js";

/**
 * The estimated baseline hazard at one event time, in standardised covariates at their centres. With Efron's correction a
 * time with d deaths has d increments; `withoutFailing` are the parts that the failing rows themselves are exposed to.
 */
interface Increments {
  hazard: number;
  hazardFailing: number;
  /** Σ increment² / weight: the variance of the hazard. */
  variance: number;
}

/** Mean covariates over the steps at one event time, and increments times mean covariates. */
interface StepMoments extends Increments {
  readonly meanOfSteps: Float64Array;
  readonly hazardMean: Float64Array;
  readonly hazardMeanFailing: Float64Array;
}

function stepMoments(p: number): { moments: StepMoments; fill: (set: RiskSet) => void } {
  const moments: StepMoments = {
    hazard: 0,
    hazardFailing: 0,
    variance: 0,
    meanOfSteps: new Float64Array(p),
    hazardMean: new Float64Array(p),
    hazardMeanFailing: new Float64Array(p),
  };
  const fill = (set: RiskSet): void => {
    const { steps, stepWeight, s0, d0, s1, d1 } = set;
    let a = 0;
    let af = 0;
    let b = 0;
    let bf = 0;
    let bff = 0;
    for (let step = 0; step < steps; step++) {
      const f = step / steps;
      const h = 1 / (s0 - f * d0);
      a += h;
      af += f * h;
      b += h * h;
      bf += f * h * h;
      bff += f * f * h * h;
    }
    moments.hazard = stepWeight * a;
    moments.hazardFailing = stepWeight * (a - af);
    moments.variance = stepWeight * b;
    for (let j = 0; j < p; j++) {
      const s = s1[j]!;
      const d = steps > 1 ? d1[j]! : 0;
      moments.meanOfSteps[j] = (a * s - af * d) / steps;
      moments.hazardMean[j] = stepWeight * (b * s - bf * d);
      moments.hazardMeanFailing[j] = stepWeight * ((b - bf) * s - (bf - bff) * d);
    }
  };
  return { moments, fill };
}

/** Per-row quantities of a fitted model, in sorted positions and standardised covariates. */
export interface RowResiduals {
  readonly martingale: Float64Array;
  /** Row-major n × p score residuals, without weights. */
  readonly score: Float64Array;
}

/** The baseline hazard as increments at the event times of each stratum, ascending. */
export interface HazardSteps {
  readonly stratum: number;
  readonly time: number[];
  readonly hazard: number[];
  readonly variance: number[];
  /** Increment times the mean covariates there. */
  readonly hazardMean: Float64Array[];
}

/** Baseline hazard in standardised covariates at their centres; the shift of the linear predictors is put back. */
export function hazardSteps(data: CoxData, beta: Float64Array, ties: TieMethod): HazardSteps[] {
  const { p } = data;
  const { risk, shift } = risksOf(data, beta);
  const back = Math.exp(-shift);
  const { moments, fill } = stepMoments(p);
  const strata: HazardSteps[] = Array.from({ length: data.strataStarts.length - 1 }, (_, stratum) => ({
    stratum,
    time: [],
    hazard: [],
    variance: [],
    hazardMean: [],
  }));
  walkRiskSets(data, risk, ties === "breslow" ? "breslow" : "efron", false, (set) => {
    fill(set);
    const steps = strata[set.stratum]!;
    steps.time.push(set.time);
    steps.hazard.push(moments.hazard * back);
    steps.variance.push(moments.variance * back * back);
    steps.hazardMean.push(moments.hazardMean.map((value) => value * back));
  });
  for (const steps of strata) {
    steps.time.reverse();
    steps.hazard.reverse();
    steps.variance.reverse();
    steps.hazardMean.reverse();
  }
  return strata;
}

/**
 * Martingale and score residuals in two passes: increments of the hazard at the event times, then every row collects the
 * increments of its time at risk as a difference of two cumulated sums.
 * Source: Therneau and Grambsch 2000, sections 4.2 and 4.3, Efron ties included.
 */
export function rowResiduals(data: CoxRows, beta: Float64Array, ties: TieMethod): RowResiduals {
  const { n, p, x, time, event, weights, entry, strataStarts } = data;
  const { risk } = risksOf(data, beta);
  const { moments, fill } = stepMoments(p);
  const times: number[] = [];
  const strata: number[] = [];
  const rows: Float64Array[] = [];
  const width = 2 + 3 * p;
  walkRiskSets(data, risk, ties === "breslow" ? "breslow" : "efron", false, (set) => {
    fill(set);
    const row = new Float64Array(width);
    row[0] = moments.hazard;
    row[1] = moments.hazardFailing;
    row.set(moments.hazardMean, 2);
    row.set(moments.hazardMeanFailing, 2 + p);
    row.set(moments.meanOfSteps, 2 + 2 * p);
    times.push(set.time);
    strata.push(set.stratum);
    rows.push(row);
  });
  // Within a stratum the walk goes back in time; strata come in order. Turn each stratum round and cumulate.
  const martingale = new Float64Array(n);
  const score = new Float64Array(n * p);
  let cursor = 0;
  for (let s = 0; s + 1 < strataStarts.length; s++) {
    const from = cursor;
    while (cursor < strata.length && strata[cursor] === s) cursor++;
    const size = cursor - from;
    const at = new Float64Array(size);
    const cumulative = new Float64Array((size + 1) * (1 + p));
    for (let k = 0; k < size; k++) {
      const row = rows[cursor - 1 - k]!;
      at[k] = times[cursor - 1 - k]!;
      const before = k * (1 + p);
      const after = before + 1 + p;
      cumulative[after] = cumulative[before]! + row[0]!;
      for (let j = 0; j < p; j++) cumulative[after + 1 + j] = cumulative[before + 1 + j]! + row[2 + j]!;
    }
    /** Number of event times up to and including t. */
    const countUpTo = (t: number): number => {
      let low = 0;
      let high = size;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (at[middle]! <= t) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    let k = 0;
    for (let i = strataStarts[s]!; i < strataStarts[s + 1]!; i++) {
      const t = time[i]!;
      while (k < size && at[k]! <= t) k++;
      const failing = event[i] === 1;
      const upTo = (failing ? k - 1 : k) * (1 + p);
      const fromEntry = entry === null ? 0 : countUpTo(entry[i]!) * (1 + p);
      const r = weights === null ? risk[i]! : risk[i]! / weights[i]!;
      let exposure = cumulative[upTo]! - cumulative[fromEntry]!;
      const own = failing ? rows[cursor - k]! : null;
      if (own !== null) exposure += own[1]!;
      martingale[i] = event[i]! - r * exposure;
      for (let j = 0; j < p; j++) {
        const value = x[i * p + j]!;
        let meanExposure = cumulative[upTo + 1 + j]! - cumulative[fromEntry + 1 + j]!;
        if (own !== null) meanExposure += own[2 + p + j]!;
        let residual = -r * (value * exposure - meanExposure);
        if (own !== null) residual += value - own[2 + 2 * p + j]!;
        score[i * p + j] = residual;
      }
    }
  }
  return { martingale, score };
}

/** One row for each event: its covariates minus their mean in the risk set. */
export interface SchoenfeldRows {
  readonly time: Float64Array;
  readonly stratum: Int32Array;
  /** Sorted position of the failing row. */
  readonly position: Int32Array;
  /** Row-major events × p, in standardised covariates. */
  readonly residuals: Float64Array;
}

/** Schoenfeld residuals ascending in stratum, time and input row. Source: Schoenfeld 1982; Grambsch and Therneau 1994. */
export function schoenfeldRows(data: CoxData, beta: Float64Array, ties: TieMethod): SchoenfeldRows {
  const { p, x, event, weights } = data;
  const { risk } = risksOf(data, beta);
  const { moments, fill } = stepMoments(p);
  const found: { position: number; stratum: number; time: number; residual: Float64Array }[] = [];
  walkRiskSets(data, risk, ties === "breslow" ? "breslow" : "efron", false, (set) => {
    fill(set);
    for (let row = set.first; row <= set.last; row++) {
      if (event[row] === 0) continue;
      const w = weights === null ? 1 : weights[row]!;
      const residual = new Float64Array(p);
      for (let j = 0; j < p; j++) residual[j] = w * (x[row * p + j]! - moments.meanOfSteps[j]!);
      found.push({ position: row, stratum: set.stratum, time: set.time, residual });
    }
  });
  found.sort((a, b) => a.stratum - b.stratum || a.time - b.time || data.rows[a.position]! - data.rows[b.position]!);
  const residuals = new Float64Array(found.length * p);
  found.forEach((row, i) => {
    residuals.set(row.residual, i * p);
  });
  return {
    time: Float64Array.from(found, (row) => row.time),
    stratum: Int32Array.from(found, (row) => row.stratum),
    position: Int32Array.from(found, (row) => row.position),
    residuals,
  };
}

/** Sandwich variance: weighted score residuals times the inverse information, summed by cluster (Lin and Wei 1989). */
export function robustVariance(data: CoxData, score: Float64Array, variance: Float64Array): Float64Array {
  const { p } = data;
  const { sums, count } = clusterSums(data, score);
  const dfbeta = multiply(sums, variance, count, p, p);
  const robust = new Float64Array(p * p);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < p; j++) {
      for (let k = 0; k < p; k++) robust[j * p + k]! += dfbeta[i * p + j]! * dfbeta[i * p + k]!;
    }
  }
  return robust;
}

/** Score test at 0 with the variance of the clustered score residuals instead of the information. */
export function robustScoreStatistic(data: CoxData, score: Float64Array): number {
  const { p } = data;
  const { sums, count } = clusterSums(data, score);
  const total = new Float64Array(p);
  const spread = new Float64Array(p * p);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < p; j++) {
      total[j]! += sums[i * p + j]!;
      for (let k = 0; k < p; k++) spread[j * p + k]! += sums[i * p + j]! * sums[i * p + k]!;
    }
  }
  const solution = multiply(invertCholesky(cholesky(spread, p)), total, p, p, 1);
  return total.reduce((sum, value, j) => sum + value * solution[j]!, 0);
}

function clusterSums(data: CoxData, score: Float64Array): { sums: Float64Array; count: number } {
  const { n, p, weights, clusters } = data;
  const count = clusters === null ? n : clusters.count;
  const sums = new Float64Array(count * p);
  for (let i = 0; i < n; i++) {
    const to = (clusters === null ? i : clusters.codes[i]!) * p;
    const w = weights === null ? 1 : weights[i]!;
    for (let j = 0; j < p; j++) sums[to + j]! += w * score[i * p + j]!;
  }
  return { sums, count };
}
