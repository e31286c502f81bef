import { describe, expect, it } from "vitest";
import { readTable } from "../src/index.js";
import { minimalProtocol, run } from "./helpers.js";

describe("values that a column cannot have", () => {
  it.each([
    ["patients", "patient,age\nP1,-3\n", "age"],
    ["patients", "patient,age\nP1,300\n", "age"],
    ["lesions", "patient,time_point,day,lesion,role,longest_mm\nP1,b,0,T1,target,-5\n", "longest_mm"],
    ["lesions", "patient,time_point,day,lesion,role,longest_mm\nP1,b,0,T1,target,5000\n", "longest_mm"],
    ["lesions", "patient,time_point,day,lesion,role,viable_mm\nP1,b,0,T1,target,-1\n", "viable_mm"],
    ["lesions", "patient,time_point,day,lesion,role,slice_mm\nP1,b,0,T1,target,0\n", "slice_mm"],
    ["procedures", "patient,procedure,day,kind,dose_mg\nP1,a,0,TACE,-50\n", "dose_mg"],
    ["procedures", "patient,procedure,day,kind,cycle\nP1,a,0,TACE,0\n", "cycle"],
    ["measurements", "patient,time_point,biomarker,repeat,value\nP1,b,letb,-1,4\n", "repeat"],
    ["labs", "patient,day,name,value,uln\nP1,0,alt,4,-1\n", "uln"],
    ["time-points", "patient,time_point,day,treatment\nP1,b,0,0\n", "treatment"],
  ] as const)("%s %j: %s is refused, with the range", (name, text, column) => {
    const { table, issues } = readTable(name, text, `${name}.csv`);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({ code: "refused-cell", severity: "error", where: { line: 2, column } });
    expect(issues[0]?.wanted).toMatch(/from \S+ to \d+$|at least \d/);
    expect(table.rows).toHaveLength(1);
  });

  it("the ends of a range are possible", () => {
    const text = "patient,age\nP1,0\nP2,130\n";
    expect(readTable("patients", text, "patients.csv").issues).toEqual([]);
  });
});

describe("rows that are hardly meant", () => {
  const lesions = (...rows: string[]) => ({
    "lesions.csv": [
      "patient,time_point,day,reader,lesion,role,organ,longest_mm,short_mm,viable_mm,status",
      ...rows,
      "",
    ].join("\n"),
  });
  it.each([
    [
      "a time point twice",
      { "time-points.csv": "patient,time_point,day,treatment\nP1,baseline,0,1\nP1,baseline,9,1\n" },
      "repeated-record",
      3,
    ],
    [
      "a measurement twice",
      { "measurements.csv": "patient,time_point,biomarker,value\nP1,baseline,letb,4\nP1,baseline,letb,5\n" },
      "repeated-record",
      3,
    ],
    [
      "a subject twice at one step",
      { "screening.csv": "subject,unit,step,excluded\nS1,patient,found,0\nS1,patient,found,1\n" },
      "repeated-record",
      3,
    ],
    [
      "a short axis above the longest diameter",
      lesions("P1,baseline,0,R1,T1,target,liver,20,30,,measured"),
      "above-longest",
      2,
    ],
    [
      "a viable part above the longest diameter",
      lesions("P1,baseline,0,R1,T1,target,liver,20,,30,measured"),
      "above-longest",
      2,
    ],
    [
      "an absent lesion with a diameter",
      lesions("P1,baseline,0,R1,T1,target,liver,20,,,absent"),
      "absent-with-length",
      2,
    ],
    [
      "a lesion in two organs",
      lesions("P1,baseline,0,R1,T1,target,liver,20,,,measured", "P1,follow-up-1,60,R1,T1,target,lung,20,,,measured"),
      "lesion-moves",
      3,
    ],
    [
      "limits of normal the wrong way round",
      { "labs.csv": "patient,day,name,value,unit,uln,lln\nP1,0,alt,4,U/L,5,50\n" },
      "limits-of-normal",
      2,
    ],
    [
      "a cause of another event",
      { "events.csv": "patient,day,event,cause\nP1,9,death,not-treatable\n" },
      "cause-of-other-event",
      2,
    ],
  ])("%s is said, with its line", (_, tables, code, line) => {
    const { records } = run({ protocol: minimalProtocol(), tables });
    const found = records.issues.filter((issue) => issue.code === code);
    expect(found.map(({ severity, where }) => [severity, where.line])).toEqual([["warning", line]]);
  });

  it("explanations that nothing uses are said; those of a table that is not there yet are kept", () => {
    const { records } = run({
      protocol: minimalProtocol(),
      tables: {
        "patients.csv": "patient,ecog\nP1,1\n",
        "codebook.csv":
          "table,column,label\npatients,ecog,ECOG\npatients,egoc,ECOG\npatientz,ecog,ECOG\n,afp,AFP\nlabs,kit,Kit of the test\n",
      },
    });
    const found = records.issues.filter(({ code }) => code === "codebook-unused");
    expect(found.map(({ got, where }) => [got, where.line, where.column])).toEqual([
      ["egoc", 3, "column"],
      ["patientz", 4, "table"],
      ["afp", 5, "column"],
    ]);
  });

  it("repeats, readers, lesions and treatments make records of their own", () => {
    const { records } = run({
      protocol: minimalProtocol(),
      tables: {
        "measurements.csv":
          "patient,time_point,treatment,reader,lesion,biomarker,repeat,value\nP1,baseline,1,R1,T1,letb,1,4\nP1,baseline,1,R1,T1,letb,2,4\nP1,baseline,1,R2,T1,letb,1,4\nP1,baseline,2,R1,T1,letb,1,4\nP1,baseline,1,R1,T2,letb,1,4\n",
        "time-points.csv": "patient,time_point,day,treatment\nP1,baseline,0,1\nP1,baseline,90,2\n",
        "events.csv": "patient,day,event,cause\nP1,9,death,tumour\nP1,8,untreatable,not-treatable\n",
      },
    });
    expect(records.issues.filter(({ code }) => /repeated|cause/.test(code))).toEqual([]);
  });
});
