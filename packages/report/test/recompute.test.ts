import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Computation, RecomputePlan, RecomputeTable, ResultRow } from "@livermark/analysis";
import { type Json, random, unwrap } from "@livermark/core";
import { coxRegression, kaplanMeier, logRank, survivalAt, survivalQuantile } from "@livermark/statistics";
import { describeWithData, describeWithTools, runTool, temporaryFolder } from "testkit";
import { describe, expect, it } from "vitest";
import { rMethods } from "../src/documents/r-methods.js";
import { coverageLines, coverageOf } from "../src/documents/recompute-left-out.js";
import { recomputeFiles, recomputeScript } from "../src/documents/recompute-r.js";
import { type OracleCase, oracleCases, oracleTable } from "./fixtures/oracle.js";
import { fixtureResults } from "./fixtures/results.js";

const withPlan = (recompute: RecomputePlan) => ({ ...fixtureResults, recompute });

const draw = random(17);
const phantom: RecomputeTable = {
  name: "patients.csv",
  columns: ["patient", "OS.months", "OS.event", "response"],
  rows: Array.from({ length: 60 }, (_, i) => {
    const responder = i % 2 === 0;
    return [
      `P${i}`,
      Math.round(draw.exponential() * (responder ? 3000 : 1500)) / 100,
      draw.uniform() < 0.8 ? 1 : 0,
      responder ? "yes" : "no",
    ];
  }),
};

describe("recomputeScript", () => {
  const spec = { time: "OS.months", event: "OS.event" };
  const plan: RecomputePlan = {
    tables: [phantom],
    computations: [
      {
        id: 'odd "id"\n',
        method: "logrank",
        data: phantom.name,
        spec: { ...spec, group: "response" },
        answer: { p: 0.5 },
      },
    ],
  };

  it("is the same text every time, and only holds what it uses", () => {
    const script = recomputeScript(withPlan(plan), plan);
    expect(script).toBe(recomputeScript(withPlan(plan), plan));
    expect(script).toContain("logrank <- function");
    expect(script).not.toContain("glmnet");
    expect(script).toContain('"odd \\"id\\"\\n"');
  });

  it("says which number it cannot compute", () => {
    const unknown = { ...plan, computations: [{ ...plan.computations[0]!, method: "astrology" }] };
    expect(recomputeScript(withPlan(unknown), unknown)).toContain("not computed by this script");
  });

  it("leaves nothing behind where there is no plan", () => {
    expect(recomputeFiles(fixtureResults)).toEqual([]);
  });
});

describe("what recompute.R leaves out", () => {
  const estimate = { kind: "estimate", level: 0.95, decimals: 1, unit: "%" } as const;
  const cells: ResultRow["cells"] = {
    both: { id: "survival.OS.all.at-12-months", ...estimate, value: 61.25, low: 40.5, high: null },
    resampled: { id: "model.os.c.optimism", kind: "number", value: 0.0421, unit: "", decimals: 3 },
    odd: { id: "nobody.knows", kind: "p", value: 0.125 },
    words: { id: null, kind: "text", text: "61.25" },
  };
  const tables = [
    { id: "survival.OS", title: "", columns: [], rows: [{ label: "", cells: { both: cells.both! } }], footnotes: [] },
    { id: "model.os.corrected", title: "", columns: [], rows: [{ label: "", cells }], footnotes: [] },
  ];
  const plan: RecomputePlan = {
    tables: [phantom],
    computations: [
      { id: "a", method: "kaplanMeier", data: phantom.name, spec: {}, answer: { survival: [0.6125], lower: [0.405] } },
    ],
  };

  it("is counted by kind; numbers in percent are found", () => {
    const found = coverageOf({ ...withPlan(plan), tables, figures: [] }, plan);
    expect([found.numbers, found.repeated]).toEqual([6, 4]);
    expect(found.leftOut.map((one) => one.numbers)).toEqual([2]);
    expect(found.leftOut[0]?.what).toContain("resampled");
    const [first] = tables;
    const odd = { ...first!, rows: [{ label: "", cells: { odd: cells.odd! } }] };
    const other = coverageOf({ ...withPlan(plan), tables: [odd], figures: [] }, plan);
    expect(other.leftOut[0]?.what).toBe("other numbers");
  });

  it("stands in the head and at the end of the script, before the line for machines", () => {
    const script = recomputeScript({ ...withPlan(plan), tables, figures: [] }, plan);
    for (const line of coverageLines(coverageOf({ ...withPlan(plan), tables, figures: [] }, plan))) {
      expect(script).toContain(`# ${line}`);
      expect(script).toContain(`cat("${line}\\n")`);
    }
    expect(script.lastIndexOf("cat(sprintf")).toBeGreaterThan(script.lastIndexOf("resampled"));
  });

  it("says nothing of what is not there", () => {
    expect(coverageLines(coverageOf({ ...withPlan(plan), tables: [], figures: [] }, plan))).toEqual([
      "Of 0 numbers in the tables of the report, 0 stand in an answer that is repeated here.",
    ]);
  });
});

function runPlan(folder: string, plan: RecomputePlan): string {
  for (const file of recomputeFiles(withPlan(plan))) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.bytes);
  }
  return runTool("Rscript", ["--vanilla", "recompute.R"], folder);
}

describeWithTools("recompute.R under R", ["Rscript"], () => {
  const folder = temporaryFolder("recompute");

  it("agrees with our own statistics in every line", () => {
    const column = (name: string) => phantom.rows.map((row) => row[phantom.columns.indexOf(name)]!);
    const time = column("OS.months").map(Number);
    const event = column("OS.event").map(Number);
    const responder = column("response").map((word) => (word === "yes" ? 1 : 0));
    const km = unwrap(kaplanMeier({ time, event }));
    const median = survivalQuantile(km, 0.5);
    const test = unwrap(logRank({ time, event, group: column("response").map(String) }));
    const cox = unwrap(coxRegression({ time, event, covariates: [{ name: "response", values: responder }] }));
    const coefficient = cox.coefficients[0]!;
    const spec = { time: "OS.months", event: "OS.event" };
    const times = [0, 6, 12, 24, 36];
    const at = survivalAt(km, times);
    const computations: readonly Computation[] = [
      {
        id: "os.median",
        method: "kaplanMeier",
        data: phantom.name,
        spec: { ...spec, times },
        answer: {
          n: km.n,
          events: km.events,
          median: median.value,
          medianLower: median.lower,
          medianUpper: median.upper,
          survival: at.map((one) => one.survival),
          lower: at.map((one) => one.lower),
          atRisk: at.map((one) => one.atRisk),
        },
      },
      {
        id: "os.log-rank",
        method: "logrank",
        data: phantom.name,
        spec: { ...spec, group: "response" },
        answer: { chisq: test.test!.chiSquare, df: test.test!.df, p: test.test!.p },
      },
      {
        id: "os.cox",
        method: "cox",
        data: phantom.name,
        spec: { ...spec, covariates: ["response"], factors: { response: ["no", "yes"] }, ties: "efron" },
        answer: {
          n: cox.n,
          events: cox.events,
          coef: [coefficient.coefficient],
          hr: [coefficient.hazardRatio],
          se: [coefficient.standardError],
          ciLower: [coefficient.lower],
          ciUpper: [coefficient.upper],
          p: [coefficient.p],
        },
      },
    ];
    expect(runPlan(folder, { tables: [phantom], computations })).toMatch(/(\d+) of \1 numbers agree/);
  });

  it("tells a wrong number from a right one and fails on it", () => {
    const computations = [
      { id: "wrong", method: "descriptive", data: phantom.name, spec: { x: "OS.months" }, answer: { n: 60, mean: 1 } },
    ];
    expect(() => runPlan(folder, { tables: [phantom], computations })).toThrow();
  });

  it("stops on nothing: an error in R is a failing line", () => {
    const computations = [
      { id: "lost", method: "descriptive", data: phantom.name, spec: { x: "nowhere" }, answer: { n: 60 } },
    ];
    expect(() => runPlan(folder, { tables: [phantom], computations })).toThrow();
  });
});

/** Families of R's own answers, and the fields of each method that both name alike. */
const compared: { readonly [family: string]: { readonly [method: string]: readonly string[] } } = {
  "kaplan-meier": { kaplanMeier: ["n", "events"] },
  logrank: { logrank: ["observed", "expected"] },
  cox: { cox: ["n", "events", "coef", "se", "p", "hr", "ciLower", "ciUpper", "aic"] },
  logistic: { logistic: ["n", "events", "coef", "se", "p", "or", "aic", "brier", "cStatistic"] },
  roc: { roc: ["cases", "controls", "direction", "auc", "seDeLong"], rocTestPaired: ["auc1", "auc2", "z", "p"] },
  descriptive: { descriptive: ["n", "mean", "sd", "min", "max", "median"] },
  normality: { shapiroWilk: ["W", "p"] },
  "two-sample": { mannWhitney: ["n1", "n2", "W", "pApproxCC", "pApprox"] },
  contingency: { contingency: ["fisherP"], proportion: ["p", "clopperPearson", "wilson"] },
  planning: { pAdjust: ["bonferroni", "holm", "hochberg", "hommel", "BH", "BY"] },
  agreement: { icc: ["n", "k"], kappa: ["n"] },
};

/** What the oracle says in a nested way, in the flat words of a computation. */
function flatAnswer(one: OracleCase): { readonly [field: string]: Json } {
  const e = one.expected as { readonly [field: string]: { readonly [field: string]: Json } & readonly Json[] };
  switch (one.method) {
    case "logrank":
      return { p: e.logrank!.p!, chisq: e.logrank!.chisq ?? e.logrank!.statistic! };
    case "icc":
      return { icc1: e.icc![0]!, icc2: e.icc![1]!, icc3: e.icc![2]!, icc2Lower: e.lower![1]!, icc2Upper: e.upper![1]! };
    case "kappa":
      return { kappa: e.unweighted!.kappa!, linear: e.linear!.kappa!, quadratic: e.quadratic!.kappa! };
    default:
      return {};
  }
}

/** Whether a case is written with columns alone, as a plan writes it: no call of R's own, no values inside. */
function planLike({ method, spec, data }: OracleCase): boolean {
  const plain = [
    "rCall",
    "weights",
    "entry",
    "timeValues",
    "offset",
    "x1Values",
    "formula",
    "start",
    "stop",
    "test",
    "strata",
    "scores",
    "tdc",
    "cluster",
    "robust",
    "newdataStrata",
    "stratum",
  ];
  if (plain.some((option) => spec[option] !== undefined && spec[option] !== null)) return false;
  if (["proportion", "pAdjust"].includes(method)) return true;
  if (["kappa", "contingency"].includes(method)) return spec.table !== undefined;
  return data !== null;
}

describeWithData("recompute.R against the oracle", ["oracle/expected", "oracle/inputs"], () => {
  describeWithTools("under R", ["Rscript"], () => {
    const folder = temporaryFolder("oracle");

    it("agrees with R's recorded answers in every line", { timeout: 240_000 }, () => {
      const computations: Computation[] = [];
      const names = new Set<string>();
      for (const [family, methods] of Object.entries(compared)) {
        for (const one of oracleCases(family)) {
          const fields = methods[one.method];
          if (fields === undefined || !planLike(one)) continue;
          const answer: { [field: string]: Json } = { ...flatAnswer(one) };
          for (const field of fields) if (one.expected[field] !== undefined) answer[field] = one.expected[field];
          if (one.data !== null) names.add(one.data);
          computations.push({ id: one.id, method: one.method, data: one.data ?? phantom.name, spec: one.spec, answer });
        }
      }
      const tables = [phantom, ...[...names].map(oracleTable)];
      let out: string;
      try {
        out = runPlan(folder, { tables, computations });
      } catch (error) {
        out = String((error as { stdout?: string }).stdout ?? error);
      }
      const failing = readFileSync(join(folder, "recompute-comparison.csv"), "utf8")
        .split("\n")
        .filter((line) => line.endsWith(",FALSE"));
      expect(failing).toEqual([]);
      expect(new Set(computations.map((one) => one.method)).size).toBeGreaterThanOrEqual(12);
      expect(out).toMatch(/(\d+) of \1 numbers agree/);
    });
  });
});

it("every method names its packages and helpers", () => {
  for (const method of Object.values(rMethods)) expect(method.source).toMatch(/<- function\(data, spec\)/);
});
