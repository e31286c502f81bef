import { unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { type AnalysisCell, derive, parseStudyFile } from "../src/index.js";
import { minimalProtocol, run } from "./helpers.js";

const EXTRA = [
  "biomarkers:",
  "  - { id: ser, label: SER, unit: '1', time_points: [baseline, follow-up-1], formula: { kind: relative-rise, of: si-portal, over: si-pre } }",
  "  - { id: adc, label: ADC, unit: mm2/s, time_points: [baseline], combine: { lesions: largest, repeats: median } }",
  "changes: [{ id: dser, label: fall, of: ser, from: baseline, to: follow-up-1, as: fall }, { id: pser, label: percent, of: ser, from: baseline, to: follow-up-1, as: percent }]",
  "groups: [{ id: g, label: SER, of: ser@baseline, cuts: [1, 2], labels: [low, middle, high], reference: middle }, { id: d, label: down, of: ser@baseline, cuts: [1], equal_goes: down, labels: [low, high], reference: low }]",
  "features: [{ id: margin, label: Margin, categories: [smooth, rough], time_points: [baseline] }]",
].join("\n");

const TABLES = {
  "patients.csv": "patient\nP1\n",
  "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\nP1,b,300,TACE\n",
};

const cellOf = (
  tables: { readonly [file: string]: string },
  column: string,
  extra = EXTRA,
  study = "",
): AnalysisCell => {
  const { derived } = run({ protocol: minimalProtocol(extra), study, tables: { ...TABLES, ...tables } });
  return derived.analysisSet.patients.rows[0]!.cells[column]!;
};
const measured = (...rows: readonly string[]): { readonly [file: string]: string } => ({
  "measurements.csv": `patient,time_point,treatment,reader,lesion,biomarker,repeat,value,unit\n${rows.map((row) => `P1,${row}`).join("\n")}\n`,
});

describe("biomarkers", () => {
  it("average repeats within a lesion before lesions, and keep their rows", () => {
    const cell = cellOf(
      measured("baseline,,,T1,ser,1,1,", "baseline,,,T1,ser,2,3,", "baseline,,,T2,ser,1,6,"),
      "ser@baseline",
    );
    expect(cell).toMatchObject({ value: 4, how: "mean of 3 readings, mean over 2 lesions" });
    expect(cell.sources).toEqual(
      [2, 3, 4].map((line) => ({ kind: "row", table: "measurements", line, column: "value" })),
    );
  });

  it("take the largest lesion and the median where the protocol says so", () => {
    const lesions =
      "patient,time_point,day,lesion,role,longest_mm\nP1,baseline,-5,T1,target,30\nP1,baseline,-5,T2,target,60\n";
    const rows = measured(
      "baseline,,,T1,adc,1,0.003,mm2/s",
      ...[0.001, 0.0012, 0.002].map((value, i) => `baseline,,,T2,adc,${i},${value},mm2/s`),
    );
    expect(cellOf({ ...rows, "lesions.csv": lesions }, "adc@baseline").value).toBe(0.0012);
  });

  it("say why there is no value of the largest lesion, and take no other in its place", () => {
    const rows = measured("baseline,,,T1,adc,1,0.003,mm2/s", "baseline,,,T2,adc,1,0.001,mm2/s");
    const lesions = (third: string) =>
      `patient,treatment,time_point,day,lesion,role,longest_mm\nP1,1,baseline,-5,T1,target,30\nP1,1,baseline,-5,${third},target,60\nP1,2,baseline,295,T1,target,90\n`;
    expect(cellOf(rows, "adc@baseline").missing).toBe("which of 2 lesions is the largest is not recorded");
    const other = cellOf({ ...rows, "lesions.csv": lesions("T3") }, "adc@baseline");
    expect(other).toMatchObject({ value: null, missing: "not measured in the largest lesion, T3" });
    // T1 is the largest only before the second treatment.
    expect(cellOf({ ...rows, "lesions.csv": lesions("T2") }, "adc@baseline").value).toBe(0.001);
  });

  it.each([
    ["consensus", "", 3],
    ["first", "readers: [{ id: B }, { id: A }]", 2],
    ["first", "", 1],
    ["mean", "", 2],
  ])("enter by the reader that the protocol wants: %s %s", (rule, study, value) => {
    const rows = measured("baseline,,A,,ser,,1,", "baseline,,B,,ser,,2,", "baseline,,,,ser,,3,");
    expect(cellOf(rows, "ser@baseline", `${EXTRA}\nreaders: { analysis: ${rule} }`, study).value).toBe(value);
  });

  it("are made from their parts when they were not measured", () => {
    const rows = measured("baseline,,,,si-portal,,709,", "baseline,,,,si-pre,,297,");
    expect(cellOf(rows, "ser@baseline")).toMatchObject({
      value: (709 - 297) / 297,
      how: "(si-portal − si-pre) / si-pre",
    });
    expect(cellOf(measured("baseline,,,,si-portal,,709,"), "ser@baseline")).toMatchObject({
      value: null,
      missing: "si-pre not measured",
    });
    expect(cellOf(measured("baseline,,,,si-portal,,7,", "baseline,,,,si-pre,,0,"), "ser@baseline").missing).toBe(
      "si-pre is not above 0",
    );
  });

  it("refuse a unit that does not fit, and doubt an ADC that no tissue has", () => {
    const { codes } = run({
      protocol: minimalProtocol(EXTRA),
      tables: { ...TABLES, ...measured("baseline,,,,adc,,1.1,mm", "baseline,,,T2,adc,,1.1,mm2/s") },
    });
    expect(codes).toEqual(expect.arrayContaining(["measurement-unit", "adc-range"]));
  });

  it("may come from images in the same run, with the id of their result", () => {
    const protocol = minimalProtocol(EXTRA);
    const { records } = run({ protocol, tables: TABLES });
    const study = unwrap(parseStudyFile("title: T\nprotocol: own\n", "study.yaml"));
    const set = derive(records, protocol, study, [
      {
        patient: "P1",
        timePoint: "baseline",
        treatment: 1,
        reader: null,
        lesion: null,
        biomarker: "ser",
        repeat: 1,
        value: 1.5,
        unit: "1",
        result: "ser-abc",
      },
    ]).analysisSet;
    expect(set.patients.rows[0]?.cells["ser@baseline"]).toMatchObject({
      value: 1.5,
      sources: [{ kind: "result", id: "ser-abc" }],
    });
    expect(set.treatments.rows.map((row) => row.cells["ser@baseline"]?.value)).toEqual([1.5, null]);
  });
});

describe("changes and groups", () => {
  const both = (before: number, after: number): { readonly [file: string]: string } =>
    measured(`baseline,,,,ser,,${before},`, `follow-up-1,,,,ser,,${after},`);

  it("percent and fall, undefined from 0", () => {
    expect(cellOf(both(2, 1.5), "dser").value).toBe(0.5);
    expect(cellOf(both(2, 1.5), "pser").value).toBe(-25);
    expect(cellOf(both(0, 1.5), "pser").missing).toBe("no change defined: baseline is 0");
    expect(cellOf(measured("baseline,,,,ser,,2,"), "dser").missing).toBe("follow-up-1: si-portal, si-pre not measured");
  });

  it.each([
    [0.99, "low", "low"],
    [1, "middle", "low"],
    [1.01, "middle", "high"],
    [2, "high", "high"],
  ])("SER %d is %s, and %s where equal goes down", (value, g, d) => {
    expect(cellOf(both(value, 1), "g").value).toBe(g);
    expect(cellOf(both(value, 1), "d").value).toBe(d);
  });

  it("the reference level comes first", () => {
    const { derived } = run({ protocol: minimalProtocol(EXTRA), tables: TABLES });
    expect(derived.analysisSet.patients.columns.find(({ name }) => name === "g")?.levels).toEqual([
      "middle",
      "low",
      "high",
    ]);
  });
});

describe("which treatment speaks for the patient", () => {
  const lesions = {
    "lesions.csv":
      "patient,treatment,time_point,day,lesion,role,longest_mm\nP1,1,baseline,-5,T1,target,50\nP1,1,follow-up-1,60,T1,target,45\nP1,2,baseline,290,T1,target,50\nP1,2,follow-up-1,360,T1,target,20\n",
    ...measured("baseline,1,,,ser,,1,", "baseline,2,,,ser,,2,"),
  };
  it.each([
    ["first", 1, "SD"],
    ["last", 2, "PR"],
    ["best", 2, "PR"],
  ])("%s", (rule, ser, response) => {
    const study = `overrides: { treatments: { patient_from: ${rule} } }`;
    expect(cellOf(lesions, "ser@baseline", EXTRA, study).value).toBe(ser);
    expect(cellOf(lesions, "response:recist-1.1", EXTRA, study).value).toBe(response);
  });
});

describe("age and features", () => {
  it("age is counted in completed years at the first treatment", () => {
    const age = (birth: string): unknown =>
      run({
        protocol: minimalProtocol(),
        tables: {
          "patients.csv": `patient,birth_date\nP1,${birth}\n`,
          "procedures.csv": "patient,procedure,date,kind\nP1,a,2020-06-15,TACE\n",
        },
      }).derived.analysisSet.patients.rows[0]!.cells.age!.value;
    expect(age("1960-06-15")).toBe(60);
    expect(age("1960-06-16")).toBe(59);
  });

  it("a category that the protocol does not know is missing, and said", () => {
    const features = (value: string): AnalysisCell =>
      cellOf({ "features.csv": `patient,time_point,feature,value\nP1,baseline,margin,${value}\n` }, "margin@baseline");
    expect(features("Rough")).toMatchObject({ value: "rough" });
    expect(features("blurred")).toMatchObject({ value: null, missing: "unknown category blurred" });
  });
});
