import { ok, type Result, random, refuse } from "@livermark/core";
import { computeHere, type HeavySession, type HeavyTask } from "../basic/heavy-work.js";
import { checkFraction, completeRows, countEvents, missingWarning, type NumericColumn } from "./columns.js";
import { type CoxSample, sortFollowUp } from "./cox-sample.js";
import { checkRisks, checkThresholds } from "./decision-curve.js";
import { quantileOfSorted } from "./quantile.js";
import { type Running, step } from "./running.js";

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

/** What a decision curve for the risk by a time needs: plain data, so that it can go to a worker. */
export interface SurvivalBenefitInput {
  readonly followUp: { readonly time: NumericColumn; readonly event: NumericColumn };
  readonly risk: NumericColumn;
  readonly at: number;
  readonly thresholds: readonly number[];
  /** Replicates of the percentile limits; no limits without. */
  readonly bootstrap: { readonly seed: number; readonly replicates: number; readonly level?: number } | null;
}

/** Net benefits of a range of replicates, per replicate by threshold. */
type BenefitRuns = readonly (readonly number[])[];

/** `decisionCurveSurvival` as work that workers can share: `computeShared(survivalBenefitTask, input, { ports })`. */
export const survivalBenefitTask: HeavyTask<SurvivalBenefitInput, BenefitRuns, SurvivalDecisionCurve> = {
  name: "bootstrap of a decision curve at a time",
  open: openSurvivalBenefit,
};

/**
 * Decision-curve analysis of the risk of an event by time `at`: among those with risk ≥ t the event share is
 * 1 − Kaplan–Meier at `at` (beyond the last time the curve is continued flat). With `bootstrap`, percentile limits.
 * Refuses what `decisionCurve` refuses, no events and a time that is not positive. Source: Vickers et al. 2008, section 3.
 * Example: `decisionCurveSurvival({ time, event }, risk, 24, [0.1, 0.2, 0.3])`.
 */
export function decisionCurveSurvival(
  followUp: SurvivalBenefitInput["followUp"],
  risk: NumericColumn,
  at: number,
  thresholds: readonly number[],
  bootstrap: (NonNullable<SurvivalBenefitInput["bootstrap"]> & Running) | null = null,
): Result<SurvivalDecisionCurve> {
  return computeHere(survivalBenefitTask, { followUp, risk, at, thresholds, bootstrap }, bootstrap ?? {});
}

function openSurvivalBenefit(input: SurvivalBenefitInput): Result<HeavySession<BenefitRuns, SurvivalDecisionCurve>> {
  const { followUp, risk, at, thresholds, bootstrap } = input;
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
  const level = bootstrap?.level ?? 0.95;
  const fraction = checkFraction(level, "level");
  if (!fraction.ok) return fraction;
  const replicates = bootstrap?.replicates ?? 0;
  if (bootstrap !== null && !(Number.isInteger(replicates) && replicates >= 2))
    return refuse({
      code: "too-few-replicates",
      message: "A bootstrap needs at least two replicates.",
      got: replicates,
      wanted: "2 or more",
    });
  const seeded = random(bootstrap?.seed ?? 0);
  const part = (from: number, to: number, running: Running): Result<BenefitRuns> => {
    const drawn: (readonly number[])[] = [];
    for (let b = from; b < to; b++) {
      const stream = seeded.fork(`replicate ${b}`);
      const counts = new Float64Array(n);
      for (let i = 0; i < n; i++) counts[stream.integer(n)]!++;
      drawn.push(curve(counts).model);
      const going = step(running, b + 1 - from, to - from);
      if (!going.ok) return going;
    }
    return ok(drawn);
  };
  const limitsOf = (drawn: BenefitRuns): NonNullable<SurvivalDecisionCurve["interval"]> => {
    const sorted = thresholds.map((_, k) => Float64Array.from(drawn, (values) => values[k]!).sort());
    return {
      method: "bootstrap percentile",
      level,
      replicates,
      low: sorted.map((column) => quantileOfSorted(column, (1 - level) / 2)),
      high: sorted.map((column) => quantileOfSorted(column, (1 + level) / 2)),
    };
  };
  const gather = (shares: readonly BenefitRuns[]): Result<SurvivalDecisionCurve> =>
    ok(
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
        interval: bootstrap === null ? null : limitsOf(shares.flat()),
      },
      missingWarning(complete.value.missing, n),
    );
  return ok({ units: replicates, part, gather });
}
