import type { CompetingRows } from "./competing-risks.js";

export interface State {
  readonly n: number;
  readonly p: number;
  readonly time: Float64Array;
  readonly cause: Int32Array;
  readonly interest: number;
  readonly x: Float64Array;
  /** Survival of the censoring time just before each row's time. */
  readonly g: Float64Array;
}

/** Kaplan–Meier estimate of the censoring distribution just before each time; failures stay at risk at their own time. */
export function censoringBefore(rows: CompetingRows): Float64Array {
  const { n, time, cause } = rows;
  const before = new Float64Array(n);
  let survival = 1;
  for (let i = 0; i < n; ) {
    const first = i;
    let censored = 0;
    for (; i < n && time[i] === time[first]; i++) {
      before[i] = survival;
      if (cause[i] === 0) censored++;
    }
    survival *= 1 - censored / (n - first);
  }
  return before;
}

/** Weighted risk-set sums at each distinct time with an event of interest, ascending. */
export interface EventTimes {
  readonly first: number[];
  readonly deaths: number[];
  readonly s0: number[];
  readonly s1: Float64Array[];
}

export interface Evaluation {
  readonly logLikelihood: number;
  readonly score: Float64Array;
  readonly information: Float64Array;
  readonly at: EventTimes;
}

/**
 * Pseudo-likelihood at beta. Rows with a competing event stay at risk with weight G(t−)/G(X−): a sum over those before t
 * times G(t−), so one pass back (rows still under observation) and one forward (rows after a competing event) suffice.
 */
export function evaluate(state: State, risk: Float64Array): Evaluation {
  const { n, p, time, cause, interest, x, g } = state;
  const width = 1 + p + p * p;
  const distinct: { first: number; last: number; deaths: number }[] = [];
  for (let i = 0; i < n; ) {
    const first = i;
    let deaths = 0;
    for (; i < n && time[i] === time[first]; i++) if (cause[i] === interest) deaths++;
    distinct.push({ first, last: i - 1, deaths });
  }
  const sums = distinct.map(() => new Float64Array(0));
  const running = new Float64Array(width);
  const addRow = (row: number, weight: number): void => {
    running[0]! += weight;
    for (let j = 0; j < p; j++) {
      const v = weight * x[row * p + j]!;
      running[1 + j]! += v;
      for (let k = 0; k < p; k++) running[1 + p + j * p + k]! += v * x[row * p + k]!;
    }
  };
  for (let b = distinct.length - 1; b >= 0; b--) {
    const { first, last, deaths } = distinct[b]!;
    for (let row = first; row <= last; row++) addRow(row, risk[row]!);
    if (deaths > 0) sums[b] = running.slice();
  }
  running.fill(0);
  let logLikelihood = 0;
  const score = new Float64Array(p);
  const information = new Float64Array(p * p);
  const at: EventTimes = { first: [], deaths: [], s0: [], s1: [] };
  distinct.forEach(({ first, last, deaths }, b) => {
    if (deaths > 0) {
      const set = sums[b]!;
      for (let q = 0; q < width; q++) set[q]! += g[first]! * running[q]!;
      const s0 = set[0]!;
      logLikelihood -= deaths * Math.log(s0);
      for (let row = first; row <= last; row++) {
        if (cause[row] !== interest) continue;
        logLikelihood += Math.log(risk[row]!);
        for (let j = 0; j < p; j++) score[j]! += x[row * p + j]!;
      }
      for (let j = 0; j < p; j++) {
        score[j]! -= (deaths * set[1 + j]!) / s0;
        for (let k = 0; k < p; k++) {
          information[j * p + k]! += deaths * (set[1 + p + j * p + k]! / s0 - (set[1 + j]! * set[1 + k]!) / (s0 * s0));
        }
      }
      at.first.push(first);
      at.deaths.push(deaths);
      at.s0.push(s0);
      at.s1.push(set.slice(1, 1 + p));
    }
    for (let row = first; row <= last; row++) {
      if (cause[row] !== 0 && cause[row] !== interest) addRow(row, risk[row]! / g[row]!);
    }
  });
  return { logLikelihood, score, information, at };
}

/** Influence of each row on the score: its own part and, through the censoring distribution, that of censored rows. */
export function influences(state: State, risk: Float64Array, at: EventTimes): Float64Array {
  const { n, p, time, cause, interest, x, g } = state;
  const events = at.first.length;
  const total = new Float64Array(n * p);
  // Cumulated over event times: Λ, ∫ z̄ dΛ, and the same weighted by G(t−).
  const width = 1 + p;
  const plain = new Float64Array((events + 1) * width);
  const weighted = new Float64Array((events + 1) * width);
  for (let e = 0; e < events; e++) {
    const hazard = at.deaths[e]! / at.s0[e]!;
    const ge = g[at.first[e]!]!;
    for (let q = 0; q < width; q++) {
      const mean = q === 0 ? 1 : at.s1[e]![q - 1]! / at.s0[e]!;
      plain[(e + 1) * width + q] = plain[e * width + q]! + hazard * mean;
      weighted[(e + 1) * width + q] = weighted[e * width + q]! + hazard * ge * mean;
    }
  }
  let upTo = 0;
  const eventsUpTo = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    while (upTo < events && time[at.first[upTo]!]! <= time[i]!) upTo++;
    eventsUpTo[i] = upTo;
    const e = upTo * width;
    const end = events * width;
    const competing = cause[i] !== 0 && cause[i] !== interest;
    for (let j = 0; j < p; j++) {
      const v = x[i * p + j]!;
      let value = -risk[i]! * (v * plain[e]! - plain[e + 1 + j]!);
      if (cause[i] === interest) value += v - at.s1[upTo - 1]![j]! / at.s0[upTo - 1]!;
      if (competing) {
        const factor = risk[i]! / g[i]!;
        value -= factor * (v * (weighted[end]! - weighted[e]!) - (weighted[end + 1 + j]! - weighted[e + 1 + j]!));
      }
      total[i * p + j] = value;
    }
  }
  addCensoring(state, risk, weighted, eventsUpTo, events, total);
  return total;
}

/** The part ψ of Fine and Gray 1999, section 4: what the estimated censoring distribution adds to the influence. */
function addCensoring(
  state: State,
  risk: Float64Array,
  weighted: Float64Array,
  eventsUpTo: Int32Array,
  events: number,
  total: Float64Array,
): void {
  const { n, p, time, cause, interest, x, g } = state;
  const width = 1 + p;
  const end = events * width;
  const before = new Float64Array(width);
  const compensator = new Float64Array(p);
  for (let i = 0; i < n; ) {
    const first = i;
    let censored = 0;
    for (; i < n && time[i] === time[first]; i++) if (cause[i] === 0) censored++;
    const atRisk = n - first;
    const q = new Float64Array(p);
    if (censored > 0) {
      // Events at or after u count; those before u have been passed. At equal times the event comes first.
      const e = eventsUpTo[first]! * width;
      const rest = weighted[end]! - weighted[e]!;
      for (let j = 0; j < p; j++) {
        q[j] = before[1 + j]! * rest - before[0]! * (weighted[end + 1 + j]! - weighted[e + 1 + j]!);
        compensator[j]! += (q[j]! / atRisk) * (censored / atRisk);
      }
    }
    for (let row = first; row < i; row++) {
      for (let j = 0; j < p; j++) {
        total[row * p + j]! += (cause[row] === 0 ? q[j]! / atRisk : 0) - compensator[j]!;
      }
    }
    for (let row = first; row < i; row++) {
      if (cause[row] === 0 || cause[row] === interest) continue;
      const factor = risk[row]! / g[row]!;
      before[0]! += factor;
      for (let j = 0; j < p; j++) before[1 + j]! += factor * x[row * p + j]!;
    }
  }
}
