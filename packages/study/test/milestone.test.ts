import { describeWithData, sharedText } from "testkit";
import { describe, expect, it } from "vitest";
import { builtIn, endpoint, minimalProtocol, run } from "./helpers.js";

describe("built-in protocols", () => {
  it.each(["letb-tace", "ser-haic"])("%s is valid", (id) => {
    expect(builtIn(id).id).toBe(id);
  });
});

describe("events to endpoints", () => {
  it("takes the earliest event after the start and names its line", () => {
    const { derived } = run({
      protocol: minimalProtocol(),
      tables: {
        "patients.csv": "patient,sex,age\nP1,M,60\n",
        "procedures.csv": "patient,procedure,date,kind\nP1,a,2020-01-31,TACE\n",
        "events.csv": "patient,date,event\nP1,2020-05-30,progression\nP1,2021-01-30,death\n",
      },
    });
    expect(endpoint(derived, "OS")).toMatchObject({ timeDays: 365, event: 1, deciding: { table: "events", line: 3 } });
    expect(endpoint(derived, "PFS")).toMatchObject({ timeDays: 120, event: 1, deciding: { table: "events", line: 2 } });
  });
});

describeWithData("a cohort brought along", ["data/survival"], () => {
  const covariates = ["Vascularinvasion", "BCLC", "Tumorsize"];
  const protocol = minimalProtocol(
    `covariates:\n${covariates
      .map((column) => `  - { column: ${column}, label: ${column}, type: number, table: given }`)
      .join("\n")}\n`,
    "[OS, { name: RFS, given: true }]",
  );
  const [header, ...lines] = sharedText("data/survival/hepatoCellular.csv").trim().split("\n");
  const names = header!.split(",");
  const kept = ["Number", "OS", "Death", "RFS", "Recurrence", ...covariates];
  const pick = (line: string): string => {
    const cells = line.split(",");
    return kept.map((name) => cells[names.indexOf(name)]).join(",");
  };
  const tables = {
    "patients.csv": `patient\n${lines.map((line) => line.split(",")[1]).join("\n")}\n`,
    "given.csv": `${kept.join(",").replace("Number", "patient")}\n${lines.map(pick).join("\n")}\n`,
  };
  const study =
    "given: { endpoints: { OS: { time: OS, event: Death, unit: months }, RFS: { time: RFS, event: Recurrence, unit: months } } }";

  it("gives OS and RFS as written, with their rows", () => {
    const { records, derived } = run({ protocol, study, tables });
    expect(records.issues).toEqual([]);
    const { patients } = derived.analysisSet;
    expect(patients.rows).toHaveLength(227);
    expect(patients.endpoints.map(({ name, unit }) => [name, unit])).toEqual([
      ["OS", "months"],
      ["RFS", "months"],
    ]);
    const sum = (column: string): number =>
      patients.rows.reduce((total, row) => total + Number(row.cells[column]!.value), 0);
    expect(sum("OS_event")).toBe(97);
    expect(patients.rows[0]!.cells.OS_time).toMatchObject({
      value: 83,
      sources: [{ kind: "row", table: "given", line: 2, column: "OS" }],
    });
    expect(patients.columns.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["Vascularinvasion", "BCLC", "Tumorsize", "OS_time", "RFS_event"]),
    );
    expect(patients.columns.map(({ name }) => name)).not.toContain("Death");
  });
});
