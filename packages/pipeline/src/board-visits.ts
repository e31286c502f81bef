import { DAYS_PER_MONTH } from "@livermark/core";
import { type AnalysisTable, analysisReader, type TimePointResponse } from "@livermark/study";
import type { DerivedStudy } from "./derive-study.js";

/** One examination of a patient: a column of the sheet. */
export interface BoardVisit {
  readonly treatment: number;
  readonly timePoint: string;
  readonly label: string;
  /** Months from the patient's first procedure; null where the day is not known. */
  readonly months: number | null;
  readonly day: number | null;
}

/** What a sheet is made from, for one patient. */
export interface BoardSubject {
  readonly study: DerivedStudy;
  readonly patient: string;
  readonly startDay: number | null;
  readonly visits: readonly BoardVisit[];
}

const DAY_MS = 86_400_000;

/** A start as a whole day since 1970. */
export const dayOf = (start: string | number): number =>
  typeof start === "number" ? start : Math.round(Date.parse(`${start}T00:00:00Z`) / DAY_MS);

const isTimePoint = (row: DerivedStudy["derived"]["response"][number]): row is TimePointResponse => "timePoint" in row;

/** The examinations of a patient by day: every time point that has a date, a response or a measurement. */
export function visitsOf(study: DerivedStudy, patient: string, startDay: number | null): readonly BoardVisit[] {
  const { bundle, derived, measured } = study;
  const days = new Map<string, number | null>();
  const key = (treatment: number | null, timePoint: string): string => `${treatment ?? 1}\u0000${timePoint}`;
  const add = (treatment: number | null, timePoint: string, day: number | null): void => {
    const known = days.get(key(treatment, timePoint));
    if (known === undefined || known === null) days.set(key(treatment, timePoint), day);
  };
  for (const row of bundle.records.tables["time-points"].rows)
    if (row.patient === patient) add(row.treatment, row.time_point, row.when.day);
  for (const row of derived.response)
    if (isTimePoint(row) && row.patient === patient) add(row.treatment, row.timePoint, row.day);
  for (const one of measured.measurements) if (one.patient === patient) add(one.treatment, one.timePoint, null);
  const treatments = new Set([...days.keys()].map((one) => one.split("\u0000")[0]));
  const order = derived.protocol.time_points.map(({ id }) => id);
  return [...days]
    .map(([name, day]): BoardVisit => {
      const [number = "1", timePoint = ""] = name.split("\u0000");
      const label = derived.protocol.time_points.find(({ id }) => id === timePoint)?.label ?? timePoint;
      const months = day === null || startDay === null ? null : (day - startDay) / DAYS_PER_MONTH;
      const course = treatments.size > 1 ? `treatment ${number}, ` : "";
      const when = months === null ? "" : ` (month ${months.toFixed(1).replace("-", "−")})`;
      return { treatment: Number(number), timePoint, label: `${course}${label}${when}`, months, day };
    })
    .sort(
      (a, b) =>
        a.treatment - b.treatment ||
        (a.day ?? 0) - (b.day ?? 0) ||
        order.indexOf(a.timePoint) - order.indexOf(b.timePoint),
    );
}

/** The response of a visit by a profile, as the reader says who counts in the analysis. */
export function responseAt(
  { study, patient }: BoardSubject,
  visit: BoardVisit,
  profile: string,
): TimePointResponse | null {
  const rows = study.derived.response
    .filter(isTimePoint)
    .filter(
      (row) =>
        row.patient === patient &&
        row.treatment === visit.treatment &&
        row.timePoint === visit.timePoint &&
        row.profile === profile,
    );
  const reader = analysisReader(
    rows.map((row) => row.reader),
    study.derived.protocol.readers.analysis,
    study.bundle.study.readers.map(({ id }) => id),
  );
  return rows.find((row) => row.reader === reader) ?? null;
}

/** The row of a patient and treatment in the analysis set. */
export function cellsOf(
  table: AnalysisTable,
  patient: string,
  treatment: number,
): AnalysisTable["rows"][number]["cells"] {
  const row = table.rows.find((one) => one.patient === patient && (one.treatment ?? treatment) === treatment);
  return row?.cells ?? {};
}
