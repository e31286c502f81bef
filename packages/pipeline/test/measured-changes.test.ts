import { passport, unwrap } from "@livermark/core";
import { parseProtocol } from "@livermark/study";
import { describe, expect, it } from "vitest";
import type { StudyMeasurement } from "../src/measure-study.js";
import { measuredChanges } from "../src/measured-changes.js";

const protocol = (as: "percent" | "rise" | "fall") =>
  unwrap(
    parseProtocol(
      `schema: livermark.protocol/2
id: two-visits
version: 1.0.0
title: SER at two visits
time_points:
  - { id: baseline, label: before treatment }
  - { id: follow-up-1, label: after treatment }
images:
  - { id: unenhanced, label: Precontrast T1, role: t1, phase: unenhanced, time_points: [baseline, follow-up-1] }
  - { id: portal, label: Portal venous T1, role: t1, phase: portal-venous, time_points: [baseline, follow-up-1] }
regions:
  - { id: tumour, label: Tumour, purpose: tumour, drawn_on: portal, time_points: [baseline, follow-up-1], shape: disc }
biomarkers:
  - id: ser
    label: SER
    unit: "1"
    time_points: [baseline, follow-up-1]
    recipe: ser
    images: { pre: unenhanced, portal: portal }
    regions: { tumour: tumour }
changes:
  - { id: ser-change, label: SER change, of: ser, from: baseline, to: follow-up-1, as: ${as} }
endpoints:
  - { name: OS, given: true }
`,
      "two-visits.yaml",
    ),
  );

const measured = (timePoint: string, value: number): StudyMeasurement => ({
  id: `measurement.P1.${timePoint}.ser`,
  patient: "P1",
  timePoint,
  treatment: null,
  reader: null,
  biomarker: "ser",
  value,
  measurement: {
    recipe: "ser",
    value,
    unit: "1",
    parts: {},
    interval: { low: value - 0.1, high: value + 0.1, sources: ["noise"] },
    passport: passport({ function: "ser", version: "1", inputs: [], parameters: {} }),
    issues: [],
  },
});

const changed = (as: "percent" | "rise" | "fall", from: number, to: number) =>
  measuredChanges(protocol(as), [measured("baseline", from), measured("follow-up-1", to)]);

describe("measured changes", () => {
  it("are in percent, or a rise or fall in the biomarker's unit, each with its verdict", () => {
    const cells = (as: "percent" | "rise" | "fall") => changed(as, 0.5, 0.75).tables[0]!.rows[0]!.cells;
    expect(cells("percent")["ser-change"]).toMatchObject({ value: 50, unit: "%" });
    expect(cells("rise")["ser-change"]).toMatchObject({ value: 0.25, unit: "" });
    expect(cells("fall")["ser-change"]).toMatchObject({ value: -0.25, unit: "" });
    expect(cells("fall")["ser-change.verdict"]).toMatchObject({
      text: "beyond measurement error (the two 95 % intervals)",
    });
  });

  it("have no percent of a baseline that is not above 0, and no other number in its place", () => {
    for (const baseline of [0, -0.2]) {
      const found = changed("percent", baseline, 0.4);
      expect(found.tables).toEqual([]);
      expect(found.issues).toMatchObject([{ code: "zero-baseline", severity: "warning", where: { patient: "P1" } }]);
    }
    expect(changed("rise", -0.2, 0.4).tables[0]!.rows[0]!.cells["ser-change"]).toMatchObject({
      value: expect.closeTo(0.6, 12),
    });
  });
});
