import { ok, type Result, refuse } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { checkFraction, missingWarning, type NamedColumn, type NumericColumn, outcomeRows } from "./columns.js";

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
export function checkThresholds(thresholds: readonly number[]): Result<null> {
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

/** Refuses risks outside 0 … 1. */
export function checkRisks(values: Float64Array, name: string): Result<null> {
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
  const complete = outcomeRows(outcome, models);
  if (!complete.ok) return complete;
  const { y, columns } = complete.value;
  const n = y.length;
  const rate = complete.value.events / n;
  const z = normalQuantile((1 + level) / 2);
  const treatAll = thresholds.map((t) => rate - ((1 - rate) * t) / (1 - t));
  const curves: NetBenefit[] = [];
  for (const [m, model] of models.entries()) {
    const risk = columns[m]!;
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
      events: complete.value.events,
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
