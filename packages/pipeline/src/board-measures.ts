import type { Cell } from "@livermark/analysis";
import { shownUnit } from "@livermark/core";
import type { TumourBoardSheet } from "@livermark/report";
import { isProfileName, responseProfile } from "@livermark/study";
import { type BoardSubject, type BoardVisit, cellsOf, responseAt } from "./board-visits.js";
import { measuredCell } from "./measured-cell.js";

/** Rows of the sheet: one cell for each visit. */
export type Measures = TumourBoardSheet["measures"];

/** A number that only the sheet shows. */
export const count = (value: number, unit: string, decimals: number): Cell => ({
  id: null,
  kind: "number",
  value,
  unit,
  decimals,
});

/** Rows that hold anything. */
export const filled = (measures: Measures): Measures =>
  measures.filter(({ cells }) => cells.some((cell) => cell !== null));

/** The sum at a treatment's first visit, which has no response of its own: what the later ones are held against. */
function baselineSum(subject: BoardSubject, visit: BoardVisit, profile: string): number | null {
  const course = subject.visits.filter(({ treatment }) => treatment === visit.treatment);
  if (course[0] !== visit) return null;
  return course.flatMap((one) => responseAt(subject, one, profile)?.baselineMm ?? [])[0] ?? null;
}

/** Sums of diameters, as the profiles add them; each kind of sum once. */
export function sums(subject: BoardSubject): Measures {
  const seen = new Set<string>();
  return subject.study.derived.protocol.response.profiles.flatMap((profile): Measures => {
    if (!isProfileName(profile)) return [];
    const kind = responseProfile(profile).sums;
    if (kind === "measurement" || seen.has(kind)) return [];
    seen.add(kind);
    return [
      {
        label: kind === "diameters" ? "Longest diameters, sum" : "Viable diameters, sum",
        cells: subject.visits.map((visit) => {
          const sum = responseAt(subject, visit, profile)?.sumMm ?? baselineSum(subject, visit, profile);
          return sum === null ? null : count(sum, "mm", 1);
        }),
      },
    ];
  });
}

/** Every biomarker of the protocol: measured on images with its interval, else as measurements.csv gives it. */
export function biomarkers({ study, patient, visits }: BoardSubject): Measures {
  return study.derived.protocol.biomarkers.map((marker) => {
    const { factor, label: unit } = shownUnit(marker.unit);
    const decimals = marker.unit === "1" || marker.unit === "mm2/s" ? 2 : 1;
    const cells = visits.map((visit): Cell | null => {
      const here = (row: { readonly patient: string; readonly treatment: number | null }, timePoint: string): boolean =>
        row.patient === patient &&
        timePoint === visit.timePoint &&
        (row.treatment ?? visit.treatment) === visit.treatment;
      const own = study.measured.measurements.find((one) => one.biomarker === marker.id && here(one, one.timePoint));
      if (own !== undefined) return measuredCell(own, marker, decimals);
      const given = study.bundle.records.tables.measurements.rows.find(
        (row) => row.biomarker === marker.id && row.value !== null && row.lesion === null && here(row, row.time_point),
      );
      // Indices of two measurements (a ratio) stand in the analysis set only.
      const derived = cellsOf(study.derived.analysisSet.patients, patient, visit.treatment)[
        `${marker.id}@${visit.timePoint}`
      ]?.value;
      const value = given?.value ?? (visit.treatment === 1 && typeof derived === "number" ? derived : null);
      return value === null ? null : count(factor * value, unit, decimals);
    });
    const interval = cells.some((cell) => cell?.kind === "estimate") ? " (95% interval)" : "";
    return { label: `${marker.label}${interval}`, cells };
  });
}

/** Changes between two visits, under the later one. */
export function changes({ study, patient, visits }: BoardSubject): Measures {
  const { protocol, analysisSet } = study.derived;
  const several = new Set(visits.map((visit) => visit.treatment)).size > 1;
  return protocol.changes.map((change) => ({
    label: change.label,
    cells: visits.map((visit): Cell | null => {
      const table = several ? analysisSet.treatments : analysisSet.patients;
      const value = visit.timePoint === change.to ? cellsOf(table, patient, visit.treatment)[change.id]?.value : null;
      if (typeof value !== "number") return null;
      return change.as === "percent" ? count(value, "%", 1) : count(value, "", 2);
    }),
  }));
}
