import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { TreatmentRules } from "./protocol/schema.js";
import { byPatient, type StudyRecords } from "./records.js";
import type { Row } from "./tables/definitions.js";
import { addMonths, isoDate, type TimeAxis } from "./time.js";

/** Procedures that belong together, as one treatment of one patient. */
export interface Treatment {
  readonly patient: string;
  /** 1, 2, … by date. */
  readonly number: number;
  /** Where its clock starts: the day of its first or last procedure, as the rules say. */
  readonly startDay: number;
  readonly firstDay: number;
  readonly lastDay: number;
  readonly procedures: readonly Row<"procedures">[];
}

/** The treatments of all patients, and how they came to be. */
export interface Treatments {
  readonly byPatient: ReadonlyMap<string, readonly Treatment[]>;
  readonly issues: readonly Issue[];
}

/** A start as the tables write it: an ISO date, or a whole day. */
export const showStart = (day: number, axis: TimeAxis | null): string | number =>
  axis === "date" ? isoDate(day) : day;

/**
 * Groups procedures into treatments: sorted by day, a procedure belongs to the current treatment while it is no later
 * than `within_months` after that treatment's first (or previous) procedure, limit inclusive.
 * In a `day` bundle a patient without procedures has one treatment that starts on day 0, by the meaning of the axis.
 * Example: procedures on days 0, 40 and 300 with 6 months from the first give treatments {0, 40} and {300}.
 */
export function groupProcedures(
  patient: string,
  procedures: readonly Row<"procedures">[],
  rules: TreatmentRules,
  axis: TimeAxis,
): readonly Treatment[] {
  const sorted = [...procedures].sort((a, b) => a.when.day - b.when.day || a.line - b.line);
  const groups: Row<"procedures">[][] = [];
  for (const procedure of sorted) {
    const group = groups[groups.length - 1];
    const anchor = rules.within_months_from === "first" ? group?.[0] : group?.[group.length - 1];
    if (group !== undefined && anchor !== undefined) {
      const limit = addMonths(anchor.when.day, rules.within_months, axis);
      if (procedure.when.day <= limit) {
        group.push(procedure);
        continue;
      }
    }
    groups.push([procedure]);
  }
  return groups.map((group, i) => {
    const firstDay = group[0]!.when.day;
    const lastDay = group[group.length - 1]!.when.day;
    const startDay = rules.clock_from === "first" ? firstDay : lastDay;
    return { patient, number: i + 1, startDay, firstDay, lastDay, procedures: group };
  });
}

/**
 * Treatments of every patient; see `groupProcedures`. Kinds of procedure that are not the study treatment are left out; where none
 * is, all are taken with a warning. Example: `deriveTreatments(records, protocol.treatments).byPatient.get("P01")`.
 */
export function deriveTreatments(records: StudyRecords, rules: TreatmentRules): Treatments {
  const issues: Issue[] = [];
  const all = records.tables.procedures.rows;
  let counted = rules.kinds.length === 0 ? all : all.filter((row) => rules.kinds.includes(row.kind));
  if (counted.length === 0 && all.length > 0) {
    counted = all;
    issues.push(
      warningIssue({
        code: "no-study-treatment",
        message: "No procedure is of a kind that the protocol treats with; all procedures were taken as treatment.",
        got: [...new Set(all.map((row) => row.kind))].join(", "),
        wanted: rules.kinds.join(", "),
        mend: "Set overrides.treatments.kinds in study.yaml, or correct the kinds.",
        where: { file: records.tables.procedures.file, table: "procedures", line: 1, column: "kind" },
      }),
    );
  }
  for (const [patient, rows] of byPatient(all)) {
    const seen = new Map<string, number>();
    for (const row of rows) {
      const before = seen.get(row.procedure);
      if (before === undefined) seen.set(row.procedure, row.line);
      else
        issues.push(
          errorIssue({
            code: "repeated-procedure",
            message: `Procedure ${row.procedure} of patient ${patient} stands on lines ${before} and ${row.line}.`,
            got: row.procedure,
            wanted: "one row per procedure",
            mend: "Give each procedure its own id, or remove the repeated row.",
            where: {
              patient,
              file: records.tables.procedures.file,
              table: "procedures",
              line: row.line,
              column: "procedure",
            },
          }),
        );
    }
  }
  const groups = byPatient(counted);
  const axis = records.axis ?? "day";
  const result = new Map<string, readonly Treatment[]>();
  for (const patient of records.patients) {
    const procedures = groups.get(patient) ?? [];
    if (procedures.length > 0) result.set(patient, groupProcedures(patient, procedures, rules, axis));
    else if (records.axis === "day")
      result.set(patient, [{ patient, number: 1, startDay: 0, firstDay: 0, lastDay: 0, procedures: [] }]);
  }
  return { byPatient: result, issues };
}
