import { type Issue, ok, type Result } from "@livermark/core";
import { normalQuantile, normalTwoSided } from "../basic/distributions.js";
import { checkFraction } from "./columns.js";
import type { ModelTerm } from "./design.js";
import { type Limits, limits, type NotEstimable, notEstimable } from "./estimability.js";
import { driftWarning, type ModelResponse, type SubsetFit, subsetModels, type TermTest } from "./subset-models.js";

/** One coefficient as a ratio (hazard or odds) with Wald limits, or why there is none. */
export type RatioEstimate = Ratio | (NotEstimable & { readonly name: string });

/** An estimated ratio. */
export interface Ratio {
  readonly estimable: true;
  readonly name: string;
  readonly estimate: number;
  readonly standardError: number;
  readonly z: number;
  readonly p: number;
  readonly ratio: number;
  readonly interval: Limits;
}

/** One covariate alone, on its own complete rows. */
export interface UnivariateModel {
  readonly term: string;
  readonly reference: string | null;
  readonly n: number;
  readonly events: number;
  readonly ratios: readonly RatioEstimate[];
  /** Joint tests of the whole term. */
  readonly wald: TermTest;
  readonly likelihoodRatio: TermTest;
  readonly converged: boolean;
}

/** Univariate models, and the multivariable model of those that passed. */
export interface UnivariateScreen {
  readonly method: "univariate screen, then multivariable";
  readonly model: "logistic" | "cox";
  readonly entryP: number;
  readonly test: "wald" | "likelihood-ratio";
  readonly univariate: readonly UnivariateModel[];
  readonly entered: readonly string[];
  /** Null when nothing passed. Fitted on the complete rows of the entered terms, so n may differ from the univariate n. */
  readonly multivariable: {
    readonly n: number;
    readonly events: number;
    readonly ratios: readonly RatioEstimate[];
    readonly loglik: number;
  } | null;
}

function ratiosOf(fit: SubsetFit, model: "logistic" | "cox", level: number): RatioEstimate[] {
  const z = normalQuantile((1 + level) / 2);
  const width = fit.coefficients.length;
  const lead = model === "logistic" ? 1 : 0;
  return fit.names.slice(lead).map((name, k) => {
    const at = k + lead;
    const estimate = fit.coefficients[at]!;
    const standardError = Math.sqrt(Math.max(0, fit.covariance[at * width + at]!));
    const why = fit.withoutEstimate.get(at);
    if (why !== undefined || !(standardError > 0))
      return { ...notEstimable(why ?? "the standard error is zero"), name };
    return {
      estimable: true,
      name,
      estimate,
      standardError,
      z: estimate / standardError,
      p: normalTwoSided(estimate / standardError),
      ratio: Math.exp(estimate),
      interval: limits("Wald", level, Math.exp(estimate - z * standardError), Math.exp(estimate + z * standardError)),
    };
  });
}

/**
 * Fits each candidate alone on its own complete rows, then those with p below `entryP` together on theirs.
 * Refuses `entryP` outside (0, 1) and what the model refuses. A screen by p is not a substitute for covariates fixed in
 * the protocol; n and events are given for every model because missing values make them differ.
 * Example: `univariateScreen(response, terms, { entryP: 0.1, test: "wald" })`.
 */
export function univariateScreen(
  response: ModelResponse,
  candidates: readonly ModelTerm[],
  options: { readonly entryP: number; readonly test: "wald" | "likelihood-ratio"; readonly level?: number },
): Result<UnivariateScreen> {
  const level = options.level ?? 0.95;
  for (const [name, value] of [
    ["entryP", options.entryP],
    ["level", level],
  ] as const) {
    const checked = checkFraction(value, name);
    if (!checked.ok) return checked;
  }
  const issues: Issue[] = [];
  const univariate: UnivariateModel[] = [];
  const passed: ModelTerm[] = [];
  for (const candidate of candidates) {
    const models = subsetModels(response, [candidate]);
    if (!models.ok) return models;
    const fit = models.value.fit([0]);
    const wald = models.value.wald(fit, 0);
    const likelihoodRatio = models.value.likelihoodRatio(fit, 0);
    issues.push(...models.issues, ...driftWarning(fit));
    univariate.push({
      term: candidate.name,
      reference: models.value.references[0]!,
      n: models.value.n,
      events: models.value.events,
      ratios: ratiosOf(fit, response.model, level),
      wald,
      likelihoodRatio,
      converged: fit.converged,
    });
    if ((options.test === "wald" ? wald : likelihoodRatio).p < options.entryP) passed.push(candidate);
  }
  let multivariable: UnivariateScreen["multivariable"] = null;
  if (passed.length > 0) {
    const models = subsetModels(response, passed);
    if (!models.ok) return models;
    const fit = models.value.fit(passed.map((_, t) => t));
    issues.push(...driftWarning(fit));
    multivariable = {
      n: models.value.n,
      events: models.value.events,
      ratios: ratiosOf(fit, response.model, level),
      loglik: fit.loglik,
    };
  }
  return ok(
    {
      method: "univariate screen, then multivariable",
      model: response.model,
      entryP: options.entryP,
      test: options.test,
      univariate,
      entered: passed.map((term) => term.name),
      multivariable,
    },
    issues,
  );
}
