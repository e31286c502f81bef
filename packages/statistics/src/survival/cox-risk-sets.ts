/**
 * What the partial likelihood needs: rows sorted by stratum, then time. `prepareCox` makes them from columns; selection and
 * validation make them from a design whose order is known.
 */
export interface CoxRows {
  readonly n: number;
  readonly p: number;
  /** Row-major n × p. */
  readonly x: Float64Array;
  readonly time: Float64Array;
  readonly event: Uint8Array;
  readonly weights: Float64Array | null;
  /**
   * Frequencies: 2 means that the patient stands twice, so two deaths of one patient are tied deaths, exactly as in a
   * resample with repeated rows, where a case weight of 2 is one death of double weight. Null means once each.
   */
  readonly counts: Float64Array | null;
  readonly offset: Float64Array | null;
  readonly entry: Float64Array | null;
  /** Positions by falling entry time within each stratum; null without delayed entry. */
  readonly byEntry: Uint32Array | null;
  /** First position of each stratum, and n at the end. */
  readonly strataStarts: Uint32Array;
}

/** Which likelihood handles tied event times. */
export type TieMethod = "efron" | "breslow" | "exact";

/**
 * Sums over the risk set at one event time, in the standardised covariates. `s` sums over all who are at risk, `d` over
 * those who fail now (zero when ties need no correction). Second moments are packed lower triangles.
 * The arrays are reused: a visitor must copy what it keeps.
 */
export interface RiskSet {
  time: number;
  stratum: number;
  /** Sorted positions of the rows that leave at this time: first … last. */
  first: number;
  last: number;
  deaths: number;
  deathWeight: number;
  /** Efron removes the failing rows in `steps` equal parts of weight `stepWeight`; Breslow has one step. */
  steps: number;
  stepWeight: number;
  s0: number;
  d0: number;
  readonly s1: Float64Array;
  readonly s2: Float64Array;
  readonly d1: Float64Array;
  readonly d2: Float64Array;
}

/** Linear predictor (with offset) of each sorted position, for coefficients of the standardised covariates. */
export function linearPredictors(
  data: CoxRows,
  beta: Float64Array,
  eta: Float64Array = new Float64Array(data.n),
): Float64Array {
  const { n, p, x, offset } = data;
  if (offset === null) eta.fill(0, 0, n);
  else eta.set(offset);
  let j = 0;
  for (; j + 3 < p; j += 4) {
    const a = beta[j]!;
    const b = beta[j + 1]!;
    const c = beta[j + 2]!;
    const d = beta[j + 3]!;
    for (let i = 0, at = j; i < n; i++, at += p) {
      eta[i]! += a * x[at]! + b * x[at + 1]! + (c * x[at + 2]! + d * x[at + 3]!);
    }
  }
  for (; j < p; j++) {
    const a = beta[j]!;
    for (let i = 0, at = j; i < n; i++, at += p) eta[i]! += a * x[at]!;
  }
  return eta;
}

function addRow(risk: number, x: Float64Array, base: number, p: number, m1: Float64Array, m2: Float64Array): void {
  let q = 0;
  for (let j = 0; j < p; j++) {
    const weighted = risk * x[base + j]!;
    m1[j]! += weighted;
    for (let k = 0; k <= j; k++) m2[q++]! += weighted * x[base + k]!;
  }
}

function addFirstMoment(risk: number, x: Float64Array, base: number, p: number, m1: Float64Array): void {
  for (let j = 0; j < p; j++) m1[j]! += risk * x[base + j]!;
}

/**
 * Walks the risk sets of all event times, from the last time to the first, adding each row once and, with delayed entry,
 * removing it once. `risk` is frequency and weight times exp(linear predictor) of each position. Cost n p² / 2, no allocation.
 */
export function walkRiskSets(
  data: CoxRows,
  risk: Float64Array,
  ties: "efron" | "breslow",
  second: boolean,
  visit: (set: RiskSet) => void,
): void {
  const { p, x, time, event, weights, counts, entry, byEntry, strataStarts } = data;
  const packed = second ? (p * (p + 1)) / 2 : 0;
  const s1 = new Float64Array(p);
  const s2 = new Float64Array(packed);
  const d1 = new Float64Array(p);
  const d2 = new Float64Array(packed);
  const set: RiskSet = {
    time: 0,
    stratum: 0,
    first: 0,
    last: 0,
    deaths: 0,
    deathWeight: 0,
    steps: 1,
    stepWeight: 0,
    s0: 0,
    d0: 0,
    s1,
    s2,
    d1,
    d2,
  };
  for (let stratum = 0; stratum + 1 < strataStarts.length; stratum++) {
    const start = strataStarts[stratum]!;
    const end = strataStarts[stratum + 1]!;
    let i = end - 1;
    let next = start;
    let s0 = 0;
    s1.fill(0);
    s2.fill(0);
    while (i >= start) {
      const t = time[i]!;
      let first = i;
      let deaths = 0;
      let deathWeight = 0;
      while (first >= start && time[first] === t) {
        if (event[first] === 1) {
          const times = counts === null ? 1 : counts[first]!;
          deaths += times;
          deathWeight += weights === null ? times : weights[first]! * times;
        }
        first--;
      }
      first++;
      const corrected = deaths > 1 && ties === "efron";
      let d0 = 0;
      for (let row = i; row >= first; row--) {
        const r = risk[row]!;
        if (r === 0) continue;
        const apart = corrected && event[row] === 1;
        if (apart) d0 += r;
        else s0 += r;
        if (second) addRow(r, x, row * p, p, apart ? d1 : s1, apart ? d2 : s2);
        else addFirstMoment(r, x, row * p, p, apart ? d1 : s1);
      }
      if (entry !== null && byEntry !== null && deaths > 0) {
        while (next < end && entry[byEntry[next]!]! >= t) {
          const row = byEntry[next]!;
          const r = risk[row]!;
          s0 -= r;
          if (second) addRow(-r, x, row * p, p, s1, s2);
          else addFirstMoment(-r, x, row * p, p, s1);
          next++;
        }
      }
      if (deaths > 0) {
        if (corrected) {
          s0 += d0;
          for (let j = 0; j < p; j++) s1[j]! += d1[j]!;
          for (let q = 0; q < packed; q++) s2[q]! += d2[q]!;
        }
        set.time = t;
        set.stratum = stratum;
        set.first = first;
        set.last = i;
        set.deaths = deaths;
        set.deathWeight = deathWeight;
        set.steps = corrected ? deaths : 1;
        set.stepWeight = corrected ? deathWeight / deaths : deathWeight;
        set.s0 = s0;
        set.d0 = d0;
        visit(set);
        if (corrected) {
          d1.fill(0);
          d2.fill(0);
        }
      }
      i = first - 1;
    }
  }
}
