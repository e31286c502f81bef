import { all, andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import {
  coefficientsAt,
  type LassoCv,
  type LassoFit,
  type LassoMeasure,
  type LassoOptions,
  type LassoResponse,
  lasso,
  lassoCrossValidation,
  type NamedColumn,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods, CaseSpec } from "./contract.js";
import { columnsOf, encodeAll, number, numbers, numericCells, tableOf, text, words } from "./models-spec.js";

/** `["a", "b"]`, or `x1..x40` for numbered columns. */
function covariateNames(spec: CaseSpec): Result<readonly string[]> {
  const range = typeof spec.x === "string" ? /^(.*?)(\d+)\.\.\1(\d+)$/.exec(spec.x) : null;
  if (range === null) return words(spec, "x");
  const [, stem, from, to] = range;
  return ok(Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => `${stem}${Number(from) + i}`));
}

const covariates = (input: CaseInput): Result<readonly NamedColumn[]> =>
  andThen(covariateNames(input.spec), (names) =>
    mapResult(columnsOf(input, names), (columns) => names.map((name, j) => ({ name, values: columns[j]! }))),
  );

function responseOf(input: CaseInput): Result<LassoResponse> {
  const { spec } = input;
  const { family } = spec;
  const named = (option: string): Result<NamedColumn> =>
    andThen(text(spec, option), (name) =>
      mapResult(columnsOf(input, [name]), ([values]) => ({ name, values: values! })),
    );
  if (family === "cox") {
    return mapResult(all([named("time"), named("event")]), ([time, event]) => ({ family, time: time!, event: event! }));
  }
  if (family === "gaussian" || family === "binomial") return mapResult(named("y"), (outcome) => ({ family, outcome }));
  return refuse({
    code: "case-option",
    message: "Unknown family.",
    got: JSON.stringify(family),
    wanted: "gaussian, binomial or cox",
    path: "spec.family",
  });
}

/** Folds from the column that `folds` names, in the case's table (`foldid column`) or in a file of its own. */
const foldsOf = (input: CaseInput): Result<number[]> =>
  andThen(text(input.spec, "folds"), (folds) =>
    andThen(folds.endsWith(".csv") ? input.load(folds) : tableOf(input), (table) =>
      mapResult(numericCells(table, "foldid"), (column) => Array.from(column, (fold) => fold ?? -1)),
    ),
  );

const measures: {
  readonly [name: string]: { readonly measure: LassoMeasure; readonly names: { readonly [family: string]: string } };
} = {
  deviance: {
    measure: "deviance",
    names: { gaussian: "Mean-Squared Error", binomial: "Binomial Deviance", cox: "Partial Likelihood Deviance" },
  },
  mse: { measure: "mse", names: { gaussian: "Mean-Squared Error", binomial: "Mean-Squared Error" } },
  mae: { measure: "mae", names: { gaussian: "Mean Absolute Error", binomial: "Mean Absolute Error" } },
  class: { measure: "class", names: { binomial: "Misclassification Error" } },
  auc: { measure: "auc", names: { binomial: "AUC" } },
  C: { measure: "concordance", names: { cox: "C-index" } },
};

function optionsOf(spec: CaseSpec): Result<LassoOptions> {
  const listed = (name: string) => (spec[name] === undefined || spec[name] === null ? ok(null) : numbers(spec, name));
  return andThen(all([number(spec, "alpha", 1), number(spec, "thresh", 1e-7)]), ([alpha, threshold]) =>
    andThen(listed("lambda"), (lambda) =>
      mapResult(
        listed("penaltyFactors"),
        (factors): LassoOptions => ({
          alpha: alpha!,
          threshold: threshold!,
          standardise: spec.standardize !== false,
          tiedCensoring: "as-glmnet",
          ...(lambda === null ? {} : { lambda }),
          ...(factors === null ? {} : { penaltyFactors: factors }),
        }),
      ),
    ),
  );
}

function fitJson(fit: LassoFit, spec: CaseSpec): { readonly [field: string]: Json } {
  const asked = Array.isArray(spec.show) ? spec.show.filter((k) => typeof k === "number") : [5, 15, 30, 50];
  const shown = [...new Set(asked.map((k) => Math.min(k, fit.lambda.length)))];
  return {
    terms: fit.hasIntercept ? ["(Intercept)", ...fit.terms] : fit.terms,
    nLambda: fit.lambda.length,
    lambda: encodeAll(fit.lambda),
    df: Array.from(fit.nonZero),
    devRatio: encodeAll(fit.devianceRatio),
    nullDeviance: fit.nullDeviance,
    shownIndex1: shown,
    coefAtShown: shown.map((k): Json => allCoefficients(fit, k - 1)),
  };
}

const allCoefficients = (fit: LassoFit, k: number): number[] => [
  ...(fit.hasIntercept ? [fit.intercepts[k]!] : []),
  ...fit.coefficients[k]!,
];

function cvJson(cv: LassoCv, measure: string, name: string): Json {
  const { fit } = cv;
  const selected = (k: number): string[] => fit.terms.filter((_, j) => fit.coefficients[k]![j] !== 0);
  const at = (k: number): number[] => {
    const found = coefficientsAt(fit, fit.lambda[k]!);
    return [...(fit.hasIntercept ? [found.intercept] : []), ...found.beta];
  };
  return {
    measure,
    name,
    cvm: encodeAll(cv.mean),
    cvsd: encodeAll(cv.standardError),
    nzero: Array.from(fit.nonZero),
    lambdaMin: fit.lambda[cv.indexMin]!,
    lambda1se: fit.lambda[cv.index1se]!,
    indexMin1: cv.indexMin + 1,
    index1se1: cv.index1se + 1,
    coefMin: at(cv.indexMin),
    coef1se: at(cv.index1se),
    selectedMin: selected(cv.indexMin),
    selected1se: selected(cv.index1se),
  };
}

function lassoCase(input: CaseInput): Result<Json> {
  const { spec } = input;
  return andThen(responseOf(input), (response) =>
    andThen(covariates(input), (columns) =>
      andThen(optionsOf(spec), (options) => {
        if (spec.folds === undefined || spec.folds === null) {
          return mapResult(lasso(response, columns, options), (fit): Json => fitJson(fit, spec));
        }
        const asked = spec.measure ?? "deviance";
        const known = typeof asked === "string" ? measures[asked] : undefined;
        if (known === undefined) {
          return refuse({
            code: "case-option",
            message: "Unknown measure.",
            got: JSON.stringify(asked),
            wanted: Object.keys(measures).join(", "),
            path: "spec.measure",
          });
        }
        return andThen(foldsOf(input), (folds) =>
          mapResult(
            lassoCrossValidation(response, columns, { ...options, measure: known.measure, folds }),
            (cv): Json => ({
              ...fitJson(cv.fit, spec),
              cv: cvJson(cv, String(asked), known.names[response.family] ?? ""),
            }),
          ),
        );
      }),
    ),
  );
}

export const lassoCases: CaseMethods = { lasso: lassoCase };
