import { unwrap } from "@livermark/core";
import exceljs from "exceljs";
import { describe, expect, it } from "vitest";
import { importFile, parseMapping, readTable, type TableMapping } from "../src/index.js";

const mapping = (yaml: string): TableMapping =>
  unwrap(parseMapping(`schema: livermark.mapping/1\n${yaml}`, "mapping.yaml"));

/** Bytes of each character under an encoding, found by decoding every one- and two-byte code. */
function encoder(encoding: string): (text: string) => Uint8Array {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const codes = new Map<string, readonly number[]>();
  const learn = (bytes: readonly number[]): void => {
    try {
      const text = decoder.decode(Uint8Array.from(bytes));
      if ([...text].length === 1 && !codes.has(text)) codes.set(text, bytes);
    } catch {
      // Not a character of this encoding.
    }
  };
  for (let a = 0; a < 256; a++) learn([a]);
  if (encoding !== "windows-1252") for (let a = 0x81; a < 0xff; a++) for (let b = 0x40; b < 0xff; b++) learn([a, b]);
  return (text) => Uint8Array.from([...text].flatMap((character) => codes.get(character) ?? [0x3f]));
}

const utf16 = (text: string): Uint8Array =>
  Uint8Array.from([...`\uFEFF${text}`].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]));

interface Writing {
  readonly encoding: string;
  readonly named: string | null;
  readonly columns: readonly string[];
  readonly encode: (text: string) => Uint8Array;
}

const ascii = ["ID", "Datum", "Größe"] as const;
const WRITINGS: readonly Writing[] = [
  {
    encoding: "UTF-8",
    named: null,
    columns: ["患者", "日期", "Größe"],
    encode: (text) => new TextEncoder().encode(text),
  },
  {
    encoding: "UTF-8 with mark",
    named: null,
    columns: ascii,
    encode: (text) => new TextEncoder().encode(`\uFEFF${text}`),
  },
  { encoding: "UTF-16 with mark", named: null, columns: ["患者", "日付", "Größe"], encode: utf16 },
  { encoding: "GB18030", named: "gb18030", columns: ["病案号", "日期", "白蛋白"], encode: encoder("gb18030") },
  {
    encoding: "Shift-JIS",
    named: "shift_jis",
    columns: ["患者番号", "検査日", "アルブミン"],
    encode: encoder("shift_jis"),
  },
  { encoding: "Latin-1", named: "windows-1252", columns: ascii, encode: encoder("windows-1252") },
];

const CLEAN = [
  ["P1", "2020-03-25", "41.5"],
  ["P2", "2020-12-01", "38"],
  ["P3", "2021-02-28", "29.5"],
] as const;
const WANTED = CLEAN.map(([patient, date, value]) => `${patient},${date},albumin,${value},g/L`);

const albumin = ([id, date, value]: readonly string[], source: string): TableMapping =>
  mapping(
    [
      "table: labs",
      `source: ${source}`,
      "constants: { name: albumin, unit: g/L }",
      `columns: [{ from: ${id}, to: patient }, { from: ${date}, to: date }, { from: ${value}, to: value }]`,
    ].join("\n"),
  );

const lines = (csv: string): readonly string[] => csv.trim().split("\n").slice(1);
const sorted = (header: string, rows: readonly string[]): readonly string[] => {
  const at = header.split(",");
  return rows.map((row) => {
    const cells = row.split(",");
    return ["patient", "date", "name", "value", "unit"].map((name) => cells[at.indexOf(name)]).join(",");
  });
};

describe("clean tables, however they are written", () => {
  const separators = [",", ";", "\t"] as const;
  const breaks = { LF: "\n", CRLF: "\r\n", CR: "\r" } as const;
  const cases = WRITINGS.flatMap((writing) =>
    separators.flatMap((separator) =>
      Object.keys(breaks).flatMap((end) =>
        [false, true].map((quoted) => ({ writing, separator, end: end as keyof typeof breaks, quoted })),
      ),
    ),
  );

  it(`there are ${cases.length} of them`, () => {
    expect(cases.length).toBe(108);
  });

  it.each(
    cases.map(
      (one) =>
        [
          `${one.writing.encoding}, ${JSON.stringify(one.separator)}, ${one.end}, ${one.quoted ? "quoted" : "plain"}`,
          one,
        ] as const,
    ),
  )("%s", async (_, { writing, separator, end, quoted }) => {
    const comma = separator !== ",";
    const dates = ["25.03.2020", "01.12.2020", "28.02.2021"];
    const cell = (text: string): string => (quoted ? `"${text}"` : text);
    const rows = CLEAN.map(([id, , value], i) => [id, dates[i]!, comma ? value.replace(".", ",") : value]);
    const text = [writing.columns, ...rows].map((row) => row.map(cell).join(separator)).join(breaks[end]) + breaks[end];
    const source = `{ decimal: "${comma ? "," : "."}"${writing.named === null ? "" : `, encoding: ${writing.named}`} }`;
    const done = unwrap(await importFile("t.csv", writing.encode(text), albumin(writing.columns, source)));
    expect(sorted(done.csv.split("\n")[0]!, lines(done.csv))).toEqual(WANTED);
    expect(done.issues.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(done.sourceLines).toEqual([2, 3, 4]);
    expect(readTable("labs", done.csv, "labs.csv").issues).toEqual([]);
  });
});

describe("dirty tables, each with its wanted outcome", () => {
  const map = (source = "{}"): TableMapping => albumin(["ID", "Date", "ALB"], source);
  type Case = readonly [
    name: string,
    text: string,
    rows: readonly string[],
    issues: readonly string[],
    source?: string,
  ];
  const row = (id: string, date: string, value: string): string => `${id},${date},albumin,${value},g/L`;
  const one = row("P1", "2020-03-25", "41");
  const cases: readonly Case[] = [
    ["blank lines between rows", "ID,Date,ALB\n\nP1,2020-03-25,41\n\n\n", [one], []],
    ["rows of commas only", "ID,Date,ALB\n,,\nP1,2020-03-25,41\n,,\n", [one], []],
    [
      "two lines above the header",
      "Hospital\nExport of 2020\nID,Date,ALB\nP1,2020-03-25,41\n",
      [one],
      [],
      "{ skip_rows: 2 }",
    ],
    [
      "a header of two rows",
      "ID,Blood,\n,Date,ALB\nP1,2020-03-25,41\n",
      [],
      ["source-column 1 Date", "source-column 1 ALB", "incomplete-mapping 1 "],
      "{ header_rows: 2 }",
    ],
    ["the same row twice", "ID,Date,ALB\nP1,2020-03-25,41\nP1,2020-03-25,41\n", [one], ["repeated-row 3 "]],
    [
      "two values of one day",
      "ID,Date,ALB\nP1,2020-03-25,41\nP1,2020-03-25,42\n",
      [one, row("P1", "2020-03-25", "42")],
      ["several-on-one-day 3 "],
    ],
    ["a row without identifier", "ID,Date,ALB\n,2020-03-25,41\n", [], ["missing-cell 2 ID"]],
    ["NA as identifier", "ID,Date,ALB\nNA,2020-03-25,41\n", [], ["missing-cell 2 ID"]],
    ["a row without date", "ID,Date,ALB\nP1,,41\nP1,2020-03-25,41\n", [one], ["missing-cell 2 date"]],
    ["too few cells", "ID,Date,ALB\nP1,2020-03-25\nP1,2020-03-25,41\n", [one], ["wrong-cell-count 2 "]],
    ["too many cells", "ID,Date,ALB\nP1,2020-03-25,41,x\nP1,2020-03-25,41\n", [one], ["wrong-cell-count 2 "]],
    ["empty cells behind the last column", "ID,Date,ALB\nP1,2020-03-25,41,,\n", [one], []],
    ["a column without name", "ID,,Date,ALB\nP1,x,2020-03-25,41\n", [one], []],
    ["a column named twice", "ID,Date,ALB,ALB\nP1,2020-03-25,41,42\n", [one], []],
    [
      "a column that is not there",
      "ID,Date,Alb\nP1,2020-03-25,41\n",
      [row("P1", "2020-03-25", "")],
      ["source-column 1 ALB"],
    ],
    ["spaces around cells", " ID , Date , ALB \n P1 , 2020-03-25 , 41 \n", [one], []],
    [
      "a break inside a quoted cell",
      'ID,Date,ALB,Note\nP1,2020-03-25,41,"a\nb"\nP2,2020-03-25,40,c\n',
      [one, row("P2", "2020-03-25", "40")],
      [],
    ],
    [
      "a number with its unit behind it",
      "ID,Date,ALB\nP1,2020-03-25,41 g/L\n",
      [row("P1", "2020-03-25", "")],
      ["refused-cell 2 ALB"],
    ],
    [
      "a word for a number",
      "ID,Date,ALB\nP1,2020-03-25,normal\n",
      [row("P1", "2020-03-25", "")],
      ["refused-cell 2 ALB"],
    ],
    [
      "a decimal comma that the mapping does not name",
      'ID,Date,ALB\nP1,2020-03-25,"41,5"\n',
      [row("P1", "2020-03-25", "")],
      ["refused-cell 2 ALB"],
    ],
    [
      "thousands with a comma",
      'ID,Date,ALB\nP1,2020-03-25,"1,234.5"\n',
      [row("P1", "2020-03-25", "")],
      ["refused-cell 2 ALB"],
    ],
    ["wide digits", "ID,Date,ALB\nP1,２０２０年３月２５日,４１\n", [one], []],
    ["a limit", "ID,Date,ALB\nP1,2020-03-25,<20\n", [row("P1", "2020-03-25", "<20")], []],
    ["a limit, written wide", "ID,Date,ALB\nP1,2020-03-25,＞ 500\n", [row("P1", "2020-03-25", ">500")], []],
    ["not done", "ID,Date,ALB\nP1,2020-03-25,ND\n", [row("P1", "2020-03-25", "ND")], []],
    ["a dash", "ID,Date,ALB\nP1,2020-03-25,—\n", [row("P1", "2020-03-25", "—")], []],
    ["an error of the spreadsheet", "ID,Date,ALB\nP1,2020-03-25,#DIV/0!\n", [row("P1", "2020-03-25", "#DIV/0!")], []],
    ["day and month in doubt", "ID,Date,ALB\nP1,03/04/2020,41\n", [], ["ambiguous-date 2 Date", "refused-cell 2 Date"]],
    [
      "day first, by one cell",
      "ID,Date,ALB\nP1,03/04/2020,41\nP2,25/04/2020,40\n",
      [row("P1", "2020-04-03", "41"), row("P2", "2020-04-25", "40")],
      ["date-order-inferred 3 Date"],
    ],
    [
      "month first, by one cell",
      "ID,Date,ALB\nP1,03/04/2020,41\nP2,04/25/2020,40\n",
      [row("P1", "2020-03-04", "41"), row("P2", "2020-04-25", "40")],
      ["date-order-inferred 3 Date"],
    ],
    [
      "both orders in one column",
      "ID,Date,ALB\nP1,25/04/2020,41\nP2,04/25/2020,40\n",
      [],
      ["ambiguous-date 3 Date", "refused-cell 2 Date", "refused-cell 3 Date"],
    ],
    ["the same day and month", "ID,Date,ALB\nP1,04/04/2020,41\n", [row("P1", "2020-04-04", "41")], []],
    ["a day that does not exist", "ID,Date,ALB\nP1,2020-02-30,41\n", [], ["refused-cell 2 Date"]],
    ["a year of two digits", "ID,Date,ALB\nP1,25.3.20,41\n", [], ["refused-cell 2 Date"]],
    ["a month only", "ID,Date,ALB\nP1,2020-03,41\n", [row("P1", "2020-03", "41")], []],
    ["a month and a year", "ID,Date,ALB\nP1,03/2020,41\n", [row("P1", "2020-03", "41")], []],
    ["a year only", "ID,Date,ALB\nP1,2020,41\n", [row("P1", "2020", "41")], []],
    [
      "an unknown day",
      "ID,Date,ALB\nP1,2020-03-UN,41\nP2,00.03.2020,40\n",
      [row("P1", "2020-03", "41"), row("P2", "2020-03", "40")],
      [],
    ],
    ["an unknown month", "ID,Date,ALB\nP1,2020-XX-XX,41\n", [row("P1", "2020", "41")], []],
    ["a month by name", "ID,Date,ALB\nP1,25-Mar-2020,41\nP2,March 2020,40\n", [one, row("P2", "2020-03", "40")], []],
    ["eight digits", "ID,Date,ALB\nP1,20200325,41\n", [one], []],
    [
      "a time of the day",
      "ID,Date,ALB\nP1,2020-03-25 07:30,41\nP2,2020-03-25T07:30:00,40\n",
      [one, row("P2", "2020-03-25", "40")],
      [],
    ],
    ["a serial number without being told", "ID,Date,ALB\nP1,43915,41\n", [], ["refused-cell 2 Date"]],
    ["a total at the end", "ID,Date,ALB\nP1,2020-03-25,41\nmean,,41\n", [one], ["missing-cell 3 date"]],
    ["a header without rows", "ID,Date,ALB\n", [], []],
  ];

  it.each(cases.map((one) => [one[0], one] as const))("%s", async (_, [, text, rows, issues, source]) => {
    const done = unwrap(await importFile("t.csv", new TextEncoder().encode(text), map(source)));
    expect(sorted(done.csv.split("\n")[0]!, lines(done.csv))).toEqual(rows);
    expect(done.issues.map(({ code, where }) => `${code} ${where.line} ${where.column ?? ""}`)).toEqual(issues);
    // What is imported is read without an error.
    const read = readTable("labs", done.csv, "labs.csv").issues;
    if (rows.length > 0 && !text.includes("Alb"))
      expect(read.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it.each([
    ["nothing", "", "empty-table"],
    ["a quote that never closes", 'ID,Date,ALB\n"P1,2020-03-25,41\n', "malformed-csv"],
  ])("%s is refused as a whole", async (_, text, code) => {
    expect((await importFile("t.csv", new TextEncoder().encode(text), map())).issues[0]?.code).toBe(code);
  });

  it("serial dates, where the mapping says so", async () => {
    const serial = mapping(
      "table: labs\nconstants: { name: albumin, unit: g/L }\ncolumns: [{ from: ID, to: patient }, { from: Date, to: date, order: excel-serial }, { from: ALB, to: value }]",
    );
    const done = unwrap(
      await importFile("t.csv", new TextEncoder().encode("ID,Date,ALB\nP1,43915,41\nP2,61,40\n"), serial),
    );
    expect(sorted(done.csv.split("\n")[0]!, lines(done.csv))).toEqual([one, row("P2", "1900-03-01", "40")]);
  });

  it("a record that contradicts itself is imported once, and said", async () => {
    const patients = mapping("table: patients\ncolumns: [{ from: ID, to: patient }, { from: Age, to: age }]");
    const done = unwrap(await importFile("p.csv", new TextEncoder().encode("ID,Age\nP1,61\nP1,62\n"), patients));
    expect(done.csv).toBe("patient,age\nP1,61\n");
    expect(done.issues[0]).toMatchObject({ code: "contradicting-row", got: 'age "62" for "61"', where: { line: 3 } });
  });
});

describe("workbooks", () => {
  async function workbook(fill: (sheet: exceljs.Worksheet) => void): Promise<Uint8Array> {
    const book = new exceljs.Workbook();
    book.addWorksheet("cover").addRow(["nothing here"]);
    fill(book.addWorksheet("labs"));
    return new Uint8Array(await book.xlsx.writeBuffer());
  }
  const map = (source: string): TableMapping => albumin(["ID", "Date", "ALB"], `{ sheet: labs${source} }`);
  /** Rows of a sheet; the header stands where `HEADER` does. */
  type SheetRows = readonly (readonly exceljs.CellValue[])[];
  const HEADER: readonly exceljs.CellValue[] = ["ID", "Date", "ALB"];
  const day = new Date(Date.UTC(2020, 2, 25));

  it.each<readonly [string, SheetRows, readonly string[], readonly string[], string]>([
    ["dates and numbers", [HEADER, ["P1", day, 41.5]], ["P1,2020-03-25,albumin,41.5,g/L"], [], ""],
    ["numbers as text", [HEADER, ["P1", "2020-03-25", "41.5"]], ["P1,2020-03-25,albumin,41.5,g/L"], [], ""],
    [
      "a formula with its result",
      [HEADER, ["P1", day, { formula: "40+1", result: 41 }]],
      ["P1,2020-03-25,albumin,41,g/L"],
      [],
      "",
    ],
    [
      "a formula without result",
      [HEADER, ["P1", day, { formula: "40+1" }]],
      ["P1,2020-03-25,albumin,,g/L"],
      ["formula-without-result 2 C2"],
      "",
    ],
    [
      "a formula that failed",
      [HEADER, ["P1", day, { formula: "1/0", result: { error: "#DIV/0!" } }]],
      ["P1,2020-03-25,albumin,#DIV/0!,g/L"],
      [],
      "",
    ],
    [
      "rich text",
      [HEADER, ["P1", day, { richText: [{ text: "4" }, { text: "1" }] }]],
      ["P1,2020-03-25,albumin,41,g/L"],
      [],
      "",
    ],
    ["numbers as identifiers", [HEADER, [10023, day, 41]], ["10023,2020-03-25,albumin,41,g/L"], [], ""],
    ["empty rows between", [HEADER, [], ["P1", day, 41]], ["P1,2020-03-25,albumin,41,g/L"], [], ""],
    [
      "a title above the header",
      [["Export"], HEADER, ["P1", day, 41]],
      ["P1,2020-03-25,albumin,41,g/L"],
      [],
      ", skip_rows: 1",
    ],
    [
      "a refused cell, by its row",
      [HEADER, ["P1", day, 41], ["P2", "31.02.2020", 40]],
      ["P1,2020-03-25,albumin,41,g/L"],
      ["refused-cell 3 Date"],
      "",
    ],
  ])("%s", async (_, cells, rows, issues, source) => {
    const bytes = await workbook((sheet) => {
      for (const row of cells) sheet.addRow([...row]);
    });
    const done = unwrap(await importFile("t.xlsx", bytes, map(source)));
    expect(sorted(done.csv.split("\n")[0]!, lines(done.csv))).toEqual(rows);
    expect(
      done.issues
        .filter(({ severity }) => severity === "error")
        .map(({ code, where }) => `${code} ${where.line} ${where.column ?? ""}`),
    ).toEqual(issues);
    for (const issue of done.issues) expect(issue.where.table).toBe("labs");
  });

  it("merged headers in two rows", async () => {
    const bytes = await workbook((sheet) => {
      sheet.addRow(["ID", "Blood", ""]);
      sheet.addRow(["", "Date", "ALB"]);
      sheet.mergeCells("A1:A2");
      sheet.mergeCells("B1:C1");
      sheet.addRow(["P1", day, 41]);
    });
    const merged = albumin(["ID", '"Blood / Date"', '"Blood / ALB"'], "{ sheet: labs, header_rows: 2 }");
    const done = unwrap(await importFile("t.xlsx", bytes, merged));
    expect(sorted(done.csv.split("\n")[0]!, lines(done.csv))).toEqual(["P1,2020-03-25,albumin,41,g/L"]);
  });
});

describe("a hundred thousand rows", () => {
  it("are imported, those that are wrong listed one by one", async () => {
    const n = 100_000;
    const text = Array.from({ length: n }, (_, i) =>
      i % 10_000 === 7 ? `P${i};31.02.2020;1,5` : `P${i};25.03.2020;${i % 97},5`,
    ).join("\r\n");
    const done = unwrap(
      await importFile(
        "t.csv",
        new TextEncoder().encode(`\uFEFFID;Date;ALB\r\n${text}\r\n`),
        albumin(["ID", "Date", "ALB"], '{ decimal: "," }'),
      ),
    );
    expect(done.sourceLines).toHaveLength(n - 10);
    const refused = done.issues.filter(({ severity }) => severity === "error");
    expect(refused.map(({ where }) => where.line)).toEqual(Array.from({ length: 10 }, (_, i) => i * 10_000 + 9));
    expect(readTable("labs", done.csv, "labs.csv").table.rows).toHaveLength(n - 10);
  }, 60_000);
});
