import { type Issue, ok, type Result, warningIssue } from "@livermark/core";
import { chiSquareUpperTail, normalQuantile, normalTwoSided } from "../basic/distributions.js";
import { invertCholesky, toRows } from "../linear/index.js";
import { checkFraction, missingWarning, type NumericColumn } from "./columns.js";
import {
  columnWarnings,
  type Design,
  type ModelTerm,
  scaleDesign,
  unscaleCoefficients,
  unscaleCovariance,
} from "./design.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "./estimability.js";
import { type LogisticProblem, type LogisticState, leastSquaresStart, maximiseLogistic } from "./logistic-core.js";
import { logisticInput, nullLogLikelihood } from "./logistic-input.js";
import { profileLimits } from "./logistic-profile.js";
import { areaFromGroups, markerGroups, splitByOutcome } from "./marker-groups.js";
import type { Bound } from "./profile-limits.js";
import { type Separation, separationIssue, separationOf } from "./separation.js";

/** One coefficient of a logistic model; limits are on the coefficient's scale, exponentiate them for odds ratios. */
export type LogisticCoefficient =
  | {
      readonly estimable: true;
      readonly name: string;
      readonly reference: string | null;
      readonly estimate: number;
      readonly standardError: number;
      readonly z: number;
      readonly p: number;
      readonly oddsRatio: number;
      readonly wald: Limits;
      readonly profile: {
        readonly method: "profile likelihood" | "profile likelihood, interpolated as R does";
        readonly level: number;
        readonly low: Bound;
        readonly high: Bound;
      } | null;
    }
  | (NotEstimable & { readonly name: string; readonly reference: string | null });

export interface LikelihoodRatioTest {
  readonly chi2: number;
  readonly df: number;
  readonly p: number;
}

/** How an iterative fit ended. */
export interface IterationFacts {
  readonly converged: boolean;
  readonly iterations: number;
}

/** A maximum-likelihood logistic regression. */
export interface LogisticFit {
  readonly method: "logistic regression, maximum likelihood";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly coefficients: readonly LogisticCoefficient[];
  /** Rows and columns as `coefficients`; 0 where not estimable. */
  readonly covariance: readonly (readonly number[])[];
  readonly loglik: number;
  readonly nullLoglik: number;
  readonly aic: number;
  readonly bic: number;
  readonly modelDf: number;
  readonly residualDf: number;
  readonly likelihoodRatio: LikelihoodRatioTest;
  readonly r2: { readonly coxSnell: number; readonly nagelkerke: number; readonly mcFadden: number };
  readonly brier: number;
  readonly cStatistic: number;
  /** Fitted probability of each complete row; in the limit 0 or 1 where separation decides. */
  readonly fitted: Float64Array;
  readonly rows: Int32Array;
  readonly separation: Separation;
  readonly convergence: IterationFacts;
}

export interface LogisticOptions {
  /** Frequency weights: a row of weight 2 counts as two rows. Whole or fractional, not negative. */
  readonly weights?: NumericColumn;
  readonly level?: number;
  /**
   * Profile-likelihood limits cost several fits per coefficient; off by default. `exact` solves for them, `interpolated`
   * gives the numbers that R prints, which differ in the fourth or fifth digit.
   */
  readonly profile?: "none" | "exact" | "interpolated";
}

/** Area under the curve of fitted risks, frequency weights counted. */
function concordance(fitted: Float64Array, y: Float64Array, weights: Float64Array | null): number {
  if (weights === null) {
    const { cases, controls } = splitByOutcome(y, fitted, 1);
    return areaFromGroups(markerGroups(cases, controls));
  }
  const order = Array.from(fitted.keys()).sort((a, b) => fitted[a]! - fitted[b]!);
  let below = 0;
  let sum = 0;
  let cases = 0;
  for (let i = 0; i < order.length; ) {
    let c = 0;
    let k = 0;
    const value = fitted[order[i]!]!;
    for (; i < order.length && fitted[order[i]!] === value; i++) {
      const row = order[i]!;
      if (y[row] === 1) c += weights[row]!;
      else k += weights[row]!;
    }
    sum += c * (below + k / 2);
    below += k;
    cases += c;
  }
  return sum / (cases * below);
}

/**
 * Logistic regression by maximum likelihood, with Wald limits and, when asked, profile-likelihood limits.
 * Separated, constant and collinear columns come back as "not estimable" with an Issue that names them; under
 * quasi-separation the other coefficients are those of the limit, fitted on the rows that stay undecided.
 * Refuses one-class outcomes, unequal lengths, negative weights. Sources: McCullagh and Nelder 1989; Hosmer and
 * Lemeshow 2000; Venzon and Moolgavkar 1988; Albert and Anderson 1984.
 * Example: 2/12 of the exposed and 30/66 of the unexposed without event give an odds ratio of 4.17.
 */
export function logisticRegression(
  outcome: { readonly name: string; readonly values: NumericColumn },
  terms: readonly ModelTerm[],
  options: LogisticOptions = {},
): Result<LogisticFit> {
  const level = options.level ?? 0.95;
  const fraction = checkFraction(level, "level");
  if (!fraction.ok) return fraction;
  const prepared = logisticInput(outcome, terms, options.weights);
  if (!prepared.ok) return prepared;
  const input = prepared.value;
  const { design, y, weights, n, events } = input;
  const scaled = scaleDesign(design.columns, design.n, true);
  const problem: LogisticProblem = { n: design.n, width: scaled.width, x: scaled.x, y, weights };
  let state: LogisticState = maximiseLogistic(problem, leastSquaresStart(problem), {
    maxIterations: 30,
    relativeDeviance: 1e-14,
  });
  const issues: Issue[] = [...missingWarning(design.missing, design.n)];
  const separation: Separation =
    state.converged && !state.eta.some((e) => Math.abs(e) > 15)
      ? {
          separated: false,
          kind: "none",
          variables: [],
          limitDeviance: -2 * state.loglik,
          undecidedRows: [],
          iterations: state.iterations,
        }
      : separationOf(design, y);
  const unestimable = new Map<number, string>();
  if (separation.separated) {
    issues.push(separationIssue(separation, outcome.name));
    for (const k of runaway(design, separation)) unestimable.set(k, `separation by ${separation.variables.join(", ")}`);
    if (separation.kind === "quasi") state = limitFit(problem, separation);
  } else if (!state.converged) {
    issues.push(
      warningIssue({
        code: "not-converged",
        message: "The logistic fit did not converge; coefficients may be drifting.",
        got: `${state.iterations} iterations, last step ${Math.max(...state.lastStep.map(Math.abs))}`,
        wanted: "a step below 1e-10",
        mend: "Use fewer covariates, or Firth's penalised regression.",
      }),
    );
  }
  const dropped = state.decomposition.dropped.filter((k) => k > 0 && !unestimable.has(k));
  issues.push(
    ...columnWarnings(
      design.names,
      scaled.constant,
      dropped.map((k) => k - 1),
    ),
  );
  for (const k of dropped)
    unestimable.set(
      k,
      scaled.constant.includes(k - 1) ? "the column is constant" : "the column is determined by earlier ones",
    );

  const beta = unscaleCoefficients(scaled, state.beta);
  const covariance = unscaleCovariance(scaled, invertCholesky(state.workingDecomposition));
  const width = scaled.width;
  const z = normalQuantile(1 - (1 - level) / 2);
  const errors = beta.map((_, k) => Math.sqrt(Math.max(0, covariance[k * width + k]!)));
  const estimable = Array.from(beta, (_, k) => !unestimable.has(k) && errors[k]! > 0);
  const { profile = "none" } = options;
  const profiles =
    profile !== "none" && !separation.separated
      ? profileLimits(
          input,
          estimable,
          beta,
          errors,
          state.loglik,
          level,
          profile === "exact" ? "exact" : "interpolated",
          false,
        )
      : null;
  const referenceOf = (k: number): string | null =>
    design.terms.find((term) => term.columns.includes(k - 1))?.reference ?? null;
  const coefficients = Array.from(beta, (estimate, k): LogisticCoefficient => {
    const name = k === 0 ? "(Intercept)" : design.names[k - 1]!;
    if (!estimable[k])
      return { ...notEstimable(unestimable.get(k) ?? "no information"), name, reference: referenceOf(k) };
    const se = errors[k]!;
    return {
      estimable: true,
      name,
      reference: referenceOf(k),
      estimate,
      standardError: se,
      z: estimate / se,
      p: normalTwoSided(estimate / se),
      oddsRatio: Math.exp(estimate),
      wald: limits("Wald", level, estimate - z * se, estimate + z * se),
      profile:
        profiles === null
          ? null
          : {
              method: profile === "exact" ? "profile likelihood" : "profile likelihood, interpolated as R does",
              level,
              ...profiles[k]!,
            },
    };
  });
  const loglik = separation.separated ? -separation.limitDeviance / 2 : state.loglik;
  const nullLoglik = nullLogLikelihood(n, events);
  const modelDf = width - 1 - scaled.constant.length - dropped.filter((k) => !scaled.constant.includes(k - 1)).length;
  const coxSnell = -Math.expm1((2 * (nullLoglik - loglik)) / n);
  const fitted = state.eta.map((e) => (e >= 0 ? 1 / (1 + Math.exp(-e)) : Math.exp(e) / (1 + Math.exp(e))));
  if (separation.separated) {
    const undecided = new Set(separation.undecidedRows);
    for (let i = 0; i < y.length; i++) if (!undecided.has(i)) fitted[i] = y[i]!;
  }
  let brier = 0;
  for (let i = 0; i < y.length; i++) brier += (weights === null ? 1 : weights[i]!) * (y[i]! - fitted[i]!) ** 2;
  const chi2 = Math.max(0, 2 * (loglik - nullLoglik));
  return ok(
    {
      method: "logistic regression, maximum likelihood",
      n,
      events,
      missing: design.missing,
      coefficients,
      covariance: toRows(covariance, width, width),
      loglik,
      nullLoglik,
      aic: -2 * loglik + 2 * (modelDf + 1),
      bic: -2 * loglik + Math.log(n) * (modelDf + 1),
      modelDf,
      residualDf: n - modelDf - 1,
      likelihoodRatio: { chi2, df: modelDf, p: modelDf === 0 ? 1 : chiSquareUpperTail(chi2, modelDf) },
      r2: { coxSnell, nagelkerke: coxSnell / -Math.expm1((2 * nullLoglik) / n), mcFadden: 1 - loglik / nullLoglik },
      brier: brier / n,
      cStatistic: concordance(fitted, y, weights),
      fitted,
      rows: design.rows,
      separation,
      convergence: { converged: state.converged && !separation.separated, iterations: state.iterations },
    },
    issues,
  );
}

/** Coefficients (intercept = 0) that a separation leaves without a finite value. */
function runaway(design: Design, separation: Separation): number[] {
  if (separation.kind === "complete") return [0, ...design.names.map((_, j) => j + 1)];
  return design.names.flatMap((name, j) => (separation.variables.includes(name) ? [j + 1] : []));
}

/** The finite part of a quasi-separated fit: rows that stay undecided, starting from zero. */
function limitFit(problem: LogisticProblem, separation: Separation): LogisticState {
  const weights = new Float64Array(problem.n);
  for (const i of separation.undecidedRows) weights[i] = problem.weights === null ? 1 : problem.weights[i]!;
  return maximiseLogistic({ ...problem, weights }, new Float64Array(problem.width));
}
