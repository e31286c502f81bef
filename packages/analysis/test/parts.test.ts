import { analyse, type Cell, datasetOf, parsePlan, type ResultTable, readCaseTable } from "@livermark/analysis";
import { unwrap } from "@livermark/core";
import {
  type AnalysisCell,
  type AnalysisColumn,
  type AnalysisSet,
  type Protocol,
  parseProtocol,
} from "@livermark/study";
import { describeWithData, near, sharedText } from "testkit";
import { describe, expect, it } from "vitest";

type Value = number | string | null;

const column = (name: string, parts: Partial<AnalysisColumn> = {}): AnalysisColumn => ({
  name,
  label: name,
  unit: "",
  type: "number",
  levels: null,
  role: "covariate",
  afterBaseline: false,
  ...parts,
});

const cell = (value: Value, line: number): AnalysisCell => ({
  value,
  missing: value === null ? "empty" : "",
  censored: null,
  sources: [{ kind: "row", table: "given", line }],
  how: "",
});

/** An analysis set of patients only, from columns of values. */
function setOf(
  columns: readonly { readonly column: AnalysisColumn; readonly values: readonly Value[] }[],
  endpoints: AnalysisSet["patients"]["endpoints"] = [],
): AnalysisSet {
  const n = columns[0]?.values.length ?? 0;
  return {
    patients: {
      unit: "patient",
      columns: columns.map((one) => one.column),
      endpoints,
      rows: Array.from({ length: n }, (_, row) => ({
        patient: `P${row + 1}`,
        treatment: null,
        cells: Object.fromEntries(columns.map((one) => [one.column.name, cell(one.values[row] ?? null, row + 2)])),
      })),
    },
    treatments: { unit: "treatment", columns: [], endpoints: [], rows: [] },
  };
}

const protocolOf = (lines: string): Protocol =>
  unwrap(
    parseProtocol(
      `schema: livermark.protocol/2\nid: test\nversion: 1.0.0\ntitle: Test\ntime_points:\n  - { id: baseline, label: before }\n${lines}`,
      "test.yaml",
    ),
  );

const tableOf = (tables: readonly ResultTable[], id: string): ResultTable => {
  const found = tables.find((table) => table.id === id);
  if (found === undefined) throw new Error(`no table ${id}; there are ${tables.map((table) => table.id).join(", ")}`);
  return found;
};
const at = (table: ResultTable, row: number, key: string): Cell => {
  const found = table.rows[row]?.cells[key];
  if (found === undefined) throw new Error(`no cell ${row} ${key}`);
  return found;
};

describe("the response table", () => {
  // Paper 003: 58 partial responses, 19 stable, 11 progressive of 88; no complete response.
  const classes = [...Array(58).fill("PR"), ...Array(19).fill("SD"), ...Array(11).fill("PD")] as string[];
  const set = setOf([
    {
      column: column("response:mrecist", {
        type: "category",
        levels: ["CR", "PR", "SD", "PD", "NE"],
        role: "response",
      }),
      values: classes,
    },
  ]);
  const { tables } = analyse(set, protocolOf("endpoints:\n  - OS\nplan: { response: true }\n"));
  const table = tableOf(tables, "response.patients");

  it("counts classes and rates of all assessed", () => {
    expect(table.rows.map((row) => row.label)).toEqual([
      "Assessed",
      "CR",
      "PR",
      "SD",
      "PD",
      "Objective response rate (CR + PR), 95% CI",
      "Disease control rate (CR + PR + SD), 95% CI",
    ]);
    expect(at(table, 1, "response:mrecist")).toMatchObject({ kind: "share", n: 0, total: 88 });
    expect(at(table, 2, "response:mrecist")).toMatchObject({ kind: "share", n: 58, total: 88 });
    const orr = at(table, 5, "response:mrecist");
    expect(table.columns.map(({ label }) => label)).toEqual(["mRECIST"]);
    if (orr.kind !== "estimate") throw new Error("no rate");
    expect(orr.value.toFixed(1)).toBe("65.9");
    // R: binom.test(58, 88)$conf.int
    expect(orr.low).toBeCloseTo(55.03, 1);
    expect(orr.high).toBeCloseTo(75.68, 1);
  });
});

describe("a threshold sweep", () => {
  // Freireich's trial without its pairs: 6-MP below 0, placebo at 1.
  const months = [
    6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35, 1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8,
    11, 11, 12, 12, 15, 17, 22, 23,
  ];
  const event = [1, 1, 1, 1, 1, 1, 1, 1, 1, ...Array(12).fill(0), ...Array(21).fill(1)] as number[];
  const marker = [...Array(21).fill(-1), ...Array(21).fill(1)] as number[];
  const endpoint = {
    name: "OS",
    label: "Overall survival",
    version: "1",
    time: "t",
    event: "e",
    unit: "months" as const,
    given: true,
  };
  const set = setOf(
    [
      { column: column("t", { unit: "months" }), values: months },
      { column: column("e"), values: event },
      { column: column("marker", { label: "Marker" }), values: marker },
    ],
    [endpoint],
  );
  const protocol = protocolOf(
    "endpoints:\n  - { name: OS, given: true }\nplan:\n  sweeps:\n    - { id: s, label: S, of: marker, thresholds: [0, -5], endpoints: [OS] }\n",
  );
  const { tables, notes } = analyse(set, protocol);
  const table = tableOf(tables, "sweep.s.OS");

  it("has the published medians and log-rank test at the threshold that divides the arms", () => {
    expect(at(table, 0, "nBelow")).toMatchObject({ n: 21 });
    expect(at(table, 0, "below")).toMatchObject({ kind: "estimate", value: 23 });
    expect(at(table, 0, "above")).toMatchObject({ kind: "estimate", value: 8 });
    expect(at(table, 0, "difference")).toMatchObject({ kind: "number", value: 15 });
    const p = at(table, 0, "p");
    // survdiff: chi-square 16.79293
    expect(p.kind === "p" && near(p.value, 4.168809e-5, 1e-5)).toBe(true);
  });

  it("says so where a threshold leaves one side empty, and warns of the search", () => {
    expect(at(table, 1, "below").kind).toBe("not-estimable");
    expect(at(table, 1, "p").kind).toBe("not-estimable");
    expect(notes.map((note) => note.code)).toContain("many-thresholds");
  });
});

describeWithData("a ROC curve of the plan", ["oracle"], () => {
  it("equals pROC on aSAH", () => {
    const table = unwrap(readCaseTable(sharedText("oracle/inputs/aSAH.csv")));
    const set = setOf([
      { column: column("poor"), values: table.columns.poor ?? [] },
      { column: column("s100b"), values: table.columns.s100b ?? [] },
    ]);
    const { tables, figures, recompute } = analyse(
      set,
      protocolOf("endpoints:\n  - OS\nplan:\n  rocs:\n    - { id: r, label: S100B, marker: s100b, outcome: poor }\n"),
    );
    const found = tableOf(tables, "roc");
    const auc = at(found, 0, "auc");
    expect(auc.kind === "estimate" && near(auc.value, 0.7313685636856369, 1e-12)).toBe(true);
    expect(auc.kind === "estimate" && auc.low !== null && near(auc.low, 0.6301182117616226, 1e-10)).toBe(true);
    expect(at(found, 0, "cut")).toMatchObject({ kind: "number", value: 0.20500000000000002 });
    expect(at(found, 0, "sensitivity")).toMatchObject({ value: (100 * 26) / 41 });
    const curve = figures.find((figure) => figure.kind === "roc");
    const rates = curve?.kind === "roc" ? (curve.curves[0]?.falsePositiveRate ?? []) : [];
    expect(rates[0]).toBe(0);
    expect(rates.at(-1)).toBe(1);
    expect([...rates].sort((a, b) => a - b)).toEqual(rates);
    expect(recompute.computations[0]).toMatchObject({
      method: "roc",
      spec: { y: "poor.coded", x: "s100b", direction: "<" },
    });
  });
});

describe("a plan", () => {
  it("asks for nothing when it is absent, and explains what it does not know", () => {
    expect(unwrap(parsePlan(undefined, "p"))).toEqual({});
    const wrong = parsePlan(
      { sweeps: [{ id: "a", label: "A", of: "x", thresholds: ["mean"], endpoints: ["OS"] }], more: 1 },
      "p",
    );
    expect(wrong.ok).toBe(false);
    expect(wrong.issues.map((issue) => issue.path).some((path) => path.startsWith("plan.sweeps.0.thresholds"))).toBe(
      true,
    );
  });

  it("goes on without what it cannot compute", () => {
    const set = setOf([{ column: column("x"), values: [1, 2, 3] }]);
    const result = analyse(
      set,
      protocolOf(
        "endpoints:\n  - OS\nbaseline_table: [age]\nplan:\n  rocs:\n    - { id: r, label: R, marker: nothing, outcome: x }\n  sweeps:\n    - { id: s, label: S, of: x, thresholds: [1], endpoints: [OS, PFS] }\n",
      ),
    );
    expect(result.issues.map((issue) => issue.code)).toContain("unknown-column");
    expect(result.issues.map((issue) => issue.code)).toContain("unknown-endpoint");
  });
});

describe("a data set", () => {
  it("leaves texts out, keeps missing values and the way to every row", () => {
    const set = setOf([
      { column: column("note", { type: "text" }), values: ["a", "b"] },
      { column: column("x"), values: [1.5, null] },
    ]);
    const data = datasetOf(set.patients);
    expect(data.columns.map((one) => one.name)).toEqual(["x"]);
    expect(data.columns[0]?.values).toEqual([1.5, null]);
    expect(data.columns[0]?.origin(0)).toEqual([{ kind: "row", table: "given", line: 2 }]);
  });
});
