import { unwrap } from "@livermark/core";
import { pseudonymsOf } from "@livermark/dicom";
import { parseProtocol, parseStudyFile, readRecords, type TableName } from "@livermark/study";
import { describe, expect, it } from "vitest";
import { cleanTables } from "../src/deidentify-tables.js";

const PROTOCOL = `schema: livermark.protocol/2
id: small
version: 1.0.0
title: Small
time_points:
  - { id: baseline, label: before }
covariates:
  - { column: grade, label: Grade, type: category, levels: [G1, G2] }
endpoints:
  - { name: OS }
`;

const pseudonyms = unwrap(pseudonymsOf("a secret of the site, long enough"));
const [ANNA, BEN] = ["MRN-10001", "MRN-10002"];

const TABLES: { readonly [name in TableName]?: string } = {
  patients: `patient,sex,birth_date,grade
${ANNA},F,1950-06-15,G1
${BEN},M,1948-01-02,G2
`,
  procedures: `patient,procedure,date,kind,note
${ANNA},${ANNA}-1,2020-06-14,TACE,seen by a colleague
${BEN},B-1,2020-03-01,TACE,
`,
  events: `patient,date,event,cause,note
${ANNA},2021-02,progression,,
${ANNA},2022-05-01,last-contact,,call 555-123-4567
${BEN},2023-09-09,death,tumour,
`,
  labs: `patient,date,name,value,unit
${ANNA},2020-06-01,afp,<20,ng/mL
`,
  board: `patient,date,question,images,decision,cause,note
${ANNA},2020-06-10,Treat ${BEN} too?,CT of the day before she moved,mail a.b@site.org,,
`,
};

function cleaned(lockDay: number | null) {
  const protocol = unwrap(parseProtocol(PROTOCOL, "protocol.yaml"));
  const study = unwrap(parseStudyFile("title: T\nprotocol: small\n", "study.yaml"));
  const files = Object.entries(TABLES).map(([name, content]) => ({
    name: name as TableName,
    file: `tables/${name}.csv`,
    content,
  }));
  const records = readRecords(files, protocol, study);
  const starts = new Map(records.tables.procedures.rows.map((row) => [row.patient, row.when.day]));
  const { tables, issues } = cleanTables({
    records,
    lockDay,
    pseudonyms,
    images: [],
    regions: [],
    startDay: (patient) => starts.get(patient) ?? null,
  });
  const csv = new Map(tables.map(({ path, csv: text }) => [path, text.trim().split("\n")]));
  return { csv, issues };
}

const a = pseudonyms.of(ANNA);
const b = pseudonyms.of(BEN);
const moved = (patient: string, date: string): string => pseudonyms.date(patient, date) ?? "";
const day = (date: string): number => Date.parse(date) / 86_400_000;

describe("tables without identity", () => {
  it("hold pseudonyms, moved dates, ages instead of birth dates, and ids without the patient's own", () => {
    const { csv } = cleaned(null);
    expect(csv.get("tables/patients.csv")).toEqual(["patient,sex,age,grade", `${a},F,69,G1`, `${b},M,72,G2`]);
    expect(csv.get("tables/procedures.csv")).toEqual([
      "patient,procedure,date,kind,note",
      `${a},${a}-1,${moved(ANNA, "2020-06-14")},TACE,`,
      `${b},B-1,${moved(BEN, "2020-03-01")},TACE,`,
    ]);
    expect(csv.get("tables/labs.csv")?.[1]).toBe(`${a},${moved(ANNA, "2020-06-01")},afp,<20,ng/mL`);
  });

  it("lose notes, questions, words on images shown, and cells that hold an identifier, with one Issue for each column", () => {
    const { csv, issues } = cleaned(null);
    expect(csv.get("tables/board.csv")?.[1]).toBe(`${a},${moved(ANNA, "2020-06-10")},,,,,`);
    expect(issues.find(({ code }) => code === "identifying-cell")).toMatchObject({
      got: "in 1 place",
      where: { table: "board", column: "decision" },
    });
    expect([...csv.values()].flat().join("\n")).not.toMatch(/MRN-|555-123|site\.org|colleague/);
  });

  it("write a date known to the month as the day that computations use, moved, and say so", () => {
    const { csv, issues } = cleaned(null);
    expect(csv.get("tables/events.csv")?.[1]).toBe(`${a},${moved(ANNA, "2021-02-15")},progression,,`);
    expect(issues.map(({ code }) => code)).toContain("partial-date-moved");
  });

  it("apply the lock to each patient: later rows go, and who was known later gets a last contact on the moved lock", () => {
    const { csv, issues } = cleaned(day("2021-12-31"));
    expect(csv.get("tables/events.csv")).toEqual([
      "patient,date,event,cause,note",
      `${a},${moved(ANNA, "2021-02-15")},progression,,`,
      `${a},${moved(ANNA, "2021-12-31")},last-contact,,`,
      `${b},${moved(BEN, "2021-12-31")},last-contact,,`,
    ]);
    expect(issues.find(({ code }) => code === "after-lock-left-out")?.got).toBe("in 2 places");
  });
});
