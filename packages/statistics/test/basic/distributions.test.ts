import fc from "fast-check";
import { near, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  betaCdf,
  betaQuantile,
  betaUpperTail,
  binomialCdf,
  binomialUpperTail,
  chiSquareCdf,
  chiSquareQuantile,
  chiSquareUpperTail,
  fCdf,
  fQuantile,
  fUpperTail,
  hypergeometricCdf,
  hypergeometricUpperTail,
  logGamma,
  noncentralStudentCdf,
  normalCdf,
  normalLogCdf,
  normalQuantile,
  normalUpperTail,
  poissonCdf,
  poissonUpperTail,
  studentCdf,
  studentizedRangeUpperTail,
  studentizedRangeUpperTailCoarse,
  studentQuantile,
  studentUpperTail,
} from "../../src/index.js";

const runs = { numRuns: sized(60, 1000) };
const positive = (low: number, high: number) =>
  fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);
const inside = fc.double({ min: 1e-9, max: 1 - 1e-9, noNaN: true });

describe("golden values of R 4.2.2, both tails", () => {
  const golden: readonly [string, number, number][] = [
    ["pnorm(-10)", normalCdf(-10), 7.619853024160527e-24],
    ["pnorm(10, lower = FALSE)", normalUpperTail(10), 7.619853024160527e-24],
    ["pnorm(-38, log = TRUE)", normalLogCdf(-38), -726.5572160188201],
    ["qnorm(1e-300)", normalQuantile(1e-300), -37.0470962993612],
    ["pchisq(400, 1, lower = FALSE)", chiSquareUpperTail(400, 1), 5.507248237212469e-89],
    ["pchisq(1200, 1000, lower = FALSE)", chiSquareUpperTail(1200, 1000), 1.2255942330622908e-5],
    ["qchisq(1e-6, 2)", chiSquareQuantile(1e-6, 2), 2.0000010000006668e-6],
    ["pt(1e5, 3, lower = FALSE)", studentUpperTail(1e5, 3), 1.1026577904466253e-15],
    ["qt(1e-10, 3)", studentQuantile(1e-10, 3), -2225.7692846830946],
    ["pf(250, 3, 40, lower = FALSE)", fUpperTail(250, 3, 40), 6.150429167790565e-26],
    ["qf(0.999, 1, 1)", fQuantile(0.999, 1, 1), 405284.06790284824],
    ["qbeta(0.025, 0.5, 10.5)", betaQuantile(0.025, 0.5, 10.5), 4.789043315758193e-5],
    ["lgamma(1e6)", logGamma(1e6), 12815504.569147611],
    ["pt(2, 10, 1.5)", noncentralStudentCdf(2, 10, 1.5), 0.6591540724420263],
    ["ptukey(10, 5, 8, lower = FALSE)", studentizedRangeUpperTailCoarse(10, 5, 8), 0.0007151755733277865],
    // 20 digits by adaptive quadrature; R's value differs in the seventh
    ["studentized range, exact", studentizedRangeUpperTail(10, 5, 8), 0.0007151762796334995],
  ];
  it.each(golden)("%s", (_name, ours, theirs) => {
    expect(near(ours, theirs, 1e-10, 0)).toBe(true);
  });
});

describe("laws of distributions", () => {
  it("quantiles invert probabilities", () => {
    fc.assert(
      fc.property(inside, positive(0.3, 500), positive(0.3, 500), (p, a, b) => {
        expect(near(chiSquareCdf(chiSquareQuantile(p, a), a), p, 1e-9, 0)).toBe(true);
        expect(near(studentCdf(studentQuantile(p, a), a), p, 1e-9, 0)).toBe(true);
        expect(near(fCdf(fQuantile(p, a, b), a, b), p, 1e-9, 0)).toBe(true);
        expect(near(normalCdf(normalQuantile(p)), p, 1e-12, 0)).toBe(true);
        expect(near(betaCdf(betaQuantile(p, a, b), a, b), p, 1e-7, 0)).toBe(true);
      }),
      runs,
    );
  });
  it("tails add up to one and are symmetric", () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), positive(0.5, 1e4), (x, df) => {
        expect(near(normalCdf(x) + normalUpperTail(x), 1, 1e-14)).toBe(true);
        expect(studentCdf(x, df)).toBe(studentUpperTail(-x, df));
        expect(near(studentCdf(x, df) + studentUpperTail(x, df), 1, 1e-13)).toBe(true);
        expect(near(fUpperTail(x * x, 1, df), 2 * studentUpperTail(Math.abs(x), df), 1e-10, 0)).toBe(true);
      }),
      runs,
    );
  });
  it("beta mirrors, and gamma recurs", () => {
    fc.assert(
      fc.property(inside, positive(0.05, 300), positive(0.05, 300), (x, a, b) => {
        expect(near(betaCdf(x, a, b), betaUpperTail(1 - x, b, a), 1e-8, 1e-12)).toBe(true);
        expect(near(logGamma(a + 1), logGamma(a) + Math.log(a), 1e-12, 1e-13)).toBe(true);
      }),
      runs,
    );
  });
  it("discrete tails add up to one", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), inside, (k, n, p) => {
        expect(near(binomialCdf(k, n, p) + binomialUpperTail(k, n, p), 1, 1e-12)).toBe(true);
        expect(near(poissonCdf(k, 30 * p) + poissonUpperTail(k, 30 * p), 1, 1e-12)).toBe(true);
        expect(
          near(
            hypergeometricCdf(k, n, 20, Math.min(n, 15)) + hypergeometricUpperTail(k, n, 20, Math.min(n, 15)),
            1,
            1e-12,
          ),
        ).toBe(true);
      }),
      runs,
    );
  });
  it("the coarse studentized range stays within 1e-8 of the exact one", () => {
    for (const [q, k, df] of [
      [3.5, 3, 20],
      [10, 5, 8],
      [1, 3, 5],
      [5, 8, 100],
    ] as const) {
      expect(near(studentizedRangeUpperTailCoarse(q, k, df), studentizedRangeUpperTail(q, k, df), 0, 1e-8)).toBe(true);
    }
  });
});

describe("arguments outside the domain throw, never answer NaN", () => {
  it.each([
    ["normalQuantile", () => normalQuantile(1.1)],
    ["normalCdf", () => normalCdf(Number.NaN)],
    ["chiSquareUpperTail", () => chiSquareUpperTail(Number.NaN, 1)],
    ["chiSquareQuantile", () => chiSquareQuantile(0.5, -1)],
    ["studentUpperTail", () => studentUpperTail(1, 0)],
    ["fUpperTail", () => fUpperTail(1, 0, 3)],
    ["betaQuantile", () => betaQuantile(0.5, 0, 1)],
    ["binomialCdf", () => binomialCdf(10, 2, 5)],
    ["logGamma", () => logGamma(0)],
    ["noncentralStudentCdf", () => noncentralStudentCdf(1, 10, 50)],
    ["studentizedRangeUpperTail", () => studentizedRangeUpperTail(1, 1, 10)],
  ])("%s", (_name, call) => {
    expect(call).toThrow(RangeError);
  });
});
