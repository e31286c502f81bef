import { passport } from "@livermark/core";
import { describe, expect, it } from "vitest";
import type { StudyMeasurement } from "../src/measure-study.js";
import { outlineSentence } from "../src/outline-sentence.js";

const letb = (timePoint: string, method: string, biomarker = "letb"): StudyMeasurement => ({
  id: `measurement.P01.${timePoint}.${biomarker}`,
  patient: "P01",
  timePoint,
  treatment: 1,
  reader: null,
  biomarker,
  value: 20,
  measurement: {
    recipe: "letb",
    value: 20,
    unit: "%",
    parts: { outline: { method } },
    interval: null,
    passport: passport({ function: "letb", version: "1", inputs: [], parameters: {} }),
    issues: [],
  },
});

describe("who outlined the livers", () => {
  it("is told once for each examination, by every way that was used", () => {
    const all = [letb("a", "draft"), letb("a", "draft", "liver-ml"), letb("b", "edited"), letb("c", "draft")];
    expect(outlineSentence(all)).toBe(
      "The liver was outlined by an automatic draft, whose expected error is in the intervals (2 of 3 examinations); by a reader who edited an automatic outline (1 of 3 examinations).",
    );
    expect(outlineSentence([letb("a", "not stated"), letb("b", "seeds")])).toBe(
      "The liver was outlined by a random walker from a reader's strokes (1 of 2 examinations); by somebody whom the mask does not name (1 of 2 examinations).",
    );
  });

  it("is not told where no mask says it, and not of other recipes", () => {
    expect(outlineSentence([])).toBeNull();
    expect(outlineSentence([letb("a", "not stated")])).toBeNull();
    const ser = letb("a", "draft");
    expect(outlineSentence([{ ...ser, measurement: { ...ser.measurement, recipe: "ser" } }])).toBeNull();
  });
});
