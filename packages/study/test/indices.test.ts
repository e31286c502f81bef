import { describe, expect, it } from "vitest";
import { appendEntries, explainValue, journalCsv, readTable } from "../src/index.js";
import {
  albiGrade,
  albiScore,
  bclcStage,
  childPughClass,
  childPughScore,
  meldNaScore,
  meldScore,
} from "../src/indices/formulas.js";
import { labIssues } from "../src/indices/lab-issues.js";
import { convertLab, labName } from "../src/indices/labs.js";
import { minimalProtocol, run } from "./helpers.js";

const NAMES = "nlr, lmr, aapr, siri, piv, sii, ag-ratio, albi, albi-grade, child-pugh, child-pugh-class, meld, meld-na";

describe("formulas", () => {
  it("ALBI: worked by hand, with the borders of its grades", () => {
    expect(albiScore(10, 40)).toBeCloseTo(0.66 - 3.4, 12);
    expect([-2.61, -2.6, -2.59, -1.39, -1.38].map(albiGrade)).toEqual(["1", "1", "2", "2", "3"]);
  });

  it.each([
    // bilirubin µmol/L, albumin g/L, INR, ascites, encephalopathy, score, class
    [10, 40, 1.0, 1, 1, 5, "A"],
    [33.9, 35.1, 1.69, 1, 1, 5, "A"],
    [34, 35, 1.7, 1, 1, 8, "B"],
    [51, 28, 2.3, 2, 1, 9, "B"],
    [51.1, 27.9, 2.31, 1, 1, 11, "C"],
    [100, 20, 3, 3, 3, 15, "C"],
  ] as const)("Child–Pugh of %d, %d, %d, %d, %d", (bilirubin, albumin, inr, ascites, encephalopathy, score, letter) => {
    const made = childPughScore({ bilirubin, albumin, inr }, { ascites, encephalopathy });
    expect([made, childPughClass(made)]).toEqual([score, letter]);
  });

  it("MELD holds its values, MELD-Na its sodium", () => {
    expect(meldScore(10, 0.9, 60)).toBe(6);
    expect(meldScore(2 * 17.104, 1.5, 2 * 88.402)).toBe(
      Math.round(3.78 * Math.log(2) + 11.2 * Math.log(1.5) + 9.57 * Math.log(2) + 6.43),
    );
    expect(meldScore(1e4, 20, 1e4)).toBe(40);
    expect(meldNaScore(11, 120)).toBe(11);
    expect(meldNaScore(20, 137)).toBe(20);
    expect(meldNaScore(20, 125)).toBe(Math.round(20 + 1.32 * 12 - 0.033 * 20 * 12));
    expect(meldNaScore(20, 110)).toBe(meldNaScore(20, 125));
  });

  it.each([
    [1, 20, 0, false, false, "A", "0"],
    [1, 21, 0, false, false, "A", "A"],
    [3, 30, 0, false, false, "B", "A"],
    [3, 31, 0, false, false, "A", "B"],
    [4, 10, 0, false, false, "A", "B"],
    [1, 10, 1, false, false, "A", "C"],
    [1, 10, 0, true, false, "A", "C"],
    [1, 10, 0, false, true, "A", "C"],
    [1, 10, 3, false, false, "A", "D"],
    [1, 10, 0, false, false, "C", "D"],
  ] as const)(
    "BCLC of %d tumours of %d mm, ECOG %d",
    (tumours, largestMm, ecog, vascularInvasion, extrahepatic, childPugh, stage) => {
      expect(bclcStage({ tumours, largestMm, ecog, vascularInvasion, extrahepatic, childPugh })).toBe(stage);
    },
  );
});

describe("laboratory values", () => {
  it.each([
    ["TBil", "bilirubin"],
    ["ANC", "neutrophils"],
    ["CA 19-9", "ca19-9"],
    ["PLT", "platelets"],
    ["Total Protein", "total-protein"],
    ["rare test", "rare test"],
  ])("%s is %s", (written, name) => {
    expect(labName(written)).toBe(name);
  });

  it.each([
    ["albumin", 4, "g/dL", "g/L", 40],
    ["bilirubin", 2, "mg/dL", "µmol/L", 34.208],
    ["neutrophils", 4500, "/µL", "10^9/L", 4.5],
    ["neutrophils", 4.5, "G/L", "×10⁹/L", 4.5],
    ["sodium", 140, "mEq/L", "mmol/L", 140],
    ["albumin", 4, "U/L", "g/L", null],
    ["albumin", 4, "10^9/L", "g/L", null],
  ])("%s %d %s in %s is %s", (test, value, from, to, wanted) => {
    const made = convertLab(test, value, from, to);
    if (wanted === null) expect(made).toBeNull();
    else expect(made).toBeCloseTo(wanted, 9);
  });
});

describe("indices of a patient", () => {
  const indices = (
    labs: readonly string[],
  ): ReturnType<typeof run>["derived"]["analysisSet"]["patients"]["rows"][number]["cells"] =>
    run({
      protocol: minimalProtocol(
        `indices: { names: [${NAMES}], window_days: [-14, 0] }\ncovariates: [{ column: ascites, label: Ascites, type: text }, { column: encephalopathy, label: Encephalopathy, type: text }]`,
      ),
      tables: {
        "patients.csv": "patient,ascites,encephalopathy\nP1,none,none\n",
        "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\n",
        "labs.csv": `patient,day,name,value,unit\n${labs.map((row) => `P1,${row}`).join("\n")}\n`,
      },
    }).derived.analysisSet.patients.rows[0]!.cells;

  it("the blood indices in the units of their cut-offs", () => {
    const cells = indices([
      "-3,neutrophils,4.41,10^9/L",
      "-3,lymphocytes,1.0,10^9/L",
      "-3,monocytes,500,/uL",
      "-3,platelets,200,10^9/L",
      "-3,albumin,4.0,g/dL",
      "-3,globulin,32,g/L",
      "-3,alp,120,U/L",
    ]);
    const value = (name: string): number => Number(cells[name]!.value);
    expect(value("nlr")).toBeCloseTo(4.41, 12);
    expect(value("lmr")).toBeCloseTo(2, 12);
    expect(value("aapr")).toBeCloseTo(1 / 3, 12);
    expect(value("siri")).toBeCloseTo(2.205, 12);
    expect(value("piv")).toBeCloseTo(441, 9);
    expect(value("sii")).toBeCloseTo(882, 9);
    expect(value("ag-ratio")).toBeCloseTo(1.25, 12);
    expect(cells.albi).toMatchObject({ value: null, missing: expect.stringContaining("no bilirubin") });
  });

  it("takes the nearest value in the window and names it", () => {
    const cells = indices([
      "-20,neutrophils,9,",
      "-10,neutrophils,2,",
      "-2,neutrophils,4,",
      "5,neutrophils,8,",
      "-3,lymphocytes,1,",
    ]);
    expect(cells.nlr).toMatchObject({ value: 4, sources: [{ line: 4 }, { line: 6 }] });
    expect(cells.nlr!.how).toContain("neutrophils 4 10^9/L (line 4, -2 days)");
  });

  it.each([
    [["-2,neutrophils,4,", "-2,lymphocytes,0,"], "not above 0"],
    [["-2,neutrophils,4,", "-2,lymphocytes,<0.1,"], "only a limit"],
    [["-2,neutrophils,4,", "-2,lymphocytes,1,furlong"], "wanted 10^9/L"],
    [["-2,neutrophils,4,"], "no lymphocytes"],
  ])("%j gives no NLR: %s", (labs, reason) => {
    expect(indices(labs).nlr).toMatchObject({ value: null, missing: expect.stringContaining(reason) });
  });
});

describe("units in doubt", () => {
  const codes = (rows: readonly string[]): readonly string[] =>
    labIssues(readTable("labs", `patient,day,name,value,unit\n${rows.join("\n")}\n`, "labs.csv").table).map(
      ({ code, where }) => `${code} ${where.line}`,
    );

  it.each<[string, readonly string[], readonly string[]]>([
    ["right", ["P1,0,albumin,41,g/L", "P1,0,INR,1.1,"], []],
    ["no unit, said once", ["P1,0,albumin,41,", "P2,0,albumin,40,"], ["lab-without-unit 2"]],
    ["a unit that is none of the test's", ["P1,0,albumin,41,mmol/L"], ["lab-unit 2"]],
    ["g/dL written as g/L", ["P1,0,albumin,4.1,g/L"], ["lab-range 2"]],
    ["g/dL", ["P1,0,albumin,4.1,g/dL"], []],
    ["platelets per microlitre as 10^9/L", ["P1,0,PLT,150000,10^9/L"], ["lab-range 2"]],
    ["a limit says nothing about the unit", ["P1,0,bilirubin,<0.5,umol/L"], []],
    ["a test that is not ours", ["P1,0,something,5,"], []],
  ])("%s", (_, rows, wanted) => {
    expect(codes(rows)).toEqual(wanted);
  });
});

describe("explanation of an index", () => {
  it("names formula, values, lines and the earlier value of an amended row", () => {
    const history = journalCsv(
      appendEntries(
        [],
        [
          {
            at: "2026-03-01T10:00:00Z",
            by: "A",
            action: "amend",
            table: "labs",
            line: 3,
            last_line: null,
            column: "value",
            was: "20",
            now: "2.0",
            why: "decimal point lost",
          },
        ],
      ),
    );
    const { derived } = run({
      protocol: minimalProtocol("indices: { names: [nlr] }"),
      tables: {
        "patients.csv": "patient\nP1\n",
        "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\n",
        "labs.csv": "patient,day,name,value,unit\nP1,-3,neutrophils,4,10^9/L\nP1,-3,lymphocytes,20,10^9/L\n",
        "history.csv": history,
      },
    });
    const found = explainValue(derived, "index/nlr/P1");
    expect(found?.title).toBe("Neutrophils / lymphocytes of patient P1: 2");
    expect(found?.steps).toEqual([
      "Neutrophils / lymphocytes; blood counts in 10^9/L",
      "made from neutrophils 4 10^9/L (line 2, -3 days), lymphocytes 2 10^9/L (line 3, -3 days)",
      "from labs.csv, line 2, column value",
      "from labs.csv, line 3, column value",
      'amended, labs.csv, line 3: value was "20", is "2.0" since 2026-03-01T10:00:00Z by A: decimal point lost',
    ]);
    expect(explainValue(derived, "index/nlr/P9")).toBeNull();
  });
});
