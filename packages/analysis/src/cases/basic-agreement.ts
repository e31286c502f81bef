import { all, andThen, type Json, mapResult, type Result } from "@livermark/core";
import {
  adjustedKappa,
  agreementWeights,
  blandAltman,
  type CountTable,
  cohenKappa,
  fleissKappa,
  intraclassCorrelation,
  type Kappa,
} from "@livermark/statistics";
import { estimable, interval, matrix, naIsNaN } from "./basic-values.js";
import type { CaseInput, CaseMethods } from "./contract.js";
import { columnsOf, encode, namedColumns, number, words } from "./models-spec.js";

function icc(input: CaseInput): Result<Json> {
  return andThen(words(input.spec, "raters"), (raters) =>
    andThen(number(input.spec, "alpha", 0.05), (alpha) =>
      andThen(columnsOf(input, raters), (columns) =>
        mapResult(intraclassCorrelation(columns, 1 - alpha), (r): Json => {
          const bound = (side: "low" | "high"): Json =>
            r.forms.map(({ interval: limits }) => (limits.estimable ? encode(limits[side]) : null));
          return {
            n: r.subjects,
            k: r.raters,
            MSR: r.meanSquares.subjects,
            MSC: r.meanSquares.raters,
            MSE: r.meanSquares.error,
            MSW: r.meanSquares.within,
            types: ["ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k"],
            icc: r.forms.map((form) => form.value),
            F: r.forms.map((form) => form.f),
            df1: r.forms.map((form) => form.df1),
            df2: r.forms.map((form) => form.df2),
            p: r.forms.map((form) => form.p),
            lower: bound("low"),
            upper: bound("high"),
            withinSubjectSD: r.withinSubjectSd,
            repeatabilityCoefficient: r.repeatabilityCoefficient,
            repeatabilityCoefficientExactZ: r.repeatabilityCoefficientExact,
            sem: r.standardErrorOfMeasurement,
            wCVrms: estimable(r.withinSubjectCv),
          };
        }),
      ),
    ),
  );
}

const kappaJson = (k: Kappa): Json => ({
  kappa: k.kappa,
  po: k.observedAgreement,
  pe: k.expectedAgreement,
  se: k.standardError,
  ci: interval(k.interval),
  se0: k.standardErrorNull,
  z0: k.z,
  p0: k.p,
});

/**
 * The variance of weighted kappa that the package psych 2.2.9 prints: in Fleiss, Cohen and Everitt's formula it takes
 * rᵢ Σⱼ wᵢⱼ where Σᵢ rᵢ wᵢⱼ belongs, and 0 where that turns negative. Shown for comparison only; `quadratic.se` is the right one.
 */
function psychWeightedVariance(table: CountTable, kappa: Kappa): number {
  const k = table.length;
  const { n, observedAgreement: po, expectedAgreement: pe } = kappa;
  const w = agreementWeights(k, "quadratic");
  const rowShare = table.map((row) => row.reduce((sum, count) => sum + count, 0) / n);
  const columnShare = table.map((_, j) => table.reduce((sum, row) => sum + row[j]!, 0) / n);
  const first = w.map((row) => row.reduce((sum, weight, j) => sum + weight * columnShare[j]!, 0));
  const second = w.map((row, j) => rowShare[j]! * row.reduce((sum, weight) => sum + weight, 0));
  let total = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      total += (table[i]![j]! / n) * (w[i]![j]! * (1 - pe) - (first[i]! + second[j]!) * (1 - po)) ** 2;
    }
  }
  return Math.max(0, (total - (po * pe - 2 * pe + po) ** 2) / (n * (1 - pe) ** 4));
}

function kappa(input: CaseInput): Result<Json> {
  return andThen(matrix(input.spec, "table"), (table) =>
    andThen(adjustedKappa(table), (pabak) =>
      mapResult(
        all([cohenKappa(table), cohenKappa(table, "linear"), cohenKappa(table, "quadratic")]),
        ([unweighted, linear, quadratic]): Json => ({
          n: unweighted!.n,
          unweighted: kappaJson(unweighted!),
          linear: kappaJson(linear!),
          quadratic: kappaJson(quadratic!),
          pabak,
          psychVarKappa: unweighted!.standardError ** 2,
          psychVarWeighted: psychWeightedVariance(table, quadratic!),
        }),
      ),
    ),
  );
}

const fleiss = (input: CaseInput): Result<Json> =>
  andThen(matrix(input.spec, "ratings"), (ratings) =>
    mapResult(
      fleissKappa(ratings),
      (r): Json => ({ n: r.subjects, raters: r.raters, kappa: r.kappa, se0: r.standardErrorNull, z: r.z, p: r.p }),
    ),
  );

function bland(input: CaseInput): Result<Json> {
  return andThen(namedColumns(input, ["a", "b"]), ([a, b]) =>
    mapResult(blandAltman(a!, b!), (r): Json => {
      const trend = r.proportionalBias;
      return {
        n: r.n,
        bias: r.bias,
        sd: r.sd,
        biasCI: interval(r.biasInterval),
        loaLower: r.lowerLimit,
        loaUpper: r.upperLimit,
        loaLowerExactZ: r.lowerLimitExact,
        loaUpperExactZ: r.upperLimitExact,
        seLoaApprox: r.limitStandardErrorApproximate,
        seLoa: r.limitStandardError,
        loaLowerCI: interval(r.lowerLimitInterval),
        loaUpperCI: interval(r.upperLimitInterval),
        proportionalBias:
          "estimable" in trend ? { r: null, p: null, slope: null } : { r: trend.r, p: trend.p, slope: trend.slope },
        withinSubjectSDDuplicates: r.withinSubjectSd,
        repeatabilityCoefficient: r.repeatabilityCoefficient,
        repeatabilityFromSD: r.repeatabilityFromSd,
        linCCC: estimable(r.linConcordance),
        percentBias: naIsNaN(r.percentBias),
        percentSD: estimable(r.percentSd),
      };
    }),
  );
}

/** Agreement between raters and repeats. */
export const agreementCases: CaseMethods = { icc, kappa, fleissKappa: fleiss, blandAltman: bland };
