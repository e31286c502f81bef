import { all, andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import {
  type Bound,
  firthRegression,
  type HosmerLemeshow,
  hosmerLemeshow,
  type LogisticCoefficient,
  logisticRegression,
  logisticSeparation,
  type ModelTerm,
  type NamedColumn,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods } from "./contract.js";
import { columnsOf, formulaOf, namedColumns, number, termsOf, text, words } from "./models-spec.js";

const hlJson = (h: HosmerLemeshow): Json => ({
  groups: h.groups,
  n: h.n,
  observed: h.observed,
  expected: h.expected,
  chisq: h.test.estimable ? h.test.chi2 : null,
  df: h.test.estimable ? h.test.df : null,
  p: h.test.estimable ? h.test.p : null,
});

const bound = (value: Bound | undefined): Json => (typeof value === "number" ? value : null);

function logistic(input: CaseInput): Result<Json> {
  return andThen(formulaOf(input.spec), ({ response, terms }) =>
    andThen(columnsOf(input, response), ([y]) =>
      andThen(termsOf(input, terms), (covariates) =>
        andThen(
          logisticRegression({ name: response[0]!, values: y! }, covariates, { profile: "interpolated" }),
          (fit) => {
            const outcome = Array.from(fit.rows, (row) => y![row]!);
            return mapResult(hosmerLemeshow(fit.fitted, outcome, 10), (h): Json => {
              const of = (pick: (c: Extract<LogisticCoefficient, { estimable: true }>) => Json): Json =>
                fit.coefficients.map((c) => (c.estimable ? pick(c) : null));
              return {
                n: fit.n,
                events: fit.events,
                terms: fit.coefficients.map((c) => c.name),
                coef: of((c) => c.estimate),
                se: of((c) => c.standardError),
                z: of((c) => c.z),
                p: of((c) => c.p),
                wald: of((c) => c.z ** 2),
                or: of((c) => c.oddsRatio),
                waldLower: of((c) => Math.exp(c.wald.low)),
                waldUpper: of((c) => Math.exp(c.wald.high)),
                vcov: fit.covariance,
                deviance: -2 * fit.loglik,
                nullDeviance: -2 * fit.nullLoglik,
                dfResidual: fit.residualDf,
                loglik: fit.loglik,
                aic: fit.aic,
                bic: fit.bic,
                modelLR: { chisq: fit.likelihoodRatio.chi2, df: fit.likelihoodRatio.df, p: fit.likelihoodRatio.p },
                coxSnellR2: fit.r2.coxSnell,
                nagelkerkeR2: fit.r2.nagelkerke,
                mcFaddenR2: fit.r2.mcFadden,
                brier: fit.brier,
                cStatistic: fit.cStatistic,
                profileLower: of((c) => bound(c.profile?.low)),
                profileUpper: of((c) => bound(c.profile?.high)),
                ...(h.test.estimable ? { hosmerLemeshow: hlJson(h) } : {}),
              };
            });
          },
        ),
      ),
    ),
  );
}

/** Outcome and covariates of cases that name them under `y` and `covariates`. */
const outcomeAndTerms = (input: CaseInput): Result<{ readonly y: NamedColumn; readonly terms: readonly ModelTerm[] }> =>
  andThen(all([text(input.spec, "y")]), ([name]) =>
    andThen(columnsOf(input, [name!]), ([values]) =>
      andThen(words(input.spec, "covariates"), (names) =>
        mapResult(termsOf(input, names), (terms) => ({ y: { name: name!, values: values! }, terms })),
      ),
    ),
  );

const separation = (input: CaseInput): Result<Json> =>
  andThen(outcomeAndTerms(input), ({ y, terms }) =>
    mapResult(logisticSeparation(y, terms), (r): Json => ({ separated: r.separated, limitDeviance: r.limitDeviance })),
  );

const firth = (input: CaseInput): Result<Json> =>
  andThen(outcomeAndTerms(input), ({ y, terms }) =>
    mapResult(
      firthRegression(y, terms),
      (r): Json => ({
        terms: r.coefficients.map((c) => c.name),
        coef: r.coefficients.map((c) => (c.estimable ? c.estimate : null)),
        se: r.coefficients.map((c) => (c.estimable ? c.standardError : null)),
        waldP: r.coefficients.map((c) => (c.estimable ? c.waldP : null)),
        penalizedLoglik: r.penalisedLoglik,
        vcov: r.covariance,
      }),
    ),
  );

const hl = (input: CaseInput): Result<Json> =>
  andThen(namedColumns(input, ["p", "y"]), ([p, y]) =>
    andThen(number(input.spec, "g", 10), (g) => andThen(hosmerLemeshow(p!, y!, g), (h) => ok(hlJson(h)))),
  );

export const logisticCases: CaseMethods = { logistic, logisticSeparation: separation, firth, hosmerLemeshow: hl };
