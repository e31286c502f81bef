import { invertCholesky } from "../linear/index.js";
import { maximiseCox } from "../survival/cox-fit.js";
import { evaluateCox } from "../survival/cox-likelihood.js";
import type { CoxRows } from "../survival/cox-risk-sets.js";
import { type CoxSample, coxRows } from "./cox-sample.js";
import { type Design, scaleDesign, unscaleCoefficients, unscaleCovariance } from "./design.js";
import { evaluateLogistic, type LogisticProblem, leastSquaresStart, maximiseLogistic } from "./logistic-core.js";
import { separationOf } from "./separation.js";

/** The likelihood of every model over subsets of the design's columns. */
export interface Likelihood {
  readonly lead: 0 | 1;
  readonly maximise: (columns: readonly number[]) => {
    beta: Float64Array;
    covariance: Float64Array;
    rank: number;
    loglik: number;
    converged: boolean;
    withoutEstimate: ReadonlyMap<number, string>;
  };
  readonly evaluate: (
    columns: readonly number[],
    beta: Float64Array,
  ) => { loglik: number; score: Float64Array; information: Float64Array };
  /** Coefficients and covariance on the scale of the data. */
  readonly original: (
    columns: readonly number[],
    beta: Float64Array,
    covariance: Float64Array,
  ) => { beta: Float64Array; covariance: Float64Array };
}

const reasons = (dropped: readonly number[], drifting: readonly number[]): ReadonlyMap<number, string> =>
  new Map([
    ...drifting.map((k) => [k, "the coefficient drifts (separation or monotone likelihood)"] as const),
    ...dropped.map((k) => [k, "the column is constant or determined by earlier ones"] as const),
  ]);

/** Logistic models; the intercept leads. */
export function logisticLikelihood(design: Design, y: Float64Array): Likelihood {
  const scaledOf = (columns: readonly number[]) =>
    scaleDesign(
      columns.map((c) => design.columns[c]!),
      design.n,
      true,
    );
  const problemOf = (columns: readonly number[]): LogisticProblem => {
    const { x, width } = scaledOf(columns);
    return { n: design.n, width, x, y, weights: null };
  };
  /** Positions of the coefficients that separate the classes; all where no column is named. */
  const separatingColumns = (columns: readonly number[]): number[] => {
    const { n, names } = design;
    const part = { n, names: columns.map((c) => names[c]!), columns: columns.map((c) => design.columns[c]!) };
    const { variables } = separationOf(part, y);
    const all = columns.map((_, k) => k + 1);
    const named = all.filter((k) => variables.includes(part.names[k - 1]!));
    return named.length > 0 ? named : all;
  };
  return {
    lead: 1,
    maximise: (columns) => {
      const problem = problemOf(columns);
      const state = maximiseLogistic(problem, leastSquaresStart(problem), { relativeDeviance: 1e-14 });
      return {
        beta: state.beta,
        covariance: invertCholesky(state.workingDecomposition),
        rank: state.decomposition.rank,
        loglik: state.loglik,
        converged: state.converged,
        withoutEstimate: reasons(state.decomposition.dropped, state.converged ? [] : separatingColumns(columns)),
      };
    },
    evaluate: (columns, beta) => evaluateLogistic(problemOf(columns), beta),
    original: (columns, beta, covariance) => {
      const scaled = scaledOf(columns);
      return { beta: unscaleCoefficients(scaled, beta), covariance: unscaleCovariance(scaled, covariance) };
    },
  };
}

/** Cox models of follow-up sorted once. */
export function coxLikelihood(design: Design, sample: CoxSample, ties: "efron" | "breslow"): Likelihood {
  const scaledOf = (columns: readonly number[]) =>
    scaleDesign(
      columns.map((c) => design.columns[c]!),
      design.n,
      false,
    );
  const rowsOf = (columns: readonly number[]): CoxRows => {
    const { x, width } = scaledOf(columns);
    return coxRows(sample, x, width);
  };
  return {
    lead: 0,
    maximise: (columns) => {
      const fit = maximiseCox(rowsOf(columns), { ties, maxIterations: 50, tolerance: 1e-9 });
      return {
        beta: fit.beta,
        covariance: fit.variance,
        rank: fit.rank,
        loglik: fit.at.logLikelihood,
        converged: fit.convergence.converged,
        withoutEstimate: reasons(
          fit.dropped,
          fit.convergence.converged
            ? []
            : fit.diverging.length > 0
              ? fit.diverging.map(({ column }) => column)
              : columns.map((_, k) => k),
        ),
      };
    },
    evaluate: (columns, beta) => {
      const { logLikelihood, score, information } = evaluateCox(rowsOf(columns), beta, ties);
      return { loglik: logLikelihood, score, information };
    },
    original: (columns, beta, covariance) => {
      const scaled = scaledOf(columns);
      return { beta: unscaleCoefficients(scaled, beta), covariance: unscaleCovariance(scaled, covariance) };
    },
  };
}
