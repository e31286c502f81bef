import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unwrap } from "@livermark/core";
import exceljs from "exceljs";
import fc from "fast-check";
import { repositoryRoot, sized } from "testkit";
import { describe, expect, it } from "vitest";
import {
  ctcaeTerms,
  decodeText,
  importTable,
  parseDelimited,
  parseMapping,
  parseMappings,
  type RedcapField,
  type RedcapRecord,
  readTable,
  readWorkbook,
  redcapDictionary,
  redcapRecords,
  redcapTable,
  type TableMapping,
  writeRedcapDictionary,
  writeRedcapRecords,
} from "../src/index.js";

const mapping = (yaml: string): TableMapping =>
  unwrap(parseMapping(`schema: livermark.mapping/1\n${yaml}`, "mapping.yaml"));

const labs = (extra = ""): TableMapping =>
  mapping(
    `table: labs\n${extra}columns:\n  - { from: ID, to: patient }\n  - { from: Datum, to: date }\n  - { from: Test, to: name }\n  - { from: Wert, to: value }\n`,
  );

const bring = (text: string, map: TableMapping): ReturnType<typeof importTable> =>
  importTable(unwrap(parseDelimited(text, "source.csv")), map, "source.csv");

describe("encodings", () => {
  const gb = Uint8Array.of(0xbb, 0xbc, 0xd5, 0xdf, 0x2c, 0x78, 0x0a); // two characters, ",x\n"
  const sjis = Uint8Array.of(0x8a, 0xb3, 0x8e, 0xd2, 0x2c, 0x78, 0x0a);
  const latin = Uint8Array.of(0x4d, 0xe4, 0x72, 0x7a, 0x0a);

  it.each([
    ["gb18030", gb, "患者,x\n"],
    ["shift_jis", sjis, "患者,x\n"],
    ["windows-1252", latin, "März\n"],
  ] as const)("%s when named", (encoding, bytes, text) => {
    expect(unwrap(decodeText(bytes, encoding, "f.csv"))).toEqual({ text, encoding });
  });

  it("UTF-8 and UTF-16 by themselves", () => {
    expect(unwrap(decodeText(new TextEncoder().encode("März"), null, "f.csv")).text).toBe("März");
    expect(unwrap(decodeText(Buffer.from("\uFEFFMärz", "utf16le"), null, "f.csv")).text).toBe("März");
  });

  it("anything else is refused, with what each candidate reads", () => {
    const result = decodeText(gb, null, "f.csv");
    expect(result.ok).toBe(false);
    expect(result.issues[0]).toMatchObject({ code: "unknown-encoding" });
    expect(result.issues[0]?.got).toContain("gb18030: 患者,x");
  });

  it("a named encoding that does not fit is refused", () => {
    expect(decodeText(latin, "utf-8", "f.csv").issues[0]?.code).toBe("wrong-encoding");
  });
});

describe("dirty tables, one rule at a time", () => {
  const header = "ID;Datum;Test;Wert\n";
  const cases: readonly (readonly [string, string, string, readonly string[]])[] = [];
  const all: (readonly [string, string, string, readonly string[]])[] = [...cases];
  // Every date writing with every number writing: 7 x 15 tables.
  const dates: readonly (readonly [string, string | null])[] = [
    ["2020-03-25", "2020-03-25"],
    ["25.03.2020", "2020-03-25"],
    ["03/25/2020", "2020-03-25"],
    ["2020/3/25", "2020-03-25"],
    ["2020-03", "2020-03"],
    ["3/4/2020", null],
    ["31.02.2020", null],
  ];
  const numbers: readonly (readonly [string, string | null])[] = [
    ["12,5", "12.5"],
    ["12", "12"],
    ["<20", "<20"],
    ["< 0,5", "<0.5"],
    [">500", ">500"],
    ["≤3", "<3"],
    ["1.234,5", "1234.5"],
    ["1 234,5", "1234.5"],
    ["ND", "ND"],
    ["—", "—"],
    ["", ""],
    ["#DIV/0!", "#DIV/0!"],
    ["12.5", null],
    ["12,5 g/L", null],
    ["positive", null],
  ];
  for (const [date, wantedDate] of dates)
    for (const [number, wantedNumber] of numbers)
      all.push([
        `${date} with ${number || "nothing"}`,
        `${header}P1;${date};afp;"${number}"\n`,
        wantedDate === null ? "" : `P1,${wantedDate},afp,${wantedNumber ?? ""}`,
        [...(wantedDate === null ? ["Datum"] : []), ...(wantedNumber === null ? ["Wert"] : [])],
      ]);

  it(`there are ${all.length} of them`, () => {
    expect(all.length).toBeGreaterThan(100);
  });

  it.each(all)("%s", (_, text, row, refused) => {
    const result = bring(text, labs("source: { decimal: ',' }\n"));
    expect(result.csv.split("\n")[1]).toBe(row);
    const columns = new Set(
      result.issues.filter(({ severity }) => severity === "error").map(({ where }) => where.column),
    );
    expect([...columns]).toEqual(refused);
    for (const issue of result.issues) expect(issue.where.line).toBe(2);
  });
});

describe("mapping", () => {
  it("value lists, units, constants and own missing codes", () => {
    const map = mapping(
      [
        "table: labs",
        "missing: ['-9']",
        "constants: { unit: g/L, name: albumin }",
        "columns:",
        "  - { from: id, to: patient }",
        "  - { from: d, to: date, order: day-month }",
        "  - { from: alb, to: value, unit: g/dL, to_unit: g/L, test: albumin }",
      ].join("\n"),
    );
    expect(bring("id,d,alb\nP1,3/4/2020,4.1\nP2,3/4/2020,-9\n", map).csv).toBe(
      "patient,date,value,unit,name\nP1,2020-04-03,41,g/L,albumin\nP2,2020-04-03,,g/L,albumin\n",
    );
    const sexes = mapping(
      "table: patients\ncolumns: [{ from: id, to: patient }, { from: g, to: sex, values: { m: M, w: F } }]",
    );
    const result = bring("id,g\nP1,W\nP2,x\n", sexes);
    expect(result.csv).toBe("patient,sex\nP1,F\nP2,\n");
    expect(result.issues).toHaveLength(1);
    expect(result.issues[0]?.where).toMatchObject({ line: 3, column: "g" });
  });

  it.each([
    ["bilirubin", 1, "mg/dL", "umol/L", 17.104],
    ["creatinine", 88.402, "umol/L", "mg/dL", 1],
    ["platelets", 150000, "/uL", "10^9/L", 150],
    ["haemoglobin", 12, "g/dL", "g/L", 120],
  ])("%s: %d %s is %d %s", (test, value, from, to, wanted) => {
    const map = mapping(
      `table: labs\nconstants: { name: x, date: 2020-01-01 }\ncolumns: [{ from: id, to: patient }, { from: v, to: value, unit: ${from}, to_unit: ${to}, test: ${test} }]`,
    );
    expect(Number(bring(`id,v\nP1,${value}\n`, map).csv.split("\n")[1]?.split(",")[1])).toBeCloseTo(wanted, 9);
  });

  it("wide laboratory tables become long", () => {
    const map = mapping(
      "table: labs\ncolumns: [{ from: id, to: patient }, { from: d, to: date }]\nwide: [{ from: ALT, name: alt, unit: U/L }, { from: AST, name: ast, unit: U/L }]",
    );
    const result = bring("id,d,ALT,AST\nP1,2020-01-02,30,<5\nP2,2020-01-03,,x\n", map);
    expect(result.csv).toBe("patient,date,name,value,unit\nP1,2020-01-02,alt,30,U/L\nP1,2020-01-02,ast,<5,U/L\n");
    expect(result.issues.map(({ where }) => [where.line, where.column])).toEqual([[3, "AST"]]);
    const { issues } = readTable("labs", result.csv, "labs.csv");
    expect(issues).toEqual([]);
  });

  it("identifiers become pseudonyms, their dates move, the key table stands apart", () => {
    const map = mapping(
      "table: events\ncolumns: [{ from: id, to: patient, identifier: true }, { from: d, to: date }, { from: e, to: event }]",
    );
    const raw = unwrap(
      parseDelimited("id,d,e\n123,2020-01-31,death\n123,2020-01,lost\n456,2020-03-01,death\n", "s.csv"),
    );
    const result = importTable(raw, map, "s.csv", {
      of: (id) => `P-${id.length}${id[0]}`,
      shiftDays: (id) => (id === "123" ? 30 : -1),
    });
    expect(result.csv).toBe("patient,date,event\nP-31,2020-03-01,death\nP-31,2020-02,lost\nP-34,2020-02-29,death\n");
    expect([...result.keyTable]).toEqual([
      ["123", "P-31"],
      ["456", "P-34"],
    ]);
    expect(result.csv).not.toContain("123");
  });

  it("a row without identifier is left out, a missing source column is named", () => {
    const nameless = bring("ID,Datum,Test,Wert\n,2020-01-01,afp,1\nP2,2020-01-01,afp,2\n", labs());
    expect(nameless.issues.map(({ code }) => code)).toEqual(["missing-cell"]);
    expect(nameless.sourceLines).toEqual([3]);
    // Without the test's name no row says anything: nothing is imported, and both reasons are given.
    const result = bring("ID,Datum,Tst,Wert\nP2,2020-01-01,afp,2\n", labs());
    expect(result.issues.map(({ code }) => code)).toEqual(["source-column", "incomplete-mapping"]);
    expect(result.issues[0]?.mend).toBe('Did you mean "Tst"?');
    expect(result.sourceLines).toEqual([]);
  });

  it("mistakes in the mapping are explained", () => {
    const result = parseMapping(
      "schema: livermark.mapping/1\ntable: lab\ncolumns: [{ from: a, to: patient }]\n",
      "m.yaml",
    );
    expect(result.issues[0]).toMatchObject({ code: "unknown-word", mend: 'Did you mean "labs"?' });
  });

  it("takes many rows", () => {
    const n = sized(20_000, 100_000);
    const rows = Array.from({ length: n }, (_, i) => `P${i};25.03.2020;afp;${i % 97},5`).join("\n");
    const result = bring(`ID;Datum;Test;Wert\n${rows}\n`, labs("source: { decimal: ',' }\n"));
    expect(result.sourceLines).toHaveLength(n);
    expect(result.issues.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

describe("the mapping of docs/protocols.md", () => {
  it("is one, and imports a table as it says", () => {
    const page = readFileSync(join(repositoryRoot, "docs", "protocols.md"), "utf8");
    const example =
      page
        .slice(page.indexOf("## Import mappings"))
        .split("```")[1]
        ?.replace(/^yaml\n/, "") ?? "";
    const [patients, labTests, events] = unwrap(parseMappings(example, "docs/protocols.md"));
    const raw = unwrap(
      parseDelimited(
        "病案号;性别;ECOG;日期;ALB(g/dL);死亡日期\n7;女;1;3.4.2020;4,1;1.2.2021\n8;男;0;4.4.2020;;\n",
        "clinic.csv",
      ),
    );
    const names = { of: (id: string) => `LM-${id}`, shiftDays: () => 0 };
    expect(importTable(raw, patients!, "clinic.csv", names).csv).toBe("patient,sex,ecog\nLM-7,F,1\nLM-8,M,0\n");
    expect(importTable(raw, labTests!, "clinic.csv", names).csv).toBe(
      "patient,date,name,value,unit\nLM-7,2020-04-03,albumin,41,g/L\n",
    );
    // One date alone does not say which number is the day: refused, as the page says.
    const refused = importTable(raw, events!, "clinic.csv", names);
    expect(refused.csv).toBe("patient,date,event\n");
    expect(refused.issues.map(({ code }) => code)).toEqual(["ambiguous-date", "refused-cell"]);
  });
});

describe("workbooks", () => {
  async function workbook(fill: (book: exceljs.Workbook) => void): Promise<Uint8Array> {
    const book = new exceljs.Workbook();
    fill(book);
    return new Uint8Array(await book.xlsx.writeBuffer());
  }

  it("picks the sheet, joins merged headers, reads dates and formulas", async () => {
    const bytes = await workbook((book) => {
      book.addWorksheet("notes").addRow(["x"]);
      const sheet = book.addWorksheet("labs");
      sheet.addRow(["Export of 2020"]);
      sheet.addRow(["ID", "Blood", ""]);
      sheet.addRow(["", "date", "ALT"]);
      sheet.mergeCells("B2:C2");
      sheet.mergeCells("A2:A3");
      sheet.addRow(["P1", new Date(Date.UTC(2020, 2, 25)), { formula: "10*3", result: 30 }]);
      sheet.addRow(["P2", "2020-03-26", { formula: "1/0", result: { error: "#DIV/0!" } }]);
    });
    const table = unwrap(await readWorkbook(bytes, "l.xlsx", { sheet: "labs", skipRows: 1, headerRows: 2 }));
    expect(table.header).toEqual(["ID", "Blood / date", "Blood / ALT"]);
    expect(table.rows).toEqual([
      { line: 4, cells: ["P1", "2020-03-25", "30"] },
      { line: 5, cells: ["P2", "2020-03-26", "#DIV/0!"] },
    ]);
  });

  it("asks which sheet, and refuses what is no workbook", async () => {
    const bytes = await workbook((book) => {
      book.addWorksheet("a").addRow(["x"]);
      book.addWorksheet("b").addRow(["x"]);
    });
    expect((await readWorkbook(bytes, "l.xlsx")).issues[0]).toMatchObject({ code: "sheet", wanted: "a, b" });
    expect((await readWorkbook(Uint8Array.of(1, 2), "l.xlsx")).issues[0]?.code).toBe("not-a-workbook");
  });

  it("a formula without a result is an Issue", async () => {
    const bytes = await workbook((book) => {
      const sheet = book.addWorksheet("a");
      sheet.addRow(["x"]);
      sheet.getCell("A2").value = { formula: "B1+1" };
      sheet.getCell("A3").value = 5;
    });
    expect(unwrap(await readWorkbook(bytes, "l.xlsx")).issues[0]?.code).toBe("formula-without-result");
  });
});

describe("REDCap", () => {
  const fields: readonly RedcapField[] = [
    { name: "record_id", form: "base", type: "text", label: "Record", choices: [], validation: "", identifier: true },
    {
      name: "sex",
      form: "base",
      type: "radio",
      label: "Sex",
      choices: [
        { code: "1", label: "male" },
        { code: "2", label: "female" },
      ],
      validation: "",
      identifier: false,
    },
    {
      name: "prior",
      form: "base",
      type: "checkbox",
      label: "Prior therapy",
      choices: [
        { code: "0", label: "none" },
        { code: "1", label: "surgery" },
        { code: "2", label: "SSA" },
      ],
      validation: "",
      identifier: false,
    },
    { name: "alt", form: "labs", type: "text", label: "ALT", choices: [], validation: "number", identifier: false },
  ];

  const record: fc.Arbitrary<Omit<RedcapRecord, "line">> = fc
    .record({
      record: fc.integer({ min: 1, max: 99 }).map(String),
      event: fc.constantFrom("baseline_arm_1", "month_6_arm_1"),
      repeat: fc.option(fc.integer({ min: 1, max: 9 }).map(String)),
      sex: fc.constantFrom("", "1", "2", "-99"),
      prior: fc.subarray(["0", "1", "2"]),
      alt: fc.constantFrom("", "30", "12.5"),
    })
    .map(({ record: id, event, repeat, sex, prior, alt }) => ({
      record: id,
      event,
      instrument: repeat === null ? "" : "labs",
      instance: repeat ?? "",
      values: new Map([
        ["record_id", id],
        ...(sex === "" || sex === "-99" ? [] : ([["sex", sex]] as const)),
        ...(prior.length === 0 ? [] : ([["prior", prior.join("|")]] as const)),
        ...(alt === "" ? [] : ([["alt", alt]] as const)),
      ]),
      missing: new Map(sex === "-99" ? [["sex", "-99"]] : []),
    }));

  it("what is written is read back", () => {
    const dictionary = unwrap(
      redcapDictionary(unwrap(parseDelimited(writeRedcapDictionary(fields), "d.csv")), "d.csv"),
    );
    expect(dictionary).toEqual(fields);
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), (rows) => {
        const records = rows.map((row, i) => ({ ...row, line: i + 2 }));
        const text = writeRedcapRecords(fields, records);
        const read = redcapRecords(dictionary, unwrap(parseDelimited(text, "e.csv")), "e.csv", ["-99"]);
        expect(read.issues).toEqual([]);
        expect(read.records).toEqual(records);
      }),
      { numRuns: sized(50, 500), seed: 3 },
    );
  });

  it("repeating labs become a table for a mapping, choices by label", () => {
    const data = [
      "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,sex,prior___0,prior___1,prior___2,alt,base_complete",
      "1,b,,,2,0,1,1,,2",
      "1,b,labs,1,,,,,30,2",
      "1,b,labs,2,,,,,31,2",
      "2,b,,,7,0,0,0,,2",
    ].join("\n");
    const { records, issues } = redcapRecords(fields, unwrap(parseDelimited(data, "e.csv")), "e.csv");
    expect(issues.map(({ code, where }) => [code, where.line, where.column])).toEqual([["refused-cell", 5, "sex"]]);
    expect(
      redcapTable(fields, records, { forms: ["labs"], instrument: "labs" }).rows.map(({ cells }) => cells),
    ).toEqual([
      ["1", "b", "1", "30"],
      ["1", "b", "2", "31"],
    ]);
    expect(redcapTable(fields, records, { forms: ["base"] }).rows[0]?.cells).toEqual([
      "1",
      "b",
      "",
      "1",
      "female",
      "surgery; SSA",
    ]);
  });

  it("a table that is no dictionary is refused", () => {
    expect(redcapDictionary(unwrap(parseDelimited("a,b\n1,2\n", "d.csv")), "d.csv").issues[0]?.code).toBe(
      "not-a-dictionary",
    );
  });
});

describe("CTCAE", () => {
  it("reads terms and the grades that they have", () => {
    const raw = unwrap(
      parseDelimited(
        "MedDRA Code,MedDRA SOC,CTCAE Term,Grade 1,Grade 2,Grade 3,Grade 4,Grade 5\n10016558,General disorders,Fever,a,b,c,d,e\n10028813,Gastrointestinal disorders,Nausea,a,b,c,-,-\n",
        "c.csv",
      ),
    );
    expect(unwrap(ctcaeTerms(raw, "c.csv")).map(({ term, grades }) => [term, grades])).toEqual([
      ["Fever", [1, 2, 3, 4, 5]],
      ["Nausea", [1, 2, 3]],
    ]);
    expect(ctcaeTerms(unwrap(parseDelimited("a\n1\n", "c.csv")), "c.csv").ok).toBe(false);
  });
});
