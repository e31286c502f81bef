import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import {
  completeRows,
  countEvents,
  countFollowUpEvents,
  missingWarning,
  type NamedColumn,
  type NumericColumn,
} from "./columns.js";
import { type CoxSample, sortFollowUp } from "./cox-sample.js";
import { columnWarnings } from "./design.js";
import { standardiseColumns } from "./lasso-columns.js";
import { binomialLoss, coxLoss, gaussianLoss, type LassoLoss } from "./lasso-loss.js";
import { lassoPath, type StandardPath } from "./lasso-path.js";
import { sortFollowUpUnstably } from "./singleton-order.js";

/** What a penalised regression explains. */
export type LassoResponse =
  | { readonly family: "gaussian" | "binomial"; readonly outcome: NamedColumn }
  | { readonly family: "cox"; readonly time: NamedColumn; readonly event: NamedColumn };

export interface LassoOptions {
  /** 1 = LASSO (default), between 0 and 1 = elastic net. */
  readonly alpha?: number;
  /** Penalties to use instead of the default path. */
  readonly lambda?: readonly number[];
  readonly lambdaCount?: number;
  /** Penalties act on covariates divided by their SD (divisor n); default true. Coefficients come back unscaled. */
  readonly standardise?: boolean;
  /** Relative penalty of each covariate, 0 = never penalised; rescaled to mean 1. */
  readonly penaltyFactors?: readonly number[];
  /** Default 1e-7. */
  readonly threshold?: number;
  readonly tiedCensoring?: TiedCensoring;
}

/**
 * Whether a patient censored at the very time of a death is in that death's risk set. `at-risk` (default): yes, as
 * everywhere in survival analysis. `as-glmnet`: as the order of an unstable sort happens to put it, to repeat R's numbers.
 */
export type TiedCensoring = "at-risk" | "as-glmnet";

/** Sorts follow-up under one of the two rules. */
export const sortedAs = (rule: TiedCensoring, time: Float64Array, event: Float64Array): CoxSample =>
  rule === "at-risk" ? sortFollowUp(time, event) : sortFollowUpUnstably(time, event);

/** Coefficients over the penalties. */
export interface LassoFit {
  readonly method: "LASSO" | "elastic net";
  readonly family: "gaussian" | "binomial" | "cox";
  readonly alpha: number;
  readonly n: number;
  readonly events: number | null;
  readonly missing: number;
  readonly terms: readonly string[];
  readonly hasIntercept: boolean;
  readonly lambda: Float64Array;
  /** Intercept at each penalty; zeros in Cox models. */
  readonly intercepts: Float64Array;
  /** One array of p coefficients (scale of the data) per penalty. */
  readonly coefficients: readonly Float64Array[];
  readonly nonZero: Int32Array;
  readonly devianceRatio: Float64Array;
  readonly nullDeviance: number;
  readonly passes: number;
  readonly converged: boolean;
}

/** Checked columns of a penalised regression; for Cox models the rows are in sorted order. */
export interface LassoData {
  readonly family: "gaussian" | "binomial" | "cox";
  readonly n: number;
  readonly events: number | null;
  readonly missing: number;
  readonly terms: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly y: Float64Array;
  readonly time: Float64Array | null;
  readonly rows: Int32Array;
  readonly issues: readonly Issue[];
}

/** Checks the response and the covariates; rows with a missing value are left out. */
export function lassoData(response: LassoResponse, covariates: readonly NamedColumn[]): Result<LassoData> {
  if (covariates.length === 0)
    return refuse({ code: "no-candidates", message: "There is no covariate.", got: 0, wanted: "at least one" });
  const others = response.family === "cox" ? [response.event, response.time] : [response.outcome];
  const complete = completeRows([...others, ...covariates]);
  if (!complete.ok) return complete;
  const [y] = complete.value.columns;
  const n = y!.length;
  if (n < 3)
    return refuse({
      code: "too-few-rows",
      message: "A penalised regression needs at least three complete rows.",
      got: n,
      wanted: "3 or more",
    });
  let events: number | null = null;
  if (response.family === "binomial") {
    const counted = countEvents(y!, response.outcome.name);
    if (!counted.ok) return counted;
    events = counted.value;
  } else if (response.family === "cox") {
    const counted = countFollowUpEvents(y!, response.event.name);
    if (!counted.ok) return counted;
    events = counted.value;
  } else if (y!.every((value) => value === y![0])) {
    return refuse({
      code: "constant-outcome",
      message: `Outcome ${response.outcome.name} has the same value in every row.`,
      got: y![0],
      wanted: "an outcome that varies",
      where: { column: response.outcome.name },
    });
  }
  const columns = complete.value.columns.slice(others.length);
  const constant = columns.flatMap((column, j) => (column.every((value) => value === column[0]) ? [j] : []));
  const terms = covariates.map((column) => column.name);
  return ok({
    family: response.family,
    n,
    events,
    missing: complete.value.missing,
    terms,
    columns,
    y: y!,
    time: response.family === "cox" ? complete.value.columns[1]! : null,
    rows: complete.value.rows,
    issues: [...missingWarning(complete.value.missing, n), ...columnWarnings(terms, constant, [])],
  });
}

/** The path on a subset of rows, coefficients on the scale of the data. */
export interface RowsPath extends StandardPath {
  readonly nullDeviance: number;
  readonly n: number;
  /** Sorted follow-up of the rows used, for Cox models. */
  readonly sample: CoxSample | null;
}

function populationSd(y: Float64Array): number {
  let mean = 0;
  for (const value of y) mean += value / y.length;
  let square = 0;
  for (const value of y) square += (value - mean) ** 2;
  return square === 0 ? 1 : Math.sqrt(square / y.length);
}

/** Fits the path on the given rows. */
export function pathOnRows(data: LassoData, rows: ArrayLike<number>, options: LassoOptions): RowsPath {
  const p = data.columns.length;
  let used: ArrayLike<number> = rows;
  let sample: CoxSample | null = null;
  let loss: LassoLoss;
  const y = Float64Array.from(rows, (row) => data.y[row]!);
  // A gaussian response is brought to SD 1 first, so that the ridge part of an elastic net acts as glmnet's does.
  let unit = 1;
  if (data.family === "cox") {
    sample = sortedAs(
      options.tiedCensoring ?? "at-risk",
      Float64Array.from(rows, (row) => data.time![row]!),
      y,
    );
    used = Int32Array.from(sample.order, (k) => rows[k]!);
    loss = coxLoss(sample);
  } else if (data.family === "binomial") loss = binomialLoss(y);
  else {
    unit = populationSd(y);
    loss = gaussianLoss(y.map((value) => value / unit));
  }
  const standard = standardiseColumns(data.columns, used, options.standardise ?? true);
  const given = options.penaltyFactors ?? new Array<number>(p).fill(1);
  const total = given.reduce((sum, factor) => sum + factor, 0);
  const path = lassoPath(standard, loss, {
    alpha: options.alpha ?? 1,
    lambda:
      options.lambda === undefined ? null : [...options.lambda].map((lambda) => lambda / unit).sort((a, b) => b - a),
    count: options.lambdaCount ?? 100,
    ratio: used.length < p ? 1e-2 : 1e-4,
    factors: Float64Array.from(given, (factor) => (factor * p) / total),
    threshold: options.threshold ?? 1e-7,
    stopping: data.family,
    maxPasses: 1e7,
  });
  path.coefficients.forEach((beta, k) => {
    path.lambda[k]! *= unit;
    path.intercepts[k]! *= unit;
    for (let j = 0; j < p; j++) {
      beta[j]! *= unit / standard.scale[j]!;
      if (loss.intercept) path.intercepts[k]! -= beta[j]! * standard.centre[j]!;
    }
  });
  return { ...path, nullDeviance: loss.nullDeviance * unit * unit, n: used.length, sample };
}

/** Refuses options that no path exists for. */
export function checkLassoOptions(options: LassoOptions, p: number): Result<null> {
  const { alpha = 1, lambda, penaltyFactors, threshold = 1e-7, lambdaCount = 100 } = options;
  const bad = (path: string, got: string | number, wanted: string) =>
    refuse({
      code: "lasso-option",
      message: `Option ${path} of the penalised regression is out of range.`,
      got,
      wanted,
      path,
    });
  if (!(alpha > 0 && alpha <= 1)) return bad("alpha", alpha, "0 < alpha ≤ 1");
  if (lambda !== undefined && (lambda.length === 0 || lambda.some((value) => !(value >= 0 && Number.isFinite(value)))))
    return bad("lambda", lambda.join(", "), "one or more penalties of 0 or above");
  if (!(threshold > 0 && threshold < 1)) return bad("threshold", threshold, "between 0 and 1, e.g. 1e-7");
  if (!(Number.isInteger(lambdaCount) && lambdaCount >= 2)) return bad("lambdaCount", lambdaCount, "2 or more");
  if (
    penaltyFactors !== undefined &&
    (penaltyFactors.length !== p ||
      penaltyFactors.some((factor) => !(factor >= 0 && Number.isFinite(factor))) ||
      penaltyFactors.every((factor) => factor === 0))
  ) {
    return bad("penaltyFactors", penaltyFactors.join(", "), `${p} factors of 0 or above, not all 0`);
  }
  return ok(null);
}

/** A rows path as a public fit. */
export function fitFromPath(data: LassoData, path: RowsPath, options: LassoOptions): LassoFit {
  const alpha = options.alpha ?? 1;
  return {
    method: alpha === 1 ? "LASSO" : "elastic net",
    family: data.family,
    alpha,
    n: data.n,
    events: data.events,
    missing: data.missing,
    terms: data.terms,
    hasIntercept: data.family !== "cox",
    lambda: Float64Array.from(path.lambda),
    intercepts: Float64Array.from(path.intercepts),
    coefficients: path.coefficients,
    nonZero: Int32Array.from(path.coefficients, (beta) => beta.reduce((count, b) => count + (b === 0 ? 0 : 1), 0)),
    devianceRatio: Float64Array.from(path.devianceRatio),
    nullDeviance: path.nullDeviance,
    passes: path.passes,
    converged: path.converged,
  };
}

/** A warning when the path ended before its passes converged. */
export const pathWarning = (path: RowsPath): readonly Issue[] =>
  path.converged
    ? []
    : [
        warningIssue({
          code: "not-converged",
          message: "The penalised path did not converge at its last penalty.",
          got: `${path.passes} passes`,
          wanted: "fewer",
          mend: "Use larger penalties or a larger threshold.",
        }),
      ];

/**
 * LASSO or elastic-net regression over a sequence of penalties: minimises loss/n + λ Σ f_j (α|b_j| + (1 − α)b_j²/2)
 * with loss ½ squared error, binomial or Cox (Breslow) negative log likelihood. Default penalties run on a log scale
 * from the smallest that empties the model down to 1e-4 of it (1e-2 when there are more covariates than rows), and end
 * early when the deviance stops falling. Conventions as glmnet: covariates scaled by the SD with divisor n,
 * coefficients returned on the scale of the data.
 * Refuses one-class outcomes, follow-up without events, constant outcomes and options out of range.
 * Sources: Friedman, Hastie and Tibshirani 2010; Simon et al. 2011. No standard errors exist for these coefficients.
 * Example: `lasso({ family: "binomial", outcome: { name: "response", values: y } }, columns)`.
 */
export function lasso(
  response: LassoResponse,
  covariates: readonly NamedColumn[],
  options: LassoOptions = {},
): Result<LassoFit> {
  const checked = checkLassoOptions(options, covariates.length);
  if (!checked.ok) return checked;
  const data = lassoData(response, covariates);
  if (!data.ok) return data;
  const path = pathOnRows(
    data.value,
    Int32Array.from({ length: data.value.n }, (_, i) => i),
    options,
  );
  return ok(fitFromPath(data.value, path, options), [...data.value.issues, ...pathWarning(path)]);
}

/** Column of a named outcome: a shorthand for callers. */
export const namedColumn = (name: string, values: NumericColumn): NamedColumn => ({ name, values });
