import { describe, expect, it } from "vitest";
import { endpoint, minimalProtocol, run } from "./helpers.js";

const patients = "patient\nP1\nP2\n";
const procedures = "patient,procedure,day,kind\nP1,a,0,TACE\nP1,b,60,TACE\nP2,a,0,TACE\n";

describe("readers who disagree on a feature or a measurement", () => {
  const protocol = minimalProtocol(
    [
      "biomarkers: [{ id: letb, label: LETB, unit: '%', time_points: [baseline] }]",
      "features: [{ id: margin, label: Margin, categories: [well, ill], time_points: [baseline] }]",
      "readers: { analysis: consensus, adjudication: third-reader, tolerance: [{ of: letb, percent: 10 }] }",
    ].join("\n"),
  );
  const feature = (rows: readonly string[]): ReturnType<typeof run> =>
    run({
      protocol,
      tables: {
        "patients.csv": patients,
        "features.csv": `patient,time_point,reader,feature,value,decided_by,decided_who,reason\n${rows.join("\n")}\n`,
      },
    });
  const read = ["P1,baseline,A,margin,well,,,", "P1,baseline,B,margin,ill,,,"];

  it.each<[string, readonly string[], readonly string[], string | null]>([
    ["nobody decided", read, ["not-adjudicated"], "well"],
    ["agreement needs no decision", [read[0]!, "P1,baseline,B,margin,well,,,"], [], "well"],
    ["a third reader decided", [...read, "P1,baseline,,margin,ill,third-reader,C,irregular rim"], [], "ill"],
    [
      "a decision without reason",
      [...read, "P1,baseline,,margin,ill,third-reader,C,"],
      ["decision-without-reason"],
      "ill",
    ],
    ["a decision by nobody", [...read, "P1,baseline,,margin,ill,,,"], ["decision-without-reason"], "ill"],
    [
      "a third reader who was one of the two",
      [...read, "P1,baseline,,margin,ill,third-reader,A,why"],
      ["not-a-third-reader"],
      "ill",
    ],
    ["both together", [...read, "P1,baseline,,margin,ill,joint-consensus,A and B,seen again"], [], "ill"],
  ])("%s", (_, rows, wanted, value) => {
    const { derived } = feature(rows);
    expect(derived.issues.map(({ code }) => code).filter((code) => /adjudicated|decision|third/.test(code))).toEqual(
      wanted,
    );
    expect(derived.analysisSet.patients.rows[0]?.cells["margin@baseline"]?.value).toBe(value);
  });

  it.each([
    [40, 43.9, 0],
    [40, 44.3, 1],
  ])("numbers %d and %d against a tolerance of 10 %%: %d disagreements", (a, b, n) => {
    const { derived } = run({
      protocol,
      tables: {
        "patients.csv": patients,
        "measurements.csv": `patient,time_point,reader,biomarker,value,unit\nP1,baseline,A,letb,${a},%\nP1,baseline,B,letb,${b},%\n`,
      },
    });
    expect(derived.issues.filter(({ code }) => code === "not-adjudicated")).toHaveLength(n);
  });
});

describe("relation and window of adverse events", () => {
  const events = (protocolRule: string, rows: readonly string[]): ReturnType<typeof run> =>
    run({
      protocol: minimalProtocol(`adverse_events: { scale: CTCAE-5.0${protocolRule} }`),
      tables: {
        "patients.csv": patients,
        "procedures.csv": procedures,
        "adverse-events.csv": `patient,procedure,day,scale,term,grade,relatedness\n${rows.join("\n")}\n`,
      },
    });
  const rows = ["P1,a,1,CTCAE-5.0,Fever,2,probable", "P1,b,61,CTCAE-5.0,Fever,1,unlikely", "P2,a,2,CTCAE-5.0,Fever,3,"];

  it("every event is counted, the related ones apart", () => {
    const { derived } = events("", rows);
    expect(derived.adverseEvents.perProcedure[0]).toMatchObject({
      n: 3,
      total: 3,
      related: 1,
      byGrade: [1, 1, 1, 0, 0],
    });
  });

  it("a protocol may count some relations only; an unknown one is counted and said", () => {
    const { derived, codes } = events(", relatedness: [possible, probable, definite]", rows);
    expect(derived.adverseEvents.perProcedure[0]).toMatchObject({ n: 2, byGrade: [0, 1, 1, 0, 0] });
    expect(codes.filter((code) => code === "relatedness")).toHaveLength(1);
  });

  it("an event outside the window of its procedure is counted for the patient only", () => {
    for (const [day, inside] of [
      [30, true],
      [31, false],
      [-1, false],
    ] as const) {
      const { derived, codes } = events("", [`P2,a,${day},CTCAE-5.0,Fever,2,`]);
      expect(derived.adverseEvents.perProcedure).toHaveLength(inside ? 1 : 0);
      expect(derived.adverseEvents.perPatient).toHaveLength(1);
      expect(codes.includes("outside-window")).toBe(!inside);
    }
  });
});

describe("what ends a clock, where it starts, and landmarks", () => {
  const course = (endpoints: string): ReturnType<typeof run> =>
    run({
      protocol: minimalProtocol("", endpoints),
      tables: {
        "patients.csv": patients,
        "procedures.csv": procedures,
        "events.csv": "patient,day,event,cause\nP1,120,hepatic-progression,\nP1,300,death,tumour\nP2,40,death,other\n",
      },
    });

  it("the analysis set says what ended each endpoint that more than one thing can end", () => {
    const { analysisSet } = course("[OS, PFS]").derived;
    const [first, second] = analysisSet.patients.rows;
    expect(first?.cells.PFS_cause?.value).toBe("progression");
    expect(second?.cells.PFS_cause?.value).toBe("death");
    expect(analysisSet.patients.endpoints.map(({ name, cause }) => [name, cause ?? null])).toEqual([
      ["OS", null],
      ["PFS", "PFS_cause"],
    ]);
    const column = analysisSet.patients.columns.find(({ name }) => name === "PFS_cause");
    expect(column).toMatchObject({ levels: ["censored", "progression", "death"], role: "endpoint-cause" });
  });

  it("the clock may start at the last procedure", () => {
    const { derived } = course("[{ name: OS, start: last-procedure }, PFS]");
    expect(endpoint(derived, "OS").timeDays).toBe(240);
    expect(endpoint(derived, "PFS").timeDays).toBe(120);
  });

  it("from a landmark, only those who were at risk then", () => {
    const { derived } = course("[{ name: OS, landmark_days: 100 }, PFS]");
    expect(endpoint(derived, "OS")).toMatchObject({ timeDays: 200, event: 1 });
    expect(derived.endpoints.filter(({ name, patient }) => name === "OS" && patient === "P2")).toEqual([]);
  });

  it("fewer PFS events than deaths is said, with a patient whose death does not count", () => {
    const { derived } = course("[OS, { name: PFS, death: tumour }]");
    const issue = derived.issues.find(({ code }) => code === "fewer-events-than-deaths");
    expect(issue).toMatchObject({ where: { patient: "P2", table: "events", line: 4 } });
  });

  it("the end of treatability cites the board decision up to 30 days before it", () => {
    const cites = (day: number): readonly number[] => {
      const { derived } = run({
        protocol: minimalProtocol("", "[time-to-untaceable-progression]"),
        tables: {
          "patients.csv": patients,
          "procedures.csv": procedures,
          "events.csv": "patient,day,event,cause\nP1,200,untreatable,liver-function\n",
          "board.csv": `patient,day,question,images,decision\nP1,${day},TACE again?,MRI of day 180,no further TACE\n`,
        },
      });
      return endpoint(derived, "time-to-untaceable-progression").cites.map(({ line }) => line);
    };
    expect([200, 190, 170].map(cites)).toEqual([[2], [2], [2]]);
    expect([169, 201].map(cites)).toEqual([[], []]);
  });
});
