import { describe, expect, it } from "vitest";
import { outlineErrorPoints } from "../src/index.js";

describe("points of LETB that an outline may be off by", () => {
  it("are none for a perfect outline, and more the worse it is", () => {
    expect(outlineErrorPoints(1, 60)).toBe(0);
    for (const letb of [5, 40, 90])
      for (const dice of [0.5, 0.8, 0.95])
        expect(outlineErrorPoints(dice, letb)).toBeGreaterThan(outlineErrorPoints(dice + 0.04, letb));
  });

  it("never make LETB leave 0 to 100 % downwards", () => {
    for (const letb of [0, 10, 50, 100])
      for (const dice of [0, 0.5, 0.9, 1]) {
        const points = outlineErrorPoints(dice, letb);
        expect(points).toBeGreaterThanOrEqual(0);
        expect(points).toBeLessThanOrEqual(100);
      }
  });

  it("are not given for what is no Dice coefficient and no share", () => {
    expect(() => outlineErrorPoints(1.2, 40)).toThrow(RangeError);
    expect(() => outlineErrorPoints(Number.NaN, 40)).toThrow(RangeError);
    expect(() => outlineErrorPoints(0.9, -1)).toThrow(RangeError);
    expect(() => outlineErrorPoints(0.9, 101)).toThrow(RangeError);
  });
});
