import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { near } from "testkit";
import { describe, expect, it } from "vitest";
import { coxRegression, dummyCovariates, logRank } from "../../src/survival/index.js";
import { permuted, sample, simulated } from "./support.js";

const placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23];
const freireich = {
  time: [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35, ...placebo],
  event: [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, ...placebo.map(() => 1)],
  group: [...Array<string>(21).fill("6-MP"), ...Array<string>(21).fill("placebo")],
};
const kinds = [
  { kind: "log-rank" },
  { kind: "gehan" },
  { kind: "tarone-ware" },
  { kind: "peto-peto" },
  { kind: "fleming-harrington", rho: 1, gamma: 0 },
  { kind: "fleming-harrington", rho: 0.5, gamma: 2 },
] as const;

describe("log-rank family", () => {
  it("gives the known answer for Freireich's leukaemia data", () => {
    const result = unwrap(logRank(freireich));
    expect(result.test?.chiSquare).toBeCloseTo(16.7929, 4);
    expect(result.groups.map((group) => group.observed)).toEqual([9, 21]);
    expect(result.groups[0]?.expected).toBeCloseTo(19.2505, 4);
    const gehan = unwrap(logRank(freireich, { weight: { kind: "gehan" } }));
    expect(gehan.test?.chiSquare).toBeCloseTo(13.4579, 4);
  });

  it("is the score test of the exact Cox model, for any number of groups", () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { time, event, group } = simulated(60, 1, seed);
      const score = unwrap(
        coxRegression({ time, event, covariates: dummyCovariates("g", Array.from(group)) }, { ties: "exact" }),
      ).score;
      const test = unwrap(logRank({ time, event, group })).test!;
      expect(near(test.chiSquare, score.chiSquare, 1e-9)).toBe(true);
      expect(test.df).toBe(2);
    }
  });

  it("does not depend on row order, time scale or names of groups", () => {
    fc.assert(
      fc.property(sample(), fc.constantFrom(...kinds), fc.integer({ min: 1, max: 999 }), (data, weight, seed) => {
        fc.pre(new Set(data.group).size > 1);
        const order = random(seed).permutation(data.time.length);
        const base = unwrap(logRank(data, { weight }));
        const other = unwrap(
          logRank(
            {
              time: permuted(data.time, order).map((t) => t / 30.4375),
              event: permuted(data.event, order),
              group: permuted(data.group, order).map((g) => `zyx${2 - g}`),
            },
            { weight },
          ),
        );
        expect(other.test === null).toBe(base.test === null);
        if (base.test !== null && other.test !== null) {
          expect(other.test.df).toBe(base.test.df);
          expect(near(other.test.chiSquare, base.test.chiSquare, 1e-7, 1e-9)).toBe(true);
          expect(base.test.p).toBeGreaterThanOrEqual(0);
          expect(base.test.p).toBeLessThanOrEqual(1);
        }
        const total = base.groups.reduce((sum, g) => sum + g.expected, 0);
        expect(near(total, base.events, 1e-10)).toBe(true);
      }),
    );
  });

  it("with two groups the trend over any two scores is the test itself", () => {
    const plain = unwrap(logRank(freireich, { scores: [-3, 11] }));
    expect(near(plain.trend!.chiSquare, plain.test!.chiSquare, 1e-12)).toBe(true);
  });

  it("sums over strata: one stratum repeated doubles observed and expected", () => {
    const twice = <T>(values: readonly T[]): T[] => [...values, ...values];
    const strata = [...freireich.time.map(() => "a"), ...freireich.time.map(() => "b")];
    const base = unwrap(logRank(freireich));
    const both = unwrap(
      logRank({
        time: twice(freireich.time),
        event: twice(freireich.event),
        group: twice(freireich.group),
        strata,
      }),
    );
    expect(near(both.test!.chiSquare, 2 * base.test!.chiSquare, 1e-12)).toBe(true);
  });

  it("with delayed entry at 0 is the plain test", () => {
    const entry = freireich.time.map(() => 0);
    expect(unwrap(logRank({ ...freireich, entry })).test).toEqual(unwrap(logRank(freireich)).test);
  });

  it("says which group has no events or is never at risk, and tests the rest", () => {
    const data = { time: [1, 2, 3, 4, 0.5, 0.6], event: [1, 1, 0, 0, 0, 0], group: ["a", "a", "b", "b", "c", "c"] };
    const result = unwrap(logRank(data));
    expect(result.issues.map((issue) => issue.code)).toEqual(["group-without-events", "group-never-at-risk"]);
    expect(result.test?.df).toBe(1);
    const none = unwrap(logRank({ time: [1, 2], event: [0, 0], group: ["a", "b"] }));
    expect(none.test).toBeNull();
    expect(none.issues.map((issue) => issue.code)).toContain("no-events");
  });

  it.each([
    ["one group", { ...freireich, group: freireich.time.map(() => "a") }, {}, "one-group"],
    ["weights", { ...freireich, weights: freireich.time.map(() => 1) }, {}, "weights-not-supported"],
    ["scores of the wrong length", freireich, { scores: [1, 2, 3] }, "bad-scores"],
    ["a bad level", freireich, { level: 1 }, "bad-level"],
    ["a bad event", { ...freireich, event: freireich.event.map((e) => e + 1) }, {}, "bad-event"],
  ])("refuses %s", (_, columns, options, code) => {
    const result = logRank(columns, options);
    expect(result.ok).toBe(false);
    expect(result.issues[0]?.code).toBe(code);
  });
});
