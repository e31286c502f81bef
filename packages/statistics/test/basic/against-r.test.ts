import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { random, unwrap } from "@livermark/core";
import { describeWithTools, near, runTool, sized, temporaryFolder } from "testkit";
import { expect, it } from "vitest";
import {
  betaCdf,
  betaQuantile,
  chiSquareQuantile,
  chiSquareUpperTail,
  contingencyTest,
  fisherExact,
  fUpperTail,
  kendallCorrelation,
  mannWhitney,
  shapiroWilk,
  signedRank,
  studentQuantile,
  studentUpperTail,
  tTest,
} from "../../src/index.js";

interface Question {
  readonly call: string;
  readonly ours: number;
}

const stream = random(20_261);
const spread = (low: number, high: number): number => low * (high / low) ** stream.uniform();
const vector = (values: readonly number[]): string => `c(${values.join(",")})`;
const rounded = (n: number, step: number): number[] =>
  Array.from({ length: n }, () => Math.round(stream.normal() / step) * step);

function distributions(): Question[] {
  const [df, df2, p] = [spread(0.5, 2000), spread(0.5, 2000), spread(1e-12, 0.99)];
  const x = df * spread(0.05, 4);
  const t = 6 * stream.normal();
  const inside = Math.min(0.999, Math.max(0.001, stream.uniform()));
  return [
    { call: `pchisq(${x},${df},lower=FALSE)`, ours: chiSquareUpperTail(x, df) },
    { call: `qchisq(${p},${df})`, ours: chiSquareQuantile(p, df) },
    { call: `pt(${t},${df},lower=FALSE)`, ours: studentUpperTail(t, df) },
    { call: `qt(${p},${df})`, ours: studentQuantile(p, df) },
    { call: `pf(${x / df},${df},${df2},lower=FALSE)`, ours: fUpperTail(x / df, df, df2) },
    { call: `pbeta(${inside},${df},${df2})`, ours: betaCdf(inside, df, df2) },
    { call: `qbeta(${inside},${df},${df2})`, ours: betaQuantile(inside, df, df2) },
  ];
}

function tests(): Question[] {
  const n = 5 + stream.integer(20);
  const step = stream.uniform() < 0.5 ? 0.5 : 0.001;
  const x = rounded(n, step);
  const y = rounded(n, step).map((value) => value + 0.5);
  const table = [0, 1, 2].map(() => [0, 1].map(() => 1 + stream.integer(9)));
  const matrix = `matrix(${vector(table.flat())},3,byrow=TRUE)`;
  return [
    { call: `t.test(${vector(x)},${vector(y)})$p.value`, ours: unwrap(tTest(x, y)).p },
    {
      call: `wilcox.test(${vector(x)},${vector(y)},exact=FALSE)$p.value`,
      ours: Number(unwrap(mannWhitney(x, y)).pNormalCorrected),
    },
    {
      call: `wilcox.test(${vector(x)},${vector(y)},paired=TRUE,exact=FALSE)$p.value`,
      ours: Number(unwrap(signedRank(x, y)).pNormalCorrected),
    },
    {
      call: `cor.test(${vector(x)},${vector(y)},method="kendall",exact=FALSE)$p.value`,
      ours: unwrap(kendallCorrelation(x, y)).p,
    },
    { call: `shapiro.test(${vector(x)})$p.value`, ours: unwrap(shapiroWilk(x)).p },
    { call: `fisher.test(${matrix})$p.value`, ours: unwrap(fisherExact(table)) },
    { call: `chisq.test(${matrix},correct=FALSE)$p.value`, ours: unwrap(contingencyTest(table)).pearson.p },
  ];
}

describeWithTools("random arguments against R", ["Rscript"], () => {
  const folder = temporaryFolder("r");
  it("agrees to 1e-8 relative", () => {
    const rounds = sized(20, 150);
    const questions = Array.from({ length: rounds }, () => [...distributions(), ...tests()]).flat();
    const lines = questions.map(({ call }) => `cat(sprintf("%.17g\\n",${call}))`);
    const script = join(folder, "questions.R");
    writeFileSync(script, ["options(warn=-1)", ...lines, ""].join("\n"));
    const answers = runTool("Rscript", ["--vanilla", script]).trim().split("\n").map(Number);
    expect(answers).toHaveLength(questions.length);
    const wrong = questions.filter(({ ours }, i) => !near(ours, answers[i]!, 1e-8, 1e-300));
    expect(wrong.map(({ call, ours }) => `${call}: ${ours}`)).toEqual([]);
  });
});
