import { unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import { PAPER_COHORTS, type PaperCohort, paperCohort } from "../src/index.js";

const rows = ({ files }: PaperCohort, name: string): readonly Record<string, string>[] => {
  const file = files.find(({ path }) => path === `tables/${name}.csv`);
  if (file === undefined) throw new Error(`no table ${name}`);
  const [head = "", ...lines] = new TextDecoder().decode(file.bytes).trimEnd().split("\n");
  const columns = head.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [columns[i] ?? "", cell])));
};
const count = (cohort: PaperCohort, table: string, column: string, value: string): number =>
  rows(cohort, table).filter((row) => row[column] === value).length;

/** Counts that the papers print, in any cohort of them: patients, then table, column, value and count. */
const margins = {
  "ser-haic": [
    102,
    [
      ["patients", "sex", "M", 56],
      ["patients", "diagnosis", "pCCA", 55],
      ["responses", "overall", "PR", 54],
      ["responses", "overall", "PD", 14],
    ],
  ],
  "adc-early-progression": [43, []],
  "mpmri-nomogram": [
    78,
    [
      ["patients", "sex", "F", 12],
      ["patients", "therapy", "immune", 5],
      ["patients", "etiology", "HBV", 57],
    ],
  ],
  "deb-tace": [
    88,
    [
      ["patients", "sex", "M", 65],
      ["procedures", "kind", "DEB-TACE", 126],
      ["responses", "overall", "PR", 58],
      ["adverse-events", "term", "Vomiting", 97],
    ],
  ],
  "letb-tace": [
    119,
    [
      ["patients", "primary", "small-bowel", 59],
      ["adverse-events", "grade", "2", 33],
      ["adverse-events", "grade", "4", 2],
    ],
  ],
} as const;

describe("the cohort of a paper", () => {
  it("exists for every built-in protocol", () => {
    expect([...PAPER_COHORTS].sort()).toEqual(Object.keys(margins).sort());
  });

  it.each(Object.entries(margins))("%s has the printed counts whatever the seed", (id, [patients, counts]) => {
    for (const seed of [1, 2, 77]) {
      const cohort = unwrap(paperCohort(id, seed));
      expect(cohort.patients).toBe(patients);
      expect(rows(cohort, "patients").length).toBe(patients);
      for (const [table, column, value, n] of counts)
        expect(count(cohort, table, column, value), `${table} ${value}`).toBe(n);
    }
  });

  it.each(Object.keys(margins))("%s tells one story: nobody does anything after the end", (id) => {
    const cohort = unwrap(paperCohort(id, 3));
    const end = new Map(
      rows(cohort, "events")
        .filter((row) => row.event === "death" || row.event === "last-contact")
        .map((row) => [row.patient, Number(row.day)] as const),
    );
    expect(end.size).toBe(cohort.patients);
    for (const table of ["events", "procedures", "time-points", "responses"])
      for (const row of rows(cohort, table))
        expect(Number(row.day), `${table} of ${row.patient}`).toBeLessThanOrEqual(end.get(row.patient) ?? 0);
  });

  it("is the same for the same seed, and another for another", () => {
    const one = unwrap(paperCohort("deb-tace", 5));
    expect(unwrap(paperCohort("deb-tace", 5))).toEqual(one);
    expect(unwrap(paperCohort("deb-tace", 6)).files).not.toEqual(one.files);
  });

  it.each(Object.keys(margins))("%s has several lesions where asked, each measured", (id) => {
    const cohort = unwrap(paperCohort(id, 3, { lesions: 3 }));
    const targets = rows(cohort, "lesions").filter((row) => row.time_point === "baseline");
    expect(new Set(targets.map(({ lesion }) => lesion))).toEqual(new Set(["T1", "T2", "T3"]));
    expect(cohort.files.some(({ path }) => path === "tables/responses.csv")).toBe(false);
    for (const { longest_mm, viable_mm } of rows(cohort, "lesions"))
      expect(Number(viable_mm)).toBeLessThanOrEqual(Number(longest_mm));
  });

  it.each([
    ["own", 1, "no-such-cohort"],
    ["deb-tace", 0, "phantom-options"],
    ["deb-tace", 2.5, "phantom-options"],
    ["deb-tace", 6, "phantom-options"],
  ])("%s with %d lesions is refused", (id, lesions, code) => {
    const refused = paperCohort(id, 1, { lesions });
    expect(refused.ok ? "" : refused.issues[0]?.code).toBe(code);
  });
});
