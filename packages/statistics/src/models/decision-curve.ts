import { ok, type Result, random, refuse } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import {
  checkFraction,
  completeRows,
  countEvents,
  missingWarning,
  type NamedColumn,
  type NumericColumn,
} from "./columns.js";
import { type CoxSample, sortFollowUp } from "./cox-sample.js";
import { quantileOfSorted } from "./quantile.js";
import { type Running, step } from "./running.js";

/** Net benefit of one model over the thresholds, per patient. */
export interface NetBenefit {
  readonly name: string;
  readonly netBenefit: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Net benefit divided by the event rate. */
  readonly standardised: readonly number[];
  /** Fewer interventions than treating everybody, per 100 patients, at the same number of treated events. */
  readonly interventionsAvoidedPer100: readonly number[];
}

/** A decision curve; treating nobody has net benefit 0. */
export interface DecisionCurve {
  readonly method: "decision curve";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly level: number;
  readonly intervalMethod: "normal, from each patient's contribution";
  readonly rule: "treated when risk ≥ threshold";
  readonly thresholds: readonly number[];
  readonly treatAll: readonly number[];
  readonly models: readonly NetBenefit[];
}

/** Refuses thresholds outside (0, 1) and an empty list. */
function checkThresholds(thresholds: readonly number[]): Result<null> {
  const bad = thresholds.find((t) => !(t > 0 && t < 1));
  return bad === undefined && thresholds.length > 0
    ? ok(null)
    : refuse({
        code: "threshold-out-of-range",
        message: "Decision thresholds are risks strictly between 0 and 1.",
        got: bad,
        wanted: "0 < threshold < 1, at least one",
      });
}

function checkRisks(values: Float64Array, name: string): Result<null> {
  const bad = values.find((value) => !(value >= 0 && value <= 1));
  return bad === undefined
    ? ok(null)
    : refuse({
        code: "probability-out-of-range",
        message: `Risk ${name} lies outside 0 … 1.`,
        got: bad,
        wanted: "0 … 1",
        mend: "Turn scores into predicted risks first.",
        where: { column: name },
      });
}

/**
 * Decision-curve analysis of predicted risks for a 0/1 outcome: net benefit = TP/n − FP/n · t/(1 − t).
 * Limits are normal ones from the sample variance of the patients' contributions (the model taken as fixed).
 * Refuses risks outside 0 … 1, thresholds outside (0, 1), one-class outcomes. Net benefit on the data that made the
 * model is too optimistic. Sources: Vickers and Elkin 2006; Vickers et al. 2008; Sande et al. 2020.
 * Example: `decisionCurve(response, [{ name: "model", values: risk }], [0.1, 0.2, 0.3])`.
 */
export function decisionCurve(
  outcome: NumericColumn,
  models: readonly NamedColumn[],
  thresholds: readonly number[],
  level = 0.95,
): Result<DecisionCurve> {
  for (const check of [checkThresholds(thresholds), checkFraction(level, "level")]) if (!check.ok) return check;
  const complete = completeRows([{ name: "outcome", values: outcome }, ...models]);
  if (!complete.ok) return complete;
  const y = complete.value.columns[0]!;
  const counted = countEvents(y, "outcome");
  if (!counted.ok) return counted;
  const n = y.length;
  const rate = counted.value / n;
  const z = normalQuantile((1 + level) / 2);
  const treatAll = thresholds.map((t) => rate - ((1 - rate) * t) / (1 - t));
  const curves: NetBenefit[] = [];
  for (const [m, model] of models.entries()) {
    const risk = complete.value.columns[m + 1]!;
    const fine = checkRisks(risk, model.name);
    if (!fine.ok) return fine;
    const counts = thresholds.map((t) => {
      let tp = 0;
      let fp = 0;
      for (let i = 0; i < n; i++) {
        if (risk[i]! < t) continue;
        if (y[i] === 1) tp++;
        else fp++;
      }
      return { tp, fp, odds: t / (1 - t) };
    });
    const netBenefit = counts.map(({ tp, fp, odds }) => tp / n - (fp / n) * odds);
    const half = counts.map(({ tp, fp, odds }, k) => {
      const meanSquare = (tp + fp * odds * odds) / n;
      return z * Math.sqrt(Math.max(0, (meanSquare - netBenefit[k]! ** 2) / Math.max(1, n - 1)));
    });
    curves.push({
      name: model.name,
      netBenefit,
      low: netBenefit.map((value, k) => value - half[k]!),
      high: netBenefit.map((value, k) => value + half[k]!),
      standardised: netBenefit.map((value) => value / rate),
      interventionsAvoidedPer100: netBenefit.map((value, k) => (100 * (value - treatAll[k]!)) / counts[k]!.odds),
    });
  }
  return ok(
    {
      method: "decision curve",
      n,
      events: counted.value,
      missing: complete.value.missing,
      level,
      intervalMethod: "normal, from each patient's contribution",
      rule: "treated when risk ≥ threshold",
      thresholds,
      treatAll,
      models: curves,
    },
    missingWarning(complete.value.missing, n),
  );
}

/** A decision curve for risk by a time, with censoring. */
export interface SurvivalDecisionCurve {
  readonly method: "decision curve at a time, Kaplan-Meier";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly at: number;
  readonly rule: "treated when risk ≥ threshold";
  readonly thresholds: readonly number[];
  readonly treatAll: readonly number[];
  readonly netBenefit: readonly number[];
  /** Bootstrap percentile limits, when replicates were asked for. */
  readonly interval: {
    readonly method: "bootstrap percentile";
    readonly level: number;
    readonly replicates: number;
    readonly low: readonly number[];
    readonly high: readonly number[];
  } | null;
}

/** Kaplan–Meier survival just after `at` over rows with `counts` (by row) above 0; 1 when nobody is left. */
function survivalAt(sample: CoxSample, counts: Float64Array, at: number): number {
  let left = 0;
  for (let i = 0; i < sample.n; i++) left += counts[sample.order[i]!]!;
  let survival = 1;
  for (let g = 0; g + 1 < sample.starts.length; g++) {
    const from = sample.starts[g]!;
    if (sample.time[from]! > at) break;
    let deaths = 0;
    let leaving = 0;
    for (let i = from; i < sample.starts[g + 1]!; i++) {
      const c = counts[sample.order[i]!]!;
      leaving += c;
      if (sample.event[i] === 1) deaths += c;
    }
    if (deaths > 0) survival *= 1 - deaths / left;
    left -= leaving;
  }
  return survival;
}

/**
 * Decision-curve analysis of the risk of an event by time `at`: among those with risk ≥ t the event share is
 * 1 − Kaplan–Meier at `at` (beyond the last time the curve is continued flat). With `bootstrap`, percentile limits.
 * Refuses what `decisionCurve` refuses, no events and a time that is not positive. Source: Vickers et al. 2008, section 3.
 * Example: `decisionCurveSurvival({ time, event }, risk, 24, [0.1, 0.2, 0.3])`.
 */
export function decisionCurveSurvival(
  followUp: { readonly time: NumericColumn; readonly event: NumericColumn },
  risk: NumericColumn,
  at: number,
  thresholds: readonly number[],
  bootstrap: ({ readonly seed: number; readonly replicates: number; readonly level?: number } & Running) | null = null,
): Result<SurvivalDecisionCurve> {
  const checked = checkThresholds(thresholds);
  if (!checked.ok) return checked;
  if (!(at > 0 && Number.isFinite(at)))
    return refuse({
      code: "bad-time",
      message: "The time of the risk must be positive.",
      got: at,
      wanted: "a positive time",
      path: "at",
    });
  const complete = completeRows([
    { name: "event", values: followUp.event },
    { name: "time", values: followUp.time },
    { name: "risk", values: risk },
  ]);
  if (!complete.ok) return complete;
  const [event, time, r] = [complete.value.columns[0]!, complete.value.columns[1]!, complete.value.columns[2]!];
  const counted = event.some((value) => value === 0) ? countEvents(event, "event") : ok(event.length);
  if (!counted.ok) return counted;
  const fine = checkRisks(r, "risk");
  if (!fine.ok) return fine;
  const n = r.length;
  const sample = sortFollowUp(time, event);
  const curve = (counts: Float64Array): { all: number[]; model: number[] } => {
    const s0 = survivalAt(sample, counts, at);
    const all = thresholds.map((t) => 1 - s0 - (s0 * t) / (1 - t));
    const model = thresholds.map((t) => {
      let treated = 0;
      const part = counts.map((c, i) => {
        if (r[i]! < t) return 0;
        treated += c;
        return c;
      });
      if (treated === 0) return 0;
      const s = survivalAt(sample, part, at);
      return ((1 - s) * treated) / n - (((s * treated) / n) * t) / (1 - t);
    });
    return { all, model };
  };
  const observed = curve(new Float64Array(n).fill(1));
  let interval: SurvivalDecisionCurve["interval"] = null;
  if (bootstrap !== null) {
    const level = bootstrap.level ?? 0.95;
    const fraction = checkFraction(level, "level");
    if (!fraction.ok) return fraction;
    if (!(Number.isInteger(bootstrap.replicates) && bootstrap.replicates >= 2))
      return refuse({
        code: "too-few-replicates",
        message: "A bootstrap needs at least two replicates.",
        got: bootstrap.replicates,
        wanted: "2 or more",
      });
    const stream = random(bootstrap.seed);
    const drawn = thresholds.map(() => new Float64Array(bootstrap.replicates));
    for (let b = 0; b < bootstrap.replicates; b++) {
      const counts = new Float64Array(n);
      for (let i = 0; i < n; i++) counts[stream.integer(n)]!++;
      curve(counts).model.forEach((value, k) => {
        drawn[k]![b] = value;
      });
      const going = step(bootstrap, b + 1, bootstrap.replicates);
      if (!going.ok) return going;
    }
    for (const column of drawn) column.sort();
    interval = {
      method: "bootstrap percentile",
      level,
      replicates: bootstrap.replicates,
      low: drawn.map((column) => quantileOfSorted(column, (1 - level) / 2)),
      high: drawn.map((column) => quantileOfSorted(column, (1 + level) / 2)),
    };
  }
  return ok(
    {
      method: "decision curve at a time, Kaplan-Meier",
      n,
      events: counted.value,
      missing: complete.value.missing,
      at,
      rule: "treated when risk ≥ threshold",
      thresholds,
      treatAll: observed.all,
      netBenefit: observed.model,
      interval,
    },
    missingWarning(complete.value.missing, n),
  );
}
