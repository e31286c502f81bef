import { unwrap } from "@livermark/core";
import { describe, expect, it } from "vitest";
import {
  type CohortOptions,
  cohortPhantom,
  cumulativeHazard,
  type MarkerModel,
  type PhantomFile,
} from "../src/index.js";

const marker: MarkerModel = {
  biomarker: "ser",
  unit: "1",
  timePoint: "baseline",
  mean: 1.05,
  sd: 0.3,
  decimals: 2,
  minimum: 0.05,
  effect: { kind: "cut", cut: 1.04, hazardRatio: 0.5 },
};
const base: CohortOptions = {
  seed: 4,
  patients: 1500,
  marker,
  covariates: [
    {
      column: "site",
      label: "Site",
      type: "category",
      levels: [
        { level: "gallbladder", share: 0.4, hazardRatio: 1 },
        { level: "perihilar", share: 0.6, hazardRatio: 1.6 },
      ],
    },
  ],
  death: { medianMonths: 15, shape: 1.3 },
  progression: { medianMonths: 7, shape: 1.3 },
  missingShare: 0.05,
};
const rows = (files: readonly PhantomFile[], name: string): readonly Record<string, string>[] => {
  const file = files.find(({ path }) => path === `tables/${name}.csv`)!;
  const [head, ...lines] = new TextDecoder().decode(file.bytes).trimEnd().split("\n");
  const columns = head!.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, n) => [columns[n]!, cell])));
};

describe("cohortPhantom", () => {
  const cohort = unwrap(cohortPhantom(base));

  it("has the set hazard ratio: events over cumulative hazard, group by group", () => {
    // With the baseline known, events / sum of H0(t) is the maximum-likelihood hazard of a group.
    const rate = (high: boolean, perihilar: boolean): number => {
      let events = 0;
      let hazard = 0;
      for (const one of cohort.patients) {
        if (one.marker >= 1.04 !== high || (one.covariates[0]!.value === "perihilar") !== perihilar) continue;
        const seen = Math.min(one.deathDay, one.censorDay);
        if (one.deathDay <= one.censorDay) events++;
        hazard += cumulativeHazard(base.death, seen / 30.4375);
      }
      return events / hazard;
    };
    const logRatio = Math.log(rate(true, false) / rate(false, false));
    expect(Math.abs(logRatio - Math.log(0.5))).toBeLessThan(0.25);
    expect(Math.abs(Math.log(rate(false, true) / rate(false, false)) - Math.log(1.6))).toBeLessThan(0.25);
    expect(Math.abs(Math.log(rate(false, false)))).toBeLessThan(0.2);
  });

  it("tells one story in all tables", () => {
    const events = rows(cohort.files, "events");
    const patients = new Set(rows(cohort.files, "patients").map(({ patient }) => patient));
    expect(patients.size).toBe(1500);
    for (const table of ["events", "lesions", "measurements", "procedures", "time-points"])
      for (const { patient } of rows(cohort.files, table)) expect(patients.has(patient)).toBe(true);
    const closing = new Map<string, string>();
    for (const { patient, event, date } of events) {
      expect(date! <= cohort.lockDate).toBe(true);
      if (event === "death" || event === "last-contact") {
        expect(closing.has(patient!)).toBe(false);
        closing.set(patient!, date!);
      }
    }
    expect(closing.size).toBe(1500);
    for (const { patient, date } of events) expect(date! <= closing.get(patient!)!).toBe(true);
    for (const { patient, date } of rows(cohort.files, "time-points"))
      expect(date! <= closing.get(patient!)!).toBe(true);
    expect(rows(cohort.files, "measurements").length).toBe(cohort.patients.filter((p) => !p.markerMissing).length);
    const share = cohort.patients.filter((p) => p.markerMissing).length / 1500;
    expect(Math.abs(share - 0.05)).toBeLessThan(0.02);
  });

  it("makes ties on request", () => {
    const tied = unwrap(cohortPhantom({ ...base, patients: 80, tieDays: 30 }));
    for (const { deathDay } of tied.patients) expect(deathDay % 30).toBe(0);
  });

  it("is deterministic", () => {
    expect(cohortPhantom({ ...base, patients: 40 })).toEqual(cohortPhantom({ ...base, patients: 40 }));
  });

  it.each([{ patients: 1 }, { missingShare: 1 }, { lostPerYear: -0.1 }, { marker: { ...marker, sd: -1 } }])(
    "refuses %o",
    (change) => {
      const result = cohortPhantom({ ...base, ...change });
      expect(result.ok ? "" : result.issues[0]!.code).toBe("phantom-options");
    },
  );
});
