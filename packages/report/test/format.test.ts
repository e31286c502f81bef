import type { CellContent } from "@livermark/analysis";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatCell, formatNumber, formatP, formatPercent, formatRange, sentenceP } from "../src/format.js";

describe("formatNumber", () => {
  it.each([
    [-3.456, 1, "−3.5"],
    [-0.004, 2, "0.00"],
    [1860.6, 1, "1860.6"],
    [0, 0, "0"],
    [12, 2, "12.00"],
  ])("prints %d with %d decimals as %s", (value, decimals, text) => {
    expect(formatNumber(value, decimals)).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("throws on %d, which only a bug can bring", (value) => {
    expect(() => formatNumber(value, 1)).toThrow();
  });

  it("keeps the number within half a unit of the last digit", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.integer({ min: 0, max: 6 }),
        (value, decimals) => {
          const back = Number(formatNumber(value, decimals).replace("−", "-"));
          return Math.abs(back - value) <= 0.5 * 10 ** -decimals * (1 + 1e-9) + 1e-9;
        },
      ),
    );
  });
});

describe("formatP", () => {
  it.each([
    [0, "<.001"],
    [0.00099999, "<.001"],
    [0.001, ".001"],
    [0.0204, ".020"],
    [0.0499, ".0499"],
    [0.04996, ".04996"],
    [0.05, ".050"],
    [0.5, ".500"],
    [0.9995, ">.999"],
    [1, ">.999"],
  ])("prints %d as %s", (p, text) => {
    expect(formatP(p)).toBe(text);
  });

  it("never prints .000 and never changes sides of .05", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (p) => {
        const text = formatP(p);
        const printed = Number(text.replace(/^[<>]/, ""));
        return text !== ".000" && p < 0.05 === (printed < 0.05 || text === "<.001");
      }),
    );
  });

  it.each([-0.1, 1.1, Number.NaN])("throws on %d", (p) => {
    expect(() => formatP(p)).toThrow();
  });

  it("reads well in a sentence", () => {
    expect(sentenceP(0.0002)).toBe("p < .001");
    expect(sentenceP(0.31)).toBe("p = .310");
  });
});

describe("formatCell", () => {
  const estimate = { kind: "estimate", level: 0.95 } as const;
  const cells: readonly (readonly [CellContent, string])[] = [
    [{ kind: "text", text: "n/a" }, "n/a"],
    [{ kind: "number", value: 99.371, unit: "HU", decimals: 2 }, "99.37 HU"],
    [{ kind: "number", value: 1.028e-3, unit: "mm2/s", decimals: 3 }, "1.028 ×10⁻³\u00a0mm²/s"],
    [{ kind: "number", value: 1860.6, unit: "ml", decimals: 1 }, "1860.6 cm³"],
    [{ kind: "number", value: 44.76, unit: "%", decimals: 1 }, "44.8%"],
    [{ kind: "count", n: 12 }, "12"],
    [{ kind: "share", n: 61, total: 119 }, "61 (51.3)"],
    [{ kind: "share", n: 0, total: 0 }, "0/0"],
    [{ kind: "mean-sd", mean: 60.21, sd: 11.34, decimals: 1 }, "60.2 ± 11.3"],
    [{ kind: "median-range", median: 5, low: 2, high: 10, range: "iqr", decimals: 0 }, "5 (2–10)"],
    [{ kind: "median-range", median: -3, low: -8.2, high: 1, range: "iqr", decimals: 1 }, "−3.0 (−8.2 to 1.0)"],
    [{ ...estimate, value: 0.5612, low: 0.381, high: 0.829, decimals: 2, unit: "1" }, "0.56 (0.38–0.83)"],
    [{ ...estimate, value: 34.79, low: 26.24, high: null, decimals: 1, unit: "months" }, "34.8 (26.2–NR) months"],
    [{ ...estimate, value: 2, low: null, high: null, decimals: 1, unit: "1" }, "2.0 (NE–NE)"],
    [{ ...estimate, value: 17.647, low: 11.285, high: 25.7, decimals: 1, unit: "%" }, "17.6% (11.3–25.7)"],
    [{ kind: "p", value: 0.00043 }, "<.001"],
    [{ kind: "reference" }, "reference"],
    [{ kind: "not-reached", low: 24.1, high: null, decimals: 1 }, "not reached (24.1–NR)"],
    [{ kind: "not-reached", low: null, high: null, decimals: 1 }, "not reached"],
    [{ kind: "not-estimable", why: "no event" }, "not estimable"],
    [{ kind: "missing", why: "not asked" }, "—"],
  ];
  it.each(cells)("prints %j as %s", (cell, text) => {
    expect(formatCell(cell)).toBe(text);
  });

  it("says where a percentage is not nothing", () => {
    expect(formatPercent(1, 5000)).toBe("<0.1");
    expect(formatPercent(0, 5000)).toBe("0.0");
  });

  it("joins negative limits by a word", () => {
    expect(formatRange("−0.7", "−0.2")).toBe("−0.7 to −0.2");
  });
});
