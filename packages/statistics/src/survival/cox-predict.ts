import { ok, type Result, refuse } from "@livermark/core";
import { normalQuantile } from "../basic/distributions.js";
import { multiply, quadraticForm } from "../linear/index.js";
import type { FittedCox } from "./cox.js";
import { hazardSteps, rowResiduals, schoenfeldRows } from "./cox-residuals.js";
import { type Estimate, type IntervalType, survivalInterval } from "./kaplan-meier.js";

/** Cumulative baseline hazard of one stratum at all its observed times. */
export interface BaselineHazard {
  /** Label of the stratum; null without strata. */
  readonly stratum: string | null;
  readonly time: readonly number[];
  readonly cumulativeHazard: readonly number[];
}

/** Difference in linear predictor between covariates all 0 (or at `means`) and the centres used inside. */
function shiftTo(fitted: FittedCox, at: ArrayLike<number>): number {
  const { centre, scale } = fitted.data;
  let sum = 0;
  for (let j = 0; j < fitted.data.p; j++) sum += (fitted.beta[j]! * (at[j]! - centre[j]!)) / scale[j]!;
  return sum;
}

/**
 * Cumulative baseline hazard (Breslow's estimator, or Efron's with Efron ties), at covariate values 0 or at the model's
 * `means` (see `CoxModel.means`). Refuses exact ties, and coefficients that run off so far that hazards are not finite. Sources: Breslow 1974; Efron 1977.
 * Example: `coxBaseline(fitted, "means")`.
 */
export function coxBaseline(fitted: FittedCox, at: "zero" | "means"): Result<readonly BaselineHazard[]> {
  const { data, model, beta } = fitted;
  if (model.ties === "exact") return refuseExact();
  const reference = at === "means" ? data.means : new Float64Array(data.p);
  const factor = Math.exp(shiftTo(fitted, reference));
  const baselines = hazardSteps(data, beta, model.ties).map((steps): BaselineHazard => {
    const time: number[] = [];
    const cumulativeHazard: number[] = [];
    let sum = 0;
    let k = 0;
    const end = data.strataStarts[steps.stratum + 1]!;
    for (let i = data.strataStarts[steps.stratum]!; i < end; i++) {
      const t = data.time[i]!;
      if (i + 1 < end && data.time[i + 1] === t) continue;
      while (k < steps.time.length && steps.time[k]! <= t) sum += steps.hazard[k++]!;
      time.push(t);
      cumulativeHazard.push(sum * factor);
    }
    return { stratum: data.strata === null ? null : data.strata[steps.stratum]!, time, cumulativeHazard };
  });
  return baselines.every(({ cumulativeHazard }) => cumulativeHazard.every(Number.isFinite))
    ? ok(baselines)
    : runsOff("baseline hazard", model);
}

/** Refuses what a model with coefficients beyond all measure does not have. */
const runsOff = (what: string, model: FittedCox["model"]): Result<never> =>
  refuse({
    code: "coefficients-run-off",
    message: `The model has no ${what}: its coefficients run off so far that the risks cannot be summed.`,
    got: model.coefficients.flatMap(({ name, notEstimable }) => (notEstimable === null ? [] : [name])).join(", "),
    wanted: "coefficients that the data can estimate",
    mend: "Leave out the covariates whose coefficients are not estimable, or scale what is very large.",
  });

const refuseExact = () =>
  refuse({
    code: "exact-ties-unsupported",
    message: "The exact likelihood for ties has no baseline hazard here.",
    wanted: "a model with Efron or Breslow ties",
  });

export interface CoxPrediction {
  /** Linear predictor minus that at the model's `means`. */
  readonly linearPredictor: number;
  readonly time: readonly number[];
  readonly survival: readonly number[];
  /** Of the survival probability. */
  readonly standardError: readonly Estimate[];
  readonly lower: readonly Estimate[];
  readonly upper: readonly Estimate[];
  readonly level: number;
  readonly intervalType: IntervalType;
  /** For each time: later than all follow-up of the stratum. */
  readonly beyondFollowUp: readonly boolean[];
}

/** The part of a model that decides survival at given times: hazards and mean covariates up to each time. */
function accumulated(fitted: FittedCox, stratum: number, times: readonly number[]) {
  const { data, model, beta } = fitted;
  const steps = hazardSteps(data, beta, model.ties)[stratum]!;
  return times.map((time) => {
    let hazard = 0;
    let variance = 0;
    const hazardMean = new Float64Array(data.p);
    for (let k = 0; k < steps.time.length && steps.time[k]! <= time * (1 + 1e-12) + 1e-12; k++) {
      hazard += steps.hazard[k]!;
      variance += steps.variance[k]!;
      for (let j = 0; j < data.p; j++) hazardMean[j]! += steps.hazardMean[k]![j]!;
    }
    return { hazard, variance, hazardMean };
  });
}

/**
 * Predicted survival of new rows (covariates in the model's order and units) at the given times, with limits that carry
 * both the uncertainty of the baseline and of the coefficients.
 * Refuses exact ties, a model with a coefficient that is not estimable, rows of the wrong length, an unknown stratum.
 * Source: Tsiatis 1981; Therneau and Grambsch 2000, section 10.2.
 * Example: `coxSurvival(fitted, [[63]], [12, 24])`.
 */
export function coxSurvival(
  fitted: FittedCox,
  rows: readonly ArrayLike<number>[],
  times: readonly number[],
  options: { readonly intervalType?: IntervalType; readonly level?: number; readonly stratum?: string } = {},
): Result<readonly CoxPrediction[]> {
  const { data, model, beta, variance } = fitted;
  const { p, centre, scale } = data;
  if (model.ties === "exact") return refuseExact();
  const bad = model.coefficients.find((coefficient) => coefficient.notEstimable?.reason.startsWith("diverges"));
  if (bad !== undefined) {
    return refuse({
      code: "prediction-not-estimable",
      message: `Survival cannot be predicted while the coefficient of ${bad.name} is not estimable.`,
    });
  }
  const stratum = data.strata === null ? 0 : data.strata.indexOf(options.stratum ?? "");
  if (stratum < 0) {
    return refuse({
      code: "unknown-stratum",
      message: "A prediction from a stratified model needs one of its strata.",
      got: options.stratum ?? "",
      wanted: (data.strata ?? []).join(", "),
    });
  }
  const standardise = (row: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: p }, (_, j) => (row[j]! - centre[j]!) / scale[j]!);
  const linearOf = (standardised: Float64Array): number => standardised.reduce((sum, v, j) => sum + v * beta[j]!, 0);
  // Beyond e^700 a risk is no longer a number.
  const near = (row: ArrayLike<number>): boolean => Math.abs(linearOf(standardise(row))) < 700;
  if (!rows.every((row) => row.length === p && near(row) && standardise(row).every((v) => Math.abs(v) < 1e100))) {
    return refuse({
      code: "bad-new-row",
      message: "A row to predict for does not have one value per covariate within reach of the data.",
      wanted: data.covariates.map((covariate) => covariate.name).join(", "),
    });
  }
  const level = options.level ?? model.level;
  const intervalType = options.intervalType ?? "log";
  const z = normalQuantile(1 - (1 - level) / 2);
  const at = accumulated(fitted, stratum, times);
  const last = data.time[data.strataStarts[stratum + 1]! - 1]!;
  const reference = shiftTo(fitted, data.means);
  return ok(
    rows.map((row) => {
      const standardised = standardise(row);
      const linear = linearOf(standardised);
      const risk = Math.exp(linear);
      const points = at.map(({ hazard, variance: hazardVariance, hazardMean }) => {
        const away = standardised.map((v, j) => v * hazard - hazardMean[j]!);
        const se = risk * Math.sqrt(hazardVariance + quadraticForm(variance, away));
        const survival = Math.exp(-risk * hazard);
        return { survival, se, ...survivalInterval(survival, se, intervalType, z) };
      });
      return {
        linearPredictor: linear - reference,
        time: times,
        survival: points.map((point) => point.survival),
        standardError: points.map(({ survival, se }) => (survival === 0 ? 0 : survival * se)),
        lower: points.map((point) => point.lower),
        upper: points.map((point) => point.upper),
        level,
        intervalType,
        beyondFollowUp: times.map((time) => time > last),
      };
    }),
  );
}

/** Residuals in the order and units of the input; rows that were left out are null. */
export interface CoxResiduals {
  readonly martingale: readonly Estimate[];
  readonly deviance: readonly Estimate[];
  /** Per row, for a weight of 1, in units of 1 / covariate. */
  readonly score: readonly (readonly number[] | null)[];
  /** Approximate change of each coefficient when the row, with its weight, is left out. */
  readonly dfbeta: readonly (readonly number[] | null)[];
  /** One entry per event, by stratum and time. */
  readonly schoenfeld: readonly { readonly time: number; readonly row: number; readonly values: readonly number[] }[];
  readonly scaledSchoenfeld: readonly {
    readonly time: number;
    readonly row: number;
    readonly values: readonly number[];
  }[];
}

/**
 * Martingale, deviance, score, dfbeta, Schoenfeld and scaled Schoenfeld residuals. `rows` is the length of the input.
 * Scaled Schoenfeld residuals have the coefficient added, so that they estimate β(t). Refuses exact ties, and a model whose
 * coefficients run off so far that residuals are not finite.
 * Source: Therneau and Grambsch 2000, chapter 4 and section 6.2.
 * Example: `coxResiduals(fitted, time.length).value.martingale`.
 */
export function coxResiduals(fitted: FittedCox, rows: number): Result<CoxResiduals> {
  const { data, model, beta, informationVariance } = fitted;
  if (model.ties === "exact") return refuseExact();
  const { n, p, scale, event } = data;
  const byRow = rowResiduals(data, beta, model.ties);
  if (!(byRow.score.every(Number.isFinite) && byRow.martingale.every(Number.isFinite)))
    return runsOff("residuals", model);
  const dfbetas = multiply(byRow.score, informationVariance, n, p, p);
  const martingale: Estimate[] = new Array<Estimate>(rows).fill(null);
  const deviance: Estimate[] = new Array<Estimate>(rows).fill(null);
  const score: (number[] | null)[] = new Array<number[] | null>(rows).fill(null);
  const dfbeta: (number[] | null)[] = new Array<number[] | null>(rows).fill(null);
  for (let i = 0; i < n; i++) {
    const row = data.rows[i]!;
    const m = byRow.martingale[i]!;
    const d = event[i]!;
    martingale[row] = m;
    const inside = m + (d === 0 ? 0 : d * Math.log(d - m));
    deviance[row] = Math.sign(m) * Math.sqrt(Math.max(0, -2 * inside));
    score[row] = Array.from({ length: p }, (_, j) => byRow.score[i * p + j]! * scale[j]!);
    const w = data.weights === null ? 1 : data.weights[i]!;
    dfbeta[row] = Array.from({ length: p }, (_, j) => (w * dfbetas[i * p + j]!) / scale[j]!);
  }
  const raw = schoenfeldRows(data, beta, model.ties);
  const scaled = multiply(raw.residuals, informationVariance, raw.time.length, p, p);
  const entries = (values: (i: number, j: number) => number) =>
    Array.from(raw.time, (time, i) => ({
      time,
      row: data.rows[raw.position[i]!]!,
      values: Array.from({ length: p }, (_, j) => values(i, j)),
    }));
  return ok({
    martingale,
    deviance,
    score,
    dfbeta,
    schoenfeld: entries((i, j) => raw.residuals[i * p + j]! * scale[j]!),
    scaledSchoenfeld: entries((i, j) => (scaled[i * p + j]! * data.events + beta[j]!) / scale[j]!),
  });
}
