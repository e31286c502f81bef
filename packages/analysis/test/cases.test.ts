import { ok, type Result, refuse, unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { type CaseTable, filterCaseTable, readCaseTable, runCase } from "../src/index.js";

const text = 'id,"the, group",x\r\n1,a,2.5\r\n2,"say ""b""",NA\r\n3,a,\r\n';
const load = (file: string): Result<CaseTable> =>
  file === "t.csv" ? readCaseTable(text, file) : refuse({ code: "no-such-file", message: "Not there.", got: file });

describe("tables of cases", () => {
  it("reads quotes, missing cells, and numbers only where every cell is one", () => {
    expect(unwrap(readCaseTable(text))).toEqual({
      rows: 3,
      columns: { id: [1, 2, 3], "the, group": ["a", 'say "b"', "a"], x: [2.5, null, null] },
    });
  });
  it("keeps the rows that a filter names, a number equal to its text", () => {
    const table = unwrap(readCaseTable(text));
    expect(unwrap(filterCaseTable(table, "the, group", "a")).columns.id).toEqual([1, 3]);
    expect(unwrap(filterCaseTable(table, "id", "2")).rows).toBe(1);
    expect(unwrap(filterCaseTable(table, "x", "null")).rows).toBe(0);
  });
  it.each([
    ["nothing", "", "csv-empty"],
    ["repeated column", "a,a\n1,2\n", "csv-repeated-column"],
    ["ragged row", "a,b\n1\n", "csv-ragged-row"],
    ["open quote", 'a\n"1\n', "csv-open-quote"],
  ])("refuses: %s", (_name, csv, code) => {
    expect(readCaseTable(csv)).toMatchObject({ ok: false, issues: [{ code }] });
  });
});

describe("cases", () => {
  it("computes from values and from a table", () => {
    expect(runCase({ method: "proportion", data: null, spec: { x: 7, n: 20, conf: 0.9 } }, load)).toMatchObject({
      ok: true,
      value: { p: 0.35 },
    });
    const described = runCase({ method: "descriptive", data: "t.csv", spec: { x: "x" } }, load);
    expect(described).toMatchObject({ ok: true, value: { n: 1, missing: 2, mean: 2.5, sd: null } });
    expect(described.issues).toMatchObject([{ code: "rows-with-missing-values", where: { file: "t.csv" } }]);
  });
  it("names several files by a range", () => {
    const asked: string[] = [];
    const spy = (file: string): Result<CaseTable> => {
      asked.push(file);
      return ok({ rows: 5, columns: { y: [1, 2, 4, 3, 6], x: [1, 2, 3, 4, asked.length + 4] } });
    };
    const pooled = runCase({ method: "rubinPool", data: "imp2..4.csv", spec: { formula: "y ~ x", n: 5, k: 2 } }, spy);
    expect(asked).toEqual(["imp2.csv", "imp3.csv", "imp4.csv"]);
    expect(pooled).toMatchObject({ ok: true, value: { pooled: [{ term: "(Intercept)" }, { term: "x" }] } });
  });
  it.each([
    ["an unknown method", { method: "horoscope", data: null, spec: {} }, "unknown-method"],
    ["a method of Object", { method: "toString", data: null, spec: {} }, "unknown-method"],
    ["an absent file", { method: "descriptive", data: "u.csv", spec: { x: "x" } }, "no-such-file"],
    ["an unknown column", { method: "descriptive", data: "t.csv", spec: { x: "y" } }, "unknown-column"],
    ["a text column", { method: "descriptive", data: "t.csv", spec: { x: "the, group" } }, "column-not-numeric"],
    ["a missing option", { method: "proportion", data: null, spec: { x: 7 } }, "case-option"],
    ["a table that is none", { method: "contingency", data: null, spec: { table: [1, 2] } }, "case-option"],
    ["a filter that is none", { method: "descriptive", data: "t.csv", spec: { x: "x", filter: "a" } }, "case-filter"],
    [
      "an unknown distribution",
      { method: "distribution", data: null, spec: { fn: "pzeta", args: [1] } },
      "case-option",
    ],
    ["a p-value above one", { method: "pAdjust", data: null, spec: { p: [2] } }, "case-option"],
  ])("refuses %s", (_name, given, code) => {
    expect(runCase(given, load)).toMatchObject({ ok: false, issues: [{ code }] });
  });
});
