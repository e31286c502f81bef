import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { TimePointResponse } from "../response/rows.js";
import type { Row } from "../tables/definitions.js";
import { showDay, type TimeAxis } from "../time.js";
import type { Treatment } from "../treatments.js";

/** The record that decided: a table's row, a time point, or a field of study.yaml. */
export type Deciding =
  | { readonly table: string; readonly line: number; readonly column?: string }
  | { readonly table: string; readonly timePoint: string; readonly lines?: readonly number[] }
  | { readonly table: string; readonly field: string };

/** A day with the record that gives it. */
export interface DatedFact {
  readonly day: number;
  readonly deciding: Deciding;
  readonly what: string;
}

/** Where events and contacts of one patient come from. */
export interface PatientCourse {
  readonly patient: string;
  readonly axis: TimeAxis;
  readonly lockDay: number | null;
  readonly lockField: "lock_date" | "lock_day";
  readonly treatments: readonly Treatment[];
  /** Sorted by day. */
  readonly events: readonly Row<"events">[];
  /** Responses of the profile and reader that progression is taken from, in time order. */
  readonly responses: readonly TimePointResponse[];
  readonly board: readonly Row<"board">[];
  readonly eventsFile: string;
}

/** What is known of a patient's end of observation. */
export interface FollowUp {
  readonly death: Row<"events"> | null;
  /** Last day on which the patient was known to be alive or died, capped by the lock; null when nothing is known. */
  readonly lastKnown: DatedFact | null;
  readonly issues: readonly Issue[];
}

export const eventFact = (row: Row<"events">, what: string = row.event): DatedFact => ({
  day: row.when.day,
  deciding: { table: "events", line: row.line },
  what,
});

/**
 * Last known contact and death. The last contact is the latest row `last-contact` or `lost`; a later event, visit or
 * procedure proves a later contact and is an Issue. Nothing after the lock counts. Contradictions name both records:
 * two deaths, anything after death, contacts before other records.
 */
export function followUp(course: PatientCourse): FollowUp {
  const { patient, axis, lockDay } = course;
  const issues: Issue[] = [];
  const where = (line: number): Issue["where"] => ({
    patient,
    file: course.eventsFile,
    table: "events",
    line,
    column: axis,
  });
  const deaths = course.events.filter((row) => row.event === "death");
  const death = deaths[0] ?? null;
  if (deaths.length > 1)
    issues.push(
      errorIssue({
        code: "two-deaths",
        message: `Patient ${patient} has ${deaths.length} rows of death; the earliest was used.`,
        got: deaths.map((row) => `line ${row.line}: ${row.when.text}`).join(", "),
        wanted: "one death",
        mend: "Remove the row that is wrong.",
        where: where(deaths[1]!.line),
      }),
    );
  for (const row of course.events) {
    if (death !== null && row.when.day > death.when.day && row.event !== "death")
      issues.push(
        errorIssue({
          code: row.event.includes("progression") ? "progression-after-death" : "record-after-death",
          message: `Patient ${patient}: ${row.event} on line ${row.line} is after the death on line ${death.line}.`,
          got: `${row.event} ${row.when.text}, death ${death.when.text}`,
          wanted: "no record after death",
          mend: "Correct one of the two dates.",
          where: where(row.line),
        }),
      );
    if (lockDay !== null && row.when.day > lockDay)
      issues.push(
        warningIssue({
          code: "after-lock",
          message: `Patient ${patient}: ${row.event} on line ${row.line} is after the lock and is no event.`,
          got: row.when.text,
          wanted: `up to ${showDay(lockDay, axis)}`,
          mend: "Move the lock, or leave the row out.",
          where: where(row.line),
        }),
      );
  }
  const contacts = course.events.filter((row) => row.event === "last-contact" || row.event === "lost");
  const contact = contacts[contacts.length - 1];
  const others: DatedFact[] = [
    ...course.events.filter((row) => row !== contact).map((row) => eventFact(row)),
    ...course.responses
      .filter((row) => row.day !== null)
      .map((row) => ({
        day: row.day!,
        deciding: { table: row.source.table, timePoint: row.timePoint },
        what: `visit ${row.timePoint}`,
      })),
    ...course.treatments.flatMap(({ procedures }) =>
      procedures.map((row) => ({
        day: row.when.day,
        deciding: { table: "procedures", line: row.line },
        what: `procedure ${row.procedure}`,
      })),
    ),
  ];
  const latest = others.reduce<DatedFact | null>(
    (last, fact) => (last === null || fact.day > last.day ? fact : last),
    null,
  );
  if (contact === undefined && death === null)
    issues.push(
      warningIssue({
        code: "no-last-contact",
        message: `Patient ${patient} has neither a death nor a last contact; the latest record counts as last contact.`,
        got: latest === null ? "no record" : latest.what,
        wanted: "a row last-contact, lost or death",
        mend: "Add the last contact to events.csv.",
        where: { patient, file: course.eventsFile, table: "events" },
      }),
    );
  else if (contact !== undefined && latest !== null && latest.day > contact.when.day && latest.what !== "death")
    issues.push(
      warningIssue({
        code: "record-after-last-contact",
        message: `Patient ${patient}: ${latest.what} is after the last contact on line ${contact.line}; it counts as the last contact.`,
        got: `${showDay(latest.day, axis)} after ${contact.when.text}`,
        wanted: "a last contact that is the last record",
        mend: "Correct the last contact.",
        where: where(contact.line),
      }),
    );
  if (
    death !== null &&
    latest !== null &&
    latest.day > death.when.day &&
    !("line" in latest.deciding && latest.deciding.table === "events")
  )
    issues.push(
      errorIssue({
        code: "record-after-death",
        message: `Patient ${patient}: ${latest.what} is after the death on line ${death.line}.`,
        got: `${showDay(latest.day, axis)}, death ${death.when.text}`,
        wanted: "no record after death",
        mend: "Correct one of the two dates.",
        where: where(death.line),
      }),
    );
  let lastKnown: DatedFact | null = contact === undefined ? latest : eventFact(contact);
  if (lastKnown !== null && latest !== null && latest.day > lastKnown.day) lastKnown = latest;
  if (death !== null) lastKnown = eventFact(death);
  if (lastKnown !== null && lockDay !== null && lastKnown.day > lockDay)
    lastKnown = { day: lockDay, deciding: { table: "study", field: course.lockField }, what: course.lockField };
  return { death, lastKnown, issues };
}
