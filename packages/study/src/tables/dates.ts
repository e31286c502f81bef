import { errorIssue, type Issue, type IssueWhere, warningIssue } from "@livermark/core";
import { calendarTime, parseIsoTime, type StudyTime } from "../time.js";

/** How the written dates of one column are to be read. */
export type DateOrder = "iso" | "day-month" | "month-day" | "year-month-day" | "excel-serial";

/** What a column of written dates turned out to be. */
export interface DateColumn {
  readonly order: DateOrder;
  readonly issues: readonly Issue[];
  /** Cells whose order cannot be known: refused. */
  readonly ambiguous: boolean;
}

const TWO_WAY = /^(\d{1,2})[./-](\d{1,2})[./-](\d{4})$/;
const YEAR_FIRST = /^(\d{4})[./-](\d{1,2})[./-](\d{1,2})$/;

/**
 * Decides how a column's dates are written from all its cells. ISO needs no decision; `d/m/y` against `m/d/y` is
 * decided by a cell whose first or second number exceeds 12, and refused, naming the cell, when no cell decides or
 * two cells decide differently. Example: `["3/4/2020", "25/4/2020"]` is day-month, `["3/4/2020"]` is refused.
 */
export function inferDateOrder(
  cells: readonly { readonly text: string; readonly line: number }[],
  where: IssueWhere,
): DateColumn {
  let dayFirst: { text: string; line: number } | null = null;
  let monthFirst: { text: string; line: number } | null = null;
  let open: { text: string; line: number } | null = null;
  let yearFirst = false;
  for (const cell of cells) {
    const plain = cell.text.replace(/[T ]\d{1,2}:\d{2}.*$/, "");
    if (YEAR_FIRST.test(plain)) yearFirst = true;
    const match = TWO_WAY.exec(plain);
    if (match === null) continue;
    const first = Number(match[1]);
    const second = Number(match[2]);
    if (first > 12 && second <= 12) dayFirst ??= cell;
    else if (second > 12 && first <= 12) monthFirst ??= cell;
    else if (first !== second && first > 0 && second > 0) open ??= cell;
  }
  if (dayFirst !== null && monthFirst !== null)
    return {
      order: "iso",
      ambiguous: true,
      issues: [
        errorIssue({
          code: "ambiguous-date",
          message: `Column "${where.column ?? "date"}" mixes day/month and month/day.`,
          got: `${dayFirst.text} (line ${dayFirst.line}) and ${monthFirst.text} (line ${monthFirst.line})`,
          wanted: "YYYY-MM-DD",
          mend: "Write the dates as YYYY-MM-DD.",
          where: { ...where, line: Math.max(dayFirst.line, monthFirst.line) },
        }),
      ],
    };
  const decided = dayFirst ?? monthFirst;
  if (decided !== null) {
    const order = dayFirst !== null ? "day-month" : "month-day";
    return {
      order,
      ambiguous: false,
      issues: [
        warningIssue({
          code: "date-order-inferred",
          message: `Dates of column "${where.column ?? "date"}" were read as ${order}, because of one cell.`,
          got: decided.text,
          wanted: "YYYY-MM-DD",
          mend: "Write the dates as YYYY-MM-DD if this is wrong.",
          where: { ...where, line: decided.line },
        }),
      ],
    };
  }
  if (open !== null)
    return {
      order: "iso",
      ambiguous: true,
      issues: [
        errorIssue({
          code: "ambiguous-date",
          message: "The date could be day/month or month/day, and no other cell of the column decides.",
          got: open.text,
          wanted: "YYYY-MM-DD",
          mend: "Write the dates as YYYY-MM-DD, or name the order in an import mapping.",
          where: { ...where, line: open.line },
        }),
      ],
    };
  return { order: yearFirst ? "year-month-day" : "iso", ambiguous: false, issues: [] };
}

/** Month names and their usual three letters, in English. */
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] as const;
const monthOf = (word: string): number => MONTHS.findIndex((month) => word.toLowerCase().startsWith(month)) + 1;

/** Writings of a day or month that nobody knows. */
const UNKNOWN = String.raw`un|unk|xx|\?\?|00`;
const UNKNOWN_DAY = new RegExp(String.raw`^(\d{4})[./-](\d{1,2})[./-](?:${UNKNOWN})$`, "i");
const UNKNOWN_MONTH = new RegExp(String.raw`^(\d{4})[./-](?:${UNKNOWN})[./-](?:${UNKNOWN})$`, "i");
const UNKNOWN_DAY_FIRST = new RegExp(String.raw`^(?:${UNKNOWN})[./-](\d{1,2})[./-](\d{4})$`, "i");
const UNKNOWN_BOTH_FIRST = new RegExp(String.raw`^(?:${UNKNOWN})[./-](?:${UNKNOWN})[./-](\d{4})$`, "i");

/** Day 0 of the serial dates of spreadsheets (the 1900 system counts a 29 February 1900 that was not), as days since 1970. */
const SERIAL_ZERO = -25_569;
const SERIAL_FROM = 61;

interface Form {
  readonly pattern: RegExp;
  readonly read: (parts: readonly string[], text: string) => StudyTime | null;
}

const time = (text: string, year?: string, month?: string | number, day?: string): StudyTime | null =>
  calendarTime(text, Number(year), month === undefined ? null : Number(month), day === undefined ? null : Number(day));

/** Writings that say themselves which part is which. */
const FORMS: readonly Form[] = [
  { pattern: YEAR_FIRST, read: ([y, m, d], text) => time(text, y, m, d) },
  { pattern: UNKNOWN_MONTH, read: ([y], text) => time(text, y) },
  { pattern: UNKNOWN_DAY, read: ([y, m], text) => time(text, y, m) },
  { pattern: UNKNOWN_BOTH_FIRST, read: ([y], text) => time(text, y) },
  { pattern: UNKNOWN_DAY_FIRST, read: ([m, y], text) => time(text, y, m) },
  { pattern: /^((?:19|20)\d{2})(\d{2})(\d{2})$/, read: ([y, m, d], text) => time(text, y, m, d) },
  { pattern: /^(\d{4})年(\d{1,2})月(\d{1,2})日$/, read: ([y, m, d], text) => time(text, y, m, d) },
  { pattern: /^(\d{4})年(\d{1,2})月$/, read: ([y, m], text) => time(text, y, m) },
  { pattern: /^(\d{4})年$/, read: ([y], text) => time(text, y) },
  { pattern: /^(\d{4})[./](\d{1,2})$/, read: ([y, m], text) => time(text, y, m) },
  { pattern: /^(\d{1,2})[./-](\d{4})$/, read: ([m, y], text) => time(text, y, m) },
  { pattern: /^(\d{1,2})[ ./-]([a-z]{3,9})[ ./-](\d{4})$/i, read: ([d, m, y], text) => named(text, y, m, d) },
  { pattern: /^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})$/i, read: ([m, d, y], text) => named(text, y, m, d) },
  { pattern: /^([a-z]{3,9})[ ./-](\d{4})$/i, read: ([m, y], text) => named(text, y, m) },
];

function named(text: string, year?: string, month = "", day?: string): StudyTime | null {
  const number = monthOf(month);
  return number === 0 ? null : time(text, year, number, day);
}

/**
 * One written date in a known order, or null when it is no date. Forms that say themselves which part is which (ISO,
 * year first, month by name, `2020年3月4日`) are read in every order; a day or month written `UN`, `XX` or `00` is
 * unknown and leaves a date of less precision; a time of the day is dropped.
 * Example: `parseDate("3/4/2020", "day-month")` is 3 April, `parseDate("2020-03-UN", "iso")` is March 2020.
 */
export function parseDate(text: string, order: DateOrder): StudyTime | null {
  const iso = parseIsoTime(text);
  if (iso !== null) return iso;
  const plain = text
    .normalize("NFKC")
    .trim()
    .replace(/[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AP]M|Z)?$/i, "");
  const bare = parseIsoTime(plain);
  if (bare !== null) return { ...bare, text };
  for (const { pattern, read } of FORMS) {
    const match = pattern.exec(plain);
    if (match !== null) return read(match.slice(1), text);
  }
  if (order === "excel-serial" && /^\d{1,5}(\.\d+)?$/.test(plain) && Number(plain) >= SERIAL_FROM) {
    const day = Math.floor(Number(plain)) + SERIAL_ZERO;
    return { text, precision: "day", day, earliest: day, latest: day };
  }
  const two = TWO_WAY.exec(plain);
  if (two === null) return null;
  const [, a, b, year] = two.map(Number);
  if (a === undefined || b === undefined || year === undefined) return null;
  if (order === "month-day") return calendarTime(text, year, a, b);
  return order === "day-month" || a === b ? calendarTime(text, year, b, a) : null;
}
