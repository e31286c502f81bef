import { all, andThen, type Json, mapResult, type Result } from "@livermark/core";
import {
  adjustP,
  bartlettTest,
  dunnTest,
  type GroupedSample,
  groupValues,
  kendallCorrelation,
  kruskalWallis,
  mannWhitney,
  oneWayAnova,
  type PAdjustment,
  pairwiseTTests,
  pearsonCorrelation,
  spearmanCorrelation,
  welchAnova,
} from "@livermark/statistics";
import { fJson } from "./basic-samples.js";
import { estimable, interval } from "./basic-values.js";
import type { CaseInput, CaseMethods } from "./contract.js";
import { cells, encode, namedColumns, tableOf, text } from "./models-spec.js";

/** Mann–Whitney p of all pairs with continuity correction; a pair without spread is left out, as R leaves it out. */
function pairwiseRanks(sample: GroupedSample, adjustment: PAdjustment): Json {
  const pairs = sample.groups.flatMap((first, i) =>
    sample.groups.slice(i + 1).map((second, j) => {
      const r = mannWhitney(second, first, { exact: false });
      const p = r.ok && typeof r.value.pNormalCorrected === "number" ? r.value.pNormalCorrected : null;
      return { a: sample.labels[i + j + 1]!, b: sample.labels[i]!, p };
    }),
  );
  const adjusted = adjustP(
    pairs.map((pair) => pair.p),
    adjustment,
  );
  return pairs.map((pair, i) => ({ ...pair, p: adjusted[i]! })).filter((pair) => pair.p !== null);
}

function pairwiseMeans(sample: GroupedSample, adjustment: PAdjustment): Json {
  const r = pairwiseTTests(sample, adjustment);
  return r.ok ? r.value.map((pair) => ({ a: pair.second, b: pair.first, p: pair.pAdjusted })) : [];
}

const NO_F: Json = { F: null, df1: null, df2: null, p: null };

function kSample(input: CaseInput): Result<Json> {
  return andThen(tableOf(input), (table) =>
    andThen(text(input.spec, "group"), (group) =>
      andThen(cells(table, group), (labels) =>
        andThen(namedColumns(input, ["x"]), ([values]) =>
          andThen(groupValues(values!, labels), (sample) =>
            andThen(all([kruskalWallis(sample)]), ([kruskal]) =>
              andThen(oneWayAnova(sample), (anova) =>
                mapResult(dunnTest(sample, "none"), (dunn): Json => {
                  const welch = welchAnova(sample);
                  const bartlett = bartlettTest(sample);
                  return {
                    n: Object.fromEntries(sample.labels.map((label, i) => [label, sample.groups[i]!.length])),
                    kruskal: { H: kruskal!.chiSquare, df: kruskal!.df, p: kruskal!.p },
                    anova: {
                      F: anova.f,
                      df1: anova.df1,
                      df2: anova.df2,
                      p: anova.p,
                      ssBetween: anova.between,
                      ssWithin: anova.within,
                    },
                    welchAnova: welch.ok ? fJson(welch.value) : NO_F,
                    bartlett: bartlett.ok
                      ? { K2: bartlett.value.chiSquare, p: bartlett.value.p }
                      : { K2: null, p: null },
                    dunn: dunn.map((pair) => ({ a: pair.first, b: pair.second, z: pair.statistic, p: pair.p })),
                    pairwiseMwuHolm: pairwiseRanks(sample, "holm"),
                    pairwiseMwuBonferroni: pairwiseRanks(sample, "bonferroni"),
                    pairwiseTBonferroni: pairwiseMeans(sample, "bonferroni"),
                    pairwiseTHolm: pairwiseMeans(sample, "holm"),
                  };
                }),
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

function correlation(input: CaseInput): Result<Json> {
  return andThen(namedColumns(input, ["x", "y"]), ([x, y]) =>
    andThen(pearsonCorrelation(x!, y!), (pearson) =>
      andThen(spearmanCorrelation(x!, y!), (spearman) =>
        mapResult(
          kendallCorrelation(x!, y!),
          (kendall): Json => ({
            n: pearson.n,
            pearson: { r: pearson.r, t: estimable(pearson.t), p: pearson.p, ci: interval(pearson.interval) },
            spearman: { rho: spearman.rho, S: spearman.s, p: spearman.p },
            kendall: { tau: kendall.tau, z: encode(kendall.z), p: kendall.p },
            ...(typeof spearman.pExact === "number" ? { spearmanExactP: spearman.pExact } : {}),
          }),
        ),
      ),
    ),
  );
}

/** Several groups, correlation. */
export const groupCases: CaseMethods = { kSample, correlation };
