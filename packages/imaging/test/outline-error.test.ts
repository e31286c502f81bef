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

  it("are what extra tissue or missing liver without enhancement does, to the order of the squared error", () => {
    const liver = 1000;
    for (const enhancing of [100, 400, 700])
      for (const wrong of [20, 60]) {
        const extra = { letb: (100 * enhancing) / (liver + wrong), dice: (2 * liver) / (2 * liver + wrong) };
        const missing = {
          letb: (100 * enhancing) / (liver - wrong),
          dice: (2 * (liver - wrong)) / (2 * liver - wrong),
        };
        for (const { letb, dice } of [extra, missing]) {
          const off = Math.abs(letb - (100 * enhancing) / liver);
          expect(Math.abs(outlineErrorPoints(dice, letb) / off - 1)).toBeLessThan(wrong / liver);
        }
      }
  });

  it("are not given for what is no Dice coefficient and no share", () => {
    expect(() => outlineErrorPoints(1.2, 40)).toThrow(RangeError);
    expect(() => outlineErrorPoints(Number.NaN, 40)).toThrow(RangeError);
    expect(() => outlineErrorPoints(0.9, -1)).toThrow(RangeError);
    expect(() => outlineErrorPoints(0.9, 101)).toThrow(RangeError);
  });
});
