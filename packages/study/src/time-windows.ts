import type { Deciding } from "./endpoints/follow-up.js";
import type { Protocol } from "./protocol/schema.js";
import { byPatient, type StudyRecords } from "./records.js";
import { addMonths, showDay } from "./time.js";
import type { Treatment, Treatments } from "./treatments.js";

type TimePointRule = Protocol["time_points"][number];

/** First and last day of a time point's window for one treatment; null = open on that side. */
export interface WindowBounds {
  readonly anchorDay: number;
  readonly from: number | null;
  readonly to: number | null;
  /** In words: anchor, and both ends. */
  readonly text: string;
}

/** The window of a time point around the first or last procedure of a treatment; months by the calendar, inclusive. */
export function windowOf(rule: TimePointRule, treatment: Treatment, axis: "date" | "day"): WindowBounds {
  const anchorDay = rule.anchor === "first-procedure" ? treatment.firstDay : treatment.lastDay;
  const bound = (days: number | undefined, months: number | undefined): number | null =>
    days !== undefined ? anchorDay + days : months !== undefined ? addMonths(anchorDay, months, axis) : null;
  const from = bound(rule.from_days, rule.from_months);
  const to = bound(rule.to_days, rule.to_months);
  const show = (day: number | null): string => (day === null ? "open" : showDay(day, axis));
  return {
    anchorDay,
    from,
    to,
    text: `window ${show(from)} to ${show(to)}, around the ${rule.anchor.replace("-", " ")} on ${showDay(anchorDay, axis)}`,
  };
}

/** Whether one dated time point lies in its window. */
export interface WindowVerdict {
  readonly patient: string;
  readonly treatment: number;
  readonly timePoint: string;
  readonly met: boolean;
  /** Days from the anchor. */
  readonly days: number;
  readonly deciding: Deciding;
  readonly why: string;
}

/**
 * Every time point of time-points.csv against the window that the protocol gives it, for the treatment that the row
 * names, or the patient's first. Time points that the protocol does not define have no window.
 */
export function timeWindows(
  records: StudyRecords,
  protocol: Protocol,
  treatments: Treatments,
): readonly WindowVerdict[] {
  const axis = records.axis ?? "day";
  const rules = new Map(protocol.time_points.map((rule) => [rule.id, rule]));
  return [...byPatient(records.tables["time-points"].rows)].flatMap(([patient, rows]) => {
    const own = treatments.byPatient.get(patient) ?? [];
    return rows.flatMap((row): readonly WindowVerdict[] => {
      const rule = rules.get(row.time_point);
      const treatment = own.find(({ number }) => number === (row.treatment ?? 1));
      if (rule === undefined || treatment === undefined) return [];
      const { anchorDay, from, to, text } = windowOf(rule, treatment, axis);
      if (from === null && to === null) return [];
      const { day } = row.when;
      return [
        {
          patient,
          treatment: treatment.number,
          timePoint: row.time_point,
          met: (from === null || day >= from) && (to === null || day <= to),
          days: day - anchorDay,
          deciding: { table: "time-points", line: row.line },
          why: `${row.time_point} on ${showDay(day, axis)}, ${day - anchorDay} days from the anchor; ${text}`,
        },
      ];
    });
  });
}
