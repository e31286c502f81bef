import { fileURLToPath } from "node:url";
import { unwrap } from "@livermark/core";
import { describeWithData, describeWithTools, near, runTool, sharedPath, sharedText } from "testkit";
import { expect, it } from "vitest";
import {
  fisherTwoByTwo,
  kendallCorrelation,
  mannWhitney,
  pearsonCorrelation,
  scanCutPoints,
  spearmanCorrelation,
  tTest,
} from "../../src/index.js";
import { numbersOf, sharedColumns } from "./support.js";

const survival = ["data", "survival"] as const;
const numbers = (file: string): ((name: string) => Float64Array) => {
  const columns = sharedColumns(...survival, file);
  return (name) => numbersOf(columns(name));
};

/** A column of the patients who were dead (0) and who were alive (1) after a year. */
const bySurvival = (column: (name: string) => Float64Array, name: string): readonly [number[], number[]] => {
  const alive = column("survival");
  const own = Array.from(column(name));
  return [own.filter((_, i) => alive[i] === 0), own.filter((_, i) => alive[i] === 1)];
};
const limitsOf = (interval: { readonly estimable?: boolean; readonly low?: number; readonly high?: number }) => [
  interval.low ?? Number.NaN,
  interval.high ?? Number.NaN,
];

describeWithData("165 patients of Coimbra, against R", ["data/survival"], () => {
  const column = numbers("hcc_uci_165.csv");
  const wanted = JSON.parse(sharedText(...survival, "hcc_uci_165.reference.json"));
  const close = (ours: readonly number[], r: readonly number[]): void => {
    ours.forEach((value, i) => {
      expect(near(value, r[i] ?? Number.NaN, 1e-9), `${value} is not ${r[i]}`).toBe(true);
    });
  };

  it("Welch's t, rank test and exact test between those who died and those who lived", () => {
    const [dead, alive] = bySurvival(column, "Albumin");
    const welch = unwrap(tTest(dead, alive));
    const r = wanted.welch_t_albumin;
    close([welch.t, welch.df, welch.p, ...welch.means], [r.t, r.df, r.p, ...r.means]);
    close([Number(unwrap(mannWhitney(dead, alive, { exact: false })).pNormalCorrected)], [wanted.wilcox_albumin.p]);
    const [without, with_] = bySurvival(column, "PVT").map((values) => [
      values.filter((value) => value === 0).length,
      values.filter((value) => value === 1).length,
    ]);
    const exact = unwrap(fisherTwoByTwo([without ?? [], with_ ?? []]));
    expect(near(exact.p, wanted.fisher_PVT.p, 1e-9)).toBe(true);
  });

  it("correlations of albumin", () => {
    const pearson = unwrap(pearsonCorrelation(column("Albumin"), column("Hemoglobin")));
    const r = wanted.pearson_albumin_hb;
    close([pearson.r, pearson.p, ...limitsOf(pearson.interval)], [r.r, r.p, ...r.ci]);
    const spearman = unwrap(spearmanCorrelation(column("Albumin"), column("INR")));
    close([spearman.rho, spearman.p], [wanted.spearman_albumin_INR.rho, wanted.spearman_albumin_INR.p]);
  });
});

describeWithTools("real cohorts put to R", ["Rscript"], () => {
  describeWithData("every column that R can test", ["data/survival"], () => {
    it("has the same t tests, rank tests, correlations and maximally selected statistics", () => {
      const script = fileURLToPath(new URL("cohorts.R", import.meta.url));
      const files = ["hcc_uci_165.csv", "hepatoCellular.csv"].map((file) => sharedPath(...survival, file));
      const answers = runTool("Rscript", ["--vanilla", script, ...files])
        .trim()
        .split("\n");
      const uci = numbers("hcc_uci_165.csv");
      const hepato = numbers("hepatoCellular.csv");
      const ours = (question: string): readonly number[] => {
        const [kind = "", a = "", b = "", c = ""] = question.split(":");
        if (kind === "maxstat") {
          const { rank } = unwrap(scanCutPoints({ time: hepato(a), event: hepato(b), marker: hepato(c) }));
          return [rank.cut, rank.statistic, rank.pLausenSchumacher, rank.pImprovedBonferroni];
        }
        if (kind === "welch") {
          const test = unwrap(tTest(...bySurvival(uci, a)));
          return [test.t, test.df, test.p, ...limitsOf(test.interval)];
        }
        if (kind === "rank") {
          const test = unwrap(mannWhitney(...bySurvival(uci, a), { exact: false }));
          return [test.u1, Number(test.pNormalCorrected)];
        }
        if (kind === "pearson") {
          const found = unwrap(pearsonCorrelation(uci(a), uci(b)));
          return [found.r, found.p, ...limitsOf(found.interval)];
        }
        if (kind === "spearman") {
          const found = unwrap(spearmanCorrelation(uci(a), uci(b)));
          return [found.rho, found.p];
        }
        const found = unwrap(kendallCorrelation(uci(a), uci(b)));
        return [found.tau, found.p];
      };
      const wrong = answers.flatMap((line) => {
        const [question = "", ...cells] = line.trim().split(" ");
        // R lets the Bonferroni bound, the last of maxstat's answers, pass 1; a probability does not.
        const r = cells.map((cell, i) =>
          question.startsWith("maxstat") && i === 3 ? Math.min(1, Number(cell)) : Number(cell),
        );
        const found = ours(question);
        const same =
          found.length === r.length && found.every((value, i) => near(value, r[i] ?? Number.NaN, 1e-8, 1e-300));
        return same ? [] : [`${question}: ${found.join(" ")} where R has ${r.join(" ")}`];
      });
      expect(wrong).toEqual([]);
      expect(answers.length).toBeGreaterThan(400);
    });
  });
});
