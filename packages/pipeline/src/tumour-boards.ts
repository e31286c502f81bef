import type { Cell, TimeLineFigure } from "@livermark/analysis";
import { DAYS_PER_MONTH, shownUnit } from "@livermark/core";
import type { TumourBoardSheet } from "@livermark/report";
import {
  type AnalysisTable,
  analysisReader,
  isProfileName,
  type Row,
  responseProfile,
  type TimePointResponse,
} from "@livermark/study";
import type { DerivedStudy } from "./derive-study.js";
import { measuredCell } from "./measured-cell.js";
import { LIVERMARK_VERSION } from "./version.js";

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
interface Subject {
  readonly study: DerivedStudy;
  readonly patient: string;
  readonly startDay: number | null;
  readonly visits: readonly BoardVisit[];
}

type Measures = TumourBoardSheet["measures"];

const DAY_MS = 86_400_000;
/** A laboratory value this near to an examination stands under it. */
const LAB_WINDOW_DAYS = 21;

const dayOf = (start: string | number): number =>
  typeof start === "number" ? start : Math.round(Date.parse(`${start}T00:00:00Z`) / DAY_MS);

const isTimePoint = (row: DerivedStudy["derived"]["response"][number]): row is TimePointResponse => "timePoint" in row;

const count = (value: number, unit: string, decimals: number): Cell => ({
  id: null,
  kind: "number",
  value,
  unit,
  decimals,
});

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
function responseAt({ study, patient }: Subject, visit: BoardVisit, profile: string): TimePointResponse | null {
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

const filled = (measures: Measures): Measures => measures.filter(({ cells }) => cells.some((cell) => cell !== null));

/** The sum at a treatment's first visit, which has no response of its own: what the later ones are held against. */
function baselineSum(subject: Subject, visit: BoardVisit, profile: string): number | null {
  const course = subject.visits.filter(({ treatment }) => treatment === visit.treatment);
  if (course[0] !== visit) return null;
  return course.flatMap((one) => responseAt(subject, one, profile)?.baselineMm ?? [])[0] ?? null;
}

/** Sums of diameters, as the profiles add them; each kind of sum once. */
function sums(subject: Subject): Measures {
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
function biomarkers({ study, patient, visits }: Subject): Measures {
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

/** The row of a patient and treatment in the analysis set. */
function cellsOf(table: AnalysisTable, patient: string, treatment: number): AnalysisTable["rows"][number]["cells"] {
  const row = table.rows.find((one) => one.patient === patient && (one.treatment ?? treatment) === treatment);
  return row?.cells ?? {};
}

const shownChange = (value: number, as: "percent" | "rise" | "fall"): string =>
  `${value.toFixed(as === "percent" ? 1 : 2).replace("-", "−")}${as === "percent" ? "%" : ""}`;

/** Changes between two visits, under the later one. */
function changes({ study, patient, visits }: Subject): Measures {
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

/** The last verdict of each profile of the last treatment, and of each change that the protocol divides. */
function verdicts(subject: Subject): TumourBoardSheet["verdicts"] {
  const { study, patient, visits } = subject;
  const { protocol, analysisSet } = study.derived;
  const treatment = Math.max(1, ...visits.map((visit) => visit.treatment));
  const several = new Set(visits.map((visit) => visit.treatment)).size > 1;
  const byProfile = protocol.response.profiles.flatMap((profile): TumourBoardSheet["verdicts"] => {
    const last = visits
      .filter((visit) => visit.treatment === treatment)
      .flatMap((visit) => {
        const found = responseAt(subject, visit, profile);
        return found === null || visit.timePoint === visits[0]?.timePoint ? [] : [{ visit, found }];
      })
      .at(-1);
    if (last === undefined) return [];
    const criterion = isProfileName(profile) ? responseProfile(profile).short : profile;
    return [{ criterion, verdict: last.found.overall, why: `${last.visit.label}: ${last.found.why}` }];
  });
  const cells = cellsOf(several ? analysisSet.treatments : analysisSet.patients, patient, treatment);
  // A change is a criterion where the protocol calls its sides responder and non-responder, at one cut-off or several.
  const byChange = protocol.changes.flatMap((change): TumourBoardSheet["verdicts"] => {
    const value = cells[change.id]?.value;
    const found = protocol.groups.flatMap((group) => {
      const side =
        group.of === change.id && group.labels.some((label) => /respon/i.test(label)) ? cells[group.id]?.value : null;
      const cut = group.cuts?.[0];
      return typeof side === "string" && cut !== undefined
        ? [{ side, cut: shownChange(cut, change.as).replace(/\.0+(?=%|$)/, "") }]
        : [];
    });
    if (found.length === 0 || typeof value !== "number") return [];
    const sides = [...new Set(found.map(({ side }) => side))];
    return [
      {
        criterion: change.label,
        verdict: sides.join(" or "),
        why: `${change.label} ${shownChange(value, change.as)}: ${sides.map((side) => `${side} at ${found.flatMap((one) => (one.side === side ? [one.cut] : [])).join(", ")}`).join("; ")}`,
      },
    ];
  });
  return [...byProfile, ...byChange];
}

const LIVER_TESTS: readonly (readonly [RegExp, string])[] = [
  [/bili/i, "Bilirubin"],
  [/^alb/i, "Albumin"],
  [/^inr$/i, "INR"],
  [/prothrombin|^pt$/i, "Prothrombin time"],
  [/platelet|^plt$/i, "Platelets"],
  [/^alt$|alanine/i, "ALT"],
  [/^ast$|aspartate/i, "AST"],
  [/creatinine/i, "Creatinine"],
];

/** Laboratory values near each examination, and classes of liver function at the start. */
function liverFunction({ study, patient, visits }: Subject): Measures {
  const labs = study.bundle.records.tables.labs.rows.filter((row) => row.patient === patient);
  const tests = LIVER_TESTS.flatMap(([name, label]): Measures => {
    const own = labs.filter((row) => name.test(row.name));
    const unit = own[0]?.unit ?? "";
    return [
      {
        label: unit === "" ? label : `${label} (${unit})`,
        cells: visits.map(({ day }) => {
          if (day === null) return null;
          const away = (row: Row<"labs">): number => Math.abs(row.when.day - day);
          const [nearest] = own.filter((row) => away(row) <= LAB_WINDOW_DAYS).sort((a, b) => away(a) - away(b));
          return nearest === undefined || typeof nearest.value !== "number" ? null : count(nearest.value, "", 1);
        }),
      },
    ];
  });
  const cells = cellsOf(study.derived.analysisSet.patients, patient, 1);
  const classes = study.derived.analysisSet.patients.columns
    .filter(({ name }) => /child|albi|meld/i.test(name))
    .map(({ name, label }) => {
      const value = cells[name]?.value ?? null;
      return {
        label: `${label}, at the start`,
        cells: visits.map((_, i): Cell | null =>
          i > 0 || value === null
            ? null
            : { id: null, kind: "text", text: typeof value === "number" ? value.toFixed(2) : value },
        ),
      };
    });
  return filled([...classes, ...tests]);
}

/** The patient's course in months from the first procedure: measurements, procedures, board decisions, endpoints. */
function courseOf(subject: Subject, measures: Measures): TimeLineFigure | null {
  const { study, patient, startDay, visits } = subject;
  if (startDay === null) return null;
  const { records } = study.bundle;
  const { derived } = study;
  const months = (day: number): number => (day - startDay) / DAYS_PER_MONTH;
  const drawn = measures.find(({ cells }) => cells.some((cell) => cell?.kind === "estimate")) ?? measures[0];
  const points = (drawn?.cells ?? []).flatMap((cell, i) => {
    const at = visits[i]?.months ?? null;
    return at === null || (cell?.kind !== "estimate" && cell?.kind !== "number") ? [] : [{ at, cell }];
  });
  const treatments = derived.treatments.filter((one) => one.patient === patient);
  return {
    id: `board.${patient}.course`,
    kind: "time-line",
    title: `Course of ${patient}`,
    patient,
    timeLabel: "Months from the first procedure",
    measurement:
      points.length === 0
        ? null
        : {
            label: (drawn?.label ?? "").replace(" (95% interval)", ""),
            unit: points[0]!.cell.unit,
            time: points.map(({ at }) => at),
            value: points.map(({ cell }) => cell.value),
            low: points.map(({ cell }) => (cell.kind === "estimate" ? cell.low : null)),
            high: points.map(({ cell }) => (cell.kind === "estimate" ? cell.high : null)),
          },
    procedures: records.tables.procedures.rows
      .filter((row) => row.patient === patient)
      .map((row) => ({
        time: months(row.when.day),
        label: row.kind,
        treatment: `Treatment ${treatments.find((one) => one.procedures.includes(row.procedure))?.treatment ?? 1}`,
      })),
    decisions: records.tables.board.rows
      .filter((row) => row.patient === patient)
      .map((row) => ({ time: months(row.when.day), label: row.decision })),
    endpoints: derived.endpoints
      .filter((row) => row.patient === patient && row.listed && row.event !== null)
      .map((row) => {
        const treatment = treatments.find((one) => one.treatment === (row.treatment ?? 1));
        const start = treatment === undefined ? 0 : months(dayOf(treatment.start));
        const label = derived.definitions.find(({ name }) => name === row.name)?.label ?? row.name;
        return {
          label: row.treatment === null || treatments.length < 2 ? label : `${label}, treatment ${row.treatment}`,
          start,
          end: start + row.timeDays / DAYS_PER_MONTH,
          event: row.event === 1,
        };
      }),
  };
}

/**
 * The tumour-board sheet of one patient from a derived study: examinations as columns, sums of diameters and biomarkers
 * (with the interval of those measured on images), the last verdict of each criterion with its reason, and liver function.
 * Days become months from the first procedure. It states and never recommends. `images` is made by `keySlices`.
 * Example: `tumourBoardOf(study, "P001", null).verdicts`.
 */
export function tumourBoardOf(
  study: DerivedStudy,
  patient: string,
  images: TumourBoardSheet["images"],
): TumourBoardSheet {
  const { bundle, derived } = study;
  const starts = derived.treatments.filter((one) => one.patient === patient).map(({ start }) => dayOf(start));
  const startDay = starts.length === 0 ? null : Math.min(...starts);
  const subject: Subject = { study, patient, startDay, visits: visitsOf(study, patient, startDay) };
  const measures = filled([...sums(subject), ...biomarkers(subject), ...changes(subject)]);
  const profiles = derived.protocol.response.profiles.map((name) =>
    isProfileName(name) ? responseProfile(name).title : name,
  );
  return {
    patient,
    study: bundle.study.title,
    protocol: `${derived.protocol.id} ${derived.protocol.version}`,
    software: `livermark ${LIVERMARK_VERSION}`,
    lock: bundle.study.lock_date ?? (bundle.study.lock_day === undefined ? null : `day ${bundle.study.lock_day}`),
    timeLine: courseOf(subject, measures),
    images,
    timePoints: subject.visits.map(({ label }) => label),
    measures,
    verdicts: verdicts(subject),
    liver: liverFunction(subject),
    conventions: profiles.length === 0 ? "No response criteria" : `Response by ${profiles.join(" and by ")}`,
  };
}
