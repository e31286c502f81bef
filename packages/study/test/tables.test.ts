import fc from "fast-check";
import { sized } from "testkit";
import { describe, expect, it } from "vitest";
import { parseDelimited, readTable } from "../src/index.js";
import { inferDateOrder, parseDate } from "../src/tables/dates.js";
import { minimalProtocol, run } from "./helpers.js";

const codes = (issues: readonly { readonly code: string }[]): readonly string[] => issues.map(({ code }) => code);

describe("reading a canonical table", () => {
  it("types its cells and keeps the file's lines", () => {
    const { table, issues } = readTable(
      "labs",
      'patient,date,name,value,unit,note\nP1,2020-01-02,afp,<20,ng/mL,"two\nlines"\n\nP2,2020-03,afp,12.5,ng/mL,\n',
      "labs.csv",
    );
    expect(issues).toEqual([]);
    expect(table.rows.map(({ line }) => line)).toEqual([2, 5]);
    expect(table.rows[0]).toMatchObject({ value: { value: 20, censored: "below" }, when: { precision: "day" } });
    expect(table.rows[1]).toMatchObject({
      value: { value: 12.5, censored: null },
      when: { precision: "month" },
      note: null,
    });
  });

  it("accepts a byte-order mark, semicolons and Windows line ends", () => {
    const { table, issues } = readTable(
      "events",
      new TextEncoder().encode("\uFEFFpatient;day;event\r\nP1;90;death\r\n"),
      "events.csv",
    );
    expect(issues).toEqual([]);
    expect(table.rows[0]).toMatchObject({ patient: "P1", event: "death", line: 2, when: { day: 90 } });
  });

  it("remembers why a cell has no value", () => {
    const { table } = readTable("labs", "patient,day,name,value\nP1,0,afp,ND\nP1,0,cea,—\n", "labs.csv");
    expect(table.missing).toEqual([
      { line: 2, column: "value", text: "ND", reason: "not done" },
      { line: 3, column: "value", text: "—", reason: "empty" },
    ]);
  });

  it.each([
    ["events", "patient,day,evnt\nP1,1,death\n", "unknown-column", 1, "evnt"],
    ["events", "patient,day,evnt\nP1,1,death\n", "missing-column", 1, "event"],
    ["events", "patient,event\nP1,death\n", "missing-column", 1, "date"],
    ["events", "patient,day,event\nP1,1,deth\n", "refused-cell", 2, "event"],
    ["events", "patient,day,event\nP1,1.5,death\n", "refused-cell", 2, "day"],
    ["events", "patient,date,event\nP1,2020-13-01,death\n", "refused-cell", 2, "date"],
    ["events", "patient,date,event\nP1,03/04/2020,death\n", "ambiguous-date", 2, "date"],
    ["events", "patient,date,event\nP1,13/04/2020,death\nP2,04/13/2020,death\n", "ambiguous-date", 3, "date"],
    ["events", "patient,day,event\n,1,death\n", "missing-cell", 2, "patient"],
    ["events", "patient,day,event\nP1,1\n", "wrong-cell-count", 2, undefined],
    ["events", "patient,day,event,event\nP1,1,death,death\n", "repeated-column", 1, "event"],
    ["events", 'patient,day,event\nP1,1,"death\n', "malformed-csv", undefined, undefined],
    ["events", "", "empty-table", 1, undefined],
    [
      "lesions",
      'patient,time_point,day,lesion,role,longest_mm\nP1,baseline,0,T1,target,"3,5"\n',
      "refused-cell",
      2,
      "longest_mm",
    ],
    ["lesions", "patient,time_point,day,lesion,role,node\nP1,baseline,0,T1,target,maybe\n", "refused-cell", 2, "node"],
    ["patients", "patient,sex\nP1,X\n", "refused-cell", 2, "sex"],
    ["procedures", "patient,procedure,date,day,kind\nP1,a,2020-01-01,0,TACE\n", "two-time-columns", 1, "day"],
  ] as const)("%s %j is refused as %s", (name, text, code, line, column) => {
    const { issues } = readTable(name, text, `${name}.csv`);
    const issue = issues.find((one) => one.code === code);
    expect(issue?.where.file).toBe(`${name}.csv`);
    if (line !== undefined) expect(issue?.where.line).toBe(line);
    if (column !== undefined) expect(issue?.where.column).toBe(column);
    expect(issue?.wanted).not.toBe("");
    expect(issue?.mend).not.toBe("");
  });

  it("refuses bytes that are not UTF-8", () => {
    const { issues } = readTable("events", Uint8Array.of(0xff, 0xfe, 0x41), "events.csv");
    expect(codes(issues)).toEqual(["not-utf-8"]);
  });

  it("suggests the column that was meant", () => {
    const { issues } = readTable("events", "patient,day,event,tretment\nP1,1,death,1\n", "events.csv");
    expect(issues[0]?.mend).toBe('Did you mean "treatment"?');
  });
});

describe("dates of a column", () => {
  const infer = (...texts: readonly string[]): string => {
    const { order, ambiguous } = inferDateOrder(
      texts.map((text, i) => ({ text, line: i + 2 })),
      {},
    );
    return ambiguous ? "ambiguous" : order;
  };

  it.each([
    [["3/4/2020", "25/4/2020"], "day-month"],
    [["3/4/2020", "4/25/2020"], "month-day"],
    [["3/4/2020"], "ambiguous"],
    [["25/4/2020", "4/25/2020"], "ambiguous"],
    [["4/4/2020"], "iso"],
    [["2020/4/25"], "year-month-day"],
    [["25.04.2020", "03.04.2020"], "day-month"],
  ])("%j is %s", (texts, wanted) => {
    expect(infer(...texts)).toBe(wanted);
  });

  it("parses in the order found", () => {
    expect(parseDate("3/4/2020", "day-month")).toEqual(
      expect.objectContaining({ day: parseDate("2020-04-03", "iso")?.day }),
    );
    expect(parseDate("3/4/2020", "month-day")?.day).toBe(parseDate("2020-03-04", "iso")?.day);
    expect(parseDate("3/4/2020", "iso")).toBeNull();
    expect(parseDate("31/2/2020", "day-month")).toBeNull();
  });
});

describe("records of a study", () => {
  const protocol = minimalProtocol();

  it("a patient whom patients.csv does not know is left out and named", () => {
    const { records } = run({
      protocol,
      tables: {
        "patients.csv": "patient\nP1\n",
        "images.csv": "path,patient,time_point\na,P1,baseline\nb,P2,baseline\n",
      },
    });
    expect(records.issues.map(({ code, where }) => [code, where.patient, where.line])).toEqual([
      ["unknown-patient", "P2", 3],
    ]);
    expect(records.tables.images.rows).toHaveLength(1);
  });

  it("without patients.csv everyone mentioned is a patient", () => {
    const { records } = run({ protocol, tables: { "events.csv": "patient,day,event\nP2,9,death\nP1,3,death\n" } });
    expect(records.patients).toEqual(["P2", "P1"]);
  });

  it("repeated patients and mixed time axes are Issues", () => {
    const { codes: found } = run({
      protocol,
      tables: {
        "patients.csv": "patient\nP1\nP1\n",
        "procedures.csv": "patient,procedure,day,kind\nP1,a,0,TACE\n",
        "events.csv": "patient,date,event\nP1,2020-01-01,death\n",
      },
    });
    expect(found).toEqual(expect.arrayContaining(["repeated-patient", "mixed-time-axes"]));
  });

  it("covariates are those that the codebook or the protocol names", () => {
    const { derived, codes: found } = run({
      protocol: minimalProtocol("covariates: [{ column: ecog, label: ECOG, type: category, levels: ['0', '1'] }]"),
      tables: {
        "codebook.csv": "table,column,label,type,unit,levels,missing_codes\npatients,afp,AFP,number,ng/mL,,-9\n",
        "patients.csv": "patient,ecog,afp,colour\nP1,1,<20,red\nP2,2,-9,blue\n",
      },
    });
    const [first, second] = derived.analysisSet.patients.rows;
    expect(first?.cells.afp).toMatchObject({
      value: 20,
      censored: "below",
      sources: [{ table: "patients", line: 2, column: "afp" }],
    });
    expect(second?.cells.afp).toMatchObject({ value: null, missing: "missing code -9" });
    expect(second?.cells.ecog).toMatchObject({ value: null });
    expect(found.filter((code) => code === "unknown-column" || code === "refused-cell").sort()).toEqual([
      "refused-cell",
      "unknown-column",
    ]);
    expect(derived.analysisSet.patients.columns.map(({ name }) => name)).not.toContain("colour");
  });
});

describe("delimited text", () => {
  const cell = fc.stringMatching(/^[a-z0-9 .ä患]{0,6}$/);

  it("reads the same with quotes and without, and keeps the lines", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 8 }),
        fc.constantFrom(",", ";", "\t"),
        fc.constantFrom("\n", "\r\n"),
        (rows, delimiter, end) => {
          const text = (write: (value: string) => string): string =>
            [["a", "b", "c"], ...rows].map((row) => row.map(write).join(delimiter)).join(end);
          const plain = parseDelimited(
            text((value) => value),
            "t.csv",
          );
          const quoted = parseDelimited(
            text((value) => `"${value.trim()}"`),
            "t.csv",
          );
          expect(plain).toEqual(quoted);
        },
      ),
      { numRuns: sized(100, 1000), seed: 5 },
    );
  });
});
