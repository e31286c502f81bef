import { unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { analysisCodebookCsv, analysisCsv, parseStudyFile, scaffoldBundle } from "../src/index.js";
import { builtIn, minimalProtocol, run } from "./helpers.js";

const PROTOCOLS = ["letb-tace", "ser-haic", "adc-early-progression", "mpmri-nomogram", "deb-tace"];

/** Tables of one folder of a scaffold, by file name. */
const tablesOf = (id: string, folder: string): { readonly [file: string]: string } =>
  Object.fromEntries(
    scaffoldBundle(builtIn(id))
      .filter(({ path }) => path.startsWith(`${folder}/`) && path.endsWith(".csv"))
      .map(({ path, content }) => [path.slice(folder.length + 1), content]),
  );

describe("a new bundle", () => {
  it.each(PROTOCOLS)("%s: study.yaml parses and the empty tables derive without an Issue", (id) => {
    const study = scaffoldBundle(builtIn(id)).find(({ path }) => path === "study.yaml");
    expect(unwrap(parseStudyFile(study!.content, "study.yaml")).protocol).toBe(`${id}@1.0.0`);
    const { codes, derived } = run({ protocol: builtIn(id), tables: tablesOf(id, "tables") });
    expect(codes).toEqual([]);
    expect(derived.endpoints).toEqual([]);
  });

  it.each(PROTOCOLS)("%s: the example rows derive without an error", (id) => {
    const { records, derived } = run({ protocol: builtIn(id), tables: tablesOf(id, "example-rows") });
    expect([...records.issues, ...derived.issues].filter(({ severity }) => severity === "error")).toEqual([]);
    expect(derived.endpoints.filter(({ listed }) => listed).length).toBeGreaterThan(0);
    expect(derived.analysisSet.patients.rows).toHaveLength(1);
    expect(derived.eligibility[0]?.rules).toHaveLength(builtIn(id).eligibility.length);
  });
});

describe("the analysis set as files", () => {
  const { derived } = run({
    protocol: minimalProtocol("covariates: [{ column: afp, label: 'AFP, ng/mL', type: number }]"),
    tables: {
      "patients.csv": "patient,sex,age,afp\nP1,M,60,ND\nP2,F,,3.25\n",
      "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\nP2,b,0,TACE\n",
      "events.csv": "patient,day,event\nP1,90,death\nP2,100,last-contact\n",
    },
  });

  it("has one line per patient, empty cells where values are missing", () => {
    const [header, first, second] = analysisCsv(derived.analysisSet.patients).split("\n");
    expect(header).toMatch(/^patient,sex,age,afp,/);
    expect(first).toMatch(/^P1,male,60,,/);
    expect(second).toMatch(/^P2,female,,3.25,/);
  });

  it("has a codebook that counts what is missing and why", () => {
    const codebook = analysisCodebookCsv(derived.analysisSet.patients);
    expect(codebook).toContain('afp,covariate,"AFP, ng/mL",number,,,0,1,1,not done: 1');
    expect(codebook).toContain("OS_time,endpoint-time");
  });
});

describe("names that the protocol does not know", () => {
  it.each([
    [
      "measurements.csv",
      "patient,time_point,biomarker,value\nP1,basline,ser,1\n",
      "unknown-time-point",
      'Did you mean "baseline"?',
    ],
    [
      "measurements.csv",
      "patient,time_point,biomarker,value\nP1,baseline,srr,1\n",
      "unknown-biomarker",
      'Did you mean "ser"?',
    ],
    [
      "features.csv",
      "patient,time_point,feature,value\nP1,baseline,margn,smooth\n",
      "unknown-feature",
      'Did you mean "margin"?',
    ],
    [
      "features.csv",
      "patient,time_point,feature,value\nP1,baseline,margin,smoth\n",
      "unknown-category",
      'Did you mean "smooth"?',
    ],
    ["measurements.csv", "patient,time_point,reader,biomarker,value\nP1,baseline,B,ser,1\n", "unknown-reader", ""],
  ])("%s %j", (file, content, code, mend) => {
    const protocol = minimalProtocol(
      [
        "biomarkers: [{ id: ser, label: SER, unit: '1', time_points: [baseline] }]",
        "features: [{ id: margin, label: Margin, categories: [smooth, rough], time_points: [baseline] }]",
      ].join("\n"),
    );
    const { derived } = run({
      protocol,
      study: "readers: [{ id: A }]",
      tables: { "patients.csv": "patient\nP1\n", [file]: content },
    });
    const issue = derived.issues.find((one) => one.code === code);
    expect(issue).toBeDefined();
    if (mend !== "") expect(issue?.mend).toBe(mend);
    expect(issue?.where.line).toBe(2);
  });

  it("later numbered visits need no name of their own", () => {
    const { codes } = run({
      protocol: minimalProtocol(),
      tables: { "patients.csv": "patient\nP1\n", "time-points.csv": "patient,time_point,day\nP1,follow-up-7,900\n" },
    });
    expect(codes).not.toContain("unknown-time-point");
  });
});
