import type { ResultFigure, ResultTable } from "@livermark/analysis";
import { errorIssue, warningIssue } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { issueEntries } from "../src/documents/issue-list.js";
import { figureSheets } from "../src/figures/draw.js";
import { shortForest } from "../src/figures/short-forest.js";
import { caption, itemId, itemName, outline } from "../src/outline.js";
import { fitColumns } from "../src/tables/column-widths.js";
import { printTable } from "../src/tables/table-model.js";
import { typeset } from "../src/typeset.js";
import { figureFixtures } from "./fixtures/figures.js";
import { fixtureResults } from "./fixtures/results.js";

const results = { ...fixtureResults, figures: figureFixtures };
const forest = (rows: number): ResultFigure => ({
  id: "figure.model.long",
  kind: "forest",
  title: "Many candidates",
  effect: "Hazard ratio",
  scale: "log",
  noEffect: 1,
  lowerMeans: "later",
  higherMeans: "earlier",
  models: [{ key: "uni", label: "Univariable" }],
  rows: Array.from({ length: rows }, (_, i) => ({
    label: `row ${i}`,
    indent: i % 3 === 0 ? 0 : 1,
    n: null,
    estimates: {},
  })),
});

describe("outline", () => {
  const { sections, flowNotes, generalNotes } = outline(results);
  const items = sections.flatMap((section) => section.items);

  it("holds every table, figure and note once", () => {
    expect(items.map(itemId).sort()).toEqual([...results.tables, ...results.figures].map(({ id }) => id).sort());
    expect(new Set(items.map(itemName)).size).toBe(items.length);
    const notes = [...sections.flatMap((section) => section.notes), ...flowNotes, ...generalNotes];
    expect(notes.length).toBe(results.notes.length);
  });

  it("has the supplement behind the main part, each numbered from 1", () => {
    const supplement = sections.map(({ id }) => id.startsWith("supplement-"));
    expect(supplement).toEqual([...supplement].sort((a, b) => Number(a) - Number(b)));
    const figures = items.filter(({ kind }) => kind === "figure").map(({ number }) => number);
    const own = figures.filter((number) => !number.startsWith("S"));
    expect(own).toEqual(own.map((_, i) => String(i + 1)));
  });

  it("puts a figure of a model behind the table of that model", () => {
    const table = { ...results.tables[0]!, id: "model.long" };
    const ids = outline({ ...results, tables: [table], figures: [forest(3)] }).sections.flatMap((one) =>
      one.items.map(itemId),
    );
    expect(ids).toEqual(["model.long", "figure.model.long"]);
  });
});

describe("figures that are the same", () => {
  it("are drawn once, and the caption names the others", () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => ({ ...forest(id === "c" ? 4 : 3), id, title: `Model ${id}` }));
    const items = outline({ ...results, tables: [], figures: [a!, b!, c!] }).sections.flatMap((one) => one.items);
    const captions = items.map((item) => (item.kind === "figure" ? caption(item) : ""));
    expect(captions).toEqual(["Model a. The same figure holds for: Model b", "Model c"]);
    const item = {
      kind: "figure",
      number: "1",
      figure: { ...a!, title: "A: hazards" },
      alsoFor: ["B: hazards"],
    } as const;
    expect(caption(item)).toBe("A: hazards. The same figure holds for: B");
  });
});

describe("long models", () => {
  const estimate = (value: number) =>
    ({
      kind: "estimate",
      id: null,
      value,
      low: value / 2,
      high: value * 2,
      level: 0.95,
      unit: "",
      decimals: 3,
    }) as const;
  const model = (id: string, values: readonly number[]): ResultTable => ({
    ...results.tables[0]!,
    id: `model.${id}`,
    title: id,
    rows: values.map((value, i) => ({ label: `candidate ${i}`, cells: { "uni.ratio": estimate(value) } })),
  });
  const many = Array.from({ length: 30 }, (_, i) => 1 + i / 10);
  const tables = [
    model("first", many),
    model("one-marker-exchanged", [9, ...many.slice(1)]),
    model(
      "other-outcome",
      many.map((value) => value * 1.01),
    ),
    model("short", many.slice(0, 5)),
    { ...model("x", []), id: "model.one-marker-exchanged.performance", title: "x" },
  ];

  it("stand in the supplement, with all that belongs to them, when they repeat an earlier one", () => {
    const figures = [{ ...forest(3), id: "figure.model.one-marker-exchanged" }];
    const { sections } = outline({ ...results, tables, figures });
    const placed = (supplement: boolean) =>
      sections.filter((one) => one.supplement === supplement).flatMap((one) => one.items.map(itemId));
    expect(placed(false)).toEqual(["model.first", "model.other-outcome", "model.short"]);
    expect(placed(true)).toEqual([
      "model.one-marker-exchanged",
      "figure.model.one-marker-exchanged",
      "model.one-marker-exchanged.performance",
    ]);
  });
});

describe("shortForest", () => {
  const models = [
    { key: "uni", label: "Univariable" },
    { key: "multi", label: "Multivariable" },
  ];
  const whole = forest(30) as Extract<ResultFigure, { kind: "forest" }>;
  const estimate = { value: 2, low: 1, high: 4, p: 0.05, id: null };

  it("shows every level of the covariates of the multivariable model and of no other", () => {
    const rows = whole.rows.map((row, i) => ({ ...row, estimates: i === 4 || i === 27 ? { multi: estimate } : {} }));
    const short = shortForest({ ...whole, models, rows });
    expect(short.kind === "forest" && short.rows.map(({ label }) => label)).toEqual(
      [3, 4, 5, 27, 28, 29].map((i) => `row ${i}`),
    );
    expect(short.title).toBe("Many candidates: covariates of the multivariable model");
  });

  it("leaves a plot whose second model has no estimate, and a short one, as they are", () => {
    expect(shortForest({ ...whole, models })).toEqual({ ...whole, models });
    const short = { ...whole, models, rows: whole.rows.slice(0, 12) };
    expect(shortForest(short)).toBe(short);
  });
});

describe("figureSheets", () => {
  it("divides a long forest plot before a row of its own, evenly, and loses none", () => {
    const sheets = figureSheets(forest(100), 46);
    expect(sheets.map(({ rows }) => rows)).toEqual([
      [0, 33],
      [33, 66],
      [66, 100],
    ]);
    expect(figureSheets(forest(40), 46)).toHaveLength(1);
  });
});

describe("fitColumns", () => {
  it("never exceeds the page, and shrinks the type before it breaks a number", () => {
    for (const table of results.tables)
      for (const page of [200, 300, 504]) {
        const { widthsPt, sizePt } = fitColumns(printTable(table), page, [8, 7, 6]);
        expect(widthsPt.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(page + 1e-6);
        expect([8, 7, 6]).toContain(sizePt);
      }
  });

  it("gives what room is left to words that would wrap, and no more than they need", () => {
    const text = "Tumour grade, previous treatment, several treatments, extrahepatic metastases";
    const table = {
      ...results.tables[0]!,
      columns: [{ key: "words", label: "Covariates kept" }],
      rows: [{ label: "Model", cells: { words: { id: null, kind: "text", text } } }],
    } as const;
    const width = (page: number): number => fitColumns(printTable(table), page, [8]).widthsPt[1]!;
    expect(width(200)).toBeGreaterThan(width(150));
    expect(width(504)).toBeGreaterThan(200);
    expect(width(2000)).toBe(width(504));
  });
});

describe("issueEntries", () => {
  it("makes one entry of many issues of a kind and names their patients", () => {
    const many = Array.from({ length: 20 }, (_, i) =>
      warningIssue({ code: "late", message: "Too late.", where: { patient: `P${i + 10}` } }),
    );
    const other = errorIssue({ code: "odd", message: "Odd." });
    const entries = issueEntries([other, ...many]);
    expect(entries).toHaveLength(2);
    expect(entries[1]?.text).toContain("first of 20");
    expect(entries[1]?.text).toContain("P10, P11");
    expect(entries[1]?.text).toContain("and 8 more");
  });
});

describe("typeset", () => {
  it.each([
    ["T2 SIR >=1.418", "T2 SIR \u22651.418"],
    ["ADC above 1.028e-3 mm2/s", "ADC above 1.028\u00a0\u00d7\u00a010\u207b\u00b3 mm\u00b2/s"],
    ["Neutrophils (10^9/L)", "Neutrophils (10\u2079/L)"],
  ])("%s", (plain, print) => expect(typeset(plain)).toBe(print));
});
