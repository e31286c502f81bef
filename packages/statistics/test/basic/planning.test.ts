import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { near, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  aucPrecisionSize,
  aucTestSize,
  binaryPredictionSize,
  coxContinuousEvents,
  freedmanEvents,
  type ImputationColumn,
  iccPrecisionSize,
  imputeChained,
  kappaPrecisionSize,
  leastSquares,
  logRankPower,
  mean,
  patientsForEvents,
  poolEstimates,
  schoenfeldEvents,
  simonTwoStage,
  survivalPredictionSize,
  tTestPower,
  tTestSize,
  twoProportionsSize,
} from "../../src/index.js";

describe("sample size", () => {
  it("prediction models: the worked examples of Riley and colleagues", () => {
    const binary = unwrap(binaryPredictionSize({ coxSnellR2: 0.288, parameters: 24, prevalence: 0.174 }));
    expect([binary.shrinkage.rounded, binary.optimism.rounded, binary.overallRisk.rounded]).toEqual([623, 662, 221]);
    expect(binary).toMatchObject({ required: 662, governedBy: "optimism" });
    const survival = unwrap(
      survivalPredictionSize({ coxSnellR2: 0.051, parameters: 30, rate: 0.065, meanFollowUp: 2.07, horizon: 2 }),
    );
    expect([survival.shrinkage.rounded, survival.optimism.rounded, survival.required]).toEqual([5143, 1039, 5143]);
  });
  it("Simon 1989, table 1: rates 0.1 and 0.3, and 0.2 and 0.4, alpha 0.05, power 0.8", () => {
    const design = unwrap(simonTwoStage(0.1, 0.3));
    expect(design.optimal).toMatchObject({ r1: 1, n1: 10, r: 5, n: 29, expectedSize: expect.closeTo(15.0, 1) });
    expect(design.minimax).toMatchObject({ r1: 1, n1: 15, r: 5, n: 25, expectedSize: expect.closeTo(19.5, 1) });
    const second = unwrap(simonTwoStage(0.2, 0.4, { largest: 45 }));
    expect(second.optimal).toMatchObject({ r1: 3, n1: 13, r: 12, n: 43 });
    expect(second.minimax).toMatchObject({ r1: 4, n1: 18, r: 10, n: 33 });
  });
  it("size and power invert each other", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.2, max: 2, noNaN: true }),
        fc.double({ min: 0.3, max: 0.99, noNaN: true }),
        (delta, power) => {
          const n = unwrap(tTestSize(delta, 1, { power })).exact;
          if (n > 2) expect(near(unwrap(tTestPower(n, delta, 1)).power, power, 1e-8)).toBe(true);
          const events = unwrap(schoenfeldEvents(Math.exp(delta), { power })).exact;
          expect(near(unwrap(logRankPower(events, Math.exp(delta))), power, 1e-10)).toBe(true);
          expect(unwrap(schoenfeldEvents(Math.exp(-delta), { power })).exact).toBeCloseTo(events, 8);
        },
      ),
      { numRuns: sized(30, 300) },
    );
  });
  it("rounds up once, at the end", () => {
    const events = unwrap(schoenfeldEvents(0.56));
    expect(events).toMatchObject({ exact: expect.closeTo(93.386379, 6), rounded: 94 });
    expect(unwrap(patientsForEvents(events.exact, 0.5)).rounded).toBe(187);
    expect(unwrap(iccPrecisionSize(0.8, 2, 0.2)).rounded).toBe(55);
  });
  it("precision sizes grow as the interval narrows", () => {
    expect(unwrap(aucPrecisionSize(0.8, 0.05)).cases.exact).toBeGreaterThan(
      unwrap(aucPrecisionSize(0.8, 0.1)).cases.exact,
    );
    expect(unwrap(kappaPrecisionSize(0.7, 0.3, 0.1)).exact).toBeCloseTo(
      4 * unwrap(kappaPrecisionSize(0.7, 0.3, 0.2)).exact,
      8,
    );
    expect(unwrap(aucTestSize(0.75)).cases.rounded).toBeLessThan(unwrap(aucTestSize(0.65)).cases.rounded);
  });
  it.each([
    ["no effect", schoenfeldEvents(1)],
    ["negative hazard ratio", freedmanEvents(-1)],
    ["allocation", schoenfeldEvents(2, { allocation: 1 })],
    ["alpha", schoenfeldEvents(2, { alpha: 0 })],
    ["power", schoenfeldEvents(2, { power: 1 })],
    ["event probability", patientsForEvents(10, 0)],
    ["zero slope", coxContinuousEvents(0)],
    ["R squared", coxContinuousEvents(1, 1)],
    ["equal proportions", twoProportionsSize(0.3, 0.3)],
    ["no spread", tTestSize(1, 0)],
    ["one per group", tTestPower(1, 1, 1)],
    ["AUC below one half", aucPrecisionSize(0.4, 0.1)],
    ["equal AUCs", aucTestSize(0.7, 0.7)],
    ["one rater", iccPrecisionSize(0.7, 1, 0.2)],
    ["kappa of one", kappaPrecisionSize(1, 0.5, 0.1)],
    ["rates out of order", simonTwoStage(0.3, 0.1)],
    ["prevalence", binaryPredictionSize({ coxSnellR2: 0.1, parameters: 5, prevalence: 0 })],
    ["R squared above its maximum", binaryPredictionSize({ coxSnellR2: 0.7, parameters: 5, prevalence: 0.1 })],
    ["rate", survivalPredictionSize({ coxSnellR2: 0.1, parameters: 5, rate: 0, meanFollowUp: 1, horizon: 1 })],
  ])("refuses: %s", (_name, result) => {
    expect(result).toMatchObject({ ok: false, issues: [{ code: "design-out-of-range" }] });
  });
  it("refuses a two-stage design that does not exist within the limit", () => {
    expect(simonTwoStage(0.1, 0.15, { largest: 20 })).toMatchObject({ ok: false, issues: [{ code: "no-design" }] });
  });
});

describe("multiple imputation", () => {
  const n = 300;
  const stream = random(11);
  const x = Array.from({ length: n }, () => stream.normal());
  const y = x.map((value) => 1 + 2 * value + stream.normal());
  const z = x.map((value) => (stream.uniform() < 1 / (1 + Math.exp(-value)) ? 1 : 0));
  const holed: (number | null)[] = y.map((value, i) => (x[i]! > 0.3 && stream.uniform() < 0.7 ? null : value));
  const zHoled: (number | null)[] = z.map((value) => (stream.uniform() < 0.2 ? null : value));
  const columns = (method: ImputationColumn["method"]): readonly ImputationColumn[] => [
    { name: "x", values: x, method: "normal" },
    { name: "y", values: holed, method },
    { name: "z", values: zHoled, method: "logistic" },
  ];
  it.each(["predictive mean matching", "normal"] as const)(
    "%s recovers the slope that complete cases bias in the mean",
    (method) => {
      const done = unwrap(imputeChained(columns(method), { seed: 5, imputations: 10, iterations: 5 }));
      const fits = done.completed.map((data) => unwrap(leastSquares(data[1]!, [{ name: "x", values: data[0]! }])));
      const slope = unwrap(
        poolEstimates(
          fits.map((f) => f.coefficients[1]!),
          fits.map((f) => f.covariance[1]![1]!),
          { completeDf: n - 2 },
        ),
      );
      expect(Math.abs(slope.estimate - 2)).toBeLessThan(0.35);
      const present = holed.flatMap((value) => (value === null ? [] : [value]));
      const pooledMean = mean(done.completed.map((data) => mean(data[1]!)));
      expect(Math.abs(pooledMean - mean(y))).toBeLessThan(Math.abs(mean(present) - mean(y)) / 2);
      expect(slope.fractionMissing).toBeGreaterThan(0);
      for (const data of done.completed) {
        expect(data[2]!.every((value) => value === 0 || value === 1)).toBe(true);
        if (method === "predictive mean matching")
          expect(data[1]!.every((value) => present.includes(value))).toBe(true);
        holed.forEach((value, i) => {
          if (value !== null) expect(data[1]![i]).toBe(value);
        });
      }
    },
  );
  it("the same seed gives the same data, another seed others; progress is told and a stop obeyed", () => {
    const told: number[] = [];
    const options = { imputations: 3, iterations: 2 };
    const a = unwrap(imputeChained(columns("normal"), { ...options, seed: 1, onProgress: (done) => told.push(done) }));
    const b = unwrap(imputeChained(columns("normal"), { ...options, seed: 1 }));
    const c = unwrap(imputeChained(columns("normal"), { ...options, seed: 2 }));
    expect(b.completed).toEqual(a.completed);
    expect(c.completed).not.toEqual(a.completed);
    expect(told).toEqual([1, 2, 3]);
    expect(imputeChained(columns("normal"), { ...options, seed: 1, signal: { aborted: true } })).toMatchObject({
      ok: false,
      issues: [{ code: "stopped" }],
    });
  });
  it("equal estimates pool without dividing by zero", () => {
    expect(unwrap(poolEstimates([0.5, 0.5, 0.5], [0.04, 0.04, 0.04]))).toMatchObject({
      estimate: 0.5,
      between: 0,
      total: 0.04,
      lambda: 0,
      df: Number.POSITIVE_INFINITY,
    });
  });
  it.each([
    ["one imputation", poolEstimates([1], [1]), "unequal-lengths"],
    ["zero variance", poolEstimates([1, 2], [0, 1]), "not-estimable"],
    ["one column", imputeChained(columns("normal").slice(0, 1), { seed: 1 }), "unequal-lengths"],
    [
      "strange category",
      imputeChained(
        [
          { name: "x", values: x, method: "normal" },
          { name: "y", values: y, method: "logistic" },
        ],
        { seed: 1 },
      ),
      "outcome-not-binary",
    ],
    [
      "nothing to learn from",
      imputeChained(
        [
          { name: "x", values: [1, 2, 3], method: "normal" },
          { name: "y", values: [1, null, 2], method: "normal" },
        ],
        { seed: 1 },
      ),
      "too-few-values",
    ],
  ])("refuses: %s", (_name, result, code) => {
    expect(result).toMatchObject({ ok: false, issues: [{ code }] });
  });
});
