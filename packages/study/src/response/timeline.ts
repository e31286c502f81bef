import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import { byPatient, type StudyRecords } from "../records.js";
import type { Row } from "../tables/definitions.js";
import type { Treatment } from "../treatments.js";

/** What one reader recorded of one patient at one time point. */
export interface Visit<R> {
  readonly timePoint: string;
  /** Day on the study's axis, or null when no table dates the time point. */
  readonly day: number | null;
  readonly rows: readonly R[];
}

/** The visits of one patient, treatment and reader, in time order. */
export interface ReadingSeries<R> {
  readonly patient: string;
  readonly treatment: number;
  /** null = consensus. */
  readonly reader: string | null;
  readonly visits: readonly Visit<R>[];
}

interface ReadingRow {
  readonly patient: string;
  readonly treatment: number | null;
  readonly time_point: string;
  readonly reader: string | null;
  readonly line: number;
}

/** Days of time points from time-points.csv, by `patient`, `time point` and `treatment`. */
export type TimePointDays = (patient: string, timePoint: string, treatment: number | null) => number | null;

/** Looks up time-points.csv; a row without treatment holds for every treatment. */
export function timePointDays(records: StudyRecords): TimePointDays {
  const index = byPatient(records.tables["time-points"].rows);
  return (patient, timePoint, treatment) => {
    const rows = (index.get(patient) ?? []).filter((row) => row.time_point === timePoint);
    const exact = rows.find((row) => row.treatment === treatment) ?? rows.find((row) => row.treatment === null);
    return (exact ?? (treatment === null ? rows[0] : undefined))?.when.day ?? null;
  };
}

const naturalOrder = (order: readonly string[], name: string): number => {
  const place = order.indexOf(name);
  return place >= 0 ? place : order.length;
};

const numberIn = (name: string): number => Number(/(\d+)(?!.*\d)/.exec(name)?.[1] ?? 0);

/**
 * Groups rows into series. A row without a treatment number belongs to the patient's only treatment. With several
 * treatments and one baseline, all such rows are one course from that baseline; with several baselines a row belongs
 * to the last treatment that began before the visit (a baseline to the next one to begin). An Issue says so. Time points without any date keep the protocol's order.
 */
export function readingSeries<R extends ReadingRow>(
  rows: readonly R[],
  options: {
    readonly table: string;
    readonly file: string;
    readonly treatments: ReadonlyMap<string, readonly Treatment[]>;
    readonly days: TimePointDays;
    readonly order: readonly string[];
    readonly baseline: string;
    readonly dayOf: (row: R) => number | null;
  },
): { readonly series: readonly ReadingSeries<R>[]; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const series: ReadingSeries<R>[] = [];
  for (const [patient, own] of byPatient(rows)) {
    const treatments = options.treatments.get(patient) ?? [];
    const groups = new Map<string, { treatment: number; reader: string | null; visits: Map<string, R[]> }>();
    const numbered = new Set<string>();
    const dayOf = (row: R): number | null => options.dayOf(row) ?? options.days(patient, row.time_point, row.treatment);
    const baselineDays = new Set(
      own.filter((row) => row.treatment === null && row.time_point === options.baseline).map(dayOf),
    );
    const course = baselineDays.size === 1 ? [...baselineDays][0]! : null;
    for (const row of own) {
      let treatment = row.treatment;
      if (treatment === null && treatments.length > 1) {
        treatment =
          course !== null
            ? baselineOwner(course, treatments)
            : row.time_point === options.baseline
              ? baselineOwner(dayOf(row), treatments)
              : visitOwner(dayOf(row), treatments);
        if (!numbered.has(row.time_point)) {
          numbered.add(row.time_point);
          issues.push(
            warningIssue({
              code: "treatment-assumed",
              message: `Patient ${patient} had ${treatments.length} treatments; time point ${row.time_point} was counted with treatment ${treatment}.`,
              wanted: "a treatment number",
              mend: "Fill in the treatment column.",
              where: { patient, file: options.file, table: options.table, line: row.line, column: "treatment" },
            }),
          );
        }
      }
      treatment ??= 1;
      const key = `${treatment}\u0000${row.reader ?? ""}`;
      const group = groups.get(key) ?? { treatment, reader: row.reader, visits: new Map<string, R[]>() };
      groups.set(key, group);
      const visit = group.visits.get(row.time_point);
      if (visit === undefined) group.visits.set(row.time_point, [row]);
      else visit.push(row);
    }
    for (const { treatment, reader, visits } of groups.values()) {
      const built = [...visits].map(([timePoint, visitRows]) => {
        const days = [...new Set(visitRows.map(options.dayOf).filter((day) => day !== null))].sort((a, b) => a - b);
        if (days.length > 1)
          issues.push(
            errorIssue({
              code: "time-point-dates",
              message: `Time point ${timePoint} of patient ${patient} has ${days.length} different dates; the earliest was used.`,
              got: visitRows.map((row) => `line ${row.line}`).join(", "),
              wanted: "one date for each time point and reader",
              mend: "Correct the dates, or give each examination its own time point.",
              where: { patient, file: options.file, table: options.table, line: visitRows[0]!.line },
            }),
          );
        return { timePoint, day: days[0] ?? options.days(patient, timePoint, treatment), rows: visitRows };
      });
      const isBaseline = (visit: Visit<R>): number => (visit.timePoint === options.baseline ? 0 : 1);
      const dated = built.every((visit) => visit.day !== null);
      built.sort((a, b) =>
        dated
          ? a.day! - b.day! || isBaseline(a) - isBaseline(b)
          : isBaseline(a) - isBaseline(b) ||
            naturalOrder(options.order, a.timePoint) - naturalOrder(options.order, b.timePoint) ||
            numberIn(a.timePoint) - numberIn(b.timePoint),
      );
      series.push({ patient, treatment, reader, visits: built });
    }
  }
  return { series, issues };
}

/** The treatment that a baseline belongs to: the next one to begin. */
const baselineOwner = (day: number | null, treatments: readonly Treatment[]): number =>
  (day === null ? undefined : treatments.find((treatment) => treatment.firstDay >= day)?.number) ?? 1;

/** The treatment that a follow-up belongs to: the last one that began before it. */
const visitOwner = (day: number | null, treatments: readonly Treatment[]): number =>
  treatments.filter((treatment) => day !== null && treatment.firstDay < day).at(-1)?.number ?? 1;

/** A lesion row. */
export type LesionRow = Row<"lesions">;
