import { random, unwrap } from "@livermark/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aucDelong,
  bootstrapAuc,
  partialArea,
  rocAnalysis,
  rocTestPaired,
  rocTestUnpaired,
} from "../../src/models/index.js";

const sample = fc
  .array(
    fc.record({
      y: fc.integer({ min: 0, max: 1 }),
      a: fc.integer({ min: 0, max: 9 }),
      b: fc.integer({ min: 0, max: 9 }),
    }),
    { minLength: 6, maxLength: 40 },
  )
  .filter((rows) => rows.filter((r) => r.y === 1).length >= 2 && rows.filter((r) => r.y === 0).length >= 2);

const columns = (rows: readonly { y: number; a: number; b: number }[]) => ({
  y: rows.map((r) => r.y),
  a: rows.map((r) => r.a),
  b: rows.map((r) => r.b),
});

const up = { direction: "higher-in-cases" } as const;

/** Area and DeLong variance by the definition, over all pairs (DeLong et al. 1988). */
function byPairs(y: readonly number[], x: readonly number[]): { area: number; variance: number } {
  const cases = x.filter((_, i) => y[i] === 1);
  const controls = x.filter((_, i) => y[i] === 0);
  const kernel = (c: number, k: number): number => (c > k ? 1 : c === k ? 0.5 : 0);
  const mean = (v: readonly number[]): number => v.reduce((s, w) => s + w, 0) / v.length;
  const variance = (v: readonly number[]): number => v.reduce((s, w) => s + (w - mean(v)) ** 2, 0) / (v.length - 1);
  const ofCases = cases.map((c) => mean(controls.map((k) => kernel(c, k))));
  const ofControls = controls.map((k) => mean(cases.map((c) => kernel(c, k))));
  return { area: mean(ofCases), variance: variance(ofCases) / cases.length + variance(ofControls) / controls.length };
}

describe("ROC laws", () => {
  it("gives the area and variance of the definition over all pairs", () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const { y, a } = columns(rows);
        const r = unwrap(rocAnalysis(y, a, up));
        const expected = byPairs(y, a);
        expect(r.area).toBeCloseTo(expected.area, 12);
        expect(r.delongVariance).toBeCloseTo(expected.variance, 12);
      }),
    );
  });

  it("does not change under a rising transform, and turns into 1 − area under a falling one", () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const { y, a } = columns(rows);
        const r = unwrap(rocAnalysis(y, a, up));
        expect(
          unwrap(
            rocAnalysis(
              y,
              a.map((v) => Math.exp(v / 3)),
              up,
            ),
          ).area,
        ).toBe(r.area);
        expect(
          unwrap(
            rocAnalysis(
              y,
              a.map((v) => -v),
              up,
            ),
          ).area,
        ).toBeCloseTo(1 - r.area, 12);
      }),
    );
  });

  it("does not depend on the order of rows", () => {
    fc.assert(
      fc.property(sample, fc.integer(), (rows, seed) => {
        const turned = random(seed)
          .permutation(rows.length)
          .map((i) => rows[i]!);
        const [one, two] = [columns(rows), columns(turned)];
        expect(unwrap(rocAnalysis(two.y, two.a))).toEqual(unwrap(rocAnalysis(one.y, one.a)));
      }),
    );
  });

  it("relabelling the classes and the direction keeps the area", () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const { y, a } = columns(rows);
        const other = unwrap(
          rocAnalysis(
            y.map((v) => 1 - v),
            a,
            { direction: "lower-in-cases" },
          ),
        );
        expect(other.area).toBeCloseTo(unwrap(rocAnalysis(y, a, up)).area, 12);
      }),
    );
  });

  it("has symmetric paired tests, and none between a marker and itself", () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const { y, a, b } = columns(rows);
        const directions = ["higher-in-cases", "higher-in-cases"] as const;
        const one = unwrap(rocTestPaired(y, a, b, { directions }));
        const two = unwrap(rocTestPaired(y, b, a, { directions }));
        expect(one.difference).toBeCloseTo(-two.difference, 12);
        expect(one.covariance).toBeCloseTo(two.covariance!, 12);
        if (one.test.estimable && two.test.estimable) expect(one.test.p).toBeCloseTo(two.test.p, 10);
        expect(unwrap(rocTestPaired(y, a, a)).test.estimable).toBe(false);
      }),
    );
  });

  it("has a curve from (1, 0) to (0, 1) whose trapezoids are the area", () => {
    fc.assert(
      fc.property(sample, (rows) => {
        const { y, a } = columns(rows);
        const { curve, area } = unwrap(rocAnalysis(y, a, up));
        const last = curve.thresholds.length - 1;
        expect([curve.sensitivity[0], curve.specificity[0], curve.sensitivity[last], curve.specificity[last]]).toEqual([
          1, 0, 0, 1,
        ]);
        for (let i = 1; i <= last; i++) {
          expect(curve.sensitivity[i]!).toBeLessThanOrEqual(curve.sensitivity[i - 1]!);
          expect(curve.specificity[i]!).toBeGreaterThanOrEqual(curve.specificity[i - 1]!);
        }
        expect(partialArea(curve, 0, 1).area).toBeCloseTo(area, 12);
      }),
    );
  });
});

describe("ROC results that cannot mislead", () => {
  it("calls the interval of an area of 1 not estimable and gives the exact bound", () => {
    const result = rocAnalysis([0, 0, 0, 1, 1], [1, 2, 3, 4, 5]);
    const r = unwrap(result);
    expect(r.area).toBe(1);
    expect(r.intervals.delong.estimable).toBe(false);
    expect(r.intervals.exactBinomial.low).toBeCloseTo(0.025 ** (1 / 5), 10);
    expect(result.issues.map((issue) => issue.code)).toContain("auc-interval-not-estimable");
  });

  it("has no NaN in any result of odd inputs", () => {
    for (const [y, x] of [
      [
        [0, 0, 1, 1],
        [1, 1, 1, 1],
      ],
      [
        [0, 0, 0, 0, 1],
        [1, 2, 3, 4, 3],
      ],
      [
        [0, 1],
        [2, 1],
      ],
    ] as const) {
      expect(JSON.stringify(unwrap(rocAnalysis(y, x)), (_, v) => (Number.isNaN(v) ? "NaN!" : v))).not.toContain("NaN!");
    }
  });

  it("is not significant by chance in unpaired samples of one distribution", () => {
    const stream = random(3);
    const make = () => ({
      outcome: Array.from({ length: 60 }, (_, i) => i % 2),
      marker: Array.from({ length: 60 }, () => stream.normal()),
    });
    const r = unwrap(rocTestUnpaired(make(), make()));
    expect(r.test.estimable && r.test.p).toBeGreaterThan(0.01);
  });

  it.each([
    ["outcome-not-binary", [0, 1, 2], [1, 2, 3]],
    ["one-class-outcome", [1, 1, 1], [1, 2, 3]],
    ["one-class-outcome", [null, null], [1, 2]],
    ["unequal-lengths", [0, 1], [1, 2, 3]],
    ["infinite-value", [0, 1], [1, Infinity]],
  ])("refuses: %s", (code, y, x) => {
    const r = rocAnalysis(y, x);
    expect(r.ok).toBe(false);
    expect(r.issues[0]!.code).toBe(code);
  });

  it("refuses levels outside (0, 1)", () => {
    expect(rocAnalysis([0, 1], [1, 2], { level: 95 }).issues[0]!.code).toBe("fraction-out-of-range");
    expect(rocTestPaired([0, 1], [1, 2], [2, 1], { level: 95 }).issues[0]!.code).toBe("fraction-out-of-range");
  });
});

describe("bootstrap of the area", () => {
  const y = Array.from({ length: 40 }, (_, i) => i % 2);
  const stream = random(1);
  const x = y.map((v) => v + stream.normal());
  const options = { ...up, resampling: { seed: 5, replicates: 200, stratified: true } };

  it("is the same for the same seed and brackets the area", () => {
    const one = unwrap(bootstrapAuc(y, x, options));
    expect(unwrap(bootstrapAuc(y, x, options))).toEqual(one);
    const { area } = unwrap(rocAnalysis(y, x, up));
    expect(one.interval.low).toBeLessThan(area);
    expect(one.interval.high).toBeGreaterThan(area);
  });

  it("stops when asked and reports progress", () => {
    const signal = { aborted: false };
    const seen: number[] = [];
    const r = bootstrapAuc(y, x, {
      ...options,
      signal,
      onProgress: (done) => {
        seen.push(done);
        if (done === 10) signal.aborted = true;
      },
    });
    expect(r.ok).toBe(false);
    expect(r.issues[0]!.code).toBe("stopped");
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("refuses rows that do not exist and too few replicates", () => {
    expect(
      bootstrapAuc(y, x, {
        ...up,
        resampling: {
          indices: [
            [0, 99],
            [1, 2],
          ],
        },
      }).issues[0]!.code,
    ).toBe("row-out-of-range");
    expect(
      bootstrapAuc(y, x, { ...up, resampling: { seed: 1, replicates: 1, stratified: true } }).issues[0]!.code,
    ).toBe("too-few-replicates");
  });

  it("agrees with the short way for large samples", () => {
    const fast = unwrap(aucDelong(Float64Array.from(y), Float64Array.from(x), "higher-in-cases"));
    const slow = unwrap(rocAnalysis(y, x, up));
    expect(fast.area).toBe(slow.area);
    expect(fast.variance).toBe(slow.delongVariance);
  });
});
