import { DAYS_PER_MONTH } from "@livermark/core";
import { csvText } from "./csv-out.js";
import type { Protocol } from "./protocol/schema.js";
import { byPatient, type StudyRecords } from "./records.js";
import { addMonths, isoDate, showDay, type TimeAxis } from "./time.js";
import type { Treatments } from "./treatments.js";

/** How a planned visit stands on the day the calendar is drawn for. */
export type VisitStatus = "done" | "outside-window" | "due" | "window-open" | "overdue";

/** One planned visit of one patient. Days are on the study's axis. */
export interface PlannedVisit {
  readonly patient: string;
  readonly treatment: number;
  readonly rule: string;
  readonly label: string;
  /** 1, 2, … within the rule. */
  readonly number: number;
  readonly due: number;
  readonly opens: number;
  readonly closes: number;
  readonly status: VisitStatus;
  /** Day of the visit that fulfils it, or that missed its window; null when there is none. */
  readonly visit: number | null;
}

const MAX_VISITS = 200;

/**
 * The follow-up calendar: for every treatment the visits that the protocol plans, up to the death, the end of contact
 * or one visit beyond `asOf`. A visit counts for the plan whose window it lies in; one that lies within half an
 * interval outside is `outside-window`. Example: due on day 60 with window −14 … +14, nothing seen by day 80: overdue.
 */
export function followUpCalendar(
  records: StudyRecords,
  protocol: Protocol,
  treatments: Treatments,
  asOf: number,
): readonly PlannedVisit[] {
  const axis: TimeAxis = records.axis ?? "day";
  const timePoints = byPatient(records.tables["time-points"].rows);
  const lesions = byPatient(records.tables.lesions.rows);
  const events = byPatient(records.tables.events.rows);
  const plans: PlannedVisit[] = [];
  for (const patient of records.patients) {
    const own = treatments.byPatient.get(patient) ?? [];
    const seen = [
      ...(timePoints.get(patient) ?? []).map((row) => row.when.day),
      ...(lesions.get(patient) ?? []).map((row) => row.when?.day ?? null).filter((day) => day !== null),
    ];
    const visits = [...new Set(seen)].sort((a, b) => a - b);
    const ends = (events.get(patient) ?? [])
      // What happened after the day that the calendar is drawn for is not known on it.
      .filter((row) => (row.event === "death" || row.event === "lost") && row.when.day <= asOf)
      .map((row) => row.when.day);
    const end = Math.min(asOf, ...ends);
    for (const treatment of own) {
      const next = own.find(({ number }) => number === treatment.number + 1)?.firstDay ?? Number.POSITIVE_INFINITY;
      for (const rule of protocol.calendar) {
        const anchor = rule.anchor === "first-procedure" ? treatment.firstDay : treatment.lastDay;
        const dueOf = (number: number): number => {
          const first =
            rule.first_days !== undefined
              ? anchor + rule.first_days
              : rule.first_months !== undefined
                ? Math.round(addMonths(anchor, rule.first_months, axis))
                : anchor;
          const steps = rule.first_days === undefined && rule.first_months === undefined ? number : number - 1;
          if (rule.every_days !== undefined) return first + steps * rule.every_days;
          return rule.every_months === undefined
            ? first
            : Math.round(addMonths(first, steps * rule.every_months, axis));
        };
        const interval = rule.every_days ?? (rule.every_months ?? 0) * DAYS_PER_MONTH;
        const times = rule.times ?? (interval > 0 ? MAX_VISITS : 1);
        for (let number = 1; number <= times; number++) {
          const due = dueOf(number);
          const opens = due + rule.window_days[0];
          const closes = due + rule.window_days[1];
          if (due >= next || opens > end) {
            if (due < next && ends.length === 0 && due > asOf)
              plans.push(plan(patient, treatment.number, rule, number, due, opens, closes, "due", null));
            break;
          }
          const inside = visits.filter((day) => day >= opens && day <= closes && day > treatment.firstDay);
          const best = nearest(inside, due);
          const reach = interval > 0 ? interval / 2 : rule.window_days[1] - rule.window_days[0];
          const near =
            best ??
            nearest(
              visits.filter((day) => day > treatment.firstDay && Math.abs(day - due) < reach),
              due,
            );
          const status: VisitStatus =
            best !== null
              ? "done"
              : near !== null
                ? "outside-window"
                : end > closes
                  ? "overdue"
                  : asOf < opens
                    ? "due"
                    : "window-open";
          plans.push(plan(patient, treatment.number, rule, number, due, opens, closes, status, near));
        }
      }
    }
  }
  return plans;
}

function plan(
  patient: string,
  treatment: number,
  rule: Protocol["calendar"][number],
  number: number,
  due: number,
  opens: number,
  closes: number,
  status: VisitStatus,
  visit: number | null,
): PlannedVisit {
  return { patient, treatment, rule: rule.id, label: rule.label, number, due, opens, closes, status, visit };
}

const nearest = (days: readonly number[], due: number): number | null =>
  days.reduce<number | null>(
    (best, day) => (best === null || Math.abs(day - due) < Math.abs(best - due) ? day : best),
    null,
  );

/** The calendar as a CSV table. */
export const calendarCsv = (plans: readonly PlannedVisit[], axis: TimeAxis): string =>
  csvText([
    ["patient", "treatment", "visit", "number", "due", "window_opens", "window_closes", "status", "seen"],
    ...plans.map((one) => [
      one.patient,
      one.treatment,
      one.label,
      one.number,
      ...[one.due, one.opens, one.closes].map((day) => (axis === "date" ? isoDate(day) : day)),
      one.status,
      one.visit === null ? null : axis === "date" ? isoDate(one.visit) : one.visit,
    ]),
  ]);

const icsDate = (day: number): string => isoDate(day).replaceAll("-", "");
const icsText = (text: string): string => text.replace(/[\\;,]/g, (mark) => `\\${mark}`).replaceAll("\n", "\\n");

/** Folds a content line to 75 octets (RFC 5545, 3.1), never inside a character. */
function fold(line: string): string {
  const lines: string[] = [];
  let current = "";
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > 75) {
      lines.push(current);
      current = " ";
      octets = 1;
    }
    current += character;
    octets += size;
  }
  return [...lines, current].join("\r\n");
}

/**
 * The open visits of a dated study as an iCalendar file (RFC 5545): one all-day event per visit that is due, open or
 * overdue. `asOf` is the stamp, so the same study gives the same bytes. A `day` bundle has no calendar: empty text.
 */
export function calendarIcs(plans: readonly PlannedVisit[], axis: TimeAxis, asOf: number): string {
  if (axis !== "date") return "";
  const open = plans.filter(({ status }) => status === "due" || status === "window-open" || status === "overdue");
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Livermark//Follow-up calendar//EN", "CALSCALE:GREGORIAN"];
  for (const one of open)
    lines.push(
      "BEGIN:VEVENT",
      `UID:${encodeURIComponent(one.patient)}-${one.treatment}-${one.rule}-${one.number}@livermark`,
      `DTSTAMP:${icsDate(asOf)}T000000Z`,
      `DTSTART;VALUE=DATE:${icsDate(one.due)}`,
      `DTEND;VALUE=DATE:${icsDate(one.due + 1)}`,
      `SUMMARY:${icsText(`${one.patient}: ${one.label} ${one.number} (${one.status})`)}`,
      `DESCRIPTION:${icsText(`Window ${showDay(one.opens, axis)} to ${showDay(one.closes, axis)}`)}`,
      "TRANSP:TRANSPARENT",
      "END:VEVENT",
    );
  return `${[...lines, "END:VCALENDAR"].map(fold).join("\r\n")}\r\n`;
}
