import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactCutPointP, MOST_ROWS_EXACT } from "../../src/survival/cut-point-exact.js";

function permutations(values: readonly number[]): number[][] {
  if (values.length < 2) return [[...values]];
  return values.flatMap((value, at) => permutations(values.toSpliced(at, 1)).map((rest) => [value, ...rest]));
}

/** |T_m| of each cut for one order of the scores. */
function standardised(order: readonly number[], sizes: readonly number[]): number[] {
  const n = order.length;
  const mean = order.reduce((sum, score) => sum + score, 0) / n;
  const squares = order.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  return sizes.map((size) => {
    const sum = order.slice(0, size).reduce((s, score) => s + score, 0);
    return Math.abs(sum - size * mean) / Math.sqrt((size * (n - size) * squares) / (n * (n - 1)));
  });
}

/** Share of all orders in which any |T_m| exceeds the statistic. */
function byEnumeration(scores: readonly number[], sizes: readonly number[], statistic: number): number {
  const orders = permutations(scores);
  return orders.filter((order) => standardised(order, sizes).some((t) => t > statistic + 1e-9)).length / orders.length;
}

/** Integers 0 … n with both ends taken, so that the mapping to integers leaves them as they are. */
const scoresOf = (n: number) =>
  fc
    .shuffledSubarray(
      Array.from({ length: n - 1 }, (_, i) => i + 1),
      { minLength: n - 2, maxLength: n - 2 },
    )
    .chain((inner) => fc.shuffledSubarray([0, n, ...inner], { minLength: n, maxLength: n }));

describe("exact p-values of a maximally selected rank statistic", () => {
  it("equals the enumeration of all orders for one cut", () => {
    fc.assert(
      fc.property(scoresOf(6), fc.integer({ min: 1, max: 5 }), (scores, size) => {
        const exact = exactCutPointP(scores, [size]);
        expect(exact?.bonferroni).toBeCloseTo(byEnumeration(scores, [size], exact?.statistic ?? 0), 12);
        expect(exact?.hothornLausen).toBe(exact?.bonferroni);
      }),
      { numRuns: 30 },
    );
  });

  it("bounds the probability that any cut exceeds; with all sizes searched the sharper form does so too", () => {
    fc.assert(
      fc.property(scoresOf(6), (scores) => {
        const sizes = [2, 3, 4];
        const exact = exactCutPointP(scores, sizes);
        if (exact === null) throw new Error("six different scores have an exact distribution");
        const truth = byEnumeration(scores, sizes, exact.statistic);
        expect(exact.statistic).toBeCloseTo(Math.max(...standardised(scores, sizes)), 12);
        expect(exact.bonferroni).toBeGreaterThanOrEqual(truth - 1e-12);
        expect(exact.hothornLausen).toBeLessThanOrEqual(exact.bonferroni);
        expect(exact.hothornLausen).toBeGreaterThanOrEqual(truth - 1e-12);
      }),
      { numRuns: 40 },
    );
  });

  // R 4.2.2, maxstat 0.7-25: pmaxstat(b, sort(scores), sizes) with b the statistic of this order. In the last four, a sum lies
  // above the upper limit of one size and below the lower limit of the next.
  it.each([
    [[7, 7, 3, 11, 10, 6, 10, 0, 7, 11, 9], [3, 7, 9], 0.618614718615],
    [[6, 7, 6, 0, 5, 7, 2], [4, 6], 0.542857142857],
    [[11, 0, 0, 3, 12, 0, 12, 7, 5, 9, 6, 11], [2, 3, 5], 0.709343434343],
    [[9, 9, 0, 9, 10, 9, 9, 9, 5, 9], [2, 7], 0.688888888889],
    [[7, 7, 0, 7, 7, 8, 7, 5], [2, 4, 7], 0.982142857143],
    [[10, 0, 9, 11, 11, 5, 10, 7, 1, 10, 9], [5, 7], 0.911255411255],
    [[12, 5, 9, 7, 0, 5, 12, 11, 12, 8, 10, 9], [4, 8, 11], 0.977272727273],
  ])("equals R's maxstat for %j cut at %j", (scores, sizes, p) => {
    expect(exactCutPointP(scores, sizes)?.hothornLausen).toBeCloseTo(p, 11);
  });

  it("gives nothing for equal scores, no cut, or too many rows", () => {
    expect(exactCutPointP([1, 1, 1], [1])).toBeNull();
    expect(exactCutPointP([0, 1, 2], [])).toBeNull();
    expect(exactCutPointP(new Float64Array(MOST_ROWS_EXACT + 1).fill(0).fill(1, 5), [4])).toBeNull();
  });
});
