import { mapResult, ok, type Result } from "@livermark/core";
import type { ModelTerm } from "./design.js";
import { driftWarning, type ModelResponse, type SubsetFit, type SubsetModels, subsetModels } from "./subset-models.js";

/** One move of a stepwise search; the first names the start model. */
export interface AicStep {
  readonly action: "start" | "remove" | "add";
  readonly term: string | null;
  readonly aic: number;
}

/** A model chosen by AIC. Its p-values and limits are too optimistic, for the choice used the same data. */
export interface StepwiseAic {
  readonly method: "stepwise by AIC";
  readonly direction: "backward" | "forward" | "both";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly steps: readonly AicStep[];
  readonly terms: readonly string[];
  readonly aic: number;
  readonly fit: SubsetFit;
}

const aicOf = (fit: SubsetFit): number => -2 * fit.loglik + 2 * fit.parameters;

function search(
  models: SubsetModels,
  direction: "backward" | "forward" | "both",
): { steps: AicStep[]; fit: SubsetFit } {
  const all = models.termNames.map((_, t) => t);
  let fit = models.fit(direction === "forward" ? [] : all);
  const steps: AicStep[] = [{ action: "start", term: null, aic: aicOf(fit) }];
  for (;;) {
    const moves: { action: "remove" | "add"; term: number; fit: SubsetFit }[] = [];
    if (direction !== "forward") {
      for (const t of fit.terms)
        moves.push({ action: "remove", term: t, fit: models.fit(fit.terms.filter((k) => k !== t)) });
    }
    if (direction !== "backward") {
      for (const t of all)
        if (!fit.terms.includes(t)) moves.push({ action: "add", term: t, fit: models.fit([...fit.terms, t]) });
    }
    let best = moves[0];
    for (const move of moves) if (best !== undefined && aicOf(move.fit) < aicOf(best.fit)) best = move;
    if (best === undefined || !(aicOf(best.fit) < aicOf(fit))) return { steps, fit };
    fit = best.fit;
    steps.push({ action: best.action, term: models.termNames[best.term]!, aic: aicOf(fit) });
  }
}

/**
 * Stepwise selection by Akaike's criterion −2 log likelihood + 2 parameters, over whole terms: backward and both start
 * with all candidates, forward with none. All models use the rows where every candidate is present.
 * Refuses what the model refuses. Sources: Akaike 1974; Venables and Ripley 2002, section 6.8.
 * Not for a confirmatory model: prefer covariates fixed in the protocol.
 * Example: `stepwiseAic(response, terms, "both")`.
 */
export function stepwiseAic(
  response: ModelResponse,
  candidates: readonly ModelTerm[],
  direction: "backward" | "forward" | "both",
): Result<StepwiseAic> {
  const prepared = subsetModels(response, candidates);
  if (!prepared.ok) return prepared;
  const found = search(prepared.value, direction);
  const result = mapResult(
    prepared,
    (models): StepwiseAic => ({
      method: "stepwise by AIC",
      direction,
      n: models.n,
      events: models.events,
      missing: models.missing,
      steps: found.steps,
      terms: found.fit.terms.map((t) => models.termNames[t]!),
      aic: aicOf(found.fit),
      fit: found.fit,
    }),
  );
  return result.ok ? ok(result.value, [...result.issues, ...driftWarning(found.fit)]) : result;
}
