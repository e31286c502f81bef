import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { normalQuantile, normalTwoSided } from "../basic/distributions.js";
import { cholesky, dot, invertCholesky, multiply, solveCholesky, toRows } from "../linear/index.js";
import { type CompetingColumns, type CompetingRows, readCompeting } from "./competing-risks.js";
import type { CoxCovariate } from "./cox-data.js";
import { censoringBefore, evaluate, influences, type State } from "./fine-gray-sums.js";
import { type Estimate, refuseLevel } from "./kaplan-meier.js";

export interface FineGrayColumns extends Omit<CompetingColumns, "group" | "strata"> {
  readonly covariates: readonly CoxCovariate[];
}

export interface FineGrayOptions {
  /** The cause of interest; 1 unless given. */
  readonly cause?: number;
  readonly level?: number;
  readonly maxIterations?: number;
}

export interface FineGray {
  readonly method: "Fine-Gray subdistribution hazards";
  readonly cause: number;
  readonly ties: "breslow";
  readonly n: number;
  readonly events: number;
  readonly competingEvents: number;
  readonly censored: number;
  readonly missing: number;
  readonly level: number;
  readonly coefficients: readonly (Omit<CoxCovariate, "values"> & {
    readonly coefficient: Estimate;
    /** Robust: allows for the estimated censoring distribution. */
    readonly standardError: Estimate;
    readonly z: Estimate;
    readonly p: Estimate;
    readonly subdistributionHazardRatio: Estimate;
    readonly lower: Estimate;
    readonly upper: Estimate;
  })[];
  readonly covariance: readonly (readonly number[])[];
  readonly logLikelihoodNull: number;
  readonly logLikelihood: number;
  readonly converged: boolean;
  readonly iterations: number;
  readonly issues: readonly Issue[];
}

function prepareState(rows: CompetingRows, covariates: readonly CoxCovariate[], interest: number) {
  const { n } = rows;
  const p = covariates.length;
  const x = new Float64Array(n * p);
  const centre = new Float64Array(p);
  const scale = new Float64Array(p);
  covariates.forEach(({ values }, j) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[rows.rows[i]!]!;
    const mean = sum / n;
    let squares = 0;
    for (let i = 0; i < n; i++) squares += (values[rows.rows[i]!]! - mean) ** 2;
    const spread = Math.sqrt(squares / n);
    centre[j] = mean;
    scale[j] = spread > 1e-13 * Math.abs(mean) ? spread : 1;
    for (let i = 0; i < n && spread > 1e-13 * Math.abs(mean); i++) {
      x[i * p + j] = (values[rows.rows[i]!]! - mean) / spread;
    }
  });
  const state: State = { n, p, time: rows.time, cause: rows.cause, interest, x, g: censoringBefore(rows) };
  return { state, scale };
}

/**
 * Regression on the subdistribution hazard of one cause, others competing: rows that had a competing event stay at risk
 * with weights from the Kaplan–Meier estimate of censoring. Ties by Breslow; robust variance with the censoring term.
 * Refuses what `cumulativeIncidence` refuses, no covariate, and no event of the cause.
 * Not a model of the cause-specific hazard: give both. Source: Fine and Gray 1999.
 * Example: `fineGray({ time, cause, covariates: [{ name: "age", values: age }] })`.
 */
export function fineGray(columns: FineGrayColumns, options: FineGrayOptions = {}): Result<FineGray> {
  const interest = options.cause ?? 1;
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  if (columns.covariates.length === 0) {
    return refuse({ code: "no-covariate", message: "A Fine–Gray model needs at least one covariate." });
  }
  const read = readCompeting(
    columns,
    columns.covariates.map((covariate) => covariate.values),
  );
  if (!read.ok) return read;
  const rows = read.value;
  const count = (test: (cause: number) => boolean): number => rows.cause.reduce((sum, c) => sum + (test(c) ? 1 : 0), 0);
  const events = count((cause) => cause === interest);
  if (events === 0) {
    return refuse({
      code: "no-events",
      message: `No row has an event of cause ${interest}.`,
      got: `causes ${rows.causes.join(", ")}`,
      wanted: `at least one event of cause ${interest}`,
    });
  }
  const { state, scale } = prepareState(rows, columns.covariates, interest);
  const { n, p, x } = state;
  const riskOf = (beta: Float64Array): Float64Array => {
    const risk = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let eta = 0;
      for (let j = 0; j < p; j++) eta += beta[j]! * x[i * p + j]!;
      risk[i] = Math.exp(eta);
    }
    return risk;
  };
  let beta = new Float64Array(p);
  let risk = riskOf(beta);
  let now = evaluate(state, risk);
  const logLikelihoodNull = now.logLikelihood;
  let factor = cholesky(now.information, p);
  const { dropped } = factor;
  let iterations = 0;
  let decrement = Number.POSITIVE_INFINITY;
  while (iterations < (options.maxIterations ?? 50)) {
    const step = solveCholesky(factor, now.score);
    decrement = dot(step, now.score);
    if (!(decrement > 1e-17)) break;
    let scaleOfStep = 1;
    let next = beta;
    let candidate = now;
    for (; scaleOfStep > 1e-6; scaleOfStep /= 2) {
      next = beta.map((b, j) => b + scaleOfStep * step[j]!);
      risk = riskOf(next);
      candidate = evaluate(state, risk);
      if (candidate.logLikelihood >= now.logLikelihood - 1e-9 * Math.abs(now.logLikelihood)) break;
    }
    iterations++;
    beta = next;
    now = candidate;
    factor = cholesky(now.information, p);
  }
  const converged = decrement <= 1e-10 && factor.dropped.length === dropped.length;
  const inverse = invertCholesky(factor);
  const dfbeta = multiply(influences(state, risk, now.at), inverse, n, p, p);
  const covariance = new Float64Array(p * p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) {
      for (let k = 0; k < p; k++) {
        covariance[j * p + k]! += (dfbeta[i * p + j]! * dfbeta[i * p + k]!) / (scale[j]! * scale[k]!);
      }
    }
  }
  const z = normalQuantile(1 - (1 - level) / 2);
  const issues = [...rows.issues];
  if (!converged) {
    issues.push(
      warningIssue({
        code: "no-convergence",
        message: "The Fine–Gray fit did not settle: a covariate may separate the events, so no coefficient is given.",
        got: `${iterations} steps`,
      }),
    );
  }
  return ok(
    {
      method: "Fine-Gray subdistribution hazards",
      cause: interest,
      ties: "breslow",
      n,
      events,
      competingEvents: count((cause) => cause !== 0 && cause !== interest),
      censored: count((cause) => cause === 0),
      missing: rows.missing,
      level,
      coefficients: columns.covariates.map(({ values: _, ...covariate }, j) => {
        if (!converged || dropped.includes(j)) {
          const none = { coefficient: null, standardError: null, z: null, p: null };
          return { ...covariate, ...none, subdistributionHazardRatio: null, lower: null, upper: null };
        }
        const coefficient = beta[j]! / scale[j]!;
        const standardError = Math.sqrt(covariance[j * p + j]!);
        return {
          ...covariate,
          coefficient,
          standardError,
          z: coefficient / standardError,
          p: normalTwoSided(coefficient / standardError),
          subdistributionHazardRatio: Math.exp(coefficient),
          lower: Math.exp(coefficient - z * standardError),
          upper: Math.exp(coefficient + z * standardError),
        };
      }),
      covariance: toRows(covariance, p, p),
      logLikelihoodNull,
      logLikelihood: now.logLikelihood,
      converged,
      iterations,
      issues,
    },
    issues,
  );
}
