import { describe, expect, it } from "vitest";
import { acquisitionIssues, acquisitionVerdicts, type ImageFacts } from "../src/index.js";
import { minimalProtocol, run } from "./helpers.js";

const protocol = minimalProtocol(
  [
    "images:",
    "  - { id: pre, label: Precontrast, role: ct, phase: unenhanced, time_points: [baseline, follow-up-1] }",
    "  - { id: arterial, label: Arterial, role: ct, phase: late-arterial, time_points: [baseline] }",
    "  - { id: dwi, label: DWI, role: dwi, time_points: [baseline], required: false }",
    "acquisition:",
    "  - { id: thickness, label: Thin slices, images: [pre, arterial], field: slice-thickness-mm, at_most: 1.5 }",
    "  - { id: voltage, label: 120 kVp, images: [arterial], field: kvp, one_of: [120] }",
    "  - { id: same, label: Same parameters, images: [pre, arterial], field: same-parameters }",
    "  - { id: scanner, label: Same scanner, images: [pre], field: same-scanner }",
    "  - { id: b, label: b 50 and 800, images: [dwi], field: b-values, one_of: [50, 800] }",
    "  - { id: agent, label: Agent recorded, images: [arterial], field: contrast-agent }",
  ].join("\n"),
);

const series = (parts: Partial<ImageFacts> = {}): ImageFacts => ({
  series: "1.2.3",
  patient: "P1",
  timePoint: "baseline",
  treatment: null,
  role: "ct",
  phase: "unenhanced",
  sliceThicknessMm: 1.25,
  spacingMm: 0.7,
  kvp: 120,
  fieldStrengthT: null,
  bValues: [],
  scanner: "Vendor A",
  contrastAgent: null,
  parameters: { kVp: 120, "slice thickness": 1.25, kernel: "B30f" },
  ...parts,
});
const arterial = (parts: Partial<ImageFacts> = {}): ImageFacts =>
  series({ series: "1.2.4", phase: "late-arterial", ...parts });
const later = (parts: Partial<ImageFacts> = {}): ImageFacts =>
  series({ series: "1.2.5", timePoint: "follow-up-1", ...parts });

const verdict = (rule: string, facts: readonly ImageFacts[]): readonly (boolean | null)[] =>
  acquisitionVerdicts(protocol, facts)
    .filter((one) => one.rule === rule)
    .map(({ met }) => met);

describe("acquisition rules", () => {
  it.each<[string, string, readonly ImageFacts[], readonly (boolean | null)[]]>([
    ["thickness within", "thickness", [series(), arterial(), later()], [true, true, true]],
    [
      "thickness at the border",
      "thickness",
      [series({ sliceThicknessMm: 1.5 }), arterial(), later()],
      [true, true, true],
    ],
    ["too thick", "thickness", [series({ sliceThicknessMm: 5 }), arterial(), later()], [false, true, true]],
    [
      "thickness not in the header",
      "thickness",
      [series({ sliceThicknessMm: null }), arterial(), later()],
      [null, true, true],
    ],
    ["a series that is not there", "thickness", [series(), arterial()], [true, true, null]],
    ["wrong voltage", "voltage", [arterial({ kvp: 100 })], [false]],
    ["right voltage", "voltage", [arterial()], [true]],
    ["same parameters", "same", [series(), arterial()], [true]],
    [
      "another kernel",
      "same",
      [series(), arterial({ parameters: { kVp: 120, "slice thickness": 1.25, kernel: "B60f" } })],
      [false],
    ],
    [
      "times within 1 % are the same",
      "same",
      [series({ parameters: { TR: 1000 } }), arterial({ parameters: { TR: 1009 } })],
      [true],
    ],
    ["one series only", "same", [series()], [null]],
    [
      "no parameter in the headers",
      "same",
      [series({ parameters: { kVp: null } }), arterial({ parameters: { kVp: null } })],
      [null],
    ],
    ["same scanner", "scanner", [series(), later()], [true]],
    ["another scanner", "scanner", [series(), later({ scanner: "Vendor B" })], [false]],
    ["b-values there", "b", [series({ role: "dwi", bValues: [0, 50, 800] })], [true]],
    ["a b-value missing", "b", [series({ role: "dwi", bValues: [50, 400] })], [false]],
    ["no b-values", "b", [series({ role: "dwi" })], [null]],
    ["an optional image that is not there", "b", [series()], []],
    ["agent recorded", "agent", [arterial({ contrastAgent: "iohexol" })], [true]],
    ["agent not recorded", "agent", [arterial()], [null]],
  ])("%s", (_, rule, facts, wanted) => {
    expect(verdict(rule, facts)).toEqual(wanted);
  });

  it("names the value and the series that decided, patient by patient", () => {
    const verdicts = acquisitionVerdicts(protocol, [
      arterial({ kvp: 100 }),
      arterial({ patient: "P2", series: "1.2.9" }),
    ]).filter(({ rule }) => rule === "voltage");
    expect(verdicts).toMatchObject([
      { patient: "P1", value: 100, series: ["1.2.4"], why: "kvp 100; wanted one of 120" },
      { patient: "P2", met: true },
    ]);
    const issues = acquisitionIssues(protocol, verdicts);
    expect(issues).toMatchObject([
      { code: "acquisition-rule", severity: "warning", where: { patient: "P1", series: "1.2.4" } },
    ]);
  });

  it("treatments are compared apart", () => {
    const verdicts = acquisitionVerdicts(protocol, [
      series({ treatment: 1 }),
      later({ treatment: 1 }),
      series({ treatment: 2, scanner: "Vendor B", series: "1.2.7" }),
      later({ treatment: 2, scanner: "Vendor B", series: "1.2.8" }),
    ]);
    expect(verdicts.filter(({ rule }) => rule === "scanner").map(({ treatment, met }) => [treatment, met])).toEqual([
      [1, true],
      [2, true],
    ]);
  });
});

describe("time windows", () => {
  it("each dated time point, around the first or last procedure, printed", () => {
    const own = minimalProtocol().time_points;
    const { derived } = run({
      protocol: {
        ...minimalProtocol(),
        time_points: [
          { ...own[0]!, from_months: -3, to_days: 0 },
          { ...own[1]!, anchor: "last-procedure", from_months: 1, to_months: 4 },
        ],
      },
      tables: {
        "procedures.csv": "patient,procedure,date,kind\nP1,a,2020-01-31,TACE\nP1,b,2020-03-31,TACE\n",
        "time-points.csv":
          "patient,time_point,date\nP1,baseline,2019-10-31\nP1,follow-up-1,2020-04-30\nP1,other,2020-05-01\n",
      },
    });
    expect(derived.windows.map(({ timePoint, met, days }) => [timePoint, met, days])).toEqual([
      ["baseline", true, -92],
      ["follow-up-1", true, 30],
    ]);
    expect(derived.windows[1]?.why).toContain(
      "window 2020-04-30 to 2020-07-31, around the last procedure on 2020-03-31",
    );
  });
});
