import { DAYS_PER_MONTH } from "@livermark/core";

/**
 * A point in time of a study, on one axis of days. In a dated bundle the axis counts days since 1970-01-01 and a
 * date may be known to the month or year only; in a `day` bundle it counts days from the first treatment.
 */
export interface StudyTime {
  /** As written in the table. */
  readonly text: string;
  readonly precision: "day" | "month" | "year";
  /** The day used in computations: the date itself, the 15th of a known month, 1 July of a known year. */
  readonly day: number;
  /** First and last day that the written value allows; equal for a full date. */
  readonly earliest: number;
  readonly latest: number;
}

/** Which of the two time axes a bundle uses. */
export type TimeAxis = "date" | "day";

const MS_PER_DAY = 86_400_000;
const civil = (year: number, month: number, day: number): number =>
  Math.round(Date.UTC(year, month - 1, day) / MS_PER_DAY);
const monthLength = (year: number, month: number): number => civil(year, month + 1, 1) - civil(year, month, 1);

/** A full calendar date as days since 1970-01-01, or null when there is no such day. Example: `dayOfDate(2020, 2, 30)` is null. */
export function dayOfDate(year: number, month: number, day: number): number | null {
  if (year < 1800 || year > 2200 || month < 1 || month > 12) return null;
  return day >= 1 && day <= monthLength(year, month) ? civil(year, month, day) : null;
}

/** ISO date of a day of the calendar axis. Example: `isoDate(18262)` is `2020-01-01`. */
export const isoDate = (day: number): string => new Date(day * MS_PER_DAY).toISOString().slice(0, 10);

/** A calendar time from its parts; month and day may be absent. Null when there is no such date. */
export function calendarTime(text: string, year: number, month: number | null, day: number | null): StudyTime | null {
  if (month === null) {
    const first = dayOfDate(year, 1, 1);
    if (first === null) return null;
    return { text, precision: "year", day: civil(year, 7, 1), earliest: first, latest: civil(year, 12, 31) };
  }
  if (day === null) {
    const first = dayOfDate(year, month, 1);
    if (first === null) return null;
    return { text, precision: "month", day: first + 14, earliest: first, latest: first + monthLength(year, month) - 1 };
  }
  const exact = dayOfDate(year, month, day);
  return exact === null ? null : { text, precision: "day", day: exact, earliest: exact, latest: exact };
}

/** Parses YYYY-MM-DD, YYYY-MM or YYYY, and nothing else. Example: `parseIsoTime("2020-02")?.precision` is `month`. */
export function parseIsoTime(text: string): StudyTime | null {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
  if (parts === null) return null;
  const [, year, month, day] = parts;
  return calendarTime(
    text,
    Number(year),
    month === undefined ? null : Number(month),
    day === undefined ? null : Number(day),
  );
}

/** A time of a `day` bundle. */
export const studyDay = (day: number): StudyTime => ({
  text: String(day),
  precision: "day",
  day,
  earliest: day,
  latest: day,
});

/**
 * `day` moved by a number of months. On the calendar: the same day of the month, clamped to the month's end (a
 * fraction of a month adds mean months of 30.4375 days); on the day axis: months of 365.25/12 days, unrounded.
 * Example: 2020-01-31 plus one month is 2020-02-29.
 */
export function addMonths(day: number, months: number, axis: TimeAxis): number {
  if (axis === "day") return day + months * DAYS_PER_MONTH;
  const whole = Math.trunc(months);
  const date = new Date(day * MS_PER_DAY);
  const index = date.getUTCFullYear() * 12 + date.getUTCMonth() + whole;
  const year = Math.floor(index / 12);
  const month = (index % 12) + 1;
  const clamped = civil(year, month, Math.min(date.getUTCDate(), monthLength(year, month)));
  return clamped + (months - whole) * DAYS_PER_MONTH;
}

/** A day as a person reads it: an ISO date or `day 12`. */
export const showDay = (day: number, axis: TimeAxis): string => (axis === "date" ? isoDate(day) : `day ${day}`);

/** Whole years between two calendar days, as a birthday counts them. */
export function completedYears(from: number, to: number): number {
  const a = new Date(from * MS_PER_DAY);
  const b = new Date(to * MS_PER_DAY);
  const before =
    b.getUTCMonth() < a.getUTCMonth() || (b.getUTCMonth() === a.getUTCMonth() && b.getUTCDate() < a.getUTCDate());
  return b.getUTCFullYear() - a.getUTCFullYear() - (before ? 1 : 0);
}
