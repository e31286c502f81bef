import { unwrap } from "@livermark/core";
import fc from "fast-check";
import { near, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  bartlettTest,
  blandAltman,
  cohensD,
  describe as describeColumn,
  dunnTest,
  groupValues,
  intraclassCorrelation,
  kendallCorrelation,
  kruskalWallis,
  leastSquares,
  leveneTest,
  mannWhitney,
  median,
  moments,
  oneWayAnova,
  pairedTTest,
  pairwiseTTests,
  pearsonCorrelation,
  quantiles,
  shapiroWilk,
  signedRank,
  spearmanCorrelation,
  standardisedCategoryDifference,
  standardisedDifference,
  tTest,
  tukeyFiveNumbers,
  varianceRatioTest,
  welchAnova,
} from "../../src/index.js";

const runs = { numRuns: sized(40, 500) };
const number = fc.integer({ min: -500, max: 500 }).map((k) => k / 8);
const sample = (least: number) => fc.array(number, { minLength: least, maxLength: 25 });
const spreadSample = (least: number) => sample(least).filter((x) => new Set(x).size > 1);
const shuffled = <T>(values: readonly T[], key: number): T[] =>
  values
    .map((value, i) => ({ value, at: Math.sin(key + i * 12.9898) }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);

describe("description", () => {
  it("keeps the variance of values far from zero", () => {
    expect(moments([4, 7, 13, 16].map((x) => x + 1e9)).sumOfSquares / 3).toBe(30);
  });
  it("counts missing values and tags what one value does not have", () => {
    const d = unwrap(describeColumn([null, 3, Number.NaN]));
    expect(d).toMatchObject({ n: 1, missing: 2, mean: 3, varianceDivisor: "n-1", quantileType: 7 });
    expect(d.sd).toMatchObject({ estimable: false });
    expect(d.meanInterval).toMatchObject({ estimable: false });
  });
  it("never answers NaN", () => {
    fc.assert(
      fc.property(sample(1), (x) => {
        expect(JSON.stringify(unwrap(describeColumn(x)), (_key, v) => (Number.isNaN(v) ? "NaN!" : v))).not.toContain(
          "NaN!",
        );
      }),
      runs,
    );
  });
  it("does not depend on the order of rows; location and scale follow", () => {
    fc.assert(
      fc.property(spreadSample(4), fc.integer(), number, (x, key, shift) => {
        const a = unwrap(describeColumn(x));
        const b = unwrap(describeColumn(shuffled(x, key)));
        const c = unwrap(describeColumn(x.map((value) => 3 * value + shift)));
        expect(near(b.sd as number, a.sd as number, 1e-12)).toBe(true);
        expect(b.quartiles).toEqual(a.quartiles);
        expect(near(c.mean, 3 * a.mean + shift, 1e-12, 1e-9)).toBe(true);
        expect(near(c.sd as number, 3 * (a.sd as number), 1e-10)).toBe(true);
        expect(near(c.skewness as number, a.skewness as number, 1e-6, 1e-6)).toBe(true);
      }),
      runs,
    );
  });
  it("quantiles are monotone, bounded, and types agree on the median of odd samples", () => {
    fc.assert(
      fc.property(sample(1), fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9), (x, type) => {
        const q = quantiles(x, [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1], type as 7);
        expect(q.every((value, i) => i === 0 || value >= q[i - 1]! - 1e-12)).toBe(true);
        expect(Math.min(...x) <= q[0]! && q[6]! <= Math.max(...x)).toBe(true);
        if (x.length % 2 === 1 && [5, 6, 7].includes(type)) expect(q[3]).toBe(median(x));
        expect(tukeyFiveNumbers(x)[2]).toBeCloseTo(median(x), 12);
      }),
      runs,
    );
  });
});

describe("two samples", () => {
  it("swap of samples mirrors every statistic", () => {
    fc.assert(
      fc.property(spreadSample(3), spreadSample(3), (x, y) => {
        const t = unwrap(tTest(x, y));
        const s = unwrap(tTest(y, x));
        expect(near(s.t, -t.t, 1e-12)).toBe(true);
        expect(near(s.p, t.p, 1e-12)).toBe(true);
        expect(near(t.pGreater + t.pLess, 1, 1e-12)).toBe(true);
        const u = unwrap(mannWhitney(x, y));
        const v = unwrap(mannWhitney(y, x));
        expect(u.u1 + u.u2).toBe(x.length * y.length);
        expect(v.u1).toBe(u.u2);
        expect(v.pNormal).toBeCloseTo(u.pNormal as number, 12);
        expect(v.shift).toBeCloseTo(-(u.shift as number), 10);
        if (u.exact.estimable && v.exact.estimable) expect(v.exact.p).toBeCloseTo(u.exact.p, 10);
      }),
      runs,
    );
  });
  it("ranks ignore monotone transformations; t ignores shift and scale", () => {
    fc.assert(
      fc.property(spreadSample(3), spreadSample(3), (x, y) => {
        const f = (value: number): number => Math.atan(value / 50);
        expect(unwrap(mannWhitney(x.map(f), y.map(f))).u1).toBe(unwrap(mannWhitney(x, y)).u1);
        const g = (value: number): number => 4 * value + 7;
        expect(near(unwrap(tTest(x.map(g), y.map(g))).t, unwrap(tTest(x, y)).t, 1e-9)).toBe(true);
        expect(near(unwrap(cohensD(x.map(g), y.map(g))).d, unwrap(cohensD(x, y)).d, 1e-9)).toBe(true);
      }),
      runs,
    );
  });
  it("the exact rank test counts permutations by hand", () => {
    const r = unwrap(mannWhitney([1, 2, 2, 3], [2, 3, 4, 4, 5]));
    expect(r.exact).toMatchObject({ p: expect.closeTo(11 / 126, 12), midP: expect.closeTo(7 / 126, 12) });
    expect(unwrap(signedRank([3, 5, 9], [1, 4, 4])).pExact).toBeCloseTo(0.25, 12);
  });
});

describe("several groups and correlation", () => {
  const grouped = (a: readonly number[], b: readonly number[]) =>
    unwrap(groupValues([...a, ...b], [...a.map(() => "a"), ...b.map(() => "b")]));
  it("two groups reduce to the two-sample tests", () => {
    fc.assert(
      fc.property(spreadSample(3), spreadSample(3), (x, y) => {
        const both = grouped(x, y);
        const t = unwrap(tTest(x, y, { equalVariances: true }));
        expect(near(unwrap(oneWayAnova(both)).f, t.t ** 2, 1e-8, 1e-9)).toBe(true);
        expect(near(unwrap(welchAnova(both)).f, unwrap(tTest(x, y)).t ** 2, 1e-8, 1e-9)).toBe(true);
        const u = unwrap(mannWhitney(x, y));
        expect(near(unwrap(kruskalWallis(both)).chiSquare, (u.z as number) ** 2, 1e-8, 1e-9)).toBe(true);
        expect(near(unwrap(dunnTest(both))[0]!.p, u.pNormal as number, 1e-8)).toBe(true);
        expect(near(unwrap(pairwiseTTests(both))[0]!.p, t.p, 1e-8)).toBe(true);
      }),
      runs,
    );
  });
  it("correlations are symmetric, bounded, and flip with the sign", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 4, maxLength: 20 }), (pairs) => {
        const x = pairs.map(([a]) => a);
        const y = pairs.map(([, b]) => b);
        fc.pre(new Set(x).size > 1 && new Set(y).size > 1);
        const minus = x.map((value) => -value);
        const p = unwrap(pearsonCorrelation(x, y));
        expect(Math.abs(p.r)).toBeLessThanOrEqual(1);
        expect(unwrap(pearsonCorrelation(y, x)).r).toBeCloseTo(p.r, 12);
        expect(unwrap(pearsonCorrelation(minus, y)).r).toBeCloseTo(-p.r, 12);
        expect(unwrap(spearmanCorrelation(minus, y)).rho).toBeCloseTo(-unwrap(spearmanCorrelation(x, y)).rho, 12);
        expect(unwrap(kendallCorrelation(minus, y)).tau).toBeCloseTo(-unwrap(kendallCorrelation(x, y)).tau, 12);
      }),
      runs,
    );
  });
  it("least squares recovers a plane", () => {
    const x = [0, 1, 2, 3, 4, 7];
    const z = [1, 0, 2, 5, 1, 1];
    const fit = unwrap(
      leastSquares(
        x.map((value, i) => 2 + 3 * value - z[i]!),
        [
          { name: "x", values: x },
          { name: "z", values: z },
        ],
      ),
    );
    [2, 3, -1].forEach((value, j) => {
      expect(fit.coefficients[j]).toBeCloseTo(value, 10);
    });
  });
});

describe("agreement and balance", () => {
  it("the six forms of Shrout and Fleiss 1979, table 4", () => {
    const ratings = [
      [9, 6, 8, 7, 10, 6],
      [2, 1, 4, 1, 5, 2],
      [5, 3, 6, 2, 6, 4],
      [8, 2, 8, 6, 9, 7],
    ];
    const forms = unwrap(intraclassCorrelation(ratings)).forms.map((form) => Number(form.value.toFixed(2)));
    expect(forms).toEqual([0.17, 0.29, 0.71, 0.44, 0.62, 0.91]);
  });
  it("limits of agreement mirror when the measurements are swapped", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 4, maxLength: 20 }), (pairs) => {
        const a = unwrap(
          blandAltman(
            pairs.map(([x]) => x),
            pairs.map(([, y]) => y),
          ),
        );
        const b = unwrap(
          blandAltman(
            pairs.map(([, y]) => y),
            pairs.map(([x]) => x),
          ),
        );
        expect(near(b.bias, -a.bias, 1e-12, 1e-12)).toBe(true);
        expect(near(b.upperLimit, -a.lowerLimit, 1e-9, 1e-9)).toBe(true);
        expect(b.repeatabilityCoefficient).toBeCloseTo(a.repeatabilityCoefficient, 9);
      }),
      runs,
    );
  });
  it("standardised differences of counts and of 0/1 values agree but for the divisor", () => {
    const zeroOne = (ones: number, n: number): number[] => Array.from({ length: n }, (_, i) => (i < ones ? 1 : 0));
    const counts = unwrap(standardisedCategoryDifference([3000, 7000], [4500, 5500]));
    expect(
      near(Math.abs(unwrap(standardisedDifference(zeroOne(3000, 10000), zeroOne(4500, 10000)))), counts, 1e-3),
    ).toBe(true);
    expect(unwrap(standardisedCategoryDifference([10, 20, 30], [20, 40, 60]))).toBe(0);
  });
});

describe("refusals name the reason", () => {
  const one = unwrap(groupValues([1, 2, 5], ["a", "a", "b"]));
  const flat = unwrap(groupValues([1, 1, 5, 6], ["a", "a", "b", "b"]));
  it.each([
    ["describe, nothing", describeColumn([null, Number.NaN]), "too-few-values"],
    ["describe, infinite", describeColumn([1, Number.POSITIVE_INFINITY]), "infinite-value"],
    ["shapiroWilk, two values", shapiroWilk([1, 2]), "too-few-values"],
    ["shapiroWilk, equal values", shapiroWilk([2, 2, 2]), "constant-values"],
    ["shapiroWilk, many", shapiroWilk(Array.from({ length: 5001 }, (_, i) => i)), "too-many-values"],
    ["tTest, one value", tTest([1], [1, 2]), "too-few-values"],
    ["tTest, no spread", tTest([1, 1], [1, 1]), "no-spread"],
    ["pairedTTest, equal differences", pairedTTest([1, 2, 3], [0, 1, 2]), "no-spread"],
    ["pairedTTest, lengths", pairedTTest([1, 2, 3], [0, 1]), "unequal-lengths"],
    ["varianceRatioTest, no spread", varianceRatioTest([1, 1], [1, 2]), "no-spread"],
    ["leveneTest, one group", leveneTest([[1, 2, 3]]), "too-few-values"],
    ["signedRank, all equal", signedRank([1, 2], [1, 2]), "no-difference"],
    ["mannWhitney, empty", mannWhitney([], [1]), "too-few-values"],
    ["groupValues, one group", groupValues([1, 2], ["a", "a"]), "one-group"],
    ["kruskalWallis, all tied", kruskalWallis(unwrap(groupValues([1, 1, 1], ["a", "b", "b"]))), "constant-values"],
    ["welchAnova, single value", welchAnova(one), "too-few-values"],
    ["bartlettTest, no spread", bartlettTest(flat), "no-spread"],
    ["pairwiseTTests, single value", pairwiseTTests(one), "too-few-values"],
    ["pearson, constant", pearsonCorrelation([1, 1, 1], [1, 2, 3]), "constant-values"],
    ["kendall, constant", kendallCorrelation([1, 1, 1], [1, 2, 3]), "constant-values"],
    ["ICC, one rater", intraclassCorrelation([[1, 2, 3]]), "too-few-values"],
    [
      "ICC, perfect",
      intraclassCorrelation([
        [1, 2, 3],
        [1, 2, 3],
      ]),
      "no-spread",
    ],
    ["blandAltman, two pairs", blandAltman([1, 2], [1, 3]), "too-few-values"],
    ["standardisedDifference, no spread", standardisedDifference([1, 1], [2, 2]), "no-spread"],
    [
      "leastSquares, collinear",
      leastSquares(
        [1, 2, 4, 3, 5],
        [
          { name: "x", values: [1, 2, 3, 4, 5] },
          { name: "twice", values: [2, 4, 6, 8, 10] },
        ],
      ),
      "collinear-column",
    ],
  ])("%s", (_name, result, code) => {
    expect(result).toMatchObject({ ok: false, issues: [{ code, severity: "error" }] });
  });
  it("a perfect correlation has p 0 and no interval", () => {
    expect(unwrap(pearsonCorrelation([1, 2, 3, 4], [2, 4, 6, 8]))).toMatchObject({
      r: 1,
      interval: { estimable: false },
    });
  });
});
