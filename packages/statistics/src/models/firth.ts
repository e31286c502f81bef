import { type Issue, ok, type Result, warningIssue } from "@livermark/core";
import { chiSquareUpperTail, normalQuantile, normalTwoSided } from "../basic/distributions.js";
import { invertCholesky, toRows } from "../linear/index.js";
import { checkFraction, missingWarning, type NumericColumn } from "./columns.js";
import { columnWarnings, type ModelTerm, scaleDesign, unscaleCoefficients, unscaleCovariance } from "./design.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "./estimability.js";
import type { IterationFacts } from "./logistic.js";
import { type LogisticProblem, maximiseLogistic } from "./logistic-core.js";
import { logisticInput } from "./logistic-input.js";
import { profileLimits } from "./logistic-profile.js";
import type { Bound } from "./profile-limits.js";

/** One coefficient of Firth's regression. The profile limits and p are the ones to report; Wald is often too narrow. */
export type FirthCoefficient =
  | {
      readonly estimable: true;
      readonly name: string;
      readonly estimate: number;
      readonly standardError: number;
      readonly waldP: number;
      readonly oddsRatio: number;
      readonly wald: Limits;
      readonly profile: {
        readonly method: "profile penalised likelihood";
        readonly level: number;
        readonly low: Bound;
        readonly high: Bound;
        readonly p: number;
      };
    }
  | (NotEstimable & { readonly name: string });

/** Logistic regression with Jeffreys' penalty. */
export interface FirthFit {
  readonly method: "Firth logistic regression";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly coefficients: readonly FirthCoefficient[];
  readonly covariance: readonly (readonly number[])[];
  readonly penalisedLoglik: number;
  readonly convergence: IterationFacts;
}

/**
 * Firth's bias-reduced logistic regression, finite also under separation, with profile penalised-likelihood limits and
 * tests (the other coefficients are re-fitted under the full penalty at every value tried).
 * Refuses one-class outcomes. Sources: Firth 1993; Heinze and Schemper 2002.
 * Example: a completely separated x still has a finite odds ratio and a finite lower limit.
 */
export function firthRegression(
  outcome: { readonly name: string; readonly values: NumericColumn },
  terms: readonly ModelTerm[],
  options: { readonly weights?: NumericColumn; readonly level?: number } = {},
): Result<FirthFit> {
  const level = options.level ?? 0.95;
  const fraction = checkFraction(level, "level");
  if (!fraction.ok) return fraction;
  const prepared = logisticInput(outcome, terms, options.weights);
  if (!prepared.ok) return prepared;
  const input = prepared.value;
  const { design, y, weights, n, events } = input;
  const scaled = scaleDesign(design.columns, design.n, true);
  const { width } = scaled;
  const problem: LogisticProblem = { n: design.n, width, x: scaled.x, y, weights, firth: true };
  const state = maximiseLogistic(problem, new Float64Array(width), { maxIterations: 300, stepTolerance: 1e-12 });
  const issues: Issue[] = [...missingWarning(design.missing, design.n)];
  if (!state.converged) {
    issues.push(
      warningIssue({
        code: "not-converged",
        message: "Firth's regression did not converge.",
        got: `${state.iterations} iterations`,
        wanted: "a step below 1e-12",
        mend: "Use fewer covariates.",
      }),
    );
  }
  const dropped = state.decomposition.dropped.filter((k) => k > 0);
  issues.push(
    ...columnWarnings(
      design.names,
      scaled.constant,
      dropped.map((k) => k - 1),
    ),
  );
  const beta = unscaleCoefficients(scaled, state.beta);
  const covariance = unscaleCovariance(scaled, invertCholesky(state.decomposition));
  const errors = beta.map((_, k) => Math.sqrt(Math.max(0, covariance[k * width + k]!)));
  const estimable = Array.from(beta, (_, k) => !dropped.includes(k) && errors[k]! > 0);
  const profiles = profileLimits(input, estimable, beta, errors, 0, level, "exact", true);
  const z = normalQuantile(1 - (1 - level) / 2);
  const raw = scaleDesign(design.columns, design.n, true, false);
  const profileP = (k: number): number => {
    const start = beta.map((b, j) => (j === 0 ? b : b * raw.scale[j - 1]!));
    const free: LogisticProblem = { ...problem, x: raw.x };
    const best = maximiseLogistic(free, start).loglik;
    start[k] = 0;
    const without = maximiseLogistic({ ...free, held: k }, start, { maxIterations: 300 }).loglik;
    return chiSquareUpperTail(Math.max(0, 2 * (best - without)), 1);
  };
  const coefficients = Array.from(beta, (estimate, k): FirthCoefficient => {
    const name = k === 0 ? "(Intercept)" : design.names[k - 1]!;
    if (!estimable[k]) return { ...notEstimable("the column is constant or determined by earlier ones"), name };
    const se = errors[k]!;
    return {
      estimable: true,
      name,
      estimate,
      standardError: se,
      waldP: normalTwoSided(estimate / se),
      oddsRatio: Math.exp(estimate),
      wald: limits("Wald", level, estimate - z * se, estimate + z * se),
      profile: { method: "profile penalised likelihood", level, ...profiles[k]!, p: profileP(k) },
    };
  });
  // log|information| of the original columns = that of the scaled ones plus 2 log of every scale.
  let shift = 0;
  for (let j = 0; j < scaled.scale.length; j++) if (!dropped.includes(j + 1)) shift += Math.log(scaled.scale[j]!);
  return ok(
    {
      method: "Firth logistic regression",
      n,
      events,
      missing: design.missing,
      coefficients,
      covariance: toRows(covariance, width, width),
      penalisedLoglik: state.loglik + shift,
      convergence: { converged: state.converged, iterations: state.iterations },
    },
    issues,
  );
}
