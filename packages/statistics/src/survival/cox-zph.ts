import { ok, type Result, refuse } from "@livermark/core";
import { chiSquareUpperTail } from "../basic/distributions.js";
import { cholesky, solveCholesky } from "../linear/index.js";
import type { FittedCox } from "./cox.js";
import type { CoxData } from "./cox-data.js";
import { risksOf } from "./cox-likelihood.js";
import { walkRiskSets } from "./cox-risk-sets.js";
import type { ChiSquareTest } from "./log-rank.js";
import { unpack } from "./weighted-sums.js";

/** g(t) in the test of β(t) = β + θ g(t): 1 − S(t−), t, the mid-rank of the time among all times, or log t. */
export type TimeTransform = "km" | "identity" | "rank" | "log";

export interface ProportionalityTest {
  readonly method: "score test of proportional hazards";
  readonly transform: TimeTransform;
  /** One row per variable (a factor's dummies together). */
  readonly terms: readonly ({ readonly term: string } & ChiSquareTest)[];
  readonly global: ChiSquareTest;
}

/** g at each distinct event time (over all strata), as a lookup. */
function transformOf(data: CoxData, transform: TimeTransform): (time: number) => number {
  if (transform === "identity") return (time) => time;
  if (transform === "log") return (time) => Math.log(time);
  const events = Float64Array.from(data.time.filter((_, i) => data.event[i] === 1)).sort();
  const values = new Map<number, number>();
  const stops = Float64Array.from(data.time).sort();
  if (transform === "rank") {
    for (let i = 0; i < stops.length; ) {
      const first = i;
      while (i < stops.length && stops[i] === stops[first]) i++;
      values.set(stops[first]!, (first + 1 + i) / 2);
    }
    return (time) => values.get(time)!;
  }
  const starts = data.entry === null ? null : Float64Array.from(data.entry).sort();
  let survival = 1;
  let left = 0;
  let entered = 0;
  for (let i = 0; i < events.length; ) {
    const time = events[i]!;
    const first = i;
    while (i < events.length && events[i] === time) i++;
    while (left < stops.length && stops[left]! < time) left++;
    while (starts !== null && entered < starts.length && starts[entered]! < time) entered++;
    const atRisk = (starts === null ? stops.length : entered) - left;
    values.set(time, 1 - survival);
    survival *= 1 - (i - first) / atRisk;
  }
  return (time) => values.get(time)!;
}

/**
 * Tests each variable for a coefficient that changes with g(t), by the score test in the model with x and x g(t).
 * The coefficients are those of the fit, so only the part for x g(t) has a score. Not defined for exact ties.
 * Refuses exact ties, log(0), and models with a coefficient that is not estimable.
 * Sources: Grambsch and Therneau 1994; Therneau and Grambsch 2000, section 6.2 (the score form replaced the correlation
 * form in version 3 of R's survival package, so older papers show slightly different values).
 * Example: `coxZph(fitted).value`.
 */
export function coxZph(fitted: FittedCox, transform: TimeTransform = "km"): Result<ProportionalityTest> {
  const { data, model, beta } = fitted;
  const { p } = data;
  const bad = model.coefficients.find((coefficient) => coefficient.notEstimable !== null);
  if (model.ties === "exact" || bad !== undefined || p === 0) {
    return refuse({
      code: "proportionality-not-testable",
      message:
        bad === undefined
          ? "Proportional hazards cannot be tested for this model."
          : `Proportional hazards cannot be tested while the coefficient of ${bad.name} is not estimable.`,
      got: bad?.notEstimable?.why ?? (p === 0 ? "no covariate" : "exact ties"),
      wanted: "Efron or Breslow ties and estimable coefficients",
    });
  }
  if (transform === "log" && data.time.some((time, i) => data.event[i] === 1 && time === 0)) {
    return refuse({
      code: "log-of-zero",
      message: "An event at time 0 has no logarithm.",
      wanted: "another transform",
    });
  }
  const g = transformOf(data, transform);
  const { risk } = risksOf(data, beta);
  const size = (p * (p + 1)) / 2;
  // Centring g by its mean over events leaves the test as it is and keeps the sums small.
  let mean = 0;
  for (let i = 0; i < data.n; i++) if (data.event[i] === 1) mean += g(data.time[i]!) / data.events;
  const plain = new Float64Array(size);
  const once = new Float64Array(size);
  const twice = new Float64Array(size);
  const score = new Float64Array(2 * p);
  const { x, event, weights } = data;
  walkRiskSets(data, risk, model.ties === "breslow" ? "breslow" : "efron", true, (set) => {
    const w = g(set.time) - mean;
    const { steps, stepWeight, s0, d0, s1, s2, d1, d2 } = set;
    for (let row = set.first; row <= set.last; row++) {
      if (event[row] === 0) continue;
      const weight = weights === null ? 1 : weights[row]!;
      for (let j = 0; j < p; j++) score[p + j]! += w * weight * x[row * p + j]!;
    }
    for (let step = 0; step < steps; step++) {
      const f = steps > 1 ? step / steps : 0;
      const c = s0 - f * d0;
      const a = stepWeight / c;
      for (let j = 0, q = 0; j < p; j++) {
        const sj = s1[j]! - f * d1[j]!;
        score[p + j]! -= w * a * sj;
        for (let k = 0; k <= j; k++, q++) {
          const v = a * (s2[q]! - f * d2[q]! - (sj * (s1[k]! - f * d1[k]!)) / c);
          plain[q]! += v;
          once[q]! += w * v;
          twice[q]! += w * w * v;
        }
      }
    }
  });
  const blocks = { plain: unpack(plain, p), once: unpack(once, p), twice: unpack(twice, p) };
  const names: string[] = [];
  const columnsOf = new Map<string, number[]>();
  data.covariates.forEach((covariate, j) => {
    const term = covariate.term ?? covariate.name;
    const columns = columnsOf.get(term);
    if (columns === undefined) {
      names.push(term);
      columnsOf.set(term, [j]);
    } else columns.push(j);
  });
  const everyColumn = data.covariates.map((_, j) => j);
  return ok({
    method: "score test of proportional hazards",
    transform,
    terms: names.map((term) => ({ term, ...scoreTest(blocks, score, p, columnsOf.get(term)!) })),
    global: scoreTest(blocks, score, p, everyColumn),
  });
}

/** Score test of θ for the given columns, all β being estimated. */
function scoreTest(
  blocks: { plain: Float64Array; once: Float64Array; twice: Float64Array },
  score: Float64Array,
  p: number,
  columns: readonly number[],
): ChiSquareTest {
  const size = p + columns.length;
  const information = new Float64Array(size * size);
  const u = new Float64Array(size);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) information[i * size + j] = blocks.plain[i * p + j]!;
  }
  columns.forEach((column, i) => {
    const row = p + i;
    u[row] = score[p + column]!;
    for (let j = 0; j < p; j++) {
      information[row * size + j] = blocks.once[column * p + j]!;
      information[j * size + row] = blocks.once[column * p + j]!;
    }
    columns.forEach((other, j) => {
      information[row * size + p + j] = blocks.twice[column * p + other]!;
    });
  });
  // Equilibrated, so that a transform in days² does not hide the rank of the other block.
  const scale = Float64Array.from({ length: size }, (_, i) => Math.sqrt(information[i * size + i]!) || 1);
  for (let i = 0; i < size; i++) {
    u[i]! /= scale[i]!;
    for (let j = 0; j < size; j++) information[i * size + j]! /= scale[i]! * scale[j]!;
  }
  const solution = solveCholesky(cholesky(information, size), u);
  let statistic = 0;
  for (let i = 0; i < size; i++) statistic += u[i]! * solution[i]!;
  return { chiSquare: statistic, df: columns.length, p: chiSquareUpperTail(Math.max(0, statistic), columns.length) };
}
