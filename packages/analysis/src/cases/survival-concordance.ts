import { andThen, type Json, mapResult, ok, type Result } from "@livermark/core";
import {
  type CoxColumns,
  type CoxModel,
  compareConcordance,
  concordance,
  coxRegression,
  kaplanMeier,
  landmark,
  logRank,
  survivalQuantile,
} from "@livermark/statistics";
import type { CaseInput, CaseMethods } from "./contract.js";
import { encode, number, text, words } from "./models-spec.js";
import { coefficientFields, rows, TOLERANCE } from "./survival-cox.js";
import { coxColumnsOf, followUpOf, optionalColumn, optionalLabels } from "./survival-spec.js";

const concordanceCase = (input: CaseInput): Result<Json> =>
  andThen(followUpOf(input), (followUp) =>
    andThen(optionalColumn(input, "x"), (x) => {
      const columns = { ...followUp, marker: x ?? new Float64Array(0) };
      const direction = "longer-survival";
      return andThen(concordance(columns, { direction }), (harrell) =>
        andThen(concordance(columns, { direction, weight: "uno" }), (uno) =>
          mapResult(concordance(columns, { direction, weight: "peto" }), (peto) => ({
            n: harrell.n,
            concordance: harrell.concordance,
            var: harrell.variance,
            se: harrell.standardError,
            counts: {
              concordant: harrell.pairs.concordant,
              discordant: harrell.pairs.discordant,
              "tied.x": harrell.pairs.tiedMarker,
              "tied.y": harrell.pairs.tiedTime,
              "tied.xy": harrell.pairs.tiedBoth,
            },
            unoNG2: { c: uno.concordance, se: uno.standardError },
            gehanS: peto.concordance,
            harrellForRisk: harrell.concordance === null ? null : 1 - harrell.concordance,
            ciNormal: [harrell.lower, harrell.upper],
          })),
        ),
      );
    }),
  );

/** Linear predictors in input order. */
function lineOf(columns: CoxColumns, model: CoxModel): Float64Array {
  return Float64Array.from({ length: columns.time.length }, (_, row) =>
    columns.covariates.reduce(
      (sum, { values }, j) => sum + (model.coefficients[j]!.coefficient ?? 0) * values[row]!,
      0,
    ),
  );
}

const concordanceModelsCase = (input: CaseInput): Result<Json> =>
  andThen(words(input.spec, "model1"), (first) =>
    andThen(words(input.spec, "model2"), (second) =>
      andThen(coxColumnsOf(input, first), (columns1) =>
        andThen(coxColumnsOf(input, second), (columns2) =>
          andThen(coxRegression(columns1, { tolerance: TOLERANCE }), (model1) =>
            andThen(coxRegression(columns2, { tolerance: TOLERANCE }), (model2) =>
              mapResult(
                compareConcordance(
                  { ...columns1, markers: [lineOf(columns1, model1), lineOf(columns2, model2)] },
                  { direction: "higher-risk" },
                ),
                (result) => ({
                  c: [...result.values],
                  var: rows(result.covariance),
                  difference: result.difference,
                  seDifference: result.standardError,
                }),
              ),
            ),
          ),
        ),
      ),
    ),
  );

/** Cox model, log-rank test and medians of those who reach the landmark. */
const landmarkCase = (input: CaseInput): Result<Json> =>
  andThen(number(input.spec, "at"), (at) =>
    andThen(text(input.spec, "group"), (groupName) =>
      andThen(optionalLabels(input, "group"), (labels) =>
        andThen(coxColumnsOf(input, [groupName]), (columns) =>
          andThen(landmark({ time: columns.time, event: columns.event }, at), (kept) => {
            const { time, event } = kept;
            const group = kept.rows.map((row) => labels?.[row] ?? null);
            const covariates = columns.covariates.map((c) => ({
              ...c,
              values: Float64Array.from(kept.rows, (row) => c.values[row]!),
            }));
            return andThen(coxRegression({ time, event, covariates }, { tolerance: TOLERANCE }), (model) =>
              andThen(logRank({ time, event, group }), (comparison) => {
                const medians = comparison.groups.map(({ label }) => {
                  const own = group.flatMap((value, i) => (String(value) === label ? [i] : []));
                  const curve = kaplanMeier({ time: own.map((i) => time[i]!), event: own.map((i) => event[i]!) });
                  return curve.ok ? survivalQuantile(curve.value, 0.5).value : null;
                });
                return ok<Json>({
                  n: kept.n,
                  excluded: kept.excluded,
                  cox: coefficientFields(model),
                  logrank: { chisq: comparison.test?.chiSquare ?? null, p: comparison.test?.p ?? null },
                  medians: medians.map(encode),
                });
              }),
            );
          }),
        ),
      ),
    ),
  );

/** Concordance of markers and models, and landmark analysis. */
export const concordanceCases: CaseMethods = {
  concordance: concordanceCase,
  concordanceModels: concordanceModelsCase,
  landmark: landmarkCase,
};
