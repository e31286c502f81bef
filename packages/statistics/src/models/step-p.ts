import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { checkFraction } from "./columns.js";
import type { ModelTerm } from "./design.js";
import {
  driftWarning,
  type ModelResponse,
  type SubsetFit,
  type SubsetModels,
  subsetModels,
  type TermTest,
} from "./subset-models.js";

/** The test that decides: joint Wald, likelihood ratio, conditional likelihood ratio, or (for entry) score. */
export type EntryTest = "score" | "likelihood-ratio";
export type RemovalTest = "wald" | "likelihood-ratio" | "conditional";

/** One entry or removal, with the test that decided it. */
export interface PStep extends TermTest {
  readonly action: "enter" | "remove";
  readonly term: string;
}

/** A model chosen by p-values. Its own p-values are too small, for the choice used the same data. */
export interface StepwiseP {
  readonly method: "backward by p" | "forward by p";
  readonly entryTest: EntryTest | null;
  readonly removalTest: RemovalTest;
  readonly pIn: number | null;
  readonly pOut: number;
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly steps: readonly PStep[];
  readonly terms: readonly string[];
  /** The removal test of each term that stayed. */
  readonly finalTests: readonly TermTest[];
  readonly fit: SubsetFit;
}

const removal = (models: SubsetModels, fit: SubsetFit, term: number, how: RemovalTest): TermTest =>
  how === "wald"
    ? models.wald(fit, term)
    : how === "conditional"
      ? models.conditional(fit, term)
      : models.likelihoodRatio(fit, term);

/** The included term with the largest p, the first when tied. */
function weakest(models: SubsetModels, fit: SubsetFit, how: RemovalTest): { term: number; test: TermTest } | null {
  let found: { term: number; test: TermTest } | null = null;
  for (const term of fit.terms) {
    const test = removal(models, fit, term, how);
    if (found === null || test.p > found.test.p) found = { term, test };
  }
  return found;
}

function finish(
  models: SubsetModels,
  issues: readonly Issue[],
  fit: SubsetFit,
  steps: readonly PStep[],
  how: Pick<StepwiseP, "method" | "entryTest" | "removalTest" | "pIn" | "pOut">,
): Result<StepwiseP> {
  return ok(
    {
      ...how,
      n: models.n,
      events: models.events,
      missing: models.missing,
      steps,
      terms: fit.terms.map((t) => models.termNames[t]!),
      finalTests: fit.terms.map((t) => removal(models, fit, t, how.removalTest)),
      fit,
    },
    [...issues, ...driftWarning(fit)],
  );
}

/**
 * Backward elimination of whole terms: the term with the largest p leaves while that p is above `pOut`.
 * Refuses `pOut` outside (0, 1) and what the model refuses. SPSS "Backward: Wald / LR / Conditional" is this with
 * `pOut` 0.1.
 * Example: `backwardByP(response, terms, { test: "wald", pOut: 0.1 })`.
 */
export function backwardByP(
  response: ModelResponse,
  candidates: readonly ModelTerm[],
  options: { readonly test: RemovalTest; readonly pOut: number },
): Result<StepwiseP> {
  const checked = checkFraction(options.pOut, "pOut");
  if (!checked.ok) return checked;
  const prepared = subsetModels(response, candidates);
  if (!prepared.ok) return prepared;
  const models = prepared.value;
  let fit = models.fit(models.termNames.map((_, t) => t));
  const steps: PStep[] = [];
  for (;;) {
    const out = weakest(models, fit, options.test);
    if (out === null || out.test.p <= options.pOut) break;
    steps.push({ action: "remove", term: models.termNames[out.term]!, ...out.test });
    fit = models.fit(fit.terms.filter((t) => t !== out.term));
  }
  return finish(models, prepared.issues, fit, steps, {
    method: "backward by p",
    entryTest: null,
    removalTest: options.test,
    pIn: null,
    pOut: options.pOut,
  });
}

/**
 * Forward selection of whole terms: the candidate with the smallest p enters while that p is below `pIn`; after each
 * entry, included terms with p above `pOut` leave. SPSS "Forward: LR / Wald / Conditional" enters by the score test with
 * `pIn` 0.05 and removes with `pOut` 0.1. A model that comes back ends the search, so it cannot go round in circles.
 * Refuses `pIn` ≥ `pOut`, and what the model refuses.
 * Example: `forwardByP(response, terms, { entry: "score", removal: "wald", pIn: 0.05, pOut: 0.1 })`.
 */
export function forwardByP(
  response: ModelResponse,
  candidates: readonly ModelTerm[],
  options: { readonly entry: EntryTest; readonly removal: RemovalTest; readonly pIn: number; readonly pOut: number },
): Result<StepwiseP> {
  for (const [name, value] of [
    ["pIn", options.pIn],
    ["pOut", options.pOut],
  ] as const) {
    const checked = checkFraction(value, name);
    if (!checked.ok) return checked;
  }
  if (options.pIn >= options.pOut) {
    return refuse({
      code: "p-in-not-below-p-out",
      message: "The p for entry must be below the p for removal.",
      got: `pIn ${options.pIn}, pOut ${options.pOut}`,
      wanted: "pIn < pOut",
      mend: "Use 0.05 and 0.10.",
    });
  }
  const prepared = subsetModels(response, candidates);
  if (!prepared.ok) return prepared;
  const models = prepared.value;
  const issues: Issue[] = [...prepared.issues];
  let fit = models.fit([]);
  const steps: PStep[] = [];
  const seen = new Set<string>([""]);
  for (;;) {
    let best: { term: number; test: TermTest } | null = null;
    for (let term = 0; term < models.termNames.length; term++) {
      if (fit.terms.includes(term)) continue;
      const test =
        options.entry === "score"
          ? models.score(fit, term)
          : models.likelihoodRatio(models.fit([...fit.terms, term]), term);
      if (best === null || test.p < best.test.p) best = { term, test };
    }
    if (best === null || best.test.p >= options.pIn) break;
    steps.push({ action: "enter", term: models.termNames[best.term]!, ...best.test });
    fit = models.fit([...fit.terms, best.term]);
    for (;;) {
      const out = weakest(models, fit, options.removal);
      if (out === null || out.test.p <= options.pOut) break;
      steps.push({ action: "remove", term: models.termNames[out.term]!, ...out.test });
      fit = models.fit(fit.terms.filter((t) => t !== out.term));
    }
    const key = [...fit.terms].sort((a, b) => a - b).join(",");
    if (seen.has(key)) {
      issues.push(
        warningIssue({
          code: "selection-cycles",
          message: "Forward selection came back to an earlier model and was ended.",
          got: fit.names.join(" + "),
          wanted: "a model that settles",
          mend: "Raise the p for removal.",
        }),
      );
      break;
    }
    seen.add(key);
  }
  return finish(models, issues, fit, steps, {
    method: "forward by p",
    entryTest: options.entry,
    removalTest: options.removal,
    pIn: options.pIn,
    pOut: options.pOut,
  });
}
