import { describe, expect, it } from "vitest";
import { type AdverseEvents, adverseEvents, deriveTreatments } from "../src/index.js";
import { builtIn, run } from "./helpers.js";

const protocol = builtIn("letb-tace");

function count(procedures: readonly string[], events: readonly string[]): AdverseEvents {
  const { records } = run({
    protocol,
    tables: {
      "patients.csv": `patient\n${[...new Set(procedures.map((row) => row.split(",")[0]))].join("\n")}\n`,
      "procedures.csv": `patient,procedure,day,kind\n${procedures.join("\n")}\n`,
      "adverse-events.csv": `patient,procedure,day,scale,term,grade\n${events.join("\n")}\n`,
    },
  });
  return adverseEvents(records, protocol, deriveTreatments(records, protocol.treatments));
}

describe("adverse events", () => {
  it("the LETB study's 41 of 241 procedures by grade", () => {
    // 241 procedures: 91 treatments of one, 61 of two, 8 of three, 1 of four.
    const sizes = [...Array<number>(91).fill(1), ...Array<number>(61).fill(2), ...Array<number>(8).fill(3), 4];
    const procedures = sizes.flatMap((size, i) => Array.from({ length: size }, (_, k) => `P${i},p${k},${40 * k},TACE`));
    expect(procedures).toHaveLength(241);
    const grades = [...Array<number>(33).fill(2), ...Array<number>(6).fill(3), ...Array<number>(2).fill(4)];
    const { perProcedure, issues } = count(
      procedures,
      grades.map((grade, i) => `P${i},p0,1,SIR,Any,${grade}`),
    );
    expect(issues).toEqual([]);
    expect(perProcedure).toEqual([
      expect.objectContaining({ scale: "SIR", n: 41, total: 241, byGrade: [0, 33, 6, 2, 0], lowest: 2, highest: 4 }),
    ]);
  });

  it("worst grade per patient, attribution by window, scales apart", () => {
    const result = count(
      ["P1,a,0,TACE", "P1,b,60,TACE", "P2,c,0,TAE"],
      [
        "P1,a,1,SIR,Pain,2",
        "P1,,70,SIR,Pain,3",
        "P1,,200,SIR,Ascites,2",
        "P2,c,1,CTCAE-5.0,Fever,1",
        "P2,c,1,SIR,Fever,6",
        "P2,z,1,SIR,Fever,1",
      ],
    );
    expect(result.perProcedure.find(({ term }) => term === "Pain")).toMatchObject({
      n: 2,
      total: 3,
      byGrade: [0, 1, 1, 0, 0],
    });
    expect(result.perPatient.find(({ term }) => term === "Pain")).toMatchObject({
      n: 1,
      total: 2,
      byGrade: [0, 0, 1, 0, 0],
    });
    expect(result.perProcedure.some(({ term }) => term === "Ascites")).toBe(false);
    expect(result.worst).toContainEqual({ patient: "P1", scale: "SIR", grade: 3, line: 3 });
    expect(result.issues.map(({ code }) => code).sort()).toEqual([
      "grade",
      "no-procedure",
      "other-scale",
      "unknown-procedure",
    ]);
    expect(new Set(result.perProcedure.map(({ scale }) => scale))).toEqual(new Set(["SIR", "CTCAE-5.0"]));
  });

  it("finds the post-embolisation syndrome", () => {
    const { postEmbolisation } = count(
      ["P1,a,0,TACE", "P2,b,0,TACE"],
      ["P1,a,1,SIR,Low-grade fever,1", "P1,a,1,SIR,Abdominal pain,2", "P2,b,1,SIR,Abdominal pain,1"],
    );
    expect(postEmbolisation).toEqual([{ patient: "P1", procedure: "a", signs: ["fever", "pain"] }]);
  });
});
