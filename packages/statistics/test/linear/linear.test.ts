import { random, unwrap } from "@livermark/core";
import { near } from "testkit";
import { describe, expect, it } from "vitest";
import {
  cholesky,
  crossProduct,
  fromRows,
  invertCholesky,
  logDeterminant,
  multiply,
  quadraticForm,
  solve,
  solveCholesky,
  toRows,
  transpose,
} from "../../src/linear/index.js";

const stream = random(11);
const normals = (n: number): Float64Array => Float64Array.from({ length: n }, () => stream.normal());

describe("linear algebra", () => {
  it("solves and inverts random information matrices", () => {
    for (let size = 1; size <= 12; size++) {
      const a = crossProduct(normals(30 * size), 30, size);
      const b = normals(size);
      const c = cholesky(a, size);
      expect(c.rank).toBe(size);
      const x = solveCholesky(c, b);
      const back = multiply(a, x, size, size, 1);
      back.forEach((value, i) => {
        expect(near(value, b[i]!, 1e-9, 1e-9)).toBe(true);
      });
      unwrap(solve(a, b)).forEach((value, i) => {
        expect(near(value, x[i]!, 1e-9, 1e-10)).toBe(true);
      });
      const identity = multiply(a, invertCholesky(c), size, size, size);
      identity.forEach((value, i) => {
        expect(near(value, i % (size + 1) === 0 ? 1 : 0, 1e-9, 1e-9)).toBe(true);
      });
      expect(
        near(
          quadraticForm(a, x),
          x.reduce((sum, value, i) => sum + value * b[i]!, 0),
          1e-9,
        ),
      ).toBe(true);
    }
  });

  it("drops the later of two dependent columns and solves for the rest", () => {
    const x = fromRows(Array.from({ length: 20 }, (_, i) => [i + 1, 2 * (i + 1), (i * 7) % 5]));
    const a = crossProduct(x, 20, 3);
    const c = cholesky(a, 3);
    expect(c.dropped).toEqual([1]);
    expect(c.rank).toBe(2);
    const inverse = toRows(invertCholesky(c), 3, 3);
    expect(inverse[1]).toEqual([0, 0, 0]);
    expect(inverse.map((row) => row[1])).toEqual([0, 0, 0]);
  });

  it("says when a matrix is not non-negative definite", () => {
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2).nonNegative).toBe(false);
    expect(cholesky(Float64Array.of(4, 2, 2, 3), 2).nonNegative).toBe(true);
    expect(cholesky(new Float64Array(4), 2).rank).toBe(0);
  });

  it("knows determinants, transposes and weights", () => {
    expect(logDeterminant(cholesky(Float64Array.of(4, 2, 2, 3), 2))).toBeCloseTo(Math.log(8), 12);
    expect(Array.from(transpose([1, 2, 3, 4, 5, 6], 2, 3))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(Array.from(crossProduct([1, 2, 3, 4], 2, 2, [2, 1]))).toEqual([11, 16, 16, 24]);
  });

  it("refuses a singular system", () => {
    const result = solve([1, 2, 2, 4], [1, 1]);
    expect(result.ok).toBe(false);
    if (!result.ok) expect(result.issues[0]?.code).toBe("singular-matrix");
  });
});
