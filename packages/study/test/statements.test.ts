import { borderCases, borderTables } from "@livermark/phantom";
import { describe, expect, it } from "vitest";
import type { ProfileName, TimePointResponse } from "../src/index.js";
import { responseProfile } from "../src/response/profiles.js";
import { checkSelection } from "../src/response/selection.js";
import type { LesionRow } from "../src/response/timeline.js";
import { minimalProtocol, run, timePoints } from "./helpers.js";

const HEADER =
  "patient,time_point,day,lesion,role,organ,node,longest_mm,short_mm,viable_mm,status,slice_mm,previously_treated,progressed_since,note\n";

const judge = (
  rows: readonly string[],
  profile: ProfileName = "recist-1.1",
): { readonly points: readonly TimePointResponse[]; readonly codes: readonly string[] } => {
  const { derived, codes } = run({
    protocol: minimalProtocol(),
    study: `overrides: { response: { profile: ${profile} } }`,
    tables: { "patients.csv": "patient\nP1\n", "lesions.csv": HEADER + rows.join("\n") },
  });
  return { points: timePoints(derived), codes };
};

const at = (visit: number): string => (visit === 0 ? "baseline,-5" : `follow-up-${visit},${60 * visit}`);

/** A lesion row as checks see it, made without a table. */
const lesion = (parts: Partial<LesionRow>): LesionRow => ({
  patient: "P1",
  treatment: null,
  time_point: "baseline",
  reader: null,
  lesion: "T1",
  role: "target",
  organ: "liver",
  node: null,
  longest_mm: null,
  short_mm: null,
  viable_mm: null,
  status: "measured",
  previously_treated: null,
  progressed_since: null,
  slice_mm: null,
  segment: null,
  note: null,
  line: 2,
  extra: {},
  when: null,
  ...parts,
});
const codes = (rows: readonly LesionRow[], viable = false): readonly string[] =>
  checkSelection(rows, viable, {}).map(({ code }) => code);

describe("R1 as a table: every size, slice thickness, organ and number of targets", () => {
  it("a lesion is a target from 10 mm, from twice the slice thickness above 5 mm", () => {
    for (let tenths = 0; tenths <= 300; tenths++)
      for (const slice of [null, 1, 1.25, 2.5, 5, 5.5, 6, 7, 8, 10]) {
        const least = slice !== null && slice > 5 ? 20 * slice : 100;
        expect(codes([lesion({ longest_mm: tenths / 10, slice_mm: slice })])).toEqual(
          tenths < least ? ["target-too-small"] : [],
        );
      }
  });

  it("a node is a target from 15 mm of short axis; the porta hepatis from 20 mm under mRECIST", () => {
    for (let tenths = 0; tenths <= 300; tenths++)
      for (const organ of ["lymph-node", "porta-hepatis-node"] as const)
        for (const viable of [false, true]) {
          const least = viable && organ === "porta-hepatis-node" ? 200 : 150;
          expect(codes([lesion({ organ, node: true, short_mm: tenths / 10, longest_mm: 40 })], viable)).toEqual(
            tenths < least ? ["node-too-small"] : [],
          );
        }
  });

  it("at most five targets, at most two in an organ, nodes and paired organs being one", () => {
    const organs = ["liver", "lung", "adrenal", "lymph-node"] as const;
    for (let code = 0; code < 4 ** 4; code++) {
      const counts = organs.map((_, i) => Math.floor(code / 4 ** i) % 4);
      const rows = organs.flatMap((organ, i) =>
        Array.from({ length: counts[i]! }, (_, n) =>
          lesion({ lesion: `${organ}${n}`, organ, longest_mm: 30, short_mm: 20, node: organ === "lymph-node" }),
        ),
      );
      const found = codes(rows);
      const total = counts.reduce((sum, n) => sum + n, 0);
      expect(found.filter((one) => one === "too-many-targets")).toHaveLength(Math.max(0, total - 5));
      expect(found.filter((one) => one === "too-many-in-organ")).toHaveLength(
        counts.reduce((sum, n) => sum + Math.max(0, n - 2), 0),
      );
    }
  });

  it("a node from 10 to below 15 mm is a non-target, below 10 mm it is normal", () => {
    for (let mm = 5; mm <= 15; mm += 0.5)
      expect(judge([`P1,${at(0)},N1,non-target,lymph-node,1,,${mm},,measured,,,,`]).codes.includes("normal-node")).toBe(
        mm < 10,
      );
  });
});

describe("R3 as a table: nodes and what is too small", () => {
  it("CR needs every node below 10 mm, whatever its size before", () => {
    for (let tenths = 0; tenths <= 150; tenths += 5) {
      const { points } = judge([
        `P1,${at(0)},N1,target,lymph-node,1,,30,,measured,,,,`,
        `P1,${at(1)},N1,target,lymph-node,1,,${tenths / 10},,measured,,,,`,
      ]);
      expect(points[0]?.target).toBe(tenths < 100 ? "CR" : "PR");
    }
  });

  it("too small enters as 5 mm for any number of lesions", () => {
    for (let n = 1; n <= 5; n++) {
      const rows = [0, 1].flatMap((visit) =>
        Array.from(
          { length: n },
          (_, i) =>
            `P1,${at(visit)},T${i},target,${i < 2 ? "liver" : i < 4 ? "lung" : "bone"},0,${visit === 0 ? 30 : ""},,,${visit === 0 ? "measured" : "too-small"},,,,`,
        ),
      );
      expect(judge(rows).points[0]).toMatchObject({ sumMm: 5 * n, target: "PR" });
    }
  });
});

describe("R4 as a table: every subset of three targets not assessed", () => {
  it("is NE, unless what was measured is PD already", () => {
    for (let mask = 1; mask < 8; mask++)
      for (const size of [10, 20, 45, 75]) {
        const rows = [0, 1, 2].flatMap((i) => [
          `P1,${at(0)},T${i},target,${i < 2 ? "liver" : "lung"},0,20,,,measured,,,,`,
          `P1,${at(1)},T${i},target,${i < 2 ? "liver" : "lung"},0,${mask & (1 << i) ? "" : size},,,${mask & (1 << i) ? "not-assessed" : "measured"},,,,`,
        ]);
        const measured = [0, 1, 2].filter((i) => !(mask & (1 << i))).length * size;
        const progressed = measured * 5 >= 60 * 6 && measured - 60 >= 5;
        expect(judge(rows).points[0]).toMatchObject({ target: progressed ? "PD" : "NE", sumMm: null });
      }
  });
});

describe("R8 as a table: locally treated lesions", () => {
  it.each([
    ["", "", false],
    ["0", "", false],
    ["0", "1", false],
    ["1", "1", false],
    ["1", "0", true],
    ["1", "", true],
  ])("previously treated %s, progressed since %s: refused %s", (treated, progressed, refused) => {
    const found = judge([`P1,${at(0)},T1,target,liver,0,30,,30,measured,,${treated},${progressed},`]).codes;
    expect(found.includes("treated-target")).toBe(refused);
  });
});

describe("mRECIST statements", () => {
  const base = `P1,${at(0)},T1,target,liver,0,60,,50,measured,,,,`;
  const same = (visit: number): string => `P1,${at(visit)},T1,target,liver,0,60,,50,measured,,,,`;
  const nodule = (
    visit: number,
    longest: number | "",
    viable: number | "",
    status = "measured",
    organ = "liver",
  ): string => `P1,${at(visit)},L1,new,${organ},0,${longest},,${viable},${status},,,,`;
  const overall = (rows: readonly string[], profile: ProfileName = "mrecist"): readonly string[] =>
    judge(rows, profile).points.map((point) => point.overall);

  it("a new enhancing nodule counts from 10 mm", () => {
    for (let mm = 4; mm <= 16; mm += 0.5) {
      expect(overall([base, same(1), nodule(1, mm, mm)])).toEqual([mm < 10 ? "SD" : "PD"]);
      // RECIST, and mRECIST as the studies word it, know no such size.
      expect(overall([base, same(1), nodule(1, mm, mm)], "recist-1.1")).toEqual(["PD"]);
      expect(overall([base, same(1), nodule(1, mm, mm)], "mrecist/papers")).toEqual(["PD"]);
    }
  });

  it("one without enhancement counts once it has grown by 10 mm, and then from its first sight", () => {
    for (let growth = 0; growth <= 14; growth++) {
      const rows = [base, same(1), nodule(1, 12, 0), same(2), nodule(2, 12 + growth, 0)];
      expect(overall(rows)).toEqual(["SD", growth >= 10 ? "PD" : "SD"]);
      const [first] = judge(rows, "mrecist").points;
      expect(first?.progression).toBe(growth >= 10);
      expect(first?.why).toContain("L1 not counted as new");
    }
  });

  it("a nodule that grows from 6 to 11 mm counts from its first sight", () => {
    const { points } = judge([base, same(1), nodule(1, 6, 6), same(2), nodule(2, 11, 11)], "mrecist");
    expect(points.map((point) => [point.overall, point.newLesion, point.progression])).toEqual([
      ["SD", false, true],
      ["PD", true, false],
    ]);
  });

  it("a nodule without sizes, and one outside the liver, count as recorded", () => {
    expect(overall([base, same(1), nodule(1, "", "", "present")])).toEqual(["PD"]);
    expect(overall([base, same(1), nodule(1, 4, "", "measured", "lung")])).toEqual(["PD"]);
  });

  it("a thrombus is no target; an effusion needs cytology", () => {
    expect(codes([lesion({ organ: "vessel", longest_mm: 30 })], true)).toContain("thrombus-target");
    expect(codes([lesion({ organ: "vessel", longest_mm: 30 })], false)).not.toContain("thrombus-target");
    const effusion = (note: string): string => `P1,${at(1)},ascites,new,peritoneum,0,,,,present,,,,${note}`;
    expect(judge([base, same(1), effusion("")], "mrecist").codes).toContain("effusion-without-cytology");
    expect(judge([base, same(1), effusion("cytology positive")], "mrecist").codes).not.toContain(
      "effusion-without-cytology",
    );
  });

  it("after CR any viable tissue is PD", () => {
    for (const mm of [0.1, 1, 5, 12])
      expect(
        overall([
          base,
          `P1,${at(1)},T1,target,liver,0,60,,0,measured,,,,`,
          `P1,${at(2)},T1,target,liver,0,60,,${mm},measured,,,,`,
        ]),
      ).toEqual(["CR", "PD"]);
  });
});

describe("a cohort on every border", () => {
  it("the phantom's cases, worked by hand", () => {
    const tables = Object.fromEntries(
      borderTables().map(({ path, bytes }) => [
        path.replace("tables/", ""),
        typeof bytes === "string" ? bytes : new TextDecoder().decode(bytes),
      ]),
    );
    for (const profile of ["recist-1.1", "recist-1.1/letb-paper", "mrecist"] as const) {
      const { derived } = run({
        protocol: minimalProtocol(),
        study: `overrides: { response: { profile: ${profile} } }`,
        tables,
      });
      for (const { patient, expected } of borderCases)
        expect([patient, timePoints(derived, patient)[0]?.overall]).toEqual([patient, expected[profile]]);
    }
  });

  it("every baseline from 10 to 120 mm, one tenth on each side of every border, in one cohort", () => {
    interface Case {
      readonly baseline: number;
      readonly nadir: number;
      readonly now: number;
    }
    const cases: Case[] = [];
    // Sizes in tenths of a millimetre; borders are met, missed by one tenth, and passed by one tenth.
    for (let baseline = 100; baseline <= 1200; baseline += 50)
      for (const nadir of [baseline, Math.round(baseline / 2)])
        for (const border of [0.7 * baseline, 1.2 * nadir, nadir + 50, nadir])
          for (const offset of [-1, 0, 1]) cases.push({ baseline, nadir, now: Math.round(border) + offset });
    const rows = cases.flatMap(({ baseline, nadir, now }, i) =>
      [baseline, nadir, now].map(
        (size, visit) => `P${i},${at(visit)},T1,target,liver,0,${size / 10},,${size / 10},measured,,,,`,
      ),
    );
    for (const name of ["recist-1.1", "recist-1.1/letb-paper", "mrecist", "mrecist/papers"] as const) {
      const { derived } = run({
        protocol: minimalProtocol(),
        study: `overrides: { response: { profile: ${name} } }`,
        tables: {
          "patients.csv": `patient\n${cases.map((_, i) => `P${i}`).join("\n")}\n`,
          "lesions.csv": HEADER + rows.join("\n"),
        },
      });
      const { progressionStrict: strict, progressionRiseMm: least } = responseProfile(name);
      const last = timePoints(derived, "P0").length;
      expect(last).toBe(2);
      const byPatient = new Map(
        derived.response.flatMap((row) =>
          "timePoint" in row && row.timePoint === "follow-up-2" ? [[row.patient, row.overall] as const] : [],
        ),
      );
      cases.forEach(({ baseline, nadir, now }, i) => {
        // In whole tenths, without fractions: 5 · rise against the nadir, 10 · now against 7 · baseline.
        const rise = now - nadir;
        const progressed = (strict ? 5 * rise > nadir : 5 * rise >= nadir) && (least === null || rise >= 50);
        const wanted = progressed ? "PD" : 10 * now <= 7 * baseline ? "PR" : "SD";
        expect([name, baseline, nadir, now, byPatient.get(`P${i}`)]).toEqual([name, baseline, nadir, now, wanted]);
      });
    }
  });
});
