import { all, andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import {
  type CompetingColumns,
  type CoxCovariate,
  coxRegression,
  coxSurvival,
  cumulativeIncidence,
  fineGray,
  fitCox,
  grayTest,
  incidenceAt,
  kaplanMeier,
  prepareCox,
  scanCutPoints,
  survivalAt,
  survivalBrier,
  timeDependentRoc,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods } from "./contract.js";
import { encodeAll, number, numbers, text, words } from "./models-spec.js";
import { columnOf, covariatesOf, followUpOf, names, optionalColumn, optionalLabels } from "./survival-spec.js";

/** Cells as labels; where a row lacks a covariate its cause becomes missing, so that all parts use the same rows. */
function completeCauses(cause: Float64Array, covariates: readonly CoxCovariate[]): Float64Array {
  return cause.map((code, i) => (covariates.some(({ values }) => Number.isNaN(values[i]!)) ? Number.NaN : code));
}

function regressionFields(
  columns: CompetingColumns,
  covariates: readonly CoxCovariate[],
): Result<{ [f: string]: Json }> {
  return andThen(fineGray({ time: columns.time, cause: columns.cause, covariates }), (model) => {
    const event = Float64Array.from(columns.cause, (code) => (Number.isNaN(code) ? code : code === 1 ? 1 : 0));
    return mapResult(
      coxRegression({ time: columns.time, event, covariates }, { ties: "breslow", tolerance: 1e-14 }),
      (causeSpecific) => ({
        fineGray: {
          terms: model.coefficients.map((c) => c.name),
          coef: model.coefficients.map((c) => c.coefficient),
          se: model.coefficients.map((c) => c.standardError),
          vcov: model.covariance.map((row) => encodeAll(row)),
          loglik: model.logLikelihood,
          p: model.coefficients.map((c) => c.p),
        },
        causeSpecificBreslow: {
          coef: causeSpecific.coefficients.map((c) => c.coefficient),
          se: causeSpecific.coefficients.map((c) => c.standardError),
        },
      }),
    );
  });
}

function incidenceFields(columns: CompetingColumns, times: readonly number[]): Result<{ [field: string]: Json }> {
  return andThen(cumulativeIncidence(columns), (risks) => {
    const points = risks.curves.map((curve) => incidenceAt(curve, times));
    const fields: { [field: string]: Json } = {
      n: risks.n,
      times: [...times],
      curves: risks.curves.map((curve) => `${columns.group === undefined ? "1" : curve.group} ${curve.cause}`),
      est: points.map((row) => row.map((point) => point.incidence)),
      var: points.map((row) => row.map((point) => point.variance)),
      ajStates: ["(s0)", ...new Set(risks.curves.map((curve) => String(curve.cause)))],
    };
    if (columns.group === undefined) return ok(fields);
    return mapResult(grayTest(columns), (tests) => ({
      ...fields,
      gray: {
        stat: tests.map((test) => test.chiSquare),
        p: tests.map((test) => test.p),
        df: tests.map((test) => test.df),
        cause: tests.map((test) => String(test.cause)),
      },
    }));
  });
}

const competingCase = (input: CaseInput): Result<Json> =>
  andThen(text(input.spec, "time"), (timeName) =>
    andThen(columnOf(input, timeName), (time) =>
      andThen(text(input.spec, "status"), (statusName) =>
        andThen(columnOf(input, statusName), (status) =>
          andThen(optionalLabels(input, "group"), (group) =>
            andThen(optionalLabels(input, "strata"), (strata) =>
              andThen(numbers(input.spec, "times"), (times) =>
                andThen(Array.isArray(input.spec.covariates) ? words(input.spec, "covariates") : ok([]), (list) => {
                  const design: CoxCovariate[] = [];
                  for (const name of list) {
                    const columns = covariatesOf(input, name);
                    if (!columns.ok) return columns;
                    design.push(...columns.value);
                  }
                  const columns = {
                    time,
                    cause: completeCauses(status, design),
                    ...(names(input.spec, "group") ? { group } : {}),
                    ...(names(input.spec, "strata") ? { strata } : {}),
                  };
                  return andThen(incidenceFields(columns, times), (fields) =>
                    design.length === 0
                      ? ok(fields)
                      : mapResult(regressionFields(columns, design), (regression) => ({ ...fields, ...regression })),
                  );
                }),
              ),
            ),
          ),
        ),
      ),
    ),
  );

const maxstatCase = (input: CaseInput): Result<Json> =>
  andThen(followUpOf(input), (followUp) =>
    andThen(optionalColumn(input, "x"), (marker) =>
      andThen(number(input.spec, "minprop", 0.1), (smallestShare) =>
        andThen(number(input.spec, "maxprop", 0.9), (largestShare) =>
          mapResult(
            scanCutPoints({ ...followUp, marker: marker ?? [] }, { smallestShare, largestShare, exact: true }),
            (scan): Json => {
              const strict = scan.candidates.filter((c) => c.lowGroup / scan.n >= smallestShare);
              return {
                n: scan.n,
                M: scan.rank.statistic,
                cutpoint: scan.rank.cut,
                scan: {
                  cut: scan.candidates.map((c) => c.cut),
                  standardized: scan.candidates.map((c) => c.standardized),
                },
                pLau92: scan.rank.pLausenSchumacher,
                pLau94: scan.rank.pImprovedBonferroni,
                // The oracle asked R up to 250 rows; beyond 170 R answers NaN and we compute none.
                ...(scan.n <= 250 ? { pHL: scan.rank.pHothornLausen ?? "NaN" } : {}),
                logrankScan: {
                  cut: strict.map((c) => c.cut),
                  chisq: strict.map((c) => c.chiSquare),
                },
                logrankBestCut: scan.logRank?.cut ?? null,
                logrankBestChisq: scan.logRank?.chiSquare ?? null,
                logrankNaiveP: scan.logRank?.pNaive ?? null,
                millerSiegmundP: scan.logRank?.pMillerSiegmund ?? null,
                bonferroniP: scan.logRank?.pBonferroni ?? null,
              };
            },
          ),
        ),
      ),
    ),
  );

type Horizons = { readonly time: Float64Array; readonly event: Float64Array; readonly marker: Float64Array };

/** Brier scores of a Cox model of the marker and of the marker-free Kaplan–Meier curve. */
function brierFields(columns: Horizons, times: readonly number[]): Result<Json> {
  const { time, event, marker } = columns;
  return andThen(prepareCox({ time, event, covariates: [{ name: "x", values: marker }] }), (data) =>
    andThen(fitCox(data, { tolerance: 1e-9 }), (fitted) =>
      andThen(
        coxSurvival(
          fitted,
          Array.from(marker, (value) => [Number.isNaN(value) ? 0 : value]),
          times,
        ),
        (predictions) =>
          andThen(kaplanMeier({ time, event }), (curve) => {
            const overall = survivalAt(curve, times);
            const scores = (survivalOf: (row: number, at: number) => number) =>
              all(
                times.map((horizon, at) =>
                  survivalBrier(
                    { time, event, survival: Float64Array.from(time, (_, row) => survivalOf(row, at)) },
                    horizon,
                  ),
                ),
              );
            const fieldsOf = (list: readonly { brier: number; standardError: number | null }[]): Json => ({
              times: [...times],
              brier: list.map((each) => each.brier),
              se: list.map((each) => each.standardError),
            });
            return andThen(
              scores((row, at) => predictions[row]!.survival[at]!),
              (model) =>
                mapResult(
                  scores((_, at) => overall[at]!.survival),
                  (none): Json => ({ cox: fieldsOf(model), "Null model": fieldsOf(none) }),
                ),
            );
          }),
      ),
    ),
  );
}

const timeRocCase = (input: CaseInput): Result<Json> =>
  andThen(followUpOf(input), ({ time: rawTime, event: rawEvent }) =>
    andThen(optionalColumn(input, "x"), (raw) =>
      andThen(number(input.spec, "sign", 1), (sign) =>
        andThen(numbers(input.spec, "times"), (times) => {
          const complete = Array.from(rawTime, (_, i) => i).filter(
            (i) => !Number.isNaN(rawTime[i]!) && !Number.isNaN(rawEvent[i]!) && !Number.isNaN(raw?.[i] ?? Number.NaN),
          );
          const take = (column: ArrayLike<number>) => Float64Array.from(complete, (i) => column[i]!);
          const columns = { time: take(rawTime), event: take(rawEvent), marker: take(raw ?? []).map((v) => sign * v) };
          return andThen(timeDependentRoc(columns, { times }), ({ points }) =>
            mapResult(brierFields(columns, times), (brier) => ({
              times: [...times],
              ipcw: points.map((point) => ({
                t: point.time,
                cases: point.cases,
                controls: point.controls,
                censoredBefore: point.censoredBefore,
                auc: point.auc,
                survT: point.uncensored,
              })),
              score: {
                auc: points.map((point) => point.auc),
                aucSe: points.map((point) => point.standardError),
                aucLower: points.map((point) => point.lower),
                aucUpper: points.map((point) => point.upper),
                brier,
              },
            })),
          );
        }),
      ),
    ),
  );

/** Competing risks, cut-point search and time-dependent ROC. */
export const riskCases: CaseMethods = {
  competingRisks: competingCase,
  maxstat: maxstatCase,
  timeDependentRoc: timeRocCase,
};
