import { andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import {
  backwardByP,
  forwardByP,
  type ModelResponse,
  type ModelTerm,
  type Ratio,
  type RatioEstimate,
  type StepwiseP,
  stepwiseAic,
  univariateScreen,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods } from "./contract.js";
import { columnsOf, number, termsOf, text, words } from "./models-spec.js";

/** The response that a case describes: `y` for a logistic model, `time` and `event` for a Cox model. */
function responseOf(input: CaseInput): Result<ModelResponse> {
  const { spec } = input;
  if (spec.model === "logistic" || (spec.model === undefined && spec.y !== undefined)) {
    return andThen(text(spec, "y"), (name) =>
      mapResult(
        columnsOf(input, [name]),
        ([values]): ModelResponse => ({ model: "logistic", outcome: { name, values: values! } }),
      ),
    );
  }
  return andThen(text(spec, "time"), (time) =>
    andThen(text(spec, "event"), (event) =>
      mapResult(
        columnsOf(input, [time, event]),
        ([t, e]): ModelResponse => ({
          model: "cox",
          time: { name: time, values: t! },
          event: { name: event, values: e! },
          ties: spec.ties === "breslow" ? "breslow" : "efron",
        }),
      ),
    ),
  );
}

const withModel = <T>(
  input: CaseInput,
  f: (response: ModelResponse, candidates: readonly ModelTerm[]) => Result<T>,
): Result<T> =>
  andThen(responseOf(input), (response) =>
    andThen(words(input.spec, "candidates"), (names) => andThen(termsOf(input, names), (terms) => f(response, terms))),
  );

const wald = (input: CaseInput): Result<boolean> => {
  const { test } = input.spec;
  return test === "Wald" || test === "LR"
    ? ok(test === "Wald")
    : refuse({
        code: "case-option",
        message: "Unknown test.",
        got: JSON.stringify(test),
        wanted: "Wald or LR",
        path: "spec.test",
      });
};

const aic = (input: CaseInput): Result<Json> =>
  withModel(input, (response, candidates) => {
    const { direction } = input.spec;
    if (direction !== "backward" && direction !== "forward" && direction !== "both") {
      return refuse({
        code: "case-option",
        message: "Unknown direction.",
        got: JSON.stringify(direction),
        wanted: "backward, forward or both",
        path: "spec.direction",
      });
    }
    return mapResult(
      stepwiseAic(response, candidates, direction),
      (r): Json => ({
        steps: r.steps.map((s) => (s.term === null ? "" : `${s.action === "remove" ? "-" : "+"} ${s.term}`)),
        aicPath: r.steps.map((s) => s.aic),
        finalTerms: r.terms,
        finalAIC: r.aic,
        coef: Array.from(r.fit.coefficients),
        coefNames: r.fit.names,
      }),
    );
  });

const chosen = (r: StepwiseP): { readonly [field: string]: Json } => ({
  steps: r.steps.map((s): Json => (s.action === "enter" ? { entered: s.term, p: s.p } : { removed: s.term, p: s.p })),
  finalTerms: r.terms,
  coef: Array.from(r.fit.coefficients),
  coefNames: r.fit.names,
  loglik: r.fit.loglik,
});

const backward = (input: CaseInput): Result<Json> =>
  withModel(input, (response, candidates) =>
    andThen(wald(input), (byWald) =>
      andThen(number(input.spec, "pOut"), (pOut) =>
        mapResult(
          backwardByP(response, candidates, { test: byWald ? "wald" : "likelihood-ratio", pOut }),
          (r): Json => ({
            ...chosen(r),
            finalP: r.finalTests.map((t) => t.p),
          }),
        ),
      ),
    ),
  );

const forward = (input: CaseInput): Result<Json> =>
  withModel(input, (response, candidates) =>
    andThen(number(input.spec, "pIn"), (pIn) =>
      andThen(number(input.spec, "pOut"), (pOut) =>
        mapResult(
          forwardByP(response, candidates, { entry: "likelihood-ratio", removal: "likelihood-ratio", pIn, pOut }),
          chosen,
        ),
      ),
    ),
  );

const screen = (input: CaseInput): Result<Json> =>
  withModel(input, (response, candidates) =>
    andThen(wald(input), (byWald) =>
      andThen(number(input.spec, "entryP"), (entryP) =>
        mapResult(
          univariateScreen(response, candidates, { entryP, test: byWald ? "wald" : "likelihood-ratio" }),
          (r): Json => {
            const ratio = response.model === "cox" ? "hr" : "or";
            const m = r.multivariable;
            const of = (c: RatioEstimate, pick: (known: Ratio) => number): Json => (c.estimable ? pick(c) : null);
            return {
              univariate: r.univariate.map(
                (u): Json => ({
                  term: u.term,
                  n: u.n,
                  [ratio]: of(u.ratios[0]!, (c) => c.ratio),
                  lower: of(u.ratios[0]!, (c) => c.interval.low),
                  upper: of(u.ratios[0]!, (c) => c.interval.high),
                  waldP: u.wald.p,
                  lrP: u.likelihoodRatio.p,
                }),
              ),
              entered: r.entered,
              multivariable:
                m === null
                  ? null
                  : {
                      n: m.n,
                      events: m.events,
                      terms: m.ratios.map((c) => c.name),
                      coef: m.ratios.map((each) => of(each, (c) => c.estimate)),
                      se: m.ratios.map((each) => of(each, (c) => c.standardError)),
                      naiveSe: null,
                      z: m.ratios.map((each) => of(each, (c) => c.z)),
                      p: m.ratios.map((each) => of(each, (c) => c.p)),
                      [ratio]: m.ratios.map((each) => of(each, (c) => c.ratio)),
                      ciLower: m.ratios.map((each) => of(each, (c) => c.interval.low)),
                      ciUpper: m.ratios.map((each) => of(each, (c) => c.interval.high)),
                    },
            };
          },
        ),
      ),
    ),
  );

export const selectionCases: CaseMethods = {
  stepAIC: aic,
  backwardP: backward,
  forwardP: forward,
  univariateScreen: screen,
};
