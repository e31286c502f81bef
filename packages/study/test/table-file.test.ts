import { unwrap } from "@livermark/core";
import exceljs from "exceljs";
import { describe, expect, it } from "vitest";
import { importFile, parseMapping, parseStudyFile, readRecords, tableFile } from "../src/index.js";
import { minimalProtocol } from "./helpers.js";

const book = async (sheets: {
  readonly [name: string]: readonly (readonly (string | number | Date)[])[];
}): Promise<Uint8Array> => {
  const workbook = new exceljs.Workbook();
  for (const [name, rows] of Object.entries(sheets)) {
    const sheet = workbook.addWorksheet(name);
    for (const row of rows) sheet.addRow([...row]);
  }
  return new Uint8Array(await workbook.xlsx.writeBuffer());
};

describe("files of tables/", () => {
  it("a workbook reads like the CSV of the same table, with its row numbers", async () => {
    const rows = [
      ["patient", "date", "event"],
      ["P1", new Date(Date.UTC(2020, 0, 31)), "death"],
    ];
    for (const sheets of [{ any: rows }, { notes: [["x"]], events: rows }]) {
      const file = unwrap(await tableFile("tables/events.xlsx", await book(sheets)));
      const study = unwrap(parseStudyFile("title: T\nprotocol: own\n", "study.yaml"));
      const records = readRecords([file], minimalProtocol(), study);
      expect(records.issues).toEqual([]);
      expect(records.tables.events.rows[0]).toMatchObject({
        patient: "P1",
        event: "death",
        line: 2,
        when: { text: "2020-01-31" },
      });
    }
  });

  it("refuses a name that is no table, and a workbook whose sheet cannot be told", async () => {
    expect((await tableFile("tables/foo.csv", new Uint8Array())).issues[0]?.code).toBe("unknown-table");
    const bytes = await book({ a: [["x"]], b: [["x"]] });
    expect((await tableFile("tables/events.xlsx", bytes)).issues[0]?.code).toBe("sheet");
  });
});

describe("foreign files", () => {
  const mapping = unwrap(
    parseMapping(
      "schema: livermark.mapping/1\ntable: events\nsource: { encoding: windows-1252, skip_rows: 2 }\ncolumns: [{ from: Fall, to: patient }, { from: Datum, to: date }, { from: Ereignis, to: event, values: { Tod: death, März: lost } }]\n",
      "m.yaml",
    ),
  );

  it("are decoded, skipped to their header and mapped", async () => {
    const text = "Klinik\n\nFall;Datum;Ereignis\nP1;31.01.2020;Tod\nP2;01.02.2020;M\u00e4rz\nP3;x;Tod\n";
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const { csv, sourceLines, issues } = unwrap(await importFile("e.csv", bytes, mapping));
    expect(csv).toBe("patient,date,event\nP1,2020-01-31,death\nP2,2020-02-01,lost\n");
    expect(sourceLines).toEqual([4, 5]);
    expect(
      issues.filter(({ severity }) => severity === "error").map(({ where }) => [where.line, where.column]),
    ).toEqual([[6, "Datum"]]);
  });
});
