import { unwrap } from "@livermark/core";
import { PAPER_COHORTS, paperCohort } from "@livermark/phantom";
import type { AnalysisTable } from "@livermark/study";
import { near } from "testkit";
import { describe, expect, it } from "vitest";
import { builtIn, type ReadBundle, readBundle } from "./bundle.js";

const read = (id: string, lesions: number): ReadBundle =>
  readBundle(unwrap(paperCohort(id, 4, { lesions })).files, builtIn(id));

/** Cells that differ between two tables of the same rows; `sum:` columns exist only where lesions are measured. */
function differences(one: AnalysisTable, other: AnalysisTable): readonly string[] {
  const columns = one.columns.filter(({ name }) => !name.startsWith("sum:"));
  return one.rows.flatMap((row, i) =>
    columns.flatMap(({ name }) => {
      const a = row.cells[name]?.value ?? null;
      const b = other.rows[i]?.cells[name]?.value ?? null;
      const same = typeof a === "number" && typeof b === "number" ? near(b, a, 1e-9) : a === b;
      return same ? [] : [`${row.patient}/${row.treatment} ${name}: ${a} became ${b}`];
    }),
  );
}

describe.each(PAPER_COHORTS)("%s with two lesions in each patient", (id) => {
  const one = read(id, 1);
  const two = read(id, 2);

  it("gives every patient and treatment the response, biomarkers and endpoints of the cohort with one", () => {
    expect(two.issues.filter(({ severity }) => severity === "error")).toEqual([]);
    for (const layer of ["patients", "treatments"] as const)
      expect(differences(one.derived.analysisSet[layer], two.derived.analysisSet[layer])).toEqual([]);
    expect([...two.excluded]).toEqual([...one.excluded]);
  });

  it("judges it from diameters: a target may grow by a fifth while the sum is stable", () => {
    const { lesions, responses } = two.records.tables;
    expect(responses.rows).toEqual([]);
    expect(lesions.rows.length).toBeGreaterThan(3 * two.derived.analysisSet.patients.rows.length);
    const stable = two.derived.response.flatMap((one) => ("overall" in one && one.overall === "SD" ? [one] : []));
    const grown = stable.filter(({ patient, treatment, timePoint }) => {
      const sizes = lesions.rows.filter(
        (row) => row.patient === patient && row.treatment === treatment && row.lesion === "T2",
      );
      const at = (when: string): number => sizes.find((row) => row.time_point === when)?.longest_mm ?? Number.NaN;
      return at(timePoint) > 1.2 * at("baseline");
    });
    expect(stable.length).toBeGreaterThan(0);
    expect(grown.length).toBeGreaterThan(0.5 * stable.length);
  });
});
