import { all, andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import { leastSquares, type PooledEstimate, poolEstimates } from "@livermark/statistics";
import { matrixOf } from "./basic-values.js";
import type { CaseInput, CaseMethods } from "./contract.js";
import { encode, formulaOf, number, numbers, numericCells } from "./models-spec.js";

/** What R's rules print; with equal estimates the oracle asks for the pooled values only. */
function pooledJson(term: string, r: PooledEstimate): Json {
  return {
    term,
    qbar: r.estimate,
    ubar: r.within,
    b: r.between,
    t: r.total,
    se: r.standardError,
    dfBarnardRubin: encode(r.df),
    riv: r.relativeIncrease,
    fmi: r.fractionMissing,
    lambda: r.lambda,
    dfRubinOld: encode(r.dfRubin1987),
    ci: [r.interval.low, r.interval.high],
    p: r.p,
  };
}

/** Linear model of the formula in every imputed data set. */
function fits(
  input: CaseInput,
): Result<{ readonly terms: readonly string[]; readonly estimates: number[][]; readonly variances: number[][] }> {
  return andThen(formulaOf(input.spec), ({ response, terms }) =>
    mapResult(
      all(
        input.files.map((file) =>
          andThen(input.load(file), (table) =>
            andThen(all([...response, ...terms].map((name) => numericCells(table, name))), ([y, ...x]) =>
              leastSquares(
                y!,
                x.map((values, i) => ({ name: terms[i]!, values })),
              ),
            ),
          ),
        ),
      ),
      (models) => ({
        terms: ["(Intercept)", ...terms],
        estimates: models.map((model) => Array.from(model.coefficients)),
        variances: models.map((model) => model.covariance.map((row, i) => row[i]!)),
      }),
    ),
  );
}

function rubinPool(input: CaseInput): Result<Json> {
  const { spec } = input;
  return andThen(all([number(spec, "n"), number(spec, "k")]), ([n, k]) => {
    const completeDf = n! - k!;
    if (spec.formula !== undefined) {
      return andThen(fits(input), ({ terms, estimates, variances }) =>
        mapResult(
          all(
            terms.map((_, j) =>
              poolEstimates(
                estimates.map((row) => row[j]!),
                variances.map((row) => row[j]!),
                { completeDf },
              ),
            ),
          ),
          (pooled): Json => ({ estimates, variances, pooled: pooled.map((r, j) => pooledJson(terms[j]!, r)) }),
        ),
      );
    }
    if (Array.isArray(spec.estimates) && Array.isArray(spec.estimates[0])) {
      return andThen(matrixOf(spec.estimates, "spec.estimates"), (estimates) =>
        andThen(matrixOf(spec.variances, "spec.variances"), (variances) =>
          estimates.some((row) => row.length !== estimates[0]!.length)
            ? refuse({
                code: "case-option",
                message: "Imputations have different numbers of estimates.",
                path: "spec.estimates",
              })
            : mapResult(
                all(
                  estimates[0]!.map((_, j) =>
                    poolEstimates(
                      estimates.map((row) => row[j]!),
                      variances.map((row) => row[j]!),
                      { completeDf },
                    ),
                  ),
                ),
                (pooled): Json => pooled.map((r, j) => pooledJson(`b${j + 1}`, r)),
              ),
        ),
      );
    }
    return andThen(all([numbers(spec, "estimates"), numbers(spec, "variances")]), ([estimates, variances]) =>
      andThen(poolEstimates(estimates!, variances!, { completeDf }), (r) =>
        ok<Json>(r.between === 0 ? { qbar: r.estimate, t: r.total, b: r.between } : pooledJson("b", r)),
      ),
    );
  });
}

/** Pooling over imputed data sets. */
export const imputationCases: CaseMethods = { rubinPool };
