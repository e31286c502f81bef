import { describe, expect, it } from "vitest";
import type { RuleVerdict } from "../src/index.js";
import { builtIn, minimalProtocol, run } from "./helpers.js";

const rule = (text: string, tables: { readonly [file: string]: string }, protocolExtra = ""): RuleVerdict => {
  const { derived } = run({
    protocol: minimalProtocol(
      `eligibility: [{ id: r, label: rule, ${text} }]\ncovariates: [{ column: ecog, label: ECOG, type: number }]\n${protocolExtra}`,
    ),
    tables: {
      "patients.csv": "patient,age,ecog\nP1,60,\n",
      "procedures.csv": "patient,procedure,day,kind\nP1,a,0,HAIC\nP1,b,30,HAIC\n",
      ...tables,
    },
  });
  return derived.eligibility[0]!.rules[0]!;
};
const labs = (...rows: readonly string[]): { readonly [file: string]: string } => ({
  "labs.csv": `patient,day,name,value,unit,uln\n${rows.map((row) => `P1,${row}`).join("\n")}\n`,
});

describe("rules", () => {
  it.each([
    ["field: age, at_least: 18, at_most: 80", {}, true, 60],
    ["field: age, less_than: 60", {}, false, 60],
    ["field: age, at_least: 60", {}, true, 60],
    ["field: age, more_than: 60", {}, false, 60],
    ["field: ecog, at_most: 2", {}, null, null],
    ["procedures: [HAIC], at_least: 2", {}, true, 2],
    ["procedures: [HAIC], at_least: 3", {}, false, 2],
    ["procedures: [TACE], at_least: 1", {}, false, 0],
    ["lab: alt, times_uln: true, at_most: 5", labs("-3,ALT,200,U/L,40"), true, 5],
    ["lab: alt, times_uln: true, at_most: 5", labs("-3,ALT,201,U/L,40"), false, 5.025],
    ["lab: alt, times_uln: true, at_most: 5", labs("-3,ALT,201,U/L,"), null, null],
    ["lab: creatinine, unit: mg/dL, less_than: 2.0", labs("-3,creatinine,176.804,umol/L,"), false, 2],
    ["lab: wbc, unit: 10^9/L, at_least: 3.5", labs("-31,WBC,4,10^9/L,"), null, null],
    ["lab: wbc, unit: 10^9/L, at_least: 3.5", labs("-30,WBC,4,10^9/L,"), true, 4],
    ["lab: wbc, unit: 10^9/L, at_least: 3.5", labs("-9,WBC,4,10^9/L,", "-2,WBC,3000,/uL,"), false, 3],
    ["lab: wbc, at_least: 3.5", labs("-2,WBC,3,furlong,"), null, null],
  ] as const)("%s with %j is %s", (text, tables, met, value) => {
    const verdict = rule(text, tables);
    expect(verdict.met).toBe(met);
    if (typeof value === "number") expect(verdict.value).toBeCloseTo(value, 9);
    else expect(verdict.value).toBe(value);
  });

  it("names the row that decided", () => {
    expect(rule("lab: wbc, at_least: 3.5", labs("-9,WBC,4,10^9/L,", "-2,WBC,3,10^9/L,")).deciding).toMatchObject({
      table: "labs",
      line: 3,
    });
  });

  it.each([
    ["2020-01-01", "2020-02-01", true],
    ["2019-11-01", "2020-02-01", true],
    ["2019-10-31", "2020-02-01", false],
    ["2020-02-02", "2020-02-01", false],
  ])("CT on %s within 3 months before %s: %s", (scan, start, met) => {
    const { derived } = run({
      protocol: builtIn("letb-tace"),
      tables: {
        "patients.csv": "patient\nP1\n",
        "procedures.csv": `patient,procedure,date,kind\nP1,a,${start},TACE\n`,
        "time-points.csv": `patient,time_point,date\nP1,baseline,${scan}\n`,
      },
    });
    expect(derived.eligibility[0]?.rules.find((one) => one.rule === "ct-before")?.met).toBe(met);
  });
});

describe("verdict and flow", () => {
  it("a failed rule excludes, an unknown one is its own path", () => {
    const { derived } = run({
      protocol: minimalProtocol(
        "eligibility: [{ id: age, label: 18-80 years, field: age, at_most: 80 }, { id: sex, label: Sex known, field: sex, one_of: [M, F] }]",
      ),
      tables: { "patients.csv": "patient,age,sex\nP1,60,M\nP2,85,F\nP3,,M\nP4,85,\n" },
    });
    expect(derived.eligibility.map(({ verdict }) => verdict)).toEqual(["eligible", "excluded", "unknown", "excluded"]);
    expect(derived.flow.map(({ id, n }) => [id, n])).toEqual([
      ["study", 4],
      ["unknown", 1],
      ["eligible", 2],
    ]);
    expect(derived.flow[0]?.excluded).toEqual([{ reason: "18-80 years", n: 2 }]);
  });

  it("354 screened, 102 enrolled, with the reasons", () => {
    const reasons = [
      ["fewer than two cycles", 120],
      ["no MRI", 90],
      ["follow-up below 6 months", 42],
    ] as const;
    const rows = reasons.flatMap(([reason, n]) => Array.from({ length: n }, () => `1,${reason}`));
    const all = [...rows, ...Array.from({ length: 102 }, () => "0,")];
    const { derived } = run({
      protocol: minimalProtocol(),
      tables: {
        "screening.csv": `subject,unit,step,excluded,reason\n${all.map((row, i) => `S${i},patient,Screened,${row}`).join("\n")}\n`,
      },
    });
    expect(derived.flow[0]).toMatchObject({
      label: "Screened",
      n: 354,
      excluded: reasons.map(([reason, n]) => ({ reason, n })),
    });
    expect(derived.flow[1]).toMatchObject({ n: 102 });
  });

  it("191 patients and 423 treatments to 119 and 161", () => {
    const subjects = (unit: string, total: number, out: number): readonly string[] =>
      Array.from(
        { length: total },
        (_, i) => `${unit[0]}${i},${unit},Searched,${i < out ? "1,CT not adequate" : "0,"}`,
      );
    const { derived } = run({
      protocol: minimalProtocol(),
      tables: {
        "screening.csv": `subject,unit,step,excluded,reason\n${[...subjects("patient", 191, 72), ...subjects("treatment", 423, 262)].join("\n")}\n`,
      },
    });
    expect(derived.flow.map(({ unit, n }) => [unit, n]).slice(0, 4)).toEqual([
      ["patient", 191],
      ["patient", 119],
      ["treatment", 423],
      ["treatment", 161],
    ]);
  });
});
