import { random, unwrap } from "@livermark/core";
import {
  draftOutline,
  letb,
  type Mask,
  type MaskOutline,
  measurementChange,
  modelOutline,
  outlineErrorPoints,
  rasterise,
} from "@livermark/imaging";
import { describe, expect, it } from "vitest";
import { codes, filled, grid, maskOf } from "./make.js";

const g = grid([60, 50, 20], [2, 2, 4]);
const inside = (i: number, j: number, k: number): boolean =>
  ((i - 29) / 22) ** 2 + ((j - 24) / 18) ** 2 + ((k - 10) / 7) ** 2 <= 1;
const tumour = maskOf(g, (i, j, k) => ((i - 36) / 9) ** 2 + ((j - 24) / 9) ** 2 + ((k - 10) / 4) ** 2 <= 1, "T1");
const draw = random(7);
const pre = filled(g, (i, j, k) => (inside(i, j, k) ? 55 : -105) + 8 * draw.normal());
const arterial = filled(
  g,
  (i, j, k) => (inside(i, j, k) ? 67 : -105) + 60 * tumour.data[(k * 50 + j) * 60 + i]! + 8 * draw.normal(),
  { source: { ...pre.source, seriesUid: "1.2.4" } },
);
const cube = (i: number, j: number): Mask =>
  unwrap(rasterise({ kind: "cube", unit: "voxel", center: [i, j, 10], volumeCm3: 1, name: `cube ${i}` }, g));
const references = [cube(16, 27), cube(20, 34), cube(21, 17)];
const measure = (outline?: MaskOutline, parameters = {}) =>
  letb(
    {
      pre,
      arterial,
      liver: { ...maskOf(g, inside, "liver"), ...(outline === undefined ? {} : { outline }) },
      references,
    },
    parameters,
  );
const plain = unwrap(measure());

describe("LETB in a liver whose mask says who drew it", () => {
  it("prints it, and counts nothing where nothing is said", () => {
    expect(plain.value).toBeGreaterThan(10);
    expect(plain.parts.outline).toEqual({ method: "not stated" });
    expect(plain.passport.parameters.outline).toEqual({ method: "not stated" });
    for (const outline of [{ method: "seeds" }, { method: "edited", from: "draft" }] as const) {
      const found = unwrap(measure(outline));
      expect([found.value, found.interval, found.issues]).toEqual([plain.value, plain.interval, []]);
      expect(found.parts.outline).toEqual(outline);
      expect(found.passport.parameters.outline).toEqual(outline);
    }
  });

  it("widens the interval of a draft by what it expects to be off by, more for a lower Dice, and leaves the value", () => {
    let width = plain.interval!.high - plain.interval!.low;
    for (const dice of [0.99, 0.97, 0.93]) {
      const found = unwrap(measure(draftOutline(dice, true)));
      const points = outlineErrorPoints(dice, plain.value);
      expect(found.value).toBe(plain.value);
      expect(found.interval?.sources).toEqual([...plain.interval!.sources, "outline"]);
      const own = found.interval!.high - found.interval!.low;
      expect(own).toBeGreaterThan(width);
      width = own;
      expect(found.interval!.high - found.value).toBeCloseTo(Math.hypot(plain.interval!.high - plain.value, points), 9);
      expect(found.parts.outline).toEqual({
        method: "draft",
        estimatedDice: dice,
        usable: true,
        points,
        low: Math.min(plain.value - points, (plain.value - 40 * (1 - dice)) / dice),
        high: plain.value + points,
      });
      expect(found.passport.parameters.outline).toMatchObject({ method: "draft", estimatedDice: dice, points });
    }
    const sure = unwrap(measure(draftOutline(1, true)));
    expect([sure.interval?.low, sure.interval?.high]).toEqual([plain.interval?.low, plain.interval?.high]);
  });

  it("calls a change real less easily when drafts were measured", () => {
    const other = {
      ...plain,
      value: plain.value + 2.2,
      interval: { low: plain.value + 1.2, high: plain.value + 3.2, sources: [] },
    };
    const sure = { ...plain, interval: { low: plain.value - 1, high: plain.value + 1, sources: [] } };
    const drafted = unwrap(measure(draftOutline(0.94, true)));
    expect(unwrap(measurementChange(sure, other)).withinMeasurementError).toBe(false);
    expect(unwrap(measurementChange(drafted, other)).withinMeasurementError).toBe(true);
  });

  it.each([
    ["that calls itself unusable", draftOutline(0.95, false), /^expected Dice 0\.95$/],
    [
      "that expects to move LETB by more than three points",
      draftOutline(0.7, true),
      /^expected Dice 0\.70, ±\d\.\d points$/,
    ],
  ])("refuses a draft %s, with the picture, unless a person gives a reason", (_, outline, got) => {
    const refused = measure(outline);
    expect(refused).not.toHaveProperty("value");
    expect(codes(refused)).toEqual(["outline-uncertain"]);
    const [issue] = refused.issues;
    expect(issue?.got).toMatch(got);
    expect(issue?.mend).toContain("Correct it");
    expect(issue?.where).toEqual({ series: "1.2.4", slice: 11 });
    const outlineOverride = "compared with the surgeon's outline";
    const found = unwrap(measure(outline, { outlineOverride }));
    expect(codes(found)).toEqual(["outline-uncertain"]);
    expect(found.issues[0]).toMatchObject({ severity: "warning" });
    expect(found.issues[0]?.message).toContain(outlineOverride);
    expect(found.passport.parameters).toMatchObject({ outlineOverride });
    expect(found.interval?.sources).toContain("outline");
  });

  it("warns of a model's outline, whose error nobody knows", () => {
    const found = unwrap(measure(modelOutline("liver 1")));
    expect(codes(found)).toEqual(["outline-error-unknown"]);
    expect(found.issues[0]?.message).toContain("liver 1");
    expect(found.issues[0]?.where).toEqual({ series: "1.2.4", slice: 11 });
    expect(found.interval).toEqual(plain.interval);
  });
});
