import { describe, expect, it } from "vitest";
import { type Derived, explanations, type Protocol } from "../src/index.js";
import { builtIn, run } from "./helpers.js";

/** Viable or whole diameter at follow-up that makes each class from 50 mm. */
const FOLLOW_UP = { CR: 0, PR: 30, SD: 48, PD: 65 } as const;
type Class = keyof typeof FOLLOW_UP;
const CLASSES: readonly Class[] = ["CR", "PR", "SD", "PD"];

/** A cohort with one treatment per patient and the given numbers of each class, at the protocol's response visit. */
function cohort(
  protocol: Protocol,
  counts: { readonly whole: readonly number[]; readonly viable: readonly number[] },
): Derived {
  const list = (numbers: readonly number[]): readonly Class[] =>
    numbers.flatMap((n, i) => Array<Class>(n).fill(CLASSES[i]!));
  const whole = list(counts.whole);
  const viable = list(counts.viable);
  const visit = protocol.response.time_point ?? "follow-up-1";
  const kind = protocol.treatments.kinds[0]!;
  const ids = whole.map((_, i) => `P${i + 1}`);
  const lesions = ids.flatMap((id, i) => {
    const size = FOLLOW_UP[whole[i]!];
    return [
      `${id},baseline,-5,T1,target,liver,0,50,50,measured`,
      `${id},${visit},60,T1,target,liver,0,${size},${FOLLOW_UP[viable[i]!]},${size === 0 ? "absent" : "measured"}`,
    ];
  });
  return run({
    protocol,
    tables: {
      "patients.csv": `patient\n${ids.join("\n")}\n`,
      "procedures.csv": `patient,procedure,day,kind\n${ids.map((id) => `${id},p1,0,${kind}`).join("\n")}\n`,
      "events.csv": `patient,day,event\n${ids.map((id) => `${id},300,last-contact`).join("\n")}\n`,
      "lesions.csv": `patient,time_point,day,lesion,role,organ,node,longest_mm,viable_mm,status\n${lesions.join("\n")}\n`,
    },
  }).derived;
}

const tally = (derived: Derived, profile: string): readonly number[] =>
  CLASSES.map(
    (one) =>
      derived.analysisSet.treatments.rows.filter((row) => row.cells[`response:${profile}`]?.value === one).length,
  );
const yes = (derived: Derived, column: string): number =>
  derived.analysisSet.treatments.rows.filter((row) => row.cells[column]?.value === "yes").length;

describe("response tables of the papers, from patient-level cohorts with the printed counts", () => {
  it("SER study: 2 CR, 54 PR, 32 SD, 14 PD of 102; ORR 54.9 %, DCR 86.3 %", () => {
    const derived = cohort(builtIn("ser-haic"), { whole: [2, 54, 32, 14], viable: [2, 54, 32, 14] });
    expect(tally(derived, "recist-1.1")).toEqual([2, 54, 32, 14]);
    expect(yes(derived, "objective-response:recist-1.1")).toBe(56);
    expect(((100 * 56) / 102).toFixed(1)).toBe("54.9");
    expect(yes(derived, "disease-control:recist-1.1")).toBe(88);
    expect(((100 * 88) / 102).toFixed(1)).toBe("86.3");
  });

  it("nomogram study: 32 CR + PR against 46 SD + PD of 78", () => {
    const derived = cohort(builtIn("mpmri-nomogram"), { whole: [5, 27, 30, 16], viable: [5, 27, 30, 16] });
    expect(yes(derived, "objective-response:mrecist/papers")).toBe(32);
    expect(yes(derived, "progression-6m:mrecist/papers")).toBe(46);
  });

  it("DEB-TACE study: 0 CR, 58 PR, 19 SD, 11 PD of 88; 58, not 57, respond", () => {
    const derived = cohort(builtIn("deb-tace"), { whole: [0, 58, 19, 11], viable: [0, 58, 19, 11] });
    expect(tally(derived, "mrecist/papers")).toEqual([0, 58, 19, 11]);
    expect(yes(derived, "objective-response:mrecist/papers")).toBe(58);
  });

  it("LETB study: RECIST 0/42/114/5 and mRECIST 16/73/66/6 of 161 treatments", () => {
    const derived = cohort(builtIn("letb-tace"), { whole: [0, 42, 114, 5], viable: [16, 73, 66, 6] });
    expect(tally(derived, "recist-1.1/letb-paper")).toEqual([0, 42, 114, 5]);
    expect(tally(derived, "mrecist/papers")).toEqual([16, 73, 66, 6]);
    expect(yes(derived, "objective-response:recist-1.1/letb-paper")).toBe(42);
    expect(yes(derived, "objective-response:mrecist/papers")).toBe(89);
  });
});

describe("measurements of the papers", () => {
  const value = (protocol: Protocol, measurements: readonly string[], column: string): number => {
    const { derived } = run({
      protocol,
      tables: {
        "patients.csv": "patient\nP1\n",
        "procedures.csv": `patient,procedure,day,kind\nP1,a,0,${protocol.treatments.kinds[0]}\n`,
        "measurements.csv": `patient,time_point,biomarker,value,unit\n${measurements.map((row) => `P1,${row}`).join("\n")}\n`,
      },
    });
    return Number(derived.analysisSet.patients.rows[0]!.cells[column]!.value);
  };

  it.each([
    [709, 297, 498, 221, "1.39", "1.25"],
    [148, 93, 168, 102, "0.59", "0.65"],
    [1202, 518, 829, 495, "1.32", "0.67"],
    [837, 506, 600, 253, "0.65", "1.37"],
  ])("SER (%d − %d) / … and (%d − %d) / …", (portal, pre, portalAfter, preAfter, before, after) => {
    const rows = [
      `baseline,si-portal,${portal},a.u.`,
      `baseline,si-pre,${pre},a.u.`,
      `follow-up-1,si-portal,${portalAfter},a.u.`,
      `follow-up-1,si-pre,${preAfter},a.u.`,
    ];
    const protocol = builtIn("ser-haic");
    expect(value(protocol, rows, "ser@baseline").toFixed(2)).toBe(before);
    expect(value(protocol, rows, "ser@follow-up-1").toFixed(2)).toBe(after);
    expect(value(protocol, rows, "dser")).toBeCloseTo((portal - pre) / pre - (portalAfter - preAfter) / preAfter, 12);
  });

  it("LETB 36.66 and 22.03 %, change −39.9 %", () => {
    const rows = [
      "baseline,enhancing-ml,1035,ml",
      "baseline,liver-ml,2823,cm3",
      "follow-up-1,enhancing-ml,354,ml",
      "follow-up-1,liver-ml,1607,ml",
    ];
    const protocol = builtIn("letb-tace");
    expect(value(protocol, rows, "letb@baseline").toFixed(2)).toBe("36.66");
    expect(value(protocol, rows, "letb@follow-up-1").toFixed(2)).toBe("22.03");
    expect(value(protocol, rows, "letb-change").toFixed(1)).toBe("-39.9");
  });

  it("ADC in 1e-3 mm²/s is the same as in mm²/s; heterogeneity from max, min and mean", () => {
    const protocol = builtIn("mpmri-nomogram");
    const rows = [
      "baseline,adc-max,1.4,1e-3 mm2/s",
      "baseline,adc-min,0.0008,mm2/s",
      "baseline,adc-mean,1.0,1e-3 mm2/s",
    ];
    expect(value(protocol, rows, "adc-max@baseline")).toBeCloseTo(0.0014, 15);
    expect(value(protocol, rows, "adc-heterogeneity@baseline")).toBeCloseTo(0.6, 12);
  });
});

describe("explanations", () => {
  it("of one OS, one best response and one exclusion", () => {
    const { derived } = run({
      protocol: builtIn("ser-haic"),
      tables: {
        "patients.csv": "patient,age\nP1,85\n",
        "procedures.csv": "patient,procedure,day,kind\nP1,a,0,HAIC\nP1,b,28,HAIC\n",
        "events.csv": "patient,day,event,cause\nP1,400,death,tumour\n",
        "lesions.csv":
          "patient,time_point,day,lesion,role,organ,longest_mm\nP1,baseline,-5,T1,target,liver,50\nP1,follow-up-1,60,T1,target,liver,30\n",
      },
    });
    const all = explanations(derived);
    expect(all.get("endpoint/OS/P1")?.steps.join("\n")).toContain("decided by events.csv, line 2");
    expect(all.get("best/recist-1.1/P1/1")).toMatchObject({
      title: "Best response (recist-1.1) of patient P1: PR, confirmed SD",
    });
    expect(all.get("response/recist-1.1/P1/1/follow-up-1")?.steps[0]).toContain("−40 % → PR");
    const exclusion = all.get("eligibility/P1");
    expect(exclusion?.title).toBe("Patient P1: excluded");
    expect(exclusion?.steps[0]).toBe("age: failed; age 85");
    expect(exclusion?.steps).toContain("decided by patients.csv, line 2, column age");
  });
});
