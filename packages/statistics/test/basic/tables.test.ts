import { unwrap } from "@livermark/core";
import fc from "fast-check";
import { near, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  adjustP,
  cohenKappa,
  contingencyTest,
  diagnosticAccuracy,
  fisherExact,
  fisherTwoByTwo,
  fleissKappa,
  gwetAc1,
  mantelHaenszel,
  mcNemarTest,
  proportion,
  trendTest,
  twoByTwoEffects,
} from "../../src/index.js";

const runs = { numRuns: sized(40, 500) };
const count = fc.integer({ min: 0, max: 15 });
const twoByTwo = fc
  .tuple(count, count, count, count)
  .map(([a, b, c, d]) => [
    [a, b],
    [c, d],
  ])
  .filter(
    ([r1, r2]) => r1![0]! + r1![1]! > 0 && r2![0]! + r2![1]! > 0 && r1![0]! + r2![0]! > 0 && r1![1]! + r2![1]! > 0,
  );
const transpose = (table: readonly (readonly number[])[]): number[][] =>
  table[0]!.map((_, j) => table.map((row) => row[j]!));

describe("laws of tables", () => {
  it("chi-square and Fisher do not know rows from columns, nor the order of either", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 3, maxLength: 3 }), {
          minLength: 2,
          maxLength: 4,
        }),
        (table) => {
          fc.pre(
            table.every((row) => row.some((c) => c > 0)) && transpose(table).every((row) => row.some((c) => c > 0)),
          );
          const turned = transpose(table);
          const reversed = [...table].reverse().map((row) => [...row].reverse());
          const a = unwrap(contingencyTest(table)).pearson.chiSquare;
          expect(near(unwrap(contingencyTest(turned)).pearson.chiSquare, a, 1e-10)).toBe(true);
          const p = unwrap(fisherExact(table));
          expect(near(unwrap(fisherExact(turned)), p, 1e-8)).toBe(true);
          expect(near(unwrap(fisherExact(reversed)), p, 1e-8)).toBe(true);
          expect(p > 0 && p <= 1).toBe(true);
        },
      ),
      runs,
    );
  });
  it("the r by c test on 2 by 2 tables is the 2 by 2 test", () => {
    fc.assert(
      fc.property(twoByTwo, (table) => {
        const f = unwrap(fisherTwoByTwo(table));
        expect(near(unwrap(fisherExact(table)), f.p, 1e-8)).toBe(true);
        expect(f.low <= f.oddsRatio && f.oddsRatio <= f.high).toBe(true);
        const swapped = unwrap(fisherTwoByTwo([table[1]!, table[0]!]));
        if (f.oddsRatio > 0 && Number.isFinite(f.oddsRatio))
          expect(near(swapped.oddsRatio, 1 / f.oddsRatio, 1e-8)).toBe(true);
        expect(near(swapped.pLess, f.pGreater, 1e-10)).toBe(true);
      }),
      runs,
    );
  });
  it("proportions mirror and their exact interval holds the estimate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (n, k) => {
        const x = k % (n + 1);
        const a = unwrap(proportion(x, n));
        const b = unwrap(proportion(n - x, n));
        for (const name of ["clopperPearson", "wilson", "wilsonCorrected", "agrestiCoull", "wald"] as const) {
          expect(near(b[name].low, 1 - a[name].high, 1e-9, 1e-9)).toBe(true);
          expect(a[name].low <= a.value + 1e-12 && a.value <= a[name].high + 1e-12).toBe(true);
        }
      }),
      runs,
    );
  });
  it("kappa is symmetric in the raters, at most 1, and weighted kappa of two categories is kappa", () => {
    fc.assert(
      fc.property(twoByTwo, (table) => {
        const k = cohenKappa(table);
        fc.pre(k.ok);
        expect(near(unwrap(cohenKappa(transpose(table))).kappa, k.value.kappa, 1e-10)).toBe(true);
        expect(k.value.kappa).toBeLessThanOrEqual(1 + 1e-12);
        expect(near(unwrap(cohenKappa(table, "quadratic")).kappa, k.value.kappa, 1e-10)).toBe(true);
        expect(k.value.standardError).toBeGreaterThanOrEqual(0);
      }),
      runs,
    );
  });
  it("adjusted p-values keep their order and are never smaller", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 15 }), (p) => {
        const by = (["bonferroni", "holm", "hochberg", "hommel", "BH", "BY"] as const).map((method) =>
          adjustP(p, method),
        );
        for (const adjusted of by) {
          adjusted.forEach((value, i) => {
            expect(value >= p[i]! - 1e-15 && value <= 1).toBe(true);
          });
        }
        const [bonferroni, holm, hochberg, hommel, bh] = by;
        p.forEach((_, i) => {
          expect(holm![i]! <= bonferroni![i]! + 1e-15).toBe(true);
          expect(hochberg![i]! <= holm![i]! + 1e-15).toBe(true);
          expect(hommel![i]! <= hochberg![i]! + 1e-12).toBe(true);
          expect(bh![i]! <= hochberg![i]! + 1e-15).toBe(true);
        });
      }),
      runs,
    );
  });
});

describe("published numbers", () => {
  it("sex and progression: odds ratio 4.167 (0.847-20.506), exact p 0.108", () => {
    const { oddsRatio } = unwrap(
      twoByTwoEffects([
        [30, 36],
        [2, 10],
      ]),
    );
    expect(oddsRatio).toMatchObject({
      value: expect.closeTo(4.167, 3),
      interval: { low: expect.closeTo(0.847, 3), high: expect.closeTo(20.506, 3) },
    });
  });
  it("R's Fisher limits differ from the exact ones in the third digit", () => {
    const exact = unwrap(
      fisherTwoByTwo([
        [3, 1],
        [1, 3],
      ]),
    );
    const asInR = unwrap(
      fisherTwoByTwo(
        [
          [3, 1],
          [1, 3],
        ],
        { roots: "as in R" },
      ),
    );
    expect(asInR.high).toBeCloseTo(621.9337505454173, 8);
    expect(exact.high).toBeCloseTo(626.2435, 3);
    expect(asInR.p).toBe(exact.p);
  });
  it("large 2 by 4 tables do not underflow: R 4.2.2 fisher.test", () => {
    expect(
      unwrap(
        fisherExact([
          [83, 90, 129, 70],
          [3, 3, 7, 12],
        ]),
      ),
    ).toBeCloseTo(0.01447190664722618, 10);
  });
  it("Gwet 2002: kappa collapses on skewed margins, AC1 does not", () => {
    expect(
      unwrap(
        cohenKappa([
          [118, 5],
          [2, 0],
        ]),
      ).kappa,
    ).toBeCloseTo(-0.0234, 4);
    expect(
      unwrap(
        gwetAc1([
          [118, 5],
          [2, 0],
        ]),
      ).ac1,
    ).toBeCloseTo(0.9408, 4);
  });
  it("one stratum gives its own odds ratio", () => {
    expect(
      unwrap(
        mantelHaenszel([
          [
            [12, 5],
            [4, 9],
          ],
        ]),
      ).oddsRatio,
    ).toBeCloseTo((12 * 9) / (5 * 4), 12);
  });
});

describe("zero cells and refusals", () => {
  it("a zero cell warns, and its ratio has no interval", () => {
    const r = twoByTwoEffects([
      [4, 0],
      [0, 4],
    ]);
    expect(r).toMatchObject({
      ok: true,
      value: { oddsRatio: { infinite: true, interval: { estimable: false } }, haldaneOddsRatio: { value: 81 } },
      issues: [{ code: "zero-cell", severity: "warning" }],
    });
  });
  it("accuracy without false positives has no upper likelihood ratio", () => {
    const r = unwrap(diagnosticAccuracy({ truePositive: 12, falsePositive: 0, falseNegative: 3, trueNegative: 15 }));
    expect(r.likelihoodRatioPositive).toMatchObject({ infinite: true, interval: { estimable: false } });
    expect(r.diagnosticOddsRatio).toMatchObject({ estimable: false });
  });
  it("small expected counts warn", () => {
    expect(
      contingencyTest([
        [3, 1],
        [1, 3],
      ]).issues,
    ).toMatchObject([{ code: "small-expected-counts" }]);
  });
  it("a table beyond the exact test is refused before the work", () => {
    const hair = [
      [68, 20, 15, 5],
      [119, 84, 54, 29],
      [26, 17, 14, 14],
      [7, 94, 10, 16],
    ];
    expect(fisherExact(hair)).toMatchObject({ ok: false, issues: [{ code: "table-too-large" }] });
  });
  it.each([
    ["ragged table", contingencyTest([[1, 2], [3]]), "table-shape"],
    ["one row", contingencyTest([[1, 2]]), "table-shape"],
    [
      "half a patient",
      contingencyTest([
        [1, 2.5],
        [3, 4],
      ]),
      "not-a-count",
    ],
    [
      "nobody",
      contingencyTest([
        [0, 0],
        [0, 0],
      ]),
      "empty-table",
    ],
    [
      "empty column",
      contingencyTest([
        [1, 0],
        [3, 0],
      ]),
      "empty-margin",
    ],
    [
      "odds ratio of 2 by 3",
      twoByTwoEffects([
        [1, 2, 3],
        [3, 4, 5],
      ]),
      "table-shape",
    ],
    [
      "McNemar, not square",
      mcNemarTest([
        [1, 2, 3],
        [3, 4, 5],
      ]),
      "table-shape",
    ],
    [
      "McNemar, no change",
      mcNemarTest([
        [5, 0],
        [0, 5],
      ]),
      "no-difference",
    ],
    [
      "Bowker, empty pair",
      mcNemarTest([
        [5, 1, 0],
        [2, 5, 1],
        [0, 2, 3],
      ]),
      "empty-pair",
    ],
    [
      "Mantel-Haenszel, empty",
      mantelHaenszel([
        [
          [5, 0],
          [5, 0],
        ],
      ]),
      "not-estimable",
    ],
    ["trend, equal scores", trendTest([1, 2], [5, 5], [1, 1]), "no-trend-to-test"],
    ["trend, more events than members", trendTest([6, 2], [5, 5], [1, 2]), "events-above-total"],
    ["proportion of nothing", proportion(0, 0), "not-a-proportion"],
    ["proportion above one", proportion(5, 4), "not-a-proportion"],
    ["proportion, level", proportion(1, 4, 1), "level-out-of-range"],
    [
      "accuracy, negative count",
      diagnosticAccuracy({ truePositive: -1, falsePositive: 1, falseNegative: 1, trueNegative: 1 }),
      "not-a-count",
    ],
    [
      "kappa, one category",
      cohenKappa([
        [5, 0],
        [0, 0],
      ]),
      "one-category",
    ],
    [
      "Fleiss, one category",
      fleissKappa([
        [1, 1],
        [1, 1],
      ]),
      "one-category",
    ],
    ["Fleiss, ragged", fleissKappa([[1, 1], [1]]), "table-shape"],
  ])("%s", (_name, result, code) => {
    expect(result).toMatchObject({ ok: false, issues: [{ code, severity: "error" }] });
  });
});
