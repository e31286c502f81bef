import { DAYS_PER_MONTH, errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { Protocol } from "../protocol/schema.js";
import { analysisReader } from "../readers.js";
import { byPatient, type StudyRecords } from "../records.js";
import type { TimePointResponse } from "../response/rows.js";
import type { StudyFile } from "../study-file.js";
import type { Treatments } from "../treatments.js";
import { ENDPOINT_LIBRARY, type EndpointDefinition, endpointDefinition } from "./definitions.js";
import { deriveEndpoint, type EndpointRow } from "./endpoint.js";
import { followUp, type PatientCourse } from "./follow-up.js";

export interface DerivedEndpoints {
  readonly rows: readonly EndpointRow[];
  /** Definitions in force: those of the protocol first, then the rest of the library. */
  readonly definitions: readonly EndpointDefinition[];
  /** PFS rows censored longer than one scan interval after the last scan, by endpoint. */
  readonly longAfterLastScan: readonly {
    readonly name: string;
    readonly censored: number;
    readonly beyondInterval: number;
    readonly intervalDays: number;
  }[];
  readonly issues: readonly Issue[];
}

/** Days between planned scans by the protocol's calendar: the largest repeat interval, or null without one. */
export function scanInterval(protocol: Protocol): number | null {
  const intervals = protocol.calendar
    .map((rule) => rule.every_days ?? (rule.every_months === undefined ? null : rule.every_months * DAYS_PER_MONTH))
    .filter((days) => days !== null);
  return intervals.length === 0 ? null : Math.max(...intervals);
}

/**
 * Endpoints of every patient and treatment, with the deciding record of each. Endpoints of the protocol are marked as
 * listed; the others of the library are derived as well. Given endpoints are not derived here.
 */
export function deriveEndpoints(
  records: StudyRecords,
  protocol: Protocol,
  study: StudyFile,
  treatments: Treatments,
  responses: readonly TimePointResponse[],
): DerivedEndpoints {
  const issues: Issue[] = [];
  const rows: EndpointRow[] = [];
  const listed = protocol.endpoints.map(endpointDefinition);
  const rest = ENDPOINT_LIBRARY.filter(({ name }) => !listed.some((definition) => definition.name === name));
  const definitions = [...listed, ...rest];
  const derivable = definitions.filter(({ name, given }) => !given && !Object.hasOwn(study.given.endpoints, name));
  const scanIntervalDays = scanInterval(protocol);
  const events = byPatient(records.tables.events.rows);
  const board = byPatient(records.tables.board.rows);
  const profile = protocol.response.profiles[0]!;
  const own = byPatient(responses.filter((row) => row.profile === profile));
  const readers = [...new Set(responses.filter((row) => row.profile === profile).map(({ reader }) => reader))];
  const order = study.readers.map(({ id }) => id);

  for (const patient of records.patients) {
    const patientTreatments = treatments.byPatient.get(patient) ?? [];
    const patientEvents = [...(events.get(patient) ?? [])].sort((a, b) => a.when.day - b.when.day || a.line - b.line);
    const all = own.get(patient) ?? [];
    if (patientTreatments.length === 0) {
      if (patientEvents.length > 0 || all.length > 0) issues.push(noStart(records, patient));
      continue;
    }
    if (patientEvents.length === 0 && all.length === 0 && patientTreatments.every((one) => one.procedures.length === 0))
      continue;
    const reader = analysisReader(
      readers.filter((one) => all.some((row) => row.reader === one)),
      protocol.readers.analysis,
      order,
    );
    const course: PatientCourse = {
      patient,
      axis: records.axis ?? "day",
      lockDay: study.lock?.day ?? null,
      lockField: study.lock_day === undefined ? "lock_date" : "lock_day",
      treatments: patientTreatments,
      events: patientEvents,
      responses: all.filter((row) => row.reader === reader),
      board: board.get(patient) ?? [],
      eventsFile: records.tables.events.file,
    };
    const follow = followUp(course);
    issues.push(...follow.issues, ...undated(course));
    for (const definition of derivable) {
      const starts = definition.per === "patient" ? patientTreatments.slice(0, 1) : patientTreatments;
      for (const treatment of starts) {
        const context = {
          course,
          follow,
          rules: protocol.endpoint_rules,
          scanIntervalDays,
          listed: listed.includes(definition),
        };
        const row = deriveEndpoint(definition, treatment, context);
        if (row !== null) rows.push(row);
        if (row?.variants.some(({ name }) => name === "site-unknown-not-counted"))
          issues.push(
            warningIssue({
              code: "site-unknown",
              message: `Patient ${patient}: a progression without site counts for ${definition.name}; the other reading is given as a variant.`,
              got: row.why,
              wanted: "hepatic-progression or extrahepatic-progression",
              mend: "Record the site of the progression.",
              where: { patient, file: course.eventsFile, table: "events" },
            }),
          );
      }
    }
    issues.push(...beforeStart(course), ...deathCause(course, protocol, definitions));
  }
  const named = byName(rows);
  return {
    rows,
    definitions,
    longAfterLastScan: scanIntervalDays === null ? [] : longAfterLastScan(named, definitions, scanIntervalDays),
    issues: [...issues, ...contradictions(named)],
  };
}

const noStart = (records: StudyRecords, patient: string): Issue =>
  errorIssue({
    code: "no-start",
    message: `Patient ${patient} has no procedure, so no endpoint has a start.`,
    wanted: "a row in procedures.csv with the first treatment",
    mend: "Add the first treatment to procedures.csv.",
    where: { patient, file: records.tables.procedures.file, table: "procedures" },
  });

function undated(course: PatientCourse): readonly Issue[] {
  return course.responses
    .filter((row) => row.progression && row.day === null)
    .map((row) =>
      errorIssue({
        code: "undated-progression",
        message: `Patient ${course.patient} progressed at ${row.timePoint}, which has no date: it cannot enter any PFS.`,
        wanted: "a date for the time point",
        mend: "Add the date to the table or to time-points.csv.",
        where: { patient: course.patient, table: row.source.table, line: row.source.lines[0] ?? 1, column: "date" },
      }),
    );
}

function beforeStart(course: PatientCourse): readonly Issue[] {
  const start = course.treatments[0]!.startDay;
  return course.events
    .filter((row) => row.when.day < start)
    .map((row) =>
      (row.event === "death" ? errorIssue : warningIssue)({
        code: "event-before-start",
        message: `Patient ${course.patient}: ${row.event} is before the first treatment and was not counted.`,
        got: row.when.text,
        wanted: "an event after the start",
        mend: "Correct the date of the event or of the first procedure.",
        where: { patient: course.patient, file: course.eventsFile, table: "events", line: row.line },
      }),
    );
}

function deathCause(
  course: PatientCourse,
  protocol: Protocol,
  definitions: readonly EndpointDefinition[],
): readonly Issue[] {
  const asks = definitions.some(
    ({ isPfs, death }) => isPfs && (protocol.endpoint_rules.PFS_death ?? death) === "tumour",
  );
  const death = course.events.find((row) => row.event === "death");
  if (!asks || death === undefined || (death.cause !== null && death.cause !== "unknown")) return [];
  return [
    warningIssue({
      code: "death-cause-unknown",
      message: `Patient ${course.patient} died of an unrecorded cause; an endpoint that counts tumour deaths censors here.`,
      got: death.cause ?? "empty",
      wanted: "tumour, liver-function, treatment or other",
      mend: "Record the cause of death.",
      where: { patient: course.patient, file: course.eventsFile, table: "events", line: death.line, column: "cause" },
    }),
  ];
}

/** Rows of each endpoint. */
function byName(rows: readonly EndpointRow[]): ReadonlyMap<string, readonly EndpointRow[]> {
  const groups = new Map<string, EndpointRow[]>();
  for (const row of rows) {
    const group = groups.get(row.name);
    if (group === undefined) groups.set(row.name, [row]);
    else group.push(row);
  }
  return groups;
}

function longAfterLastScan(
  rows: ReadonlyMap<string, readonly EndpointRow[]>,
  definitions: readonly EndpointDefinition[],
  intervalDays: number,
): DerivedEndpoints["longAfterLastScan"] {
  return definitions
    .filter(({ isPfs }) => isPfs)
    .map(({ name }) => {
      const censored = (rows.get(name) ?? []).filter((row) => row.event === 0);
      const beyond = censored.filter((row) => {
        const scan = row.variants.find((variant) => variant.name === "last-scan");
        return scan !== undefined && row.timeDays - scan.timeDays > intervalDays;
      });
      return { name, censored: censored.length, beyondInterval: beyond.length, intervalDays };
    });
}

/** PFS longer than OS in a patient, and fewer PFS events than deaths in the study. */
function contradictions(rows: ReadonlyMap<string, readonly EndpointRow[]>): readonly Issue[] {
  const issues: Issue[] = [];
  const all = rows.get("OS") ?? [];
  const survival = new Map(all.map((row) => [row.patient, row]));
  const pfs = rows.get("PFS") ?? [];
  for (const row of pfs) {
    const os = survival.get(row.patient);
    if (os !== undefined && os.timeDays < row.timeDays)
      issues.push(
        errorIssue({
          code: "os-before-pfs",
          message: `Patient ${row.patient}: overall survival (${os.timeDays} days) is shorter than progression-free survival (${row.timeDays} days).`,
          got: `${os.why}; ${row.why}`,
          wanted: "PFS no longer than OS",
          mend: "Correct the dates of the two records.",
          where: { patient: row.patient },
        }),
      );
  }
  const deaths = all.filter((row) => row.event === 1);
  const events = pfs.filter((row) => row.event === 1).length;
  const censored = new Set(pfs.filter((row) => row.event === 0).map(({ patient }) => patient));
  const uncounted = deaths.find(({ patient }) => censored.has(patient));
  if (pfs.length > 0 && events < deaths.length && uncounted !== undefined)
    issues.push(
      warningIssue({
        code: "fewer-events-than-deaths",
        message: `PFS has ${events} events, but ${deaths.length} patients died: it does not count every death.`,
        got: `patient ${uncounted.patient}: ${uncounted.why}`,
        wanted: `at least ${deaths.length} events, or a definition that says which deaths count`,
        mend: "Check that PFS_death (any or tumour) and the causes of death are as meant.",
        where: {
          patient: uncounted.patient,
          table: "events",
          ...("line" in uncounted.deciding ? { line: uncounted.deciding.line } : {}),
        },
      }),
    );
  return issues;
}
