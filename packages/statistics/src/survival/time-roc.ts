import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { readSurvival } from "./input.js";
import { type CensoringDistribution, censoringDistribution, censoringInfluence, uncensoredAt } from "./ipcw.js";
import { type Estimate, refuseLevel } from "./kaplan-meier.js";
import { sortOrder } from "./order.js";

export interface TimeRocColumns {
  readonly time: ArrayLike<number>;
  readonly event: ArrayLike<number>;
  /** Larger = higher risk. */
  readonly marker: ArrayLike<number>;
}

/** Discrimination at one horizon: those with the event by then against those still free of it. */
export interface TimeDependentAuc {
  readonly time: number;
  readonly cases: number;
  readonly controls: number;
  /** Censored before the horizon: neither case nor control; their share is carried by weights. */
  readonly censoredBefore: number;
  /** Probability of being uncensored at the horizon. */
  readonly uncensored: number;
  /** Null without cases or controls. */
  readonly auc: Estimate;
  readonly standardError: Estimate;
  readonly lower: Estimate;
  readonly upper: Estimate;
  /** One point per distinct marker value c, "positive" being marker > c, with (1, 1) first and falling. */
  readonly curve: readonly { readonly threshold: number; readonly sensitivity: number; readonly specificity: number }[];
}

export interface TimeDependentRoc {
  readonly method: "time-dependent ROC (cumulative cases, dynamic controls, inverse probability of censoring weights)";
  readonly direction: "larger marker = higher risk";
  readonly n: number;
  readonly missing: number;
  readonly level: number;
  readonly points: readonly TimeDependentAuc[];
  readonly issues: readonly Issue[];
}

/** Weights of cases and controls at a horizon, by sorted position. */
function weightsAt(censoring: CensoringDistribution, horizon: number) {
  const { n, time, event, before } = censoring;
  const late = horizon * (1 + 1e-12);
  const uncensored = uncensoredAt(censoring, horizon);
  const caseWeight = new Float64Array(n);
  const controlWeight = new Float64Array(n);
  let cases = 0;
  let controls = 0;
  for (let i = 0; i < n; i++) {
    if (time[i]! > late) {
      controls++;
      controlWeight[i] = uncensored > 0 ? 1 / uncensored : 0;
    } else if (event[i] === 1) {
      cases++;
      caseWeight[i] = 1 / before[i]!;
    }
  }
  return { caseWeight, controlWeight, cases, controls, uncensored };
}

function pointAt(
  censoring: CensoringDistribution,
  marker: Float64Array,
  horizon: number,
  level: number,
): TimeDependentAuc {
  const { n } = censoring;
  const { caseWeight, controlWeight, cases, controls, uncensored } = weightsAt(censoring, horizon);
  const head = { time: horizon, cases, controls, censoredBefore: n - cases - controls, uncensored };
  if (cases === 0 || controls === 0) {
    return { ...head, auc: null, standardError: null, lower: null, upper: null, curve: [] };
  }
  let p1 = 0;
  let p2 = 0;
  for (let i = 0; i < n; i++) {
    p1 += caseWeight[i]! / n;
    p2 += controlWeight[i]! / n;
  }
  // One sweep over the sorted marker: weight of controls below (for cases) and of cases above (for controls).
  const order = sortOrder(marker);
  const asCase = new Float64Array(n);
  const asControl = new Float64Array(n);
  const curve: { threshold: number; sensitivity: number; specificity: number }[] = [];
  let casesBelow = 0;
  let controlsBelow = 0;
  curve.push({ threshold: Number.NEGATIVE_INFINITY, sensitivity: 1, specificity: 0 });
  for (let i = 0; i < n; ) {
    const value = marker[order[i]!]!;
    let tiedCases = 0;
    let tiedControls = 0;
    const first = i;
    for (; i < n && marker[order[i]!] === value; i++) {
      tiedCases += caseWeight[order[i]!]! / n;
      tiedControls += controlWeight[order[i]!]! / n;
    }
    for (let k = first; k < i; k++) {
      const row = order[k]!;
      asCase[row] = caseWeight[row]! * (controlsBelow + tiedControls / 2);
      asControl[row] = controlWeight[row]! * (p1 - casesBelow - tiedCases / 2);
    }
    casesBelow += tiedCases;
    controlsBelow += tiedControls;
    curve.push({ threshold: value, sensitivity: 1 - casesBelow / p1, specificity: controlsBelow / p2 });
  }
  let h = 0;
  for (let i = 0; i < n; i++) h += asCase[i]! / n;
  const auc = h / (p1 * p2);
  // The control weights all carry the same factor 1 / G(t), which cancels in the ratio; only the cases' weights remain.
  const amount = Float64Array.from(asCase, (value, i) => value - auc * p2 * caseWeight[i]!);
  const fromCensoring = censoringInfluence(censoring, amount, horizon);
  const influence = Float64Array.from(amount, (value, i) => {
    const own = value + asControl[i]! - auc * p1 * controlWeight[i]!;
    return (own + fromCensoring[i]!) / (p1 * p2);
  });
  let sum = 0;
  for (const value of influence) sum += value;
  let squares = 0;
  for (const value of influence) squares += (value - sum / n) ** 2;
  const variance = squares / (n - 1) / n;
  const standardError = variance > 1e-30 ? Math.sqrt(variance) : null;
  const half = standardError === null ? null : normalQuantile(1 - (1 - level) / 2) * standardError;
  return {
    ...head,
    auc,
    standardError,
    lower: half === null ? null : auc - half,
    upper: half === null ? null : auc + half,
    curve,
  };
}

/**
 * Time-dependent ROC and its area: cumulative cases against dynamic controls at each horizon, weighted by the inverse of
 * the Kaplan–Meier probability of being uncensored (marginal: censoring must not depend on the marker). Ties count half.
 * Standard error from the influence function, censoring distribution included. Refuses what `readSurvival` refuses and
 * horizons that are not positive; without cases or controls the area is null.
 * Sources: Uno et al. 2007; Hung and Chiang 2010; Blanche, Dartigues and Jacqmin-Gadda 2013.
 * Example: `timeDependentRoc({ time, event, marker }, { times: [365, 730] })`.
 */
export function timeDependentRoc(
  columns: TimeRocColumns,
  options: { readonly times: readonly number[]; readonly level?: number },
): Result<TimeDependentRoc> {
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  const bad = options.times.find((time) => !(time > 0 && Number.isFinite(time)));
  if (bad !== undefined) {
    return refuse({ code: "bad-horizon", message: "A horizon must be a positive time.", got: bad });
  }
  const read = readSurvival(columns, [columns.marker]);
  if (!read.ok) return read;
  const censoring = censoringDistribution(read.value);
  const marker = Float64Array.from(censoring.rows, (row) => columns.marker[row]!);
  const points = options.times.map((time) => pointAt(censoring, marker, time, level));
  const issues = [
    ...read.value.issues,
    ...points
      .filter((point) => point.auc === null)
      .map((point) =>
        warningIssue({
          code: "no-cases-or-controls",
          message: `At time ${point.time} there are ${point.cases} cases and ${point.controls} controls: no area can be estimated.`,
        }),
      ),
  ];
  return ok(
    {
      method: "time-dependent ROC (cumulative cases, dynamic controls, inverse probability of censoring weights)",
      direction: "larger marker = higher risk",
      n: read.value.n,
      missing: read.value.missing,
      level,
      points,
      issues,
    },
    issues,
  );
}

/** Mean squared error of predicted survival at one horizon. */
export interface SurvivalBrier {
  readonly time: number;
  readonly n: number;
  readonly brier: number;
  readonly standardError: Estimate;
}

/**
 * Brier score of predicted survival probabilities at `horizon`, weighted by the inverse probability of censoring.
 * `survival` has one probability per row; NaN rows are left out. Refuses probabilities outside [0, 1].
 * Source: Graf et al. 1999; Gerds and Schumacher 2006; standard error from the influence function.
 * Example: `survivalBrier({ time, event, survival }, 24)`.
 */
export function survivalBrier(
  columns: {
    readonly time: ArrayLike<number>;
    readonly event: ArrayLike<number>;
    readonly survival: ArrayLike<number>;
  },
  horizon: number,
): Result<SurvivalBrier> {
  for (let i = 0; i < columns.survival.length; i++) {
    const s = columns.survival[i]!;
    if (s < 0 || s > 1) {
      return refuse({
        code: "bad-probability",
        message: "A predicted survival probability lies outside 0 … 1.",
        got: s,
        where: { line: i + 2 },
      });
    }
  }
  const read = readSurvival(columns, [columns.survival]);
  if (!read.ok) return read;
  const censoring = censoringDistribution(read.value);
  const { n } = censoring;
  const { caseWeight, controlWeight } = weightsAt(censoring, horizon);
  const amount = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const s = columns.survival[censoring.rows[i]!]!;
    amount[i] = caseWeight[i]! * s * s + controlWeight[i]! * (1 - s) ** 2;
  }
  let brier = 0;
  for (const value of amount) brier += value / n;
  const fromCensoring = censoringInfluence(
    censoring,
    amount.map((value) => value / n),
    horizon,
  );
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (amount[i]! - brier + n * fromCensoring[i]!) ** 2;
  const variance = squares / (n - 1) / n;
  return ok(
    { time: horizon, n, brier, standardError: variance > 1e-30 ? Math.sqrt(variance) : null },
    read.value.issues,
  );
}
