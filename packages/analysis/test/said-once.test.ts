import { random, unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { conventionsOf } from "../src/conventions.js";
import type { CategoryColumn } from "../src/dataset.js";
import { modelComparisonPart } from "../src/model-comparison-part.js";
import { survivalData } from "../src/survival-data.js";
import { survivalPart } from "../src/survival-part.js";
import { timeDependentPart } from "../src/time-dependent-part.js";
import { dataOf, labels, numbers } from "./columns.js";

const N = 60;
const stream = random(11);
const yes = (name: string, values: readonly number[]): CategoryColumn =>
  labels(
    name,
    values.map((value) => (value === 1 ? "yes" : "no")),
    ["no", "yes"],
  );
const marker = Array.from({ length: N }, () => stream.normal());
const outcome = marker.map((value) => (value + stream.normal() > 0 ? 1 : 0));
const others = marker.map((value) => 1 / (1 + Math.exp(-value - stream.normal())));
const risk = marker.map((value) => 1 / (1 + Math.exp(-value)));
const months = marker.map((value) => 4 + 20 * stream.uniform() - value);
const data = dataOf(
  [
    yes("early", outcome),
    numbers("risk:first", risk),
    numbers(
      "risk:second",
      risk.map((value) => value + 1e-13),
    ),
    numbers("risk:third", others),
    numbers("t", months, "months"),
    numbers("e", outcome),
    yes(
      "later",
      outcome.map((_, i) => i % 2),
    ),
  ],
  N,
);

describe("what was not done is not said", () => {
  it("survival is compared in the methods only where the plan compares it", () => {
    const plan = {
      conventions: conventionsOf("r").survival,
      landmarkMonths: [12],
      endpoints: [{ name: "OS", label: "Overall survival", time: "t", event: "e" }],
    };
    const alone = survivalPart(data, { ...plan, comparisons: [] });
    expect(alone.methods.join()).toContain("Kaplan–Meier");
    expect(alone.methods.join()).not.toContain("log-rank");
    const compared = survivalPart(data, { ...plan, comparisons: [{ endpoint: "OS", by: "early" }] });
    expect(compared.methods.join()).toContain("compared by the log-rank test");
  });
});

describe("what is the same is said once", () => {
  it("a model with the predictions of one above it names that one, in tables and figures", () => {
    const plan = { id: "m", label: "Models", outcome: "early", event: ["yes"] };
    const markers = ["risk:first", "risk:second", "risk:third"];
    const made = modelComparisonPart(data, { ...plan, markers }, 0.95);
    const [models, pairs] = made.tables;
    expect(models?.rows.map(({ cells }) => cells.auc?.kind)).toEqual(["estimate", "text", "estimate"]);
    expect(models?.rows[1]?.cells).toEqual({ auc: { id: null, kind: "text", text: "same as risk:first" } });
    expect(pairs?.rows).toHaveLength(1);
    const [roc] = made.figures;
    expect(roc?.kind === "roc" ? roc.curves.map(({ label }) => label) : []).toEqual(["risk:first", "risk:third"]);
    const asked = [
      ["risk:second", "risk:third"],
      ["risk:first", "risk:second"],
      ["risk:first", "risk:third"],
    ] as const;
    const planned = modelComparisonPart(data, { ...plan, markers, pairs: asked }, 0.95);
    expect(planned.tables[1]?.rows).toEqual(pairs?.rows);
    expect(made.methods.join()).toContain("DeLong");
    const twins = modelComparisonPart(data, { ...plan, markers: markers.slice(0, 2) }, 0.95);
    expect(twins.tables).toHaveLength(1);
    expect(twins.methods).toEqual([]);
  });

  it("a state that began before any event has one ratio", () => {
    const survival = unwrap(survivalData(data, { name: "OS", label: "OS", time: "t", event: "e" }));
    const first = Math.min(...survival.months);
    const partOf = (waited: number) =>
      timeDependentPart(
        data,
        survival,
        survival.rows.map((row) => (row % 2 === 1 ? waited : null)),
        { id: "s", label: "State", fixed: "later", adjust: [] },
        "efron",
      ).part.tables[0];
    const same = partOf(first / 2);
    expect(same?.rows.map(({ cells }) => cells.hr?.kind)).toEqual(["estimate", "text"]);
    expect(same?.footnotes.join()).toContain("Both are the same");
    const apart = partOf(12);
    expect(apart?.rows.map(({ cells }) => cells.hr?.kind)).toEqual(["estimate", "estimate"]);
    expect(apart?.footnotes.join()).not.toContain("Both are the same");
  });
});
