import type { Cell, ResultTable } from "@livermark/analysis";
import { describe, expect, it } from "vitest";
import { paragraphs, resultSentences } from "../src/documents/sentences.js";
import { fixtureResults } from "./fixtures/results.js";

const months = (value: number): Cell => ({
  id: null,
  kind: "estimate",
  value,
  low: value - 1,
  high: value + 1,
  level: 0.95,
  decimals: 1,
  unit: "months",
});
const table = (id: string, title: string, rows: ResultTable["rows"]): ResultTable => ({
  id,
  title,
  columns: [{ key: "median", label: "Median" }],
  rows,
  footnotes: [],
});
const row = (label: string, value: number | null, indent?: 1): ResultTable["rows"][number] => ({
  label,
  ...(indent === undefined ? {} : { indent }),
  cells: value === null ? {} : { median: months(value) },
});

describe("sentences of the results", () => {
  it("name the endpoint and the grouping, tell follow-up from survival, and leave sweeps to their tables", () => {
    const tables = [
      table("follow-up", "Follow-up", [row("Overall survival", 62.8)]),
      table("survival.OS", "Overall survival", [
        row("All", 57.8),
        row("LETB change below -10 %", null),
        row("Responder", 80, 1),
        row("Non-responder", 44, 1),
      ]),
      table("sweep.letb.OS", "Thresholds", [row("10%", 12)]),
    ];
    expect(resultSentences({ ...fixtureResults, flow: [], tables })).toEqual([
      "Median follow-up for overall survival was 62.8 (61.8–63.8) months (Table 1).",
      "Median overall survival was 57.8 (56.8–58.8) months (Table 2).",
      "Median overall survival by LETB change below −10% was 80.0 (79.0–81.0) months (responder) and 44.0 (43.0–45.0) months (non-responder) (Table 2).",
    ]);
  });

  it("do not say the unit twice", () => {
    const step = (label: string, n: number) => ({ id: label, label, unit: "patient", n, excluded: [] }) as const;
    const flow = [step("Patients in the study tables", 119), step("Not excluded", 100)];
    expect(resultSentences({ ...fixtureResults, flow, tables: [] })).toEqual([
      "Of 119 patients in the study tables, 100 were not excluded.",
    ]);
  });

  it("stand in paragraphs of like length, in their order", () => {
    const sentences = Array.from({ length: 40 }, (_, i) => `Sentence ${i} has about fifty letters, more or less so.`);
    const made = paragraphs(sentences);
    expect(made.join(" ")).toBe(sentences.join(" "));
    expect(made.length).toBe(3);
    for (const one of made) expect(one.length).toBeLessThan(1000);
    expect(paragraphs([])).toEqual([]);
  });
});
