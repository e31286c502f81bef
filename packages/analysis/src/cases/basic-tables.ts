import { all, andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import {
  type CountTable,
  contingencyTest,
  diagnosticAccuracy,
  fisherExact,
  fisherTwoByTwo,
  mantelHaenszel,
  mcNemarTest,
  normalQuantile,
  type Proportion,
  proportion,
  trendTest,
  twoByTwoEffects,
} from "@livermark/statistics";
import { estimable, interval, matrix, matrixOf, ratioInterval } from "./basic-values.js";
import type { CaseInput, CaseMethods, CaseSpec } from "./contract.js";
import { encode, number, numbers } from "./models-spec.js";

const Z = normalQuantile(0.975);

/** Odds ratio and relative risk with the infinities and undefined limits that R prints for zero cells. */
function twoByTwo(table: CountTable): Result<{ readonly [field: string]: Json }> {
  return andThen(twoByTwoEffects(table), (effects) =>
    andThen(contingencyTest(table), ({ phi, yates }) =>
      mapResult(fisherTwoByTwo(table, { roots: "as in R" }), (fisher) => {
        const [a, b, c, d] = table.flat();
        const [n1, n2] = [a! + b!, c! + d!];
        const or = (a! * d!) / (b! * c!);
        const seLog = Math.sqrt(1 / a! + 1 / b! + 1 / c! + 1 / d!);
        const rr = a! / n1 / (c! / n2);
        const seRisk = Math.sqrt(1 / a! - 1 / n1 + 1 / c! - 1 / n2);
        const { riskDifference, haldaneOddsRatio } = effects;
        return {
          fisherP: fisher.p,
          chisqYates: { X2: yates!.chiSquare, p: yates!.p },
          fisher: {
            p: fisher.p,
            oddsRatioCondMLE: encode(fisher.oddsRatio),
            ci: [encode(fisher.low), encode(fisher.high)],
            pGreater: fisher.pGreater,
            pLess: fisher.pLess,
          },
          phi: phi!,
          oddsRatio: {
            or: encode(or),
            woolfCI: ratioInterval(or, seLog, Z),
            seLog: encode(seLog),
            haldaneOr: estimable(haldaneOddsRatio.value),
            haldaneCI: interval(haldaneOddsRatio.interval),
          },
          relativeRisk: { rr: encode(rr), katzCI: ratioInterval(rr, seRisk, Z) },
          riskDifference: {
            rd: riskDifference.value,
            waldCI: interval(riskDifference.wald),
            newcombeCI: interval(riskDifference.newcombe),
          },
        };
      }),
    ),
  );
}

function trend(spec: CaseSpec, table: CountTable): Result<{ readonly [field: string]: Json }> {
  const option = spec.trend;
  if (option === undefined || option === null) return ok({});
  if (typeof option !== "object" || Array.isArray(option)) {
    return refuse({
      code: "case-option",
      message: "Option trend is not a record.",
      got: JSON.stringify(option),
      path: "spec.trend",
    });
  }
  const given = option as CaseSpec;
  return andThen(number(given, "eventRow"), (row) =>
    andThen(numbers(given, "scores"), (scores) => {
      const totals = scores.map((_, j) => table.reduce((sum, counts) => sum + (counts[j] ?? 0), 0));
      return mapResult(trendTest(table[row - 1] ?? [], totals, scores), ({ armitage, linearByLinear }) => ({
        armitageTrend: { X2: armitage.chiSquare, p: armitage.p },
        linearByLinear: { M2: linearByLinear.chiSquare, p: linearByLinear.p },
      }));
    }),
  );
}

function contingency(input: CaseInput): Result<Json> {
  return andThen(matrix(input.spec, "table"), (table) =>
    andThen(contingencyTest(table), (c) =>
      andThen(trend(input.spec, table), (trended) => {
        const square = table.length === 2 && table[0]!.length === 2;
        const exact = square ? null : fisherExact(table);
        const common: { readonly [field: string]: Json } = {
          n: c.n,
          chisq: { X2: c.pearson.chiSquare, df: c.pearson.df, p: c.pearson.p },
          expected: c.expected.map((row) => [...row]),
          minExpected: c.minExpected,
          pctExpectedBelow5: 100 * c.shareExpectedBelow5,
          likelihoodRatio: { G2: c.likelihoodRatio.chiSquare, df: c.likelihoodRatio.df, p: c.likelihoodRatio.p },
          cramersV: c.cramersV,
          ...trended,
        };
        if (square) return mapResult(twoByTwo(table), (more): Json => ({ ...common, ...more }));
        return ok<Json>({ ...common, fisherP: exact?.ok ? exact.value : null });
      }),
    ),
  );
}

function mcnemar(input: CaseInput): Result<Json> {
  return andThen(matrix(input.spec, "table"), (table) =>
    mapResult(mcNemarTest(table), (r): Json => {
      const corrected = r.corrected ?? r.uncorrected;
      return {
        corrected: { X2: corrected.chiSquare, p: corrected.p },
        uncorrected: { X2: r.uncorrected.chiSquare, p: r.uncorrected.p },
        df: r.uncorrected.df,
        exactP: r.pExact,
      };
    }),
  );
}

function mantel(input: CaseInput): Result<Json> {
  const given = input.spec.strata;
  const strata = all((Array.isArray(given) ? given : []).map((table, i) => matrixOf(table, `spec.strata[${i}]`)));
  return andThen(strata, (tables) =>
    mapResult(
      mantelHaenszel(tables),
      (r): Json => ({
        X2: r.uncorrected.chiSquare,
        p: r.uncorrected.p,
        X2cc: r.corrected.chiSquare,
        pcc: r.corrected.p,
        orMH: r.oddsRatio,
        ci: interval(r.interval),
      }),
    ),
  );
}

function proportionCase(input: CaseInput): Result<Json> {
  return andThen(
    all([number(input.spec, "x"), number(input.spec, "n"), number(input.spec, "conf", 0.95)]),
    ([x, n, conf]) =>
      mapResult(
        proportion(x!, n!, conf!),
        (r): Json => ({
          p: r.value,
          clopperPearson: interval(r.clopperPearson),
          wilson: interval(r.wilson),
          wilsonCC: interval(r.wilsonCorrected),
          agrestiCoull: interval(r.agrestiCoull),
          waldUnclipped: interval(r.wald),
          binomTestHalfP: r.pAgainstHalf,
        }),
      ),
  );
}

const shareJson = (r: Proportion): Json => ({
  x: r.events,
  n: r.n,
  p: r.value,
  clopperPearson: interval(r.clopperPearson),
  wilson: interval(r.wilson),
});

function diagnostic(input: CaseInput): Result<Json> {
  const counts = all(["tp", "fp", "fn", "tn"].map((name) => number(input.spec, name)));
  return andThen(counts, ([truePositive, falsePositive, falseNegative, trueNegative]) => {
    const [tp, fp, fn, tn] = [truePositive!, falsePositive!, falseNegative!, trueNegative!];
    return mapResult(
      diagnosticAccuracy({ truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn }),
      (r): Json => {
        const share = (value: typeof r.sensitivity): Json => ("estimable" in value ? null : shareJson(value));
        const [diseased, healthy] = [tp + fn, fp + tn];
        const positive = tp / diseased / (fp / healthy);
        const negative = fn / diseased / (tn / healthy);
        const sePositive = Math.sqrt(1 / tp - 1 / diseased + 1 / fp - 1 / healthy);
        const seNegative = Math.sqrt(1 / fn - 1 / diseased + 1 / tn - 1 / healthy);
        return {
          sensitivity: share(r.sensitivity),
          specificity: share(r.specificity),
          ppv: share(r.positivePredictiveValue),
          npv: share(r.negativePredictiveValue),
          accuracy: shareJson(r.accuracy),
          prevalence: r.prevalence,
          youden: estimable(r.youden),
          lrPositive: encode(positive),
          lrNegative: encode(negative),
          lrPositiveCI: ratioInterval(positive, sePositive, Z),
          lrNegativeCI: ratioInterval(negative, seNegative, Z),
          diagnosticOddsRatio: encode((tp * tn) / (fp * fn)),
          f1: estimable(r.f1),
          balancedAccuracy: estimable(r.balancedAccuracy),
          mcc: estimable(r.matthewsCorrelation),
        };
      },
    );
  });
}

/** Tables of counts, proportions, diagnostic accuracy. */
export const tableCases: CaseMethods = {
  contingency,
  mcnemar,
  mantelHaenszel: mantel,
  proportion: proportionCase,
  diagnostic,
};
