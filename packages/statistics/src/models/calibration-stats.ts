import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { chiSquareUpperTail, normalTwoSided } from "../basic/distributions.js";
import { invertCholesky } from "../linear/index.js";
import { missingWarning, type NumericColumn, outcomeRows } from "./columns.js";
import { type LogisticProblem, maximiseLogistic, type NewtonControl } from "./logistic-core.js";
import { nullLogLikelihood } from "./logistic-input.js";
import { interpolate, lowess, type SmoothCurve } from "./lowess.js";
import { areaFromGroups, markerGroups, splitByOutcome } from "./marker-groups.js";
import { quantileOfSorted } from "./quantile.js";

/** Calibration line of predicted risks: logit(risk) = intercept + slope · logit(predicted). */
export interface CalibrationLine {
  readonly intercept: number;
  readonly slope: number;
  readonly slopeStandardError: number;
  readonly loglik: number;
}

/** How well predicted risks fit 0/1 outcomes. */
export interface CalibrationStats {
  readonly method: "calibration of predicted risks";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly cStatistic: number;
  readonly line: CalibrationLine;
  /** Intercept with the slope held at 1, and its standard error. */
  readonly inTheLarge: number;
  readonly inTheLargeStandardError: number;
  readonly expectedOverObserved: number;
  readonly brier: number;
  /** 1 − Brier / Brier of the mean. */
  readonly brierScaled: number;
  /** Nagelkerke's R² of the risks as they are (intercept 0, slope 1). */
  readonly nagelkerkeR2: number;
  /** Discrimination (LR − 1)/n, unreliability, and their difference (Harrell 2015, 10.9). */
  readonly d: number;
  readonly dChi2: number;
  readonly u: number;
  readonly uChi2: number;
  readonly uP: number;
  readonly q: number;
  /** Absolute errors against the lowess curve: largest, 90th percentile, mean. */
  readonly eMax: number;
  readonly e90: number;
  readonly eMean: number;
  readonly spiegelhalter: { readonly z: number; readonly p: number };
}

const logit = (p: number): number => Math.log(p / (1 - p));

/** Two-column design: ones and the linear predictor. */
function lineProblem(lp: Float64Array, y: Float64Array): LogisticProblem {
  const x = new Float64Array(2 * lp.length);
  for (let i = 0; i < lp.length; i++) {
    x[2 * i] = 1;
    x[2 * i + 1] = lp[i]!;
  }
  return { n: lp.length, width: 2, x, y, weights: null };
}

/** Fits the calibration line by maximum likelihood. */
export function calibrationLine(
  lp: Float64Array,
  y: Float64Array,
  control: NewtonControl = {},
): CalibrationLine & { readonly converged: boolean } {
  let events = 0;
  for (const value of y) events += value;
  const start = Float64Array.of(logit(events / y.length), 0);
  const state = maximiseLogistic(lineProblem(lp, y), start, control);
  const covariance = invertCholesky(state.decomposition);
  return {
    intercept: state.beta[0]!,
    slope: state.beta[1]!,
    slopeStandardError: Math.sqrt(Math.max(0, covariance[3]!)),
    loglik: state.loglik,
    converged: state.converged,
  };
}

/** Checked predicted risks (strictly between 0 and 1) and outcomes. */
export function readPredicted(
  predicted: NumericColumn,
  outcome: NumericColumn,
): Result<{ readonly p: Float64Array; readonly y: Float64Array; readonly events: number; readonly missing: number }> {
  const complete = outcomeRows(outcome, [{ name: "predicted", values: predicted }]);
  if (!complete.ok) return complete;
  const { y, columns } = complete.value;
  const p = columns[0]!;
  const outside = p.findIndex((value) => !(value > 0 && value < 1));
  if (outside >= 0) {
    return refuse({
      code: "probability-out-of-range",
      message: `Predicted risk ${outside + 1} is not strictly between 0 and 1.`,
      got: p[outside],
      wanted: "0 < risk < 1",
      mend: "A risk of exactly 0 or 1 comes from separation: use a penalised fit.",
    });
  }
  return ok({ p, y, events: complete.value.events, missing: complete.value.missing });
}

/**
 * Calibration and discrimination of predicted risks in the data at hand: calibration line, calibration in the large,
 * expected/observed, Brier, R², D-U-Q, distances to the lowess curve and Spiegelhalter's test.
 * Refuses risks of 0 or 1 and one-class outcomes. On the data that made the model the line is 0 and 1 by construction:
 * use the bootstrap then. Sources: Cox 1958; Harrell 2015, sections 10.9–10.11; Spiegelhalter 1986; Steyerberg 2019.
 * `lineControl` lets a caller end the Newton iterations of the line early, as other programs do.
 * Example: `calibrationStats(risk, response).value.brier`.
 */
export function calibrationStats(
  predicted: NumericColumn,
  outcome: NumericColumn,
  lineControl: NewtonControl = {},
): Result<CalibrationStats> {
  const read = readPredicted(predicted, outcome);
  if (!read.ok) return read;
  const { p, y, events, missing } = read.value;
  const n = y.length;
  const lp = p.map(logit);
  const line = calibrationLine(lp, y, lineControl);
  let asIs = 0;
  for (let i = 0; i < n; i++) asIs += y[i] === 1 ? Math.log(p[i]!) : Math.log1p(-p[i]!);
  const nullLoglik = nullLogLikelihood(n, events);
  const intercept = maximiseLogistic(
    { n, width: 1, x: new Float64Array(n).fill(1), y, weights: null, offset: lp },
    new Float64Array(1),
  );
  const sum = (term: (i: number) => number): number => {
    let total = 0;
    for (let i = 0; i < n; i++) total += term(i);
    return total;
  };
  const brier = sum((i) => (p[i]! - y[i]!) ** 2) / n;
  const rate = events / n;
  const lr = 2 * (asIs - nullLoglik);
  const uChi2 = 2 * (line.loglik - asIs);
  const d = (lr - 1) / n;
  const u = (uChi2 - 2) / n;
  const { cases, controls } = splitByOutcome(y, p, 1);
  const curve = lowess(p, y);
  const errors = p.map((value) => Math.abs(value - (interpolate(curve, value) ?? value))).sort();
  const variance = sum((i) => (1 - 2 * p[i]!) ** 2 * p[i]! * (1 - p[i]!));
  const z = variance > 0 ? sum((i) => (y[i]! - p[i]!) * (1 - 2 * p[i]!)) / Math.sqrt(variance) : 0;
  const issues: Issue[] = [...missingWarning(missing, n)];
  if (!line.converged && Object.keys(lineControl).length === 0) {
    issues.push(
      warningIssue({
        code: "not-converged",
        message: "The calibration line did not converge: the risks separate the outcomes.",
        got: line.slope,
        wanted: "risks that overlap between the classes",
        mend: "Report the Brier score and the curve instead of the slope.",
      }),
    );
  }
  return ok(
    {
      method: "calibration of predicted risks",
      n,
      events,
      missing,
      cStatistic: areaFromGroups(markerGroups(cases, controls)),
      line: {
        intercept: line.intercept,
        slope: line.slope,
        slopeStandardError: line.slopeStandardError,
        loglik: line.loglik,
      },
      inTheLarge: intercept.beta[0]!,
      inTheLargeStandardError: Math.sqrt(1 / intercept.information[0]!),
      expectedOverObserved: sum((i) => p[i]!) / events,
      brier,
      brierScaled: 1 - brier / (rate * (1 - rate)),
      nagelkerkeR2: -Math.expm1(-lr / n) / -Math.expm1((2 * nullLoglik) / n),
      d,
      dChi2: lr,
      u,
      uChi2,
      uP: uChi2 <= 0 ? 1 : chiSquareUpperTail(uChi2, 2),
      q: d - u,
      eMax: errors[n - 1]!,
      e90: quantileOfSorted(errors, 0.9),
      eMean: sum((i) => errors[i]!) / n,
      spiegelhalter: { z, p: normalTwoSided(z) },
    },
    issues,
  );
}

/** A calibration curve read at given risks; null where the curve does not reach. */
export interface LowessCalibration {
  readonly method: "lowess calibration curve";
  readonly n: number;
  readonly span: number;
  readonly curve: SmoothCurve;
  readonly grid: readonly number[];
  readonly calibrated: readonly (number | null)[];
}

/**
 * Lowess curve of outcomes over predicted risks, without robustness iterations, read at `grid` by interpolation; null where the
 * grid leaves the range of the risks. Refuses risks that are not strictly between 0 and 1, and an outcome of one class.
 * Cleveland 1979. R: `lowess(p, y, iter = 0)`.
 * Example: `lowessCalibration(risk, response, [0.1, 0.5, 0.9])`.
 */
export function lowessCalibration(
  predicted: NumericColumn,
  outcome: NumericColumn,
  grid: readonly number[],
  span = 2 / 3,
): Result<LowessCalibration> {
  const read = readPredicted(predicted, outcome);
  if (!read.ok) return read;
  if (!(span > 0 && span <= 1))
    return refuse({
      code: "fraction-out-of-range",
      message: "The span must lie between 0 and 1.",
      got: span,
      wanted: "0 < span ≤ 1",
      path: "span",
    });
  const { p, y } = read.value;
  const curve = lowess(p, y, span);
  return ok(
    {
      method: "lowess calibration curve",
      n: y.length,
      span,
      curve,
      grid,
      calibrated: grid.map((at) => interpolate(curve, at)),
    },
    missingWarning(read.value.missing, y.length),
  );
}
