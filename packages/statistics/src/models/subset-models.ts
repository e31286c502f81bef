import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { chiSquareUpperTail } from "../basic/distributions.js";
import { cholesky, invertCholesky, quadraticForm, solveCholesky } from "../linear/index.js";
import { countEvents, countFollowUpEvents, missingWarning, type NumericColumn } from "./columns.js";
import { sortFollowUp } from "./cox-sample.js";
import { buildDesign, type Design, type ModelTerm } from "./design.js";
import { coxLikelihood, logisticLikelihood } from "./subset-likelihoods.js";

/** What a family of regression models explains. */
export type ModelResponse =
  | { readonly model: "logistic"; readonly outcome: { readonly name: string; readonly values: NumericColumn } }
  | {
      readonly model: "cox";
      readonly time: { readonly name: string; readonly values: NumericColumn };
      readonly event: { readonly name: string; readonly values: NumericColumn };
      readonly ties?: "efron" | "breslow";
    };

/** A fit of some of the candidate terms; coefficients on the scale of the data, the intercept first in logistic models. */
export interface SubsetFit {
  readonly terms: readonly number[];
  readonly names: readonly string[];
  readonly coefficients: Float64Array;
  readonly covariance: Float64Array;
  readonly loglik: number;
  /** Parameters that were estimated, the intercept included. */
  readonly parameters: number;
  readonly converged: boolean;
  /** Why coefficients (by position, the intercept counted) have no estimate. */
  readonly withoutEstimate: ReadonlyMap<number, string>;
  /** Coefficients on the scaled design, for score and conditional tests. */
  readonly scaled: Float64Array;
}

export interface TermTest {
  readonly chi2: number;
  readonly df: number;
  readonly p: number;
}

/** Every model over subsets of the candidate terms, on one fixed set of complete rows. */
export interface SubsetModels {
  readonly model: "logistic" | "cox";
  readonly n: number;
  readonly events: number;
  readonly missing: number;
  readonly termNames: readonly string[];
  readonly references: readonly (string | null)[];
  readonly fit: (terms: readonly number[]) => SubsetFit;
  /** Score test of adding one term to a fitted model (Rao 1948). */
  readonly score: (fit: SubsetFit, candidate: number) => TermTest;
  /** Joint Wald test of one term of a fitted model. */
  readonly wald: (fit: SubsetFit, term: number) => TermTest;
  /** Likelihood-ratio test of one term of a fitted model. */
  readonly likelihoodRatio: (fit: SubsetFit, term: number) => TermTest;
  /** As the likelihood ratio, but with conditional estimates in place of a second fit (Lawless and Singhal 1978). */
  readonly conditional: (fit: SubsetFit, term: number) => TermTest;
}

/** A diverging fit can have fewer estimable parameters than the smaller model: such a term has nothing to test. */
const test = (chi2: number, parameters: number): TermTest => {
  const value = Math.max(0, chi2);
  const df = Math.max(0, parameters);
  return { chi2: value, df, p: df === 0 ? 1 : chiSquareUpperTail(value, df) };
};

/** Positions (in a fit's coefficients) that belong to each included term. */
function positions(design: Design, terms: readonly number[], lead: number): Map<number, number[]> {
  const at = new Map<number, number[]>();
  let next = lead;
  for (const t of terms) {
    at.set(
      t,
      design.terms[t]!.columns.map(() => next++),
    );
  }
  return at;
}

const block = (
  matrix: Float64Array,
  width: number,
  rows: readonly number[],
  columns: readonly number[],
): Float64Array => Float64Array.from(rows.flatMap((r) => columns.map((c) => matrix[r * width + c]!)));

function waldOf(fit: SubsetFit, at: readonly number[]): TermTest {
  const width = fit.coefficients.length;
  const part = cholesky(block(fit.covariance, width, at, at), at.length);
  const b = at.map((k) => fit.coefficients[k]!);
  const solved = solveCholesky(part, b);
  return test(
    b.reduce((sum, value, k) => sum + value * solved[k]!, 0),
    part.rank,
  );
}

/**
 * Prepares selection among candidate terms: all models are fitted on the rows where every candidate is present.
 * Refuses what `buildDesign` refuses, one-class outcomes and follow-up without events.
 * Example: `subsetModels(response, terms)`.
 */
export function subsetModels(response: ModelResponse, candidates: readonly ModelTerm[]): Result<SubsetModels> {
  if (candidates.length === 0) {
    return refuse({
      code: "no-candidates",
      message: "There is no candidate covariate.",
      got: 0,
      wanted: "at least one",
    });
  }
  const others = response.model === "logistic" ? [response.outcome] : [response.time, response.event];
  const built = buildDesign(others, candidates);
  if (!built.ok) return built;
  const design = built.value;
  const outcome = design.others[others.length - 1]!;
  const counted =
    response.model === "logistic"
      ? countEvents(outcome, others[0]!.name)
      : countFollowUpEvents(outcome, others[1]!.name);
  if (!counted.ok) return counted;
  const likelihood =
    response.model === "logistic"
      ? logisticLikelihood(design, outcome)
      : coxLikelihood(design, sortFollowUp(design.others[0]!, outcome), response.ties ?? "efron");
  const { lead } = likelihood;
  const columnsOf = (terms: readonly number[]): number[] => terms.flatMap((t) => design.terms[t]!.columns);
  const kept = new Map<string, SubsetFit>();
  const fit = (terms: readonly number[]): SubsetFit => {
    const key = terms.join(",");
    const known = kept.get(key);
    if (known !== undefined) return known;
    const columns = columnsOf(terms);
    const best = likelihood.maximise(columns);
    const original = likelihood.original(columns, best.beta, best.covariance);
    const made: SubsetFit = {
      terms: [...terms],
      names: [...(lead === 1 ? ["(Intercept)"] : []), ...columns.map((c) => design.names[c]!)],
      coefficients: original.beta,
      covariance: original.covariance,
      loglik: best.loglik,
      parameters: best.rank,
      converged: best.converged,
      withoutEstimate: best.withoutEstimate,
      scaled: best.beta,
    };
    kept.set(key, made);
    return made;
  };
  const atOf = (of: SubsetFit, term: number): readonly number[] => positions(design, of.terms, lead).get(term) ?? [];
  const issues: Issue[] = [...missingWarning(design.missing, design.n)];
  return ok(
    {
      model: response.model,
      n: design.n,
      events: counted.value,
      missing: design.missing,
      termNames: design.terms.map((term) => term.name),
      references: design.terms.map((term) => term.reference),
      fit,
      score: (of, candidate) => {
        const extra = design.terms[candidate]!.columns.length;
        const inner = of.scaled.length;
        const width = inner + extra;
        const beta = new Float64Array(width);
        beta.set(of.scaled);
        const at = likelihood.evaluate(columnsOf([...of.terms, candidate]), beta);
        const decomposition = cholesky(at.information, width);
        const inverse = invertCholesky(decomposition);
        const dropped = decomposition.dropped.filter((k) => k >= inner).length;
        return test(quadraticForm(inverse, at.score), extra - dropped);
      },
      wald: (of, term) => waldOf(of, atOf(of, term)),
      likelihoodRatio: (of, term) => {
        const without = fit(of.terms.filter((t) => t !== term));
        return test(2 * (of.loglik - without.loglik), of.parameters - without.parameters);
      },
      conditional: (of, term) => {
        const at = atOf(of, term);
        const width = of.scaled.length;
        const rest = Array.from({ length: width }, (_, k) => k).filter((k) => !at.includes(k));
        const columns = columnsOf(of.terms);
        const best = likelihood.evaluate(columns, of.scaled);
        const covariance = invertCholesky(cholesky(best.information, width));
        const weights = solveCholesky(
          cholesky(block(covariance, width, at, at), at.length),
          at.map((k) => of.scaled[k]!),
        );
        const beta = new Float64Array(width);
        for (const k of rest) {
          beta[k] = of.scaled[k]!;
          at.forEach((a, i) => {
            beta[k]! -= covariance[k * width + a]! * weights[i]!;
          });
        }
        return test(2 * (best.loglik - likelihood.evaluate(columns, beta).loglik), at.length);
      },
    },
    issues,
  );
}

/** A warning for a selected model whose coefficients did not settle. */
export const driftWarning = (fit: SubsetFit): readonly Issue[] =>
  fit.converged
    ? []
    : [
        warningIssue({
          code: "not-converged",
          message: `The model ${fit.names.join(" + ")} did not converge: the coefficient of ${[...fit.withoutEstimate.keys()].map((k) => fit.names[k]).join(", ")} drifts (separation or monotone likelihood).`,
          got: `largest coefficient ${Math.max(0, ...Array.from(fit.coefficients, Math.abs))}`,
          wanted: "finite estimates",
          mend: "Leave the separating covariate out or use a penalised fit.",
        }),
      ];
