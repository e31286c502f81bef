import { describe, expect, it } from "vitest";
import { builtIn, endpoint, minimalProtocol, type Run, run } from "./helpers.js";

const PATIENT = "patient\nP1\n";
const ALL = "[OS, PFS, hepatic-PFS, whole-body-PFS, time-to-untaceable-progression, early-progression]";

/** One patient with procedures on the given days and event rows `day,event,cause,treatment`. */
const course = (
  events: readonly string[],
  options: {
    readonly procedures?: readonly number[];
    readonly study?: string;
    readonly lesions?: string;
    readonly extra?: string;
  } = {},
): Run =>
  run({
    protocol: minimalProtocol(options.extra ?? "", ALL),
    study: options.study ?? "",
    tables: {
      "patients.csv": PATIENT,
      "procedures.csv": `patient,procedure,day,kind\n${(options.procedures ?? [0]).map((day, i) => `P1,p${i + 1},${day},TACE`).join("\n")}\n`,
      "events.csv": `patient,day,event,cause,treatment\n${events.map((row) => `P1,${row}`).join("\n")}\n`,
      ...(options.lesions === undefined
        ? {}
        : { "lesions.csv": `patient,time_point,day,lesion,role,organ,longest_mm,status\n${options.lesions}` }),
    },
  });

describe("which record decides", () => {
  it("OS counts death, from the first treatment", () => {
    const { derived } = course(["90,progression,,", "400,death,tumour,"]);
    expect(endpoint(derived, "OS")).toMatchObject({ timeDays: 400, event: 1, deciding: { table: "events", line: 3 } });
    expect(endpoint(derived, "PFS")).toMatchObject({ timeDays: 90, event: 1, deciding: { table: "events", line: 2 } });
  });

  it("without an event the last contact censors", () => {
    const { derived } = course(["500,last-contact,,", "200,last-contact,,"]);
    expect(endpoint(derived, "OS")).toMatchObject({ timeDays: 500, event: 0, deciding: { table: "events", line: 2 } });
  });

  it("a visit with PD is progression when it comes first", () => {
    const lesions =
      "P1,baseline,-5,T1,target,liver,30,measured\nP1,follow-up-1,60,T1,target,liver,30,measured\nP1,follow-up-2,120,T1,target,liver,40,measured\n";
    const { derived } = course(["150,progression,,", "400,last-contact,,"], { lesions });
    expect(endpoint(derived, "PFS")).toMatchObject({
      timeDays: 120,
      event: 1,
      deciding: { table: "lesions", timePoint: "follow-up-2" },
    });
  });

  it("the lock turns later events into censoring", () => {
    const { derived, codes } = course(["100,last-contact,,", "250,death,tumour,"], { study: "lock_day: 200" });
    expect(endpoint(derived, "OS")).toMatchObject({ timeDays: 200, event: 0, deciding: { field: "lock_day" } });
    expect(codes).toContain("after-lock");
    const { derived: earlier } = course(["100,last-contact,,"], { study: "lock_day: 200" });
    expect(endpoint(earlier, "OS")).toMatchObject({ timeDays: 100, event: 0, deciding: { line: 2 } });
  });
});

describe("sites of progression", () => {
  const events = ["60,extrahepatic-progression,,", "120,hepatic-progression,,", "300,last-contact,,"];

  it("the liver's clock ignores what progressed elsewhere", () => {
    const { derived } = course(events);
    expect(endpoint(derived, "hepatic-PFS", "P1", 1)).toMatchObject({ timeDays: 120, event: 1 });
    expect(endpoint(derived, "whole-body-PFS", "P1", 1)).toMatchObject({ timeDays: 60, event: 1 });
  });

  it("a progression without site counts for the liver, with an Issue and the other bound", () => {
    const { derived, codes } = course(["90,progression,,", "300,last-contact,,"]);
    const row = endpoint(derived, "hepatic-PFS", "P1", 1);
    expect(row).toMatchObject({ timeDays: 90, event: 1 });
    expect(row.variants).toContainEqual(
      expect.objectContaining({ name: "site-unknown-not-counted", timeDays: 300, event: 0 }),
    );
    expect(codes).toContain("site-unknown");
  });

  it("a new lesion outside the liver is no hepatic progression", () => {
    const lesions =
      "P1,baseline,-5,T1,target,liver,30,measured\nP1,follow-up-1,60,T1,target,liver,30,measured\nP1,follow-up-1,60,L1,new,lung,,present\n";
    const { derived } = course(["300,last-contact,,"], { lesions });
    expect(endpoint(derived, "whole-body-PFS", "P1", 1)).toMatchObject({ timeDays: 60, event: 1 });
    expect(endpoint(derived, "hepatic-PFS", "P1", 1)).toMatchObject({ timeDays: 300, event: 0 });
  });
});

describe("rules of the study", () => {
  const pfs = (events: readonly string[], rules: string, lesions?: string): unknown => {
    const { derived } = course(events, {
      study: `overrides: { endpoints: { ${rules} } }`,
      ...(lesions === undefined ? {} : { lesions }),
    });
    const row = endpoint(derived, "PFS");
    return [row.timeDays, row.event];
  };
  const stable = "P1,baseline,-5,T1,target,liver,30,measured\nP1,follow-up-1,60,T1,target,liver,30,measured\n";

  it.each([
    ["PFS_death: any", ["200,death,other,"], [200, 1]],
    ["PFS_death: tumour", ["200,death,other,"], [200, 0]],
    ["PFS_death: tumour", ["200,death,tumour,"], [200, 1]],
    ["PFS_censor_at: new-therapy", ["100,new-therapy,,", "200,progression,,"], [100, 0]],
    ["PFS_censor_at: new-therapy", ["250,new-therapy,,", "200,progression,,"], [200, 1]],
    ["PFS_censor_at: new-therapy", ["200,new-therapy,,", "200,progression,,"], [200, 1]],
    ["PFS_censor_at: last-contact", ["100,new-therapy,,", "200,progression,,"], [200, 1]],
  ] as const)("%s with %j gives %j", (rules, events, wanted) => {
    expect(pfs(events, rules)).toEqual(wanted);
  });

  it("last-scan censors at the last adequate assessment", () => {
    expect(pfs(["300,last-contact,,"], "PFS_censor_at: last-scan", stable)).toEqual([60, 0]);
    expect(pfs(["300,last-contact,,"], "PFS_censor_at: last-contact", stable)).toEqual([300, 0]);
    expect(pfs(["300,last-contact,,"], "PFS_censor_at: last-scan")).toEqual([0, 0]);
  });

  it("every PFS carries its other censoring, and missed visits", () => {
    const calendar = "calendar: [{ id: c, label: scan, every_days: 60, window_days: [-7, 7] }]";
    const { derived } = course(["400,death,tumour,"], { lesions: stable, extra: calendar });
    expect(endpoint(derived, "PFS").variants).toEqual([
      expect.objectContaining({ name: "last-scan", timeDays: 400, event: 1 }),
      expect.objectContaining({ name: "missed-visits", timeDays: 60, event: 0 }),
    ]);
    const { derived: censored } = course(["400,last-contact,,"], { lesions: stable, extra: calendar });
    expect(censored.longAfterLastScan.find(({ name }) => name === "PFS")).toEqual({
      name: "PFS",
      censored: 1,
      beyondInterval: 1,
      intervalDays: 60,
    });
  });
});

describe("several treatments", () => {
  const options = { procedures: [0, 300] };

  it("each has its own clock, which runs on or stops at the next", () => {
    const events = ["350,hepatic-progression,,", "500,last-contact,,"];
    const { derived } = course(events, options);
    expect(endpoint(derived, "hepatic-PFS", "P1", 1)).toMatchObject({ timeDays: 350, event: 1 });
    expect(endpoint(derived, "hepatic-PFS", "P1", 2)).toMatchObject({ timeDays: 50, event: 1 });
    const stop = course(events, {
      ...options,
      study: "overrides: { endpoints: { overlap: censor-at-next-treatment } }",
    });
    expect(endpoint(stop.derived, "hepatic-PFS", "P1", 1)).toMatchObject({
      timeDays: 300,
      event: 0,
      deciding: { table: "procedures", line: 3 },
    });
  });

  it("a progression before or on the day of a later treatment is not its event", () => {
    const { derived } = course(["300,hepatic-progression,,", "500,last-contact,,"], options);
    expect(endpoint(derived, "hepatic-PFS", "P1", 1)).toMatchObject({ timeDays: 300, event: 1 });
    expect(endpoint(derived, "hepatic-PFS", "P1", 2)).toMatchObject({ timeDays: 200, event: 0 });
  });

  it("an event that names its treatment does not count for later ones", () => {
    const { derived } = course(["350,hepatic-progression,,1", "500,last-contact,,"], options);
    expect(endpoint(derived, "hepatic-PFS", "P1", 1)).toMatchObject({ timeDays: 350, event: 1 });
    expect(endpoint(derived, "hepatic-PFS", "P1", 2)).toMatchObject({ timeDays: 200, event: 0 });
  });
});

describe("time to unTA(C)Eable progression", () => {
  it.each([
    [["200,untreatable,vascular-invasion,", "400,death,tumour,"], 200, 1],
    [["100,progression,,", "400,death,tumour,"], 400, 1],
    [["100,progression,,", "400,last-contact,,"], 400, 0],
  ] as const)("%j gives %d, %d", (events, timeDays, event) => {
    const { derived } = course(events);
    expect(endpoint(derived, "time-to-untaceable-progression")).toMatchObject({ timeDays, event });
  });
});

describe("early progression", () => {
  const early = (events: string, start = "2020-01-31"): unknown => {
    const { derived } = run({
      protocol: minimalProtocol("", ALL),
      tables: {
        "patients.csv": PATIENT,
        "procedures.csv": `patient,procedure,date,kind\nP1,a,${start},systemic\n`,
        "events.csv": `patient,date,event,cause\n${events}`,
      },
    });
    return endpoint(derived, "early-progression").event;
  };

  it.each([
    ["P1,2021-01-31,progression,\n", 1],
    ["P1,2021-02-01,progression,\n", 0],
    ["P1,2021-01-31,last-contact,\n", 0],
    ["P1,2021-01-30,last-contact,\n", null],
    ["P1,2020-06-01,death,tumour\n", 1],
    ["P1,2020-06-01,death,other\n", null],
  ])("%s is %s", (events, wanted) => {
    expect(early(events)).toBe(wanted);
  });

  it("clamps the limit to the month's end", () => {
    expect(early("P1,2021-02-28,progression,\n", "2020-02-29")).toBe(1);
    expect(early("P1,2021-03-01,progression,\n", "2020-02-29")).toBe(0);
  });
});

describe("procedures to treatments", () => {
  const groups = (days: readonly number[], rules = ""): unknown =>
    course(["900,last-contact,,"], {
      procedures: days,
      study: `overrides: { treatments: { ${rules} } }`,
    }).derived.treatments.map(({ procedures }) => procedures.length);
  it.each([
    [[0, 40, 182], "within_months: 6", [3]],
    [[0, 40, 183], "within_months: 6", [2, 1]],
    [[0, 150, 300], "within_months_from: first", [2, 1]],
    [[0, 150, 300], "within_months_from: previous", [3]],
    [[0, 40], "within_months: 1", [1, 1]],
  ])("%j with %s gives %j", (days, rules, wanted) => {
    expect(groups(days, rules)).toEqual(wanted);
  });

  it("calendar months are inclusive and clamped", () => {
    const of = (second: string): number =>
      run({
        protocol: builtIn("letb-tace"),
        tables: {
          "patients.csv": PATIENT,
          "procedures.csv": `patient,procedure,date,kind\nP1,a,2019-08-31,TACE\nP1,b,${second},TAE\n`,
        },
      }).derived.treatments.length;
    expect(of("2020-02-29")).toBe(1);
    expect(of("2020-03-01")).toBe(2);
  });

  it("the clock may start at the last procedure", () => {
    const { derived } = course(["400,death,tumour,"], {
      procedures: [0, 40],
      study: "overrides: { treatments: { clock_from: last } }",
    });
    expect(endpoint(derived, "OS").timeDays).toBe(360);
  });

  it("only the protocol's kinds are treatments", () => {
    const { derived } = run({
      protocol: builtIn("letb-tace"),
      tables: {
        "patients.csv": PATIENT,
        "procedures.csv": "patient,procedure,day,kind\nP1,s,-200,surgery\nP1,a,0,TACE\n",
      },
    });
    expect(derived.treatments).toEqual([{ patient: "P1", treatment: 1, start: 0, procedures: ["a"] }]);
  });
});

describe("contradictions name their records", () => {
  it.each([
    [["100,death,tumour,", "200,last-contact,,"], "record-after-death"],
    [["100,death,tumour,", "150,progression,,"], "progression-after-death"],
    [["100,death,tumour,", "150,death,tumour,"], "two-deaths"],
    [["100,last-contact,,", "150,progression,,"], "record-after-last-contact"],
    [["-30,progression,,", "100,last-contact,,"], "event-before-start"],
    [["100,progression,,"], "no-last-contact"],
  ] as const)("%j: %s", (events, code) => {
    const { records, derived } = course(events);
    const issue = [...records.issues, ...derived.issues].find((one) => one.code === code);
    expect(issue).toBeDefined();
    expect(issue?.where.patient).toBe("P1");
  });

  it("a board decision on the deciding day is cited", () => {
    const { derived } = run({
      protocol: minimalProtocol("", ALL),
      tables: {
        "patients.csv": PATIENT,
        "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\n",
        "events.csv": "patient,day,event,cause\nP1,200,untreatable,not-treatable\nP1,300,last-contact,\n",
        "board.csv": "patient,day,question,decision\nP1,200,Repeat TACE?,no\n",
      },
    });
    expect(endpoint(derived, "time-to-untaceable-progression").cites).toEqual([{ table: "board", line: 2 }]);
  });
});

describe("given endpoints", () => {
  const given = (rows: string): Run =>
    run({
      protocol: minimalProtocol("", "[{ name: OS, given: true }]"),
      study: "given: { endpoints: { OS: { time: t, event: e, unit: months } } }",
      tables: { "patients.csv": "patient\nP1\nP2\n", "given.csv": `patient,t,e\n${rows}` },
    });

  it("keeps 0, counts it and notes it", () => {
    const { derived, codes } = given("P1,0,1\nP2,12,0\n");
    expect(derived.endpoints.map(({ timeDays }) => timeDays)).toEqual([0, 365.25]);
    expect(codes).toEqual(["zero-time"]);
  });

  it.each([
    ["P1,-3,1\n", "negative-time"],
    ["P1,3,2\n", "event-code"],
    ["P9,3,1\n", "unknown-patient"],
    ["P1,three,1\n", "refused-cell"],
  ])("refuses %j", (rows, code) => {
    const { codes, derived } = given(rows);
    expect(codes).toContain(code);
    expect(derived.endpoints).toEqual([]);
  });

  it("says which column is missing", () => {
    const { codes } = run({
      protocol: minimalProtocol("", "[{ name: OS, given: true }]"),
      study: "given: { endpoints: { OS: { time: tme, event: e } } }",
      tables: { "patients.csv": "patient\nP1\n", "given.csv": "patient,e\nP1,1\n" },
    });
    expect(codes).toContain("given-column");
  });
});
