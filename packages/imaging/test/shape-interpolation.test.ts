import { unwrap } from "@livermark/core";
import { interpolateShapes } from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import { codes, grid, maskOf } from "./make.js";

const g = grid([40, 40, 9], [1, 1, 3]);
const area = (data: Uint8Array, k: number): number =>
  data.subarray(k * 1600, (k + 1) * 1600).reduce((sum, x) => sum + x, 0);

describe("shape interpolation between outlined slices", () => {
  it("goes evenly from one disc to another and leaves the outlines alone", () => {
    const radius: { [k: number]: number } = { 2: 12, 6: 6 };
    const drawn = maskOf(
      g,
      (i, j, k) => (i - 20) ** 2 + (j - 20) ** 2 <= (radius[k] ?? -1) * Math.abs(radius[k] ?? -1),
    );
    const filled = unwrap(interpolateShapes(drawn)).data;
    [2, 6].forEach((k) => {
      expect(filled.subarray(k * 1600, (k + 1) * 1600)).toEqual(drawn.data.subarray(k * 1600, (k + 1) * 1600));
    });
    [3, 4, 5].forEach((k) => {
      const r = 12 - 1.5 * (k - 2);
      expect(Math.abs(Math.sqrt(area(filled, k) / Math.PI) - r)).toBeLessThan(0.6);
    });
    expect([0, 1, 7, 8].map((k) => area(filled, k))).toEqual([0, 0, 0, 0]);
  });

  it("repeats an outline that does not change, over several gaps", () => {
    const drawn = maskOf(g, (i, j, k) => i > 5 && i < 20 && j > 8 && j < 30 && [0, 3, 8].includes(k));
    const filled = unwrap(interpolateShapes(drawn)).data;
    for (let k = 0; k < 9; k++) expect(area(filled, k)).toBe(14 * 21);
  });

  it("refuses fewer than two outlines", () => {
    expect(codes(interpolateShapes(maskOf(g, (i, _, k) => k === 4 && i > 3)))).toEqual(["too-few-outlines"]);
    expect(codes(interpolateShapes(maskOf(g, () => false)))).toEqual(["too-few-outlines"]);
  });
});
