import { ok, type Result, refuse } from "@livermark/core";
import { missingWarning, type NumericColumn } from "./columns.js";
import { coxPredictor } from "./cox-baseline.js";
import type { ModelTerm } from "./design.js";

/** Kaplan–Meier survival in groups of predicted survival. */
export interface GroupedKaplanMeier {
  readonly method: "grouped Kaplan-Meier calibration";
  readonly at: number;
  readonly n: number;
  readonly missing: number;
  readonly predicted: Float64Array;
  readonly groups: readonly {
    readonly meanPredicted: number;
    readonly n: number;
    readonly events: number;
    readonly survival: number;
    /** Greenwood's standard error of log survival; null when nobody survives. */
    readonly standardErrorLog: number | null;
  }[];
}

/** Kaplan–Meier of the given rows at a time, with Greenwood's standard error of its logarithm. */
function kaplanMeierAt(
  time: readonly number[],
  event: readonly number[],
  at: number,
): { survival: number; standardErrorLog: number | null } {
  const times = [...new Set(time)].sort((a, b) => a - b);
  let survival = 1;
  let sum = 0;
  for (const t of times) {
    if (t > at) break;
    let left = 0;
    let deaths = 0;
    for (let i = 0; i < time.length; i++) {
      if (time[i]! >= t) left++;
      if (time[i] === t && event[i] === 1) deaths++;
    }
    survival *= 1 - deaths / left;
    if (deaths > 0) sum += deaths / (left * (left - deaths));
  }
  return { survival, standardErrorLog: survival > 0 ? Math.sqrt(sum) : null };
}

/** Ascending cut points so that at least k/groups of the values lie at or below the k-th; equal cuts merge. */
function quantileCuts(values: Float64Array, groups: number): number[] {
  const sorted = Float64Array.from(values).sort();
  const cuts: number[] = [];
  for (let k = 1; k < groups; k++) {
    const cut = sorted[Math.ceil((k * sorted.length) / groups - 1e-9) - 1]!;
    if (cuts.length === 0 || cut > cuts[cuts.length - 1]!) cuts.push(cut);
  }
  return cuts;
}

/**
 * Calibration of a Cox model at a time: predicted survival (Efron baseline) in groups of about equal size, each with the
 * Kaplan–Meier estimate of its patients. Refuses what the model refuses, fewer than two groups, and groups of one.
 * Source: Harrell 2015, section 20.3.
 * Example: `groupedKmCalibration({ time, event }, terms, { at: 24, groups: 4 })`.
 */
export function groupedKmCalibration(
  followUp: { readonly time: NumericColumn; readonly event: NumericColumn },
  terms: readonly ModelTerm[],
  options: { readonly at: number; readonly groups: number },
): Result<GroupedKaplanMeier> {
  const { at, groups } = options;
  const fitted = coxPredictor(followUp, terms, at);
  if (!fitted.ok) return fitted;
  const { linearPredictor, cumulativeHazard, design, input } = fitted.value;
  if (!(Number.isInteger(groups) && groups >= 2 && groups <= design.n / 2)) {
    return refuse({
      code: "group-count",
      message: "Calibration groups need at least two patients each.",
      got: groups,
      wanted: `2 … ${Math.floor(design.n / 2)}`,
    });
  }
  const predicted = linearPredictor.map((lp) => Math.exp(-cumulativeHazard * Math.exp(lp)));
  const cuts = quantileCuts(predicted, groups);
  const members: number[][] = Array.from({ length: cuts.length + 1 }, () => []);
  predicted.forEach((value, i) => {
    let group = 0;
    while (group < cuts.length && value > cuts[group]!) group++;
    members[group]!.push(i);
  });
  return ok(
    {
      method: "grouped Kaplan-Meier calibration",
      at,
      n: design.n,
      missing: design.missing,
      predicted,
      groups: members
        .filter((rows) => rows.length > 0)
        .map((rows) => {
          const event = rows.map((i) => input.event[i]!);
          return {
            meanPredicted: rows.reduce((sum, i) => sum + predicted[i]!, 0) / rows.length,
            n: rows.length,
            events: event.reduce((sum, value) => sum + value, 0),
            ...kaplanMeierAt(
              rows.map((i) => input.time[i]!),
              event,
              at,
            ),
          };
        }),
    },
    missingWarning(design.missing, design.n),
  );
}
