import { ok, type Result, refuse } from "@livermark/core";
import { type Limits, limits } from "../models/estimability.js";
import { normalQuantile, normalTwoSided, studentQuantile, studentTwoSided } from "./distributions.js";
import { mean, variance } from "./moments.js";

/** One estimate pooled over imputed data sets. */
export interface PooledEstimate {
  readonly method: "Rubin's rules";
  readonly imputations: number;
  readonly estimate: number;
  /** Mean variance within, variance between, and total variance T = within + (1 + 1/m) between. */
  readonly within: number;
  readonly between: number;
  readonly total: number;
  readonly standardError: number;
  /** Degrees of freedom of Barnard and Rubin 1999; Infinity when the estimates agree and the complete-data df are infinite. */
  readonly df: number;
  /** Degrees of freedom of Rubin 1987; Infinity when the estimates agree. */
  readonly dfRubin1987: number;
  /** Relative increase in variance r, share of variance due to missingness λ, and fraction of missing information γ. */
  readonly relativeIncrease: number;
  readonly lambda: number;
  readonly fractionMissing: number;
  readonly interval: Limits;
  readonly p: number;
}

/**
 * Pools m ≥ 2 estimates with their squared standard errors (Rubin 1987); Barnard–Rubin degrees of freedom from the degrees of
 * freedom of the complete data (`completeDf`, default infinite). Equal estimates give r = λ = 0, without dividing by zero.
 * Refuses unequal lengths, m < 2 and variances that are not positive. R: `mice::pool.scalar(q, u, n, k)` with completeDf = n − k.
 * Example: `poolEstimates([0.5, 0.6], [0.04, 0.05]).value.estimate` is 0.55.
 */
export function poolEstimates(
  estimates: readonly number[],
  variances: readonly number[],
  options: { readonly completeDf?: number; readonly level?: number } = {},
): Result<PooledEstimate> {
  const { completeDf = Number.POSITIVE_INFINITY, level = 0.95 } = options;
  const m = estimates.length;
  if (m < 2 || variances.length !== m) {
    return refuse({
      code: "unequal-lengths",
      message: "Pooling needs one estimate and one variance per imputation, at least 2.",
      got: `${m} estimates, ${variances.length} variances`,
      wanted: "equal lengths of at least 2",
    });
  }
  const bad = variances.findIndex((v, i) => !(v > 0 && Number.isFinite(v) && Number.isFinite(estimates[i]!)));
  if (bad >= 0) {
    return refuse({
      code: "not-estimable",
      message: `Imputation ${bad + 1} has no usable estimate or variance.`,
      got: `${estimates[bad]} with variance ${variances[bad]}`,
      wanted: "a finite estimate with a variance above 0",
      mend: "Check the model in that imputed data set.",
    });
  }
  if (!(completeDf > 0))
    return refuse({
      code: "design-out-of-range",
      message: "The complete-data degrees of freedom must be positive.",
      got: completeDf,
      wanted: "above 0",
      path: "completeDf",
    });
  const estimate = mean(estimates);
  const within = mean(variances);
  const spread = variance(estimates);
  const between = spread <= (4 * Number.EPSILON * Math.abs(estimate)) ** 2 ? 0 : spread;
  const extra = (1 + 1 / m) * between;
  const total = within + extra;
  const relativeIncrease = extra / within;
  const lambda = extra / total;
  const dfRubin1987 = between === 0 ? Number.POSITIVE_INFINITY : (m - 1) / lambda ** 2;
  const observed = Number.isFinite(completeDf)
    ? ((completeDf + 1) / (completeDf + 3)) * completeDf * (1 - lambda)
    : completeDf;
  const df = 1 / (1 / dfRubin1987 + 1 / observed);
  const standardError = Math.sqrt(total);
  const t = estimate / standardError;
  const quantile = Number.isFinite(df) ? studentQuantile((1 + level) / 2, df) : normalQuantile((1 + level) / 2);
  return ok({
    method: "Rubin's rules",
    imputations: m,
    estimate,
    within,
    between,
    total,
    standardError,
    df,
    dfRubin1987,
    relativeIncrease,
    lambda,
    fractionMissing: Number.isFinite(df) ? (relativeIncrease + 2 / (df + 3)) / (relativeIncrease + 1) : lambda,
    interval: limits(
      "Student t, Barnard-Rubin",
      level,
      estimate - quantile * standardError,
      estimate + quantile * standardError,
    ),
    p: Number.isFinite(df) ? studentTwoSided(t, df) : normalTwoSided(t),
  });
}
