import { andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import {
  type CompetingColumns,
  type CoxCovariate,
  coxRegression,
  cumulativeIncidence,
  fineGray,
  grayTest,
  incidenceAt,
  scanCutPoints,
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
            scanCutPoints({ ...followUp, marker: marker ?? [] }, { smallestShare, largestShare }),
            (scan): Json => ({
              n: scan.n,
              M: scan.rank.statistic,
              cutpoint: scan.rank.cut,
              scan: {
                cut: scan.candidates.map((c) => c.cut),
                standardized: scan.candidates.map((c) => c.standardized),
              },
              pLau92: scan.rank.pLausenSchumacher,
              pLau94: scan.rank.pImprovedBonferroni,
              logrankScan: {
                cut: scan.candidates.map((c) => c.cut),
                chisq: scan.candidates.map((c) => c.chiSquare),
              },
              logrankBestCut: scan.logRank?.cut ?? null,
              logrankBestChisq: scan.logRank?.chiSquare ?? null,
              logrankNaiveP: scan.logRank?.pNaive ?? null,
              millerSiegmundP: scan.logRank?.pMillerSiegmund ?? null,
              bonferroniP: scan.logRank?.pBonferroni ?? null,
            }),
          ),
        ),
      ),
    ),
  );

/** Competing risks and cut-point search. */
export const riskCases: CaseMethods = { competingRisks: competingCase, maxstat: maxstatCase };
