import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { chiSquareUpperTail, normalQuantile, normalTwoSided } from "../basic/distributions.js";
import { cholesky, solveCholesky, toRows } from "../linear/index.js";
import { notEstimable } from "../models/estimability.js";
import { type CoxColumns, type CoxCovariate, type CoxData, prepareCox } from "./cox-data.js";
import { type Convergence, maximiseCox } from "./cox-fit.js";
import { type CoefficientNotEstimable, fitIssues, REASONS, reasonOf } from "./cox-issues.js";
import { robustScoreStatistic, robustVariance, rowResiduals } from "./cox-residuals.js";
import { linearPredictors, type TieMethod } from "./cox-risk-sets.js";
import { type Estimate, refuseLevel } from "./kaplan-meier.js";
import type { ChiSquareTest } from "./log-rank.js";
import { countPairs, influenceProduct } from "./pair-counts.js";

export interface CoxOptions {
  /** "efron" unless given (R); SPSS uses "breslow". */
  readonly ties?: TieMethod;
  /** Sandwich variance; true when clusters are given, else false. */
  readonly robust?: boolean;
  readonly level?: number;
  readonly maxIterations?: number;
  /** Relative change of the log likelihood that ends the search; 1e-9 unless given, as in R. */
  readonly tolerance?: number;
  /** Concordance of the linear predictor; true unless given. */
  readonly concordance?: boolean;
}

export interface CoxCoefficient extends Omit<CoxCovariate, "values"> {
  /** Null when not estimable; `notEstimable` says why. */
  readonly coefficient: Estimate;
  readonly standardError: Estimate;
  /** From the information, when `standardError` is robust; else null. */
  readonly naiveStandardError: Estimate;
  readonly z: Estimate;
  /** Two-sided Wald p, from the upper tail. */
  readonly p: Estimate;
  /** Per one unit of the covariate, or against the reference level. */
  readonly hazardRatio: Estimate;
  readonly lower: Estimate;
  readonly upper: Estimate;
  readonly notEstimable: CoefficientNotEstimable | null;
}

export interface CoxModel {
  readonly method: "cox";
  readonly ties: TieMethod;
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  /** Number of strata; 1 when there are none. */
  readonly strata: number;
  readonly level: number;
  readonly intervalType: "wald";
  readonly varianceType: "information" | "robust" | "cluster-robust";
  readonly coefficients: readonly CoxCoefficient[];
  /** Covariance of the coefficients as `varianceType` says; zeros for those that are not estimable. */
  readonly covariance: readonly (readonly number[])[];
  readonly logLikelihoodNull: number;
  readonly logLikelihood: number;
  readonly aic: number;
  /** With the logarithm of the number of events. */
  readonly bic: number;
  readonly likelihoodRatio: ChiSquareTest;
  /** Null when a coefficient diverges: the Wald test then says nothing. */
  readonly wald: ChiSquareTest | null;
  readonly score: ChiSquareTest;
  readonly robustScore: ChiSquareTest | null;
  /** Share of pairs in which the higher linear predictor fails first. */
  readonly concordance: { readonly value: Estimate; readonly standardError: Estimate } | null;
  readonly convergence: Convergence;
  /** Covariate values to which centred predictions refer (weighted means; 0 for columns of −1, 0, 1). */
  readonly means: readonly number[];
  readonly issues: readonly Issue[];
}

/** A model with what residuals, tests of proportionality and predictions need. */
export interface FittedCox {
  readonly data: CoxData;
  readonly model: CoxModel;
  /** Coefficients of the standardised covariates; 0 where dropped, the last finite value where diverging. */
  readonly beta: Float64Array;
  /** Inverse information of the standardised covariates. */
  readonly informationVariance: Float64Array;
  /** The variance that the model reports, standardised. */
  readonly variance: Float64Array;
}

const chiSquare = (value: number, df: number): ChiSquareTest => ({
  chiSquare: value,
  df,
  p: df === 0 ? 1 : chiSquareUpperTail(Math.max(0, value), df),
});

/** Wald statistic β' V⁻ β over the columns that are estimable. */
function waldStatistic(beta: Float64Array, variance: Float64Array): { value: number; rank: number } {
  const factor = cholesky(variance, beta.length);
  const solution = solveCholesky(factor, beta);
  return { value: beta.reduce((sum, b, j) => sum + b * solution[j]!, 0), rank: factor.rank };
}

function concordanceOf(data: CoxData, beta: Float64Array): CoxModel["concordance"] {
  const counts = countPairs(data, linearPredictors(data, beta), "harrell");
  if (!Number.isFinite(counts.value)) return { value: null, standardError: null };
  const variance = influenceProduct(counts.influence, counts.influence, data.clusters);
  return { value: 1 - counts.value, standardError: variance > 1e-30 ? Math.sqrt(variance) : null };
}

/**
 * Fits a prepared Cox model; see `coxRegression`. Use it with `prepareCox` to keep what residuals and predictions need.
 * Refuses a level outside (0, 1), and exact ties with weights or a robust variance.
 * Example: `fitCox(data, { ties: "breslow" })`.
 */
export function fitCox(data: CoxData, options: CoxOptions = {}): Result<FittedCox> {
  const ties = options.ties ?? "efron";
  const level = options.level ?? 0.95;
  const robust = options.robust ?? data.clusters !== null;
  if (!(level > 0 && level < 1)) return refuseLevel(level);
  if (ties === "exact" && (robust || data.weights !== null)) {
    return refuse({
      code: "exact-ties-unsupported",
      message: "The exact likelihood for ties has no case weights and no robust variance.",
      wanted: "ties efron or breslow",
    });
  }
  const { p, scale, n } = data;
  const maximum = maximiseCox(data, {
    ties,
    maxIterations: options.maxIterations ?? 50,
    tolerance: options.tolerance ?? 1e-9,
  });
  const { beta, variance: informationVariance } = maximum;
  let variance = informationVariance;
  let robustScore: ChiSquareTest | null = null;
  if (robust && p > 0) {
    variance = robustVariance(data, rowResiduals(data, beta, ties).score, informationVariance);
    const atZero = rowResiduals(data, new Float64Array(p), ties).score;
    robustScore = chiSquare(robustScoreStatistic(data, atZero), maximum.rank);
  }
  const z = normalQuantile(1 - (1 - level) / 2);
  const coefficients = data.covariates.map((covariate, j): CoxCoefficient => {
    const reason = reasonOf(data, maximum, j) ?? (variance[j * p + j]! > 0 ? null : "no-variance");
    if (reason !== null) {
      return {
        ...covariate,
        coefficient: null,
        standardError: null,
        naiveStandardError: null,
        z: null,
        p: null,
        hazardRatio: null,
        lower: null,
        upper: null,
        notEstimable: { ...notEstimable(REASONS[reason]), reason },
      };
    }
    const coefficient = beta[j]! / scale[j]!;
    const standardError = Math.sqrt(variance[j * p + j]!) / scale[j]!;
    const ratio = coefficient / standardError;
    return {
      ...covariate,
      coefficient,
      standardError,
      naiveStandardError: robust ? Math.sqrt(informationVariance[j * p + j]!) / scale[j]! : null,
      z: ratio,
      p: normalTwoSided(ratio),
      hazardRatio: Math.exp(coefficient),
      lower: Math.exp(coefficient - z * standardError),
      upper: Math.exp(coefficient + z * standardError),
      notEstimable: null,
    };
  });
  const logLikelihoodNull = maximum.null.logLikelihood;
  const { logLikelihood } = maximum.at;
  const df = maximum.rank;
  const wald = waldStatistic(beta, variance);
  const issues = fitIssues(data, maximum, robust || data.weights !== null);
  for (const { name, notEstimable: why } of coefficients) {
    if (why?.reason === "no-variance")
      issues.push(
        warningIssue({
          code: "no-variance",
          message: `The robust variance of ${name} is zero, so that it has neither test nor interval.`,
          mend: "Use the variance from the information, or more clusters.",
          where: { column: name },
        }),
      );
  }
  const model: CoxModel = {
    method: "cox",
    ties,
    n,
    events: data.events,
    missing: data.missing,
    strata: data.strataStarts.length - 1,
    level,
    intervalType: "wald",
    varianceType: robust ? (data.clusters === null ? "robust" : "cluster-robust") : "information",
    coefficients,
    covariance: toRows(
      variance.map((v, index) => {
        const [i, j] = [Math.floor(index / p), index % p];
        const known = coefficients[i]!.notEstimable === null && coefficients[j]!.notEstimable === null;
        return known ? v / (scale[i]! * scale[j]!) : 0;
      }),
      p,
      p,
    ),
    logLikelihoodNull,
    logLikelihood,
    aic: 2 * df - 2 * logLikelihood,
    bic: df * Math.log(data.events) - 2 * logLikelihood,
    likelihoodRatio: chiSquare(2 * (logLikelihood - logLikelihoodNull), df),
    wald: maximum.diverging.length > 0 || wald.rank === 0 ? null : chiSquare(wald.value, wald.rank),
    score: chiSquare(maximum.scoreStatistic, df),
    robustScore,
    concordance: options.concordance === false ? null : concordanceOf(data, beta),
    convergence: maximum.convergence,
    means: Array.from(data.means),
    issues,
  };
  return ok({ data, model, beta, informationVariance, variance }, issues);
}

/**
 * Cox proportional hazards regression: Efron, Breslow or exact ties, strata, case weights, offset, delayed entry and
 * time-varying covariates (counting-process rows with `entry`), sandwich variance by row or cluster.
 * Columns: time and entry in one unit, event 1/0, numeric covariates (`dummyCovariates` codes a factor); rows with a
 * missing value are left out and counted. A coefficient that is constant, collinear or that diverges (monotone
 * likelihood) is null with its reason and an Issue; the other numbers stay.
 * Refuses what `readSurvival` refuses, no events, and weights or robust variance with exact ties.
 * Not to be trusted when hazards are not proportional: see `coxZph`.
 * Sources: Cox 1972; Efron 1977; Breslow 1974; Lin and Wei 1989; Therneau and Grambsch 2000.
 * Example: `coxRegression({ time, event, covariates: [{ name: "age", values: age }] })`.
 */
export function coxRegression(columns: CoxColumns, options: CoxOptions = {}): Result<CoxModel> {
  const data = prepareCox(columns);
  if (!data.ok) return data;
  const fitted = fitCox(data.value, options);
  return fitted.ok ? ok(fitted.value.model, fitted.issues) : fitted;
}
