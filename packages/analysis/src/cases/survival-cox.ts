import { andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import {
  type CoxColumns,
  type CoxModel,
  chiSquareUpperTail,
  cholesky,
  coxBaseline,
  coxRegression,
  coxResiduals,
  coxSurvival,
  coxZph,
  type FittedCox,
  fitCox,
  prepareCox,
  solveCholesky,
  type TieMethod,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods, CaseSpec } from "./contract.js";
import { encodeAll, numbers, text, words } from "./models-spec.js";
import { columnOf, coxColumnsOf, followUpOf } from "./survival-spec.js";

const TRANSFORMS = ["km", "identity", "rank", "log"] as const;
/** The oracle's R runs settle the likelihood to this, and count steps so. */
export const TOLERANCE = 1e-14;

const tiesOf = (spec: CaseSpec): TieMethod => (spec.ties === "breslow" || spec.ties === "exact" ? spec.ties : "efron");

/** A matrix row by row. */
export const rows = (matrix: readonly (readonly number[])[]): Json => matrix.map((row) => encodeAll(row));

const matrixOf = (entries: readonly (readonly number[] | null)[]): Json =>
  entries.flatMap((row) => (row === null ? [] : [encodeAll(row)]));

/** Coefficient table in R's names. */
export function coefficientFields(model: CoxModel): { [field: string]: Json } {
  const { coefficients } = model;
  const pick = (get: (c: CoxModel["coefficients"][number]) => number | null): Json => coefficients.map((c) => get(c));
  return {
    terms: coefficients.map((c) => c.name),
    coef: pick((c) => c.coefficient),
    se: pick((c) => c.standardError),
    naiveSe: model.varianceType === "information" ? null : pick((c) => c.naiveStandardError),
    z: pick((c) => c.z),
    p: pick((c) => c.p),
    hr: pick((c) => c.hazardRatio),
    ciLower: pick((c) => c.lower),
    ciUpper: pick((c) => c.upper),
  };
}

/**
 * R's Wald statistic in the units of the covariates, with its tolerance of 1e-9: a coefficient whose variance is smaller
 * than that part of the largest drops out (the engine's own statistic is scaled first and keeps it).
 * With one coefficient R hands the value on by the coefficient's name.
 */
function waldFields(model: CoxModel): Json {
  const { wald, coefficients } = model;
  if (wald === null) return { chisq: null, df: 0, p: null };
  const beta = coefficients.map((c) => c.coefficient ?? 0);
  const solution = solveCholesky(cholesky(Float64Array.from(model.covariance.flat()), beta.length, 1e-9), beta);
  const statistic = beta.reduce((sum, b, j) => sum + b * solution[j]!, 0);
  const only = coefficients.length === 1 ? coefficients[0]!.name : null;
  const named = (value: number): Json => (only === null ? value : { [only]: value });
  return { chisq: named(statistic), df: wald.df, p: named(chiSquareUpperTail(statistic, wald.df)) };
}

function zphFields(fitted: FittedCox): Result<Json> {
  const fields: { [transform: string]: Json } = {};
  for (const transform of TRANSFORMS) {
    const test = coxZph(fitted, transform);
    if (!test.ok) return test;
    const lines = [...test.value.terms, { term: "GLOBAL", ...test.value.global }];
    fields[transform] = {
      terms: lines.map((line) => line.term),
      chisq: lines.map((line) => line.chiSquare),
      df: lines.map((line) => line.df),
      p: lines.map((line) => line.p),
    };
  }
  return ok(fields);
}

/** Half to even, as R rounds. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const part = value - below;
  if (part !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** At most about sixty rows spread over a long table. */
function shownRows(count: number): number[] {
  if (count <= 60) return Array.from({ length: count }, (_, i) => i);
  const shown = Array.from({ length: 60 }, (_, i) => roundHalfEven(1 + (i * (count - 1)) / 59) - 1);
  return [...new Set(shown)];
}

function baselineFields(fitted: FittedCox, input: CaseInput): Result<{ [field: string]: Json }> {
  return andThen(coxBaseline(fitted, "zero"), (zero) =>
    mapResult(coxBaseline(fitted, "means"), (centred) => {
      const flat = (parts: typeof zero) =>
        parts.flatMap((part) =>
          part.time.map((time, i) => ({ time, hazard: part.cumulativeHazard[i]!, stratum: part.stratum })),
        );
      const atZero = flat(zero);
      const atMeans = flat(centred);
      const shown = shownRows(atZero.length);
      const column = typeof input.spec.strata === "string" ? input.spec.strata : "";
      const numeric = input.table?.columns[column]?.every((cell) => typeof cell !== "string") ?? false;
      const label = (stratum: string): string => (numeric ? `${column}=${stratum}` : stratum);
      return {
        baselineHazardAtZero: {
          time: shown.map((i) => atZero[i]!.time),
          cumhaz: shown.map((i) => atZero[i]!.hazard),
          strata: fitted.data.strata === null ? null : shown.map((i) => label(atZero[i]!.stratum ?? "")),
        },
        baselineHazardCentered: {
          time: shown.map((i) => atMeans[i]!.time),
          cumhaz: shown.map((i) => atMeans[i]!.hazard),
        },
      };
    }),
  );
}

function predictionFields(fitted: FittedCox, spec: CaseSpec): Result<Json> {
  const newdata = spec.newdata as CaseSpec;
  const columns = fitted.data.covariates.map(({ name }) => newdata[name]);
  const count = Array.isArray(columns[0]) ? columns[0].length : 0;
  const newRows = Array.from({ length: count }, (_, i) =>
    columns.map((column) => (Array.isArray(column) ? Number(column[i]) : Number.NaN)),
  );
  return andThen(numbers(spec, "times"), (times) =>
    mapResult(coxSurvival(fitted, newRows, times), (predictions) => ({
      lpReferenceSample: predictions.map((row) => row.linearPredictor),
      times: [...times],
      surv: predictions.map((row) => [...row.survival]),
      se: predictions.map((row) => [...row.standardError]),
      lower: predictions.map((row) => [...row.lower]),
      upper: predictions.map((row) => [...row.upper]),
    })),
  );
}

const residualFields = (fitted: FittedCox, length: number): Result<Json> =>
  mapResult(coxResiduals(fitted, length), (residuals) => ({
    martingale: residuals.martingale.filter((value) => value !== null),
    deviance: residuals.deviance.filter((value) => value !== null),
    schoenfeld: residuals.schoenfeld.map((row) => encodeAll(row.values)),
    schoenfeldTimes: residuals.schoenfeld.map((row) => row.time),
    scaledSchoenfeld: residuals.scaledSchoenfeld.map((row) => encodeAll(row.values)),
    dfbeta: matrixOf(residuals.dfbeta),
    score: matrixOf(residuals.score),
  }));

const test = (value: CoxModel["score"] | null): Json =>
  value === null ? null : { chisq: value.chiSquare, df: value.df, p: value.p };

function modelFields(model: CoxModel): { [field: string]: Json } {
  return {
    n: model.n,
    events: model.events,
    ...coefficientFields(model),
    vcov: rows(model.covariance),
    loglikNull: model.logLikelihoodNull,
    loglik: model.logLikelihood,
    aic: model.aic,
    bic: model.bic,
    likelihoodRatio: test(model.likelihoodRatio),
    wald: waldFields(model),
    score: test(model.score),
    robustScore: model.robustScore === null ? null : { chisq: model.robustScore.chiSquare, p: model.robustScore.p },
    concordance: { c: model.concordance?.value ?? null, se: model.concordance?.standardError ?? null },
    iterations: model.convergence.iterations,
    means: encodeAll(model.means),
  };
}

/**
 * Which parts a case wants: R's script leaves out proportionality and baseline for exact ties, an offset and rescaled
 * columns, and gives residuals for the small data sets whose name says so.
 */
function wantedParts(spec: CaseSpec, covariates: readonly string[]) {
  const plain = spec.ties !== "exact" && (spec.offset === undefined || spec.offset === null);
  const rescaled = covariates.some((name) => /\*[\d.]+e[-+]?\d/.test(name));
  return { tests: plain && !rescaled, predictions: plain && spec.newdata !== undefined && spec.newdata !== null };
}

const coxCase = (input: CaseInput): Result<Json> =>
  andThen(words(input.spec, "covariates"), (covariates) =>
    andThen(coxColumnsOf(input), (columns) =>
      andThen(prepareCox(columns), (data) =>
        andThen(
          fitCox(data, {
            ties: tiesOf(input.spec),
            tolerance: TOLERANCE,
            ...(typeof input.spec.robust === "boolean" ? { robust: input.spec.robust } : {}),
          }),
          (fitted) => coxFields(input, columns, covariates, fitted),
        ),
      ),
    ),
  );

function coxFields(
  input: CaseInput,
  columns: CoxColumns,
  covariates: readonly string[],
  fitted: FittedCox,
): Result<Json> {
  const wanted = wantedParts(input.spec, covariates);
  const fields = modelFields(fitted.model);
  if (wanted.tests) {
    const zph = zphFields(fitted);
    if (!zph.ok) return zph;
    const baseline = baselineFields(fitted, input);
    if (!baseline.ok) return baseline;
    Object.assign(fields, { zph: zph.value }, baseline.value);
  }
  if (wanted.predictions) {
    const predicted = predictionFields(fitted, input.spec);
    if (!predicted.ok) return predicted;
    fields.predicted = predicted.value;
  }
  if (input.spec.residuals === true || wantsResiduals(input)) {
    const residuals = residualFields(fitted, columns.time.length);
    if (!residuals.ok) return residuals;
    fields.residuals = residuals.value;
  }
  return ok(fields);
}

/** A single covariate on a small table without strata or clusters: R's script prints every residual. */
const wantsResiduals = (input: CaseInput): boolean => {
  const { spec, table } = input;
  const single = Array.isArray(spec.covariates) && spec.covariates.length === 1;
  return single && spec.ties !== "exact" && (spec.offset ?? null) === null && (table?.rows ?? 0) <= 50;
};

/** `group is level`: 1 for rows of that level, else 0. */
function indicator(input: CaseInput, phrase: string): Result<Float64Array> {
  const [column, level] = phrase.split(" is ");
  if (level === undefined) return columnOf(input, phrase);
  const cells = input.table?.columns[column!] ?? [];
  return ok(Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : String(cell) === level ? 1 : 0)));
}

const separationCase = (input: CaseInput): Result<Json> =>
  andThen(text(input.spec, "covariate"), (phrase) =>
    andThen(indicator(input, phrase), (values) =>
      andThen(followUpOf(input), (followUp) =>
        mapResult(
          coxRegression(
            { ...followUp, covariates: [{ name: phrase, values }] },
            { ties: tiesOf(input.spec), tolerance: 1e-9 },
          ),
          (model) => {
            const reason = model.coefficients[0]?.notEstimable?.reason ?? null;
            const estimate = model.coefficients[0]?.coefficient ?? 0;
            const divergent = reason?.startsWith("diverges") ?? false;
            const sign = divergent ? (reason === "diverges-to-plus-infinity" ? 1 : -1) : Math.sign(estimate);
            return {
              coefSign: sign,
              divergent,
              loglikLimit: model.logLikelihood,
              likelihoodRatioChisq: model.likelihoodRatio.chiSquare,
              scoreChisq: model.score.chiSquare,
            };
          },
        ),
      ),
    ),
  );

const singularCase = (input: CaseInput): Result<Json> =>
  andThen(coxColumnsOf(input), (columns) =>
    mapResult(coxRegression(columns, { ties: tiesOf(input.spec), tolerance: TOLERANCE }), (model) => ({
      coef: model.coefficients.map((c) => c.coefficient),
      loglik: model.logLikelihood,
    })),
  );

/** Cox models. */
export const coxCases: CaseMethods = {
  cox: coxCase,
  coxSeparation: separationCase,
  coxSingular: singularCase,
};
