import { standardisedCategoryDifference } from "@livermark/statistics";
import { describe, expect, it } from "vitest";
import { adversePart } from "../src/adverse-part.js";
import { agreementPart } from "../src/agreement-part.js";
import type { Dataset } from "../src/dataset.js";
import { groupTablePart } from "../src/group-table-part.js";

const rows = ["a", "b", "c", "d", "e", "f"];
const origin = () => [];
const data: Dataset = {
  id: "patients",
  unit: "patient",
  rows,
  columns: [
    { name: "g", label: "Group", type: "category", levels: ["x", "y"], origin, values: ["x", "x", "x", "y", "y", "y"] },
    { name: "v", label: "Diameter", type: "number", unit: "mm", origin, values: [1, 2, 3, 2, 3, 4] },
    { name: "k", label: "Sex", type: "category", levels: ["M", "F"], origin, values: ["M", "M", "F", "F", "F", "M"] },
    {
      name: "three",
      label: "Three",
      type: "category",
      levels: ["1", "2", "3"],
      origin,
      values: ["1", "1", "2", "2", "3", "3"],
    },
  ],
};
const conventions = { preset: "spss" } as Parameters<typeof groupTablePart>[2];

describe("columns compared between groups", () => {
  it("stand with their standardised difference where there are two groups", () => {
    const { tables, passports } = groupTablePart(
      data,
      { id: "t", label: "T", by: "g", columns: ["v", "k"], rule: "mean" },
      conventions,
    );
    const [table] = tables;
    expect(table?.columns.map(({ key }) => key)).toEqual(["x", "y", "smd", "p", "test"]);
    // Means 2 and 3, SD 1 in both groups.
    expect(table?.rows[0]?.cells.smd).toMatchObject({ kind: "number", value: 1, decimals: 2 });
    const sexes = standardisedCategoryDifference([2, 1], [1, 2]);
    expect(table?.rows[1]?.cells.smd).toMatchObject({ value: sexes.ok ? sexes.value : null });
    expect(passports.map(({ id }) => id)).toContain("group-table.t.v.smd");
    expect(table?.footnotes.join(" ")).toContain("SMD, absolute standardised mean difference");
  });

  it("have none where there are three", () => {
    const { tables } = groupTablePart(
      data,
      { id: "t", label: "T", by: "three", columns: ["v"], rule: "mean" },
      conventions,
    );
    expect(tables[0]?.columns.map(({ key }) => key)).not.toContain("smd");
    expect(tables[0]?.footnotes.join(" ")).not.toContain("SMD");
  });
});

describe("adverse events", () => {
  const line = (byGrade: readonly number[]) => ({
    term: "Fever",
    scale: "CTCAE-5.0" as const,
    n: 4,
    total: 10,
    byGrade,
    lowest: 1,
    highest: 2,
    lines: [],
  });
  const tableFor = (byGrade: readonly number[]) => {
    const own = [line(byGrade)] as unknown as Parameters<typeof adversePart>[0]["perPatient"];
    return adversePart(
      { perProcedure: [], perPatient: own } as unknown as Parameters<typeof adversePart>[0],
      "patient",
      () => [1, 2, 3, 4],
    ).tables[0];
  };

  it("say that nobody had a severe one", () => {
    const table = tableFor([3, 1, 0, 0, 0]);
    expect(table?.columns.map(({ label }) => label)).toEqual([
      "Any grade, n (%)",
      "1, mild",
      "2, moderate",
      "3 or more",
    ]);
    expect(table?.rows[1]?.cells.severe).toMatchObject({ kind: "share", n: 0, total: 10 });
  });

  it("have their severe grades in columns of their own where somebody had one", () => {
    const table = tableFor([3, 0, 1, 0, 0]);
    expect(table?.columns.map(({ key }) => key)).toEqual(["any", "grade-1", "grade-3"]);
  });
});

describe("agreement in categories", () => {
  const readings = (levels: readonly string[], pairs: readonly (readonly [string, string])[]) => ({
    id: "f",
    label: "F",
    levels,
    readers: ["R1", "R2"] as const,
    pairs,
    inputs: [],
  });
  const two = readings(
    ["no", "yes"],
    [
      ["no", "no"],
      ["no", "no"],
      ["yes", "yes"],
      ["yes", "no"],
      ["yes", "yes"],
    ],
  );
  const three = readings(
    ["a", "b", "c"],
    [
      ["a", "a"],
      ["b", "b"],
      ["c", "c"],
      ["a", "b"],
      ["b", "c"],
      ["a", "c"],
    ],
  );
  const keys = (some: Parameters<typeof agreementPart>[0]) =>
    agreementPart(some, []).tables[0]?.columns.map(({ key }) => key);

  it("does not print unweighted kappas twice", () => {
    expect(keys([two])).not.toContain("plain");
    expect(keys([two, three])).toContain("plain");
  });

  it("says that a symmetric interval may pass 1", () => {
    expect(agreementPart([two], []).tables[0]?.footnotes.join(" ")).toContain("may pass 1");
  });
});
