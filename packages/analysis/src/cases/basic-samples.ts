import { all, andThen, type Json, mapResult, type Result } from "@livermark/core";
import {
  cohensD,
  describe,
  type FTest,
  leveneTest,
  type MannWhitney,
  mannWhitney,
  type NumericColumn,
  pairedTTest,
  type QuantileType,
  quantiles,
  shapiroWilk,
  signedRank,
  type TTest,
  tTest,
  tukeyFiveNumbers,
  varianceRatioTest,
} from "@livermark/statistics";
import { estimable, interval, naIsNaN } from "./basic-values.js";
import type { CaseInput, CaseMethods } from "./contract.js";
import { cells, namedColumns, numbers, numericCells, tableOf, text } from "./models-spec.js";

const PROBABILITIES = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
const TYPES: readonly QuantileType[] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The column that `x` names, or the list under `values`. */
const oneColumn = (input: CaseInput): Result<NumericColumn> =>
  input.spec.values !== undefined ? numbers(input.spec, "values") : mapResult(namedColumns(input, ["x"]), ([x]) => x!);

const present = (column: NumericColumn): number[] =>
  Array.from(column)
    .filter((value) => value !== null && !Number.isNaN(value))
    .map((value) => value!);

function descriptive(input: CaseInput): Result<Json> {
  return andThen(oneColumn(input), (column) =>
    mapResult(describe(column), (d): Json => {
      const x = present(column);
      const spread = (type: QuantileType): number => {
        const [low, high] = quantiles(x, [0.25, 0.75], type);
        return high! - low!;
      };
      return {
        n: d.n,
        missing: d.missing,
        mean: d.mean,
        sd: estimable(d.sd),
        variance: estimable(d.variance),
        sem: estimable(d.standardErrorOfMean),
        min: d.min,
        max: d.max,
        median: d.median,
        sum: d.sum,
        probs: PROBABILITIES,
        quantiles: Object.fromEntries(TYPES.map((type) => [`type${type}`, quantiles(x, PROBABILITIES, type)])),
        iqrType7: spread(7),
        iqrType6: spread(6),
        iqrType2: spread(2),
        tukeyFivenum: tukeyFiveNumbers(x),
        madScaled: d.madScaled,
        meanCI95: interval(d.meanInterval),
        skewG1: naIsNaN(d.skewness),
        kurtG2: naIsNaN(d.kurtosis),
        skewMoment: naIsNaN(d.skewnessMoment),
        kurtMoment: naIsNaN(d.kurtosisMoment),
        geometricMean: estimable(d.geometricMean),
        cv: estimable(d.coefficientOfVariation),
      };
    }),
  );
}

const shapiro = (input: CaseInput): Result<Json> =>
  andThen(oneColumn(input), (column) => mapResult(shapiroWilk(column), ({ w, p, n }): Json => ({ W: w, p, n })));

/** Two samples: lists under `x` and `y`, or column `x` split by `group` into `first` and `second`. */
function twoSamples(input: CaseInput): Result<readonly [NumericColumn, NumericColumn]> {
  const { spec } = input;
  if (Array.isArray(spec.x)) {
    return andThen(numbers(spec, "x"), (x) => mapResult(numbers(spec, "y"), (y) => [x, y] as const));
  }
  return andThen(tableOf(input), (table) =>
    andThen(text(spec, "group"), (group) =>
      andThen(text(spec, "x"), (name) =>
        andThen(cells(table, group), (labels) =>
          mapResult(numericCells(table, name), (values) => {
            const of = (label: Json | undefined): number[] =>
              Array.from(values).flatMap((value, i) =>
                value !== null && labels[i] !== null && String(labels[i]) === String(label) ? [value] : [],
              );
            return [of(spec.first), of(spec.second)] as const;
          }),
        ),
      ),
    ),
  );
}

const tJson = (t: TTest): Json => ({
  statistic: t.t,
  df: t.df,
  p: t.p,
  ci: interval(t.interval),
  estimate: [...t.means],
  se: t.standardError,
});

export const fJson = (f: FTest): Json => ({ F: f.f, df1: f.df1, df2: f.df2, p: f.p });

function tTests(input: CaseInput): Result<Json> {
  return andThen(twoSamples(input), ([x, y]) =>
    andThen(all([tTest(x, y, { equalVariances: true }), tTest(x, y)]), ([student, welch]) =>
      andThen(varianceRatioTest(x, y), (ratio) => {
        const groups = [present(x), present(y)];
        return andThen(all([leveneTest(groups, "mean"), leveneTest(groups, "median")]), ([byMean, byMedian]) =>
          mapResult(
            cohensD(x, y),
            ({ d, hedgesG }): Json => ({
              student: tJson(student!),
              welch: tJson(welch!),
              studentGreater: student!.pGreater,
              welchLess: welch!.pLess,
              varTest: { F: ratio.ratio, p: ratio.p, ci: interval(ratio.interval) },
              leveneMean: fJson(byMean!),
              leveneMedian: fJson(byMedian!),
              cohenD: d,
              hedgesG,
            }),
          ),
        );
      }),
    ),
  );
}

/** ln of the number of ways to split the samples; the oracle asks for the exact distribution below 5e9 of them. */
function splits(n1: number, n2: number): number {
  let log = 0;
  for (let i = 1; i <= n1; i++) log += Math.log((n2 + i) / i);
  return log;
}

function mannWhitneyJson(r: MannWhitney): Json {
  const exact = r.exact.estimable ? r.exact : null;
  const small = !r.ties && r.n1 < 50 && r.n2 < 50;
  return {
    n1: r.n1,
    n2: r.n2,
    ties: r.ties,
    W: r.u1,
    U1: r.u1,
    U2: r.u2,
    Umin: Math.min(r.u1, r.u2),
    rankSum1: r.rankSum1,
    rankSum2: r.rankSum2,
    meanRank1: r.rankSum1 / r.n1,
    meanRank2: r.rankSum2 / r.n2,
    zNoCC: naIsNaN(r.z),
    pApproxCC: naIsNaN(r.pNormalCorrected),
    pApprox: naIsNaN(r.pNormal),
    pGreaterCC: naIsNaN(r.pGreaterCorrected),
    pLessCC: naIsNaN(r.pLessCorrected),
    auc: r.auc,
    ...(small
      ? { pExact: exact === null ? null : exact.p, hodgesLehmann: estimable(r.shift), hlCI: interval(r.shiftInterval) }
      : {}),
    ...(splits(r.n1, r.n2) < Math.log(5e9)
      ? { coinExact: { z: naIsNaN(r.z), p: exact === null ? null : exact.p, midp: exact === null ? null : exact.midP } }
      : {}),
  };
}

function paired(input: CaseInput): Result<Json> {
  return andThen(namedColumns(input, ["x", "y"]), ([x, y]) =>
    andThen(pairedTTest(x!, y!), (t) =>
      mapResult(
        signedRank(x!, y!),
        (r): Json => ({
          n: r.pairs,
          t: tJson(t),
          wilcoxApproxCC: { V: r.v, p: estimable(r.pNormalCorrected) },
          wilcoxApprox: { V: r.v, p: estimable(r.pNormal) },
          ...(!r.ties && r.zeros === 0 && r.pairs < 200
            ? {
                wilcoxExact: { V: r.v, p: estimable(r.pExact), pseudomedian: r.pseudomedian, ci: interval(r.interval) },
              }
            : {}),
        }),
      ),
    ),
  );
}

/** Description, normality, one and two samples. */
export const sampleCases: CaseMethods = {
  descriptive,
  shapiroWilk: shapiro,
  tTests,
  mannWhitney: (input) => andThen(twoSamples(input), ([x, y]) => mapResult(mannWhitney(x, y), mannWhitneyJson)),
  paired,
};
