import { describe, expect, it } from "vitest";
import type { BestOverallResponse, ProfileName, TimePointResponse } from "../src/index.js";
import { bestResponse } from "../src/response/best.js";
import { OVERALL_RESPONSES, overallResponse } from "../src/response/overall.js";
import { responseProfile } from "../src/response/profiles.js";
import { isPartial, isProgression } from "../src/response/target.js";
import { minimalProtocol, run, timePoints } from "./helpers.js";

const HEADER = "patient,time_point,day,lesion,role,organ,node,longest_mm,short_mm,viable_mm,status\n";

/** One patient's lesions: `T1 target liver 30` per visit, as rows of the table. */
const judge = (
  rows: readonly string[],
  profile: ProfileName = "recist-1.1",
  overrides = "",
): {
  readonly points: readonly TimePointResponse[];
  readonly best: BestOverallResponse | undefined;
  readonly codes: readonly string[];
} => {
  const { derived, codes } = run({
    protocol: minimalProtocol(),
    study: `overrides: { response: { profile: ${profile}${overrides} } }`,
    tables: { "patients.csv": "patient\nP1\n", "lesions.csv": HEADER + rows.join("\n") },
  });
  return {
    points: timePoints(derived),
    best: derived.response.find((row): row is BestOverallResponse => "best" in row),
    codes,
  };
};

const at = (visit: number): string => (visit === 0 ? "baseline,-5" : `follow-up-${visit},${60 * visit}`);
/** A measured liver target. */
const target = (visit: number, mm: number, lesion = "T1"): string =>
  `P1,${at(visit)},${lesion},target,liver,0,${mm},,,measured`;
const node = (visit: number, mm: number, lesion = "N1"): string =>
  `P1,${at(visit)},${lesion},target,lymph-node,1,,${mm},,measured`;
const state = (visit: number, lesion: string, role: string, status: string): string =>
  `P1,${at(visit)},${lesion},${role},liver,0,,,,${status}`;
const viable = (visit: number, longest: number, mm: number | ""): string =>
  `P1,${at(visit)},T1,target,liver,0,${longest},,${mm},measured`;

describe("R2: thresholds of the sum", () => {
  it.each([
    // baseline, nadir, now, wanted
    [100, 100, 70, "PR"],
    [100, 100, 70.1, "SD"],
    [50, 25, 30, "PD"],
    [50, 24, 28.9, "PR"],
    [100, 24, 28.9, "PR"],
    [30, 20, 24.9, "SD"],
    [30, 20, 25, "PD"],
    [100, 60, 75, "PD"],
    [48, 48, 57.5, "SD"],
    [48, 48, 57.6, "PD"],
    [60, 48, 61, "PD"],
    [20, 20, 24.9, "SD"],
    [20, 20, 25, "PD"],
    [25, 25, 30, "PD"],
    [25, 25, 29.9, "SD"],
  ])("baseline %d, nadir %d, now %d is %s", (baseline, nadir, now, wanted) => {
    const { points } = judge([target(0, baseline), target(1, nadir), target(2, now)]);
    expect(points[1]).toMatchObject({
      target: wanted,
      overall: wanted,
      baselineMm: baseline,
      nadirMm: Math.min(baseline, nadir),
      sumMm: now,
    });
  });

  it("prints its arithmetic", () => {
    const { points } = judge([target(0, 60), target(1, 48), target(2, 61)]);
    expect(points[1]?.why).toContain("sum 61 mm, nadir 48 mm: +27.1 %, +13 mm → PD");
  });

  it("20 % with 4.9 mm is SD whatever the sizes", () => {
    for (let nadir = 5; nadir < 24.5; nadir += 0.1)
      expect(isProgression(responseProfile("recist-1.1"), nadir + 4.9, nadir)).toBe(false);
  });

  it("the two rules agree with exact arithmetic on every tenth of a millimetre", () => {
    const profile = responseProfile("recist-1.1");
    for (let nadir = 100; nadir <= 600; nadir += 7)
      for (let now = 1; now <= 900; now += 1) {
        const rise = now - nadir;
        expect(isProgression(profile, now / 10, nadir / 10)).toBe(rise >= 50 && 5 * rise >= nadir);
        expect(isPartial(profile, now / 10, nadir / 10)).toBe(10 * now <= 7 * nadir);
      }
  });
});

describe("R3: complete response, nodes, too small to measure", () => {
  it("nodes below 10 mm are gone though the sum is above 0", () => {
    const { points } = judge([target(0, 30), node(0, 18), state(1, "T1", "target", "absent"), node(1, 9.9)]);
    expect(points[0]).toMatchObject({ target: "CR", overall: "CR", sumMm: 9.9, baselineMm: 48 });
  });

  it("a node of 10 mm is not gone", () => {
    const { points } = judge([target(0, 30), node(0, 18), state(1, "T1", "target", "absent"), node(1, 10)]);
    expect(points[0]).toMatchObject({ target: "PR" });
  });

  it("too small to measure enters as 5 mm", () => {
    const { points } = judge([target(0, 30), state(1, "T1", "target", "too-small")]);
    expect(points[0]).toMatchObject({ target: "PR", sumMm: 5 });
    expect(points[0]?.why).toContain("T1 too small to measure: 5 mm");
  });

  it("after CR a target that comes back is PD, however small", () => {
    const { points } = judge([target(0, 30), state(1, "T1", "target", "absent"), target(2, 3)]);
    expect(points.map(({ overall }) => overall)).toEqual(["CR", "PD"]);
    expect(points[1]?.why).toContain("came back");
  });
});

describe("R4: targets that were not assessed", () => {
  it("are NE, with no sum", () => {
    const { points } = judge([
      target(0, 30),
      target(0, 20, "T2"),
      target(1, 20),
      state(1, "T2", "target", "not-assessed"),
    ]);
    expect(points[0]).toMatchObject({ target: "NE", overall: "NE", sumMm: null, nadirMm: 50 });
  });

  it("are PD when what was measured is PD already", () => {
    const { points } = judge([
      target(0, 30),
      target(0, 20, "T2"),
      target(1, 61),
      state(1, "T2", "target", "not-assessed"),
    ]);
    expect(points[0]).toMatchObject({ target: "PD", overall: "PD", sumMm: null });
  });

  it("a target without any row was not assessed, and an incomplete sum is no nadir", () => {
    const { points } = judge([target(0, 30), target(0, 20, "T2"), target(1, 5), target(2, 40), target(2, 20, "T2")]);
    expect(points[0]).toMatchObject({ target: "NE" });
    expect(points[1]).toMatchObject({ target: "PD", nadirMm: 50, sumMm: 60 });
  });
});

describe("R5: overall response", () => {
  const targets = ["CR", "PR", "SD", "PD", "NE", null] as const;
  const others = ["CR", "non-CR/non-PD", "PD", "NE", null] as const;
  // Rows: target CR PR SD PD NE none; columns: non-target CR, non-CR/non-PD, PD, NE, none.
  const wanted = [
    ["CR", "PR", "PD", "PR", "CR"],
    ["PR", "PR", "PD", "PR", "PR"],
    ["SD", "SD", "PD", "SD", "SD"],
    ["PD", "PD", "PD", "PD", "PD"],
    ["NE", "NE", "PD", "NE", "NE"],
    ["CR", "non-CR/non-PD", "PD", "NE", "NE"],
  ];

  it("is the table of RECIST 1.1, and PD with any new lesion", () => {
    targets.forEach((one, i) => {
      others.forEach((other, j) => {
        expect(overallResponse(one, other, false)).toBe(wanted[i]![j]);
        expect(overallResponse(one, other, true)).toBe("PD");
      });
    });
  });

  it.each([
    ["absent", "CR", "CR"],
    ["present", "non-CR/non-PD", "PR"],
    ["unequivocal-progression", "PD", "PD"],
    ["not-assessed", "NE", "PR"],
  ])("non-target %s with targets gone", (status, nonTarget, overall) => {
    const { points } = judge([
      target(0, 30),
      state(0, "NT1", "non-target", "present"),
      state(1, "T1", "target", "absent"),
      state(1, "NT1", "non-target", status),
    ]);
    expect(points[0]).toMatchObject({ target: "CR", nonTarget, overall });
  });

  it("without targets the non-targets decide", () => {
    const rows = (status: string): readonly string[] => [
      state(0, "NT1", "non-target", "present"),
      state(1, "NT1", "non-target", status),
    ];
    expect(judge(rows("present")).points[0]).toMatchObject({ target: null, overall: "non-CR/non-PD" });
    expect(judge(rows("absent")).points[0]).toMatchObject({ target: null, overall: "CR" });
    expect(judge(rows("not-assessed")).points[0]).toMatchObject({ target: null, overall: "NE" });
  });

  it("a new lesion is PD; an equivocal one only once it is called new, and then from its first sight", () => {
    const rows = [target(0, 30), target(1, 30), target(2, 30)];
    expect(judge([...rows, state(1, "L1", "new", "present")]).points[0]).toMatchObject({
      newLesion: true,
      overall: "PD",
    });
    const equivocal = judge([...rows, state(1, "L1", "new", "equivocal-new")]);
    expect(equivocal.points.map(({ newLesion, overall }) => [newLesion, overall])).toEqual([
      [false, "SD"],
      [false, "SD"],
    ]);
    const confirmed = judge([...rows, state(1, "L1", "new", "equivocal-new"), state(2, "L1", "new", "present")]);
    expect(confirmed.points.map(({ newLesion, overall, progression }) => [newLesion, overall, progression])).toEqual([
      [false, "SD", true],
      [true, "PD", false],
    ]);
  });
});

describe("R6: best overall response", () => {
  const rules = { confirmation_days: 28, stable_min_days: 42, max_not_evaluable_between: 1 };
  const course = (
    list: readonly (readonly [TimePointResponse["overall"], number])[],
    progressed = false,
  ): ReturnType<typeof bestResponse> =>
    bestResponse(
      {
        visits: list.map(([overall, day], i) => ({ timePoint: `v${i + 1}`, day, overall })),
        progressed,
        startDay: 0,
        measurable: true,
      },
      rules,
    );

  it.each([
    // RECIST 1.1, table 3: first, second, best when confirmation is needed (minimum duration of SD met)
    ["CR", "CR", "CR", "CR"],
    ["CR", "SD", "CR", "SD"],
    ["CR", "PD", "CR", "SD"],
    ["CR", "NE", "CR", "SD"],
    ["PR", "CR", "CR", "PR"],
    ["PR", "PR", "PR", "PR"],
    ["PR", "SD", "PR", "SD"],
    ["PR", "PD", "PR", "SD"],
    ["PR", "NE", "PR", "SD"],
    ["NE", "NE", "NE", "NE"],
    ["NE", "PD", "PD", "PD"],
    ["NE", "CR", "CR", "SD"],
    ["NE", "PR", "PR", "SD"],
    ["NE", "SD", "SD", "SD"],
    ["SD", "PD", "SD", "SD"],
    ["SD", "NE", "SD", "SD"],
  ] as const)("%s then %s: best %s, confirmed %s", (first, second, best, confirmed) => {
    const visits =
      second === "PD"
        ? ([[first, 60]] as const)
        : ([
            [first, 60],
            [second, 120],
          ] as const);
    expect(course(visits, second === "PD")).toMatchObject({ best, confirmed });
  });

  it.each([
    ["CR", "PD", "PD"],
    ["PR", "PD", "PD"],
    ["SD", "PD", "PD"],
    ["PR", "NE", "NE"],
    ["SD", "NE", "NE"],
  ] as const)("%s before the minimum duration, then %s: confirmed %s", (first, second, confirmed) => {
    const visits =
      second === "PD"
        ? ([[first, 41]] as const)
        : ([
            [first, 41],
            [second, 60],
          ] as const);
    expect(course(visits, second === "PD").confirmed).toBe(confirmed);
  });

  it("confirmation needs its days, and bears only so many gaps", () => {
    expect(
      course([
        ["PR", 60],
        ["PR", 87],
      ]).confirmed,
    ).toBe("SD");
    expect(
      course([
        ["PR", 60],
        ["PR", 88],
      ]).confirmed,
    ).toBe("PR");
    expect(
      course([
        ["PR", 60],
        ["NE", 90],
        ["PR", 120],
      ]).confirmed,
    ).toBe("PR");
    expect(
      course([
        ["PR", 60],
        ["NE", 90],
        ["NE", 120],
        ["PR", 150],
      ]).confirmed,
    ).toBe("SD");
    expect(course([["SD", 42]]).best).toBe("SD");
    expect(course([["SD", 41]]).best).toBe("NE");
  });

  it("CR followed by PR is flagged", () => {
    expect(
      course([
        ["CR", 60],
        ["PR", 120],
      ]).completeThenPartial,
    ).toBe(true);
    expect(
      course([
        ["PR", 60],
        ["CR", 120],
      ]).completeThenPartial,
    ).toBe(false);
  });

  it("only what came before progression counts", () => {
    const { best } = judge([target(0, 30), target(1, 40), target(2, 10)]);
    expect(best).toMatchObject({ best: "PD", confirmed: "PD" });
  });

  it("stays PR after PR where the study says so", () => {
    const rows = [target(0, 100), target(1, 65), target(2, 75)];
    expect(judge(rows).points[1]).toMatchObject({ overall: "SD" });
    expect(judge(rows, "recist-1.1", ", after_pr: eortc").points[1]).toMatchObject({ target: "SD", overall: "PR" });
    expect(judge(rows, "recist-1.1", ", after_pr: eortc").best).toMatchObject({ confirmed: "PR" });
  });
});

describe("R7 and mRECIST: named profiles", () => {
  it.each([
    ["recist-1.1", 100, 120, "PD"],
    ["recist-1.1/letb-paper", 100, 120, "SD"],
    ["recist-1.1/letb-paper", 100, 120.1, "PD"],
    ["recist-1.1/letb-paper", 10, 12.1, "PD"],
    ["recist-1.1", 10, 12.1, "SD"],
  ] as const)("%s: %d to %d mm is %s", (profile, before, now, wanted) => {
    expect(judge([target(0, before), target(1, now)], profile).points[0]).toMatchObject({ overall: wanted, profile });
  });

  it.each([
    ["mrecist", 50, 35, "PR"],
    ["mrecist", 50, 60, "PD"],
    ["mrecist/papers", 50, 60, "SD"],
    ["mrecist/papers", 50, 60.1, "PD"],
    ["mrecist", 50, 0, "CR"],
    ["mrecist", 10, 12, "PD"],
    ["mrecist", 10, 11.9, "SD"],
  ] as const)("%s: viable %d to %d mm is %s", (profile, before, now, wanted) => {
    const { points } = judge([viable(0, 60, before), viable(1, 60, now)], profile);
    expect(points[0]).toMatchObject({ overall: wanted, sumMm: now, baselineMm: before });
  });

  it("an empty viable diameter at follow-up is not assessed, 0 is no viable tissue", () => {
    expect(judge([viable(0, 60, 50), viable(1, 60, "")], "mrecist").points[0]).toMatchObject({ overall: "NE" });
    expect(
      judge([viable(0, 60, 50), viable(1, 60, 0), viable(2, 60, 4)], "mrecist").points.map(({ overall }) => overall),
    ).toEqual(["CR", "PD"]);
  });

  it("a hypovascular lesion falls back to its whole diameter and says so", () => {
    const { points, codes } = judge([viable(0, 60, ""), viable(1, 40, "")], "mrecist");
    expect(points[0]).toMatchObject({ overall: "PR", sumMm: 40 });
    expect(points[0]?.flags.join()).toContain("whole diameter");
    expect(codes).toContain("response-flag");
  });

  it("mixing viable and whole diameters is flagged", () => {
    const { points } = judge([viable(0, 60, 50), node(0, 20), viable(1, 60, 50), node(1, 20)], "mrecist");
    expect(points[0]?.flags.join()).toContain("mixes");
  });
});

describe("R1 and R8: choice of targets", () => {
  const many = (n: number, organ: string): readonly string[] =>
    Array.from({ length: n }, (_, i) => `P1,baseline,-5,T${i}-${organ},target,${organ},0,20,,,measured`);
  const baseline = (row: string): readonly string[] => [row, target(1, 20)];
  const codesOf = (rows: readonly string[], header = HEADER): readonly string[] =>
    run({
      protocol: minimalProtocol(),
      tables: { "patients.csv": "patient\nP1\n", "lesions.csv": header + rows.join("\n") },
    }).codes;

  it.each([
    ["a sixth target", [...many(2, "liver"), ...many(2, "lung"), ...many(2, "bone")], "too-many-targets"],
    ["a third target in an organ", many(3, "liver"), "too-many-in-organ"],
    [
      "a third node, all nodes being one organ",
      [node(0, 20, "N1"), node(0, 20, "N2"), "P1,baseline,-5,N3,target,porta-hepatis-node,1,,25,,measured"],
      "too-many-in-organ",
    ],
    ["a lesion below 10 mm", baseline(target(0, 9.9)), "target-too-small"],
    ["a node of 14.9 mm", [node(0, 14.9)], "node-too-small"],
  ])("%s", (_, rows, code) => {
    expect(codesOf(rows)).toContain(code);
  });

  it("the borders themselves are allowed", () => {
    const codes = codesOf([...many(2, "liver"), ...many(2, "lung"), ...many(1, "bone")]);
    expect(codes).not.toContain("too-many-targets");
    expect(codesOf([target(0, 10), node(0, 15)])).not.toContain("node-too-small");
    expect(codesOf([target(0, 10), node(0, 15)])).not.toContain("target-too-small");
  });

  it("thick slices and earlier local treatment", () => {
    const header = "patient,time_point,day,lesion,role,organ,longest_mm,slice_mm,previously_treated,progressed_since\n";
    expect(codesOf(["P1,baseline,-5,T1,target,liver,13,7,0,0"], header)).toContain("target-too-small");
    expect(codesOf(["P1,baseline,-5,T1,target,liver,14,7,0,0"], header)).not.toContain("target-too-small");
    expect(codesOf(["P1,baseline,-5,T1,target,liver,30,5,1,0"], header)).toContain("treated-target");
    expect(codesOf(["P1,baseline,-5,T1,target,liver,30,5,1,1"], header)).not.toContain("treated-target");
  });
});

describe("lesions over time", () => {
  it("parts of a split lesion are added, a merger counts once", () => {
    const split = judge([target(0, 30), target(1, 10, "T1.1"), target(1, 9, "T1.2")]);
    expect(split.points[0]).toMatchObject({ sumMm: 19, target: "PR" });
    const merged = judge([target(0, 30), target(0, 20, "T2"), target(1, 41, "T1/T2")]);
    expect(merged.points[0]).toMatchObject({ sumMm: 41, target: "SD" });
  });

  it("a lesion that the baseline does not know, and a repeated one, are Issues", () => {
    expect(judge([target(0, 30), target(1, 30), target(1, 20, "T9")]).codes).toContain("lesion-without-baseline");
    expect(judge([target(0, 30), target(1, 30), target(1, 31)]).codes).toContain("repeated-lesion");
  });

  it("each reader is judged alone, and each treatment anew", () => {
    const header = "patient,treatment,time_point,day,reader,lesion,role,organ,longest_mm\n";
    const { derived } = run({
      protocol: minimalProtocol(),
      tables: {
        "patients.csv": "patient\nP1\n",
        "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\nP1,b,300,TACE\n",
        "lesions.csv": `${header}P1,1,baseline,-5,A,T1,target,liver,50\nP1,1,follow-up-1,60,A,T1,target,liver,20\nP1,1,baseline,-5,B,T1,target,liver,50\nP1,1,follow-up-1,60,B,T1,target,liver,45\nP1,2,baseline,290,A,T1,target,liver,60\nP1,2,follow-up-1,360,A,T1,target,liver,50\n`,
      },
    });
    expect(timePoints(derived).map(({ treatment, reader, overall }) => [treatment, reader, overall])).toEqual([
      [1, "A", "PR"],
      [1, "B", "SD"],
      [2, "A", "SD"],
    ]);
  });
});

describe("iRECIST", () => {
  const labels = (sizes: readonly number[], days: readonly number[]): readonly (string | null)[] => {
    const rows = sizes.map((mm, i) =>
      i === 0 ? target(0, mm) : `P1,follow-up-${i},${days[i - 1]},T1,target,liver,0,${mm},,,measured`,
    );
    return judge(rows, "irecist").points.map(({ immune }) => immune);
  };

  it("iUPD, confirmed after four weeks by 5 mm more", () => {
    expect(labels([50, 61, 66], [60, 95])).toEqual(["iUPD", "iCPD"]);
    expect(labels([50, 61, 65.9], [60, 95])).toEqual(["iUPD", "iUPD"]);
    expect(labels([50, 61, 70], [60, 87])).toEqual(["iUPD", "iUPD"]);
  });

  it("stability resets the bar", () => {
    expect(labels([50, 61, 55, 67, 73], [60, 95, 130, 165])).toEqual(["iUPD", "iSD", "iUPD", "iCPD"]);
  });

  it("keeps both dates: progression is dated to the iUPD that was confirmed", () => {
    const { points } = judge([target(0, 50), target(1, 61), target(2, 55), target(3, 67), target(4, 73)], "irecist");
    expect(points.map(({ progression }) => progression)).toEqual([false, false, true, false]);
  });
});

describe("burden and area profiles", () => {
  const burden = (profile: ProfileName, biomarker: string, before: number, now: number): string | undefined =>
    timePoints(
      run({
        protocol: minimalProtocol(),
        study: `overrides: { response: { profile: ${profile} } }`,
        tables: {
          "patients.csv": "patient\nP1\n",
          "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\n",
          "time-points.csv": "patient,time_point,day\nP1,baseline,-5\nP1,follow-up-1,60\n",
          "measurements.csv": `patient,time_point,biomarker,value\nP1,baseline,${biomarker},${before}\nP1,follow-up-1,${biomarker},${now}\n`,
        },
      }).derived,
    )[0]?.overall;

  it.each([
    ["easl", "enhancing-area-mm2", 100, 50, "PR"],
    ["easl", "enhancing-area-mm2", 100, 50.1, "SD"],
    ["easl", "enhancing-area-mm2", 100, 125, "SD"],
    ["easl", "enhancing-area-mm2", 100, 125.1, "PD"],
    ["easl", "enhancing-area-mm2", 100, 0, "CR"],
    ["letb", "letb", 100, 74.2, "SD"],
    ["letb", "letb", 100, 74.1, "PR"],
    ["letb", "letb", 100, 300, "SD"],
    ["letb", "letb", 0, 10, "NE"],
  ] as const)("%s: %s %d to %d is %s", (profile, biomarker, before, now, wanted) => {
    expect(burden(profile, biomarker, before, now)).toBe(wanted);
  });
});

describe("given responses", () => {
  it("are passed on with their line, and rated", () => {
    const { derived } = run({
      protocol: minimalProtocol(),
      tables: {
        "patients.csv": "patient\nP1\n",
        "responses.csv":
          "patient,time_point,day,profile,overall\nP1,follow-up-1,60,recist-1.1,PR\nP1,follow-up-2,120,recist-1.1,PD\n",
      },
    });
    expect(timePoints(derived)[0]).toMatchObject({ overall: "PR", source: { table: "responses", lines: [2] } });
    expect(derived.response.find((row) => "best" in row)).toMatchObject({ best: "PR", confirmed: "SD" });
    expect(derived.endpoints.find(({ name }) => name === "PFS")).toMatchObject({
      timeDays: 120,
      event: 1,
      deciding: { table: "responses", timePoint: "follow-up-2" },
    });
  });

  it("cover every overall response", () => {
    expect(OVERALL_RESPONSES).toHaveLength(6);
  });
});

describe("several treatments", () => {
  const header = "patient,treatment,time_point,day,lesion,role,organ,longest_mm,segment\n";
  const two = (lesions: string, segments: readonly [string, string] = ["", ""], extra = ""): ReturnType<typeof run> =>
    run({
      protocol: minimalProtocol(extra),
      tables: {
        "patients.csv": "patient\nP1\n",
        "procedures.csv": `patient,procedure,day,kind,segment\nP1,a,0,TACE,"${segments[0]}"\nP1,b,300,TACE,"${segments[1]}"\n`,
        "lesions.csv": header + lesions,
      },
    });

  it("without numbers and with one baseline, the visits are one course", () => {
    const { derived, codes } = two(
      "P1,,baseline,-5,T1,target,liver,50,\nP1,,follow-up-1,60,T1,target,liver,30,\nP1,,follow-up-2,360,T1,target,liver,40,\n",
    );
    expect(timePoints(derived).map(({ treatment, nadirMm, overall }) => [treatment, nadirMm, overall])).toEqual([
      [1, 50, "PR"],
      [1, 30, "PD"],
    ]);
    expect(codes).toContain("treatment-assumed");
  });

  it("without numbers and with several baselines, each visit follows the treatment before it", () => {
    const { derived } = two(
      "P1,,baseline,-5,T1,target,liver,50,\nP1,,follow-up-1,60,T1,target,liver,30,\nP1,,baseline,290,T1,target,liver,60,\nP1,,follow-up-1,360,T1,target,liver,40,\n",
    );
    expect(timePoints(derived).map(({ treatment, baselineMm, overall }) => [treatment, baselineMm, overall])).toEqual([
      [1, 50, "PR"],
      [2, 60, "PR"],
    ]);
  });

  it("a treatment that the patient did not have is an Issue", () => {
    expect(two("P1,3,baseline,-5,T1,target,liver,50,\n").codes).toContain("unknown-treatment");
  });

  it("treated territory: lesions elsewhere in the liver are judged apart", () => {
    const rows =
      'P1,1,baseline,-5,T1,target,liver,50,"5,6"\nP1,1,baseline,-5,T2,target,liver,20,S2\nP1,1,follow-up-1,60,T1,target,liver,30,6\nP1,1,follow-up-1,60,T2,target,liver,40,II\n';
    const whole = timePoints(two(rows, ["5,6", "2"]).derived)[0];
    expect(whole).toMatchObject({ sumMm: 70, overall: "SD", untreated: null });
    const treated = timePoints(two(rows, ["5,6", "2"], "response: { territory: treated }").derived)[0];
    expect(treated).toMatchObject({ sumMm: 30, overall: "PR", untreated: "PD" });
    expect(treated?.flags.join()).toContain("T2 outside the treated segments");
    const unsaid = timePoints(two(rows, ["", "2"], "response: { territory: treated }").derived)[0];
    expect(unsaid).toMatchObject({ sumMm: 70, untreated: null });
  });

  it("a baseline without any follow-up is NE", () => {
    const { derived } = two("P1,1,baseline,-5,T1,target,liver,50,\n");
    expect(derived.response).toEqual([expect.objectContaining({ best: "NE", confirmed: "NE", treatment: 1 })]);
  });
});

describe("readers who disagree", () => {
  const rows = (readers: readonly (readonly [string, number])[]): readonly string[] =>
    run({
      protocol: minimalProtocol(),
      tables: {
        "patients.csv": "patient\nP1\n",
        "lesions.csv": `patient,time_point,day,reader,lesion,role,longest_mm\n${readers
          .map(([reader, mm]) => `P1,baseline,-5,${reader},T1,target,50\nP1,follow-up-1,60,${reader},T1,target,${mm}`)
          .join("\n")}\n`,
      },
    }).codes;

  it("without a recorded consensus are an Issue", () => {
    expect(
      rows([
        ["A", 20],
        ["B", 45],
      ]),
    ).toContain("not-adjudicated");
    expect(
      rows([
        ["A", 20],
        ["B", 25],
      ]),
    ).not.toContain("not-adjudicated");
    expect(
      rows([
        ["A", 20],
        ["B", 45],
        ["", 30],
      ]),
    ).not.toContain("not-adjudicated");
  });
});
