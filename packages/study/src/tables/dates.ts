import { errorIssue, type Issue, type IssueWhere, warningIssue } from "@livermark/core";
import { calendarTime, parseIsoTime, type StudyTime } from "../time.js";

/** How the written dates of one column are to be read. */
export type DateOrder = "iso" | "day-month" | "month-day" | "year-month-day";

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
    if (YEAR_FIRST.test(cell.text)) yearFirst = true;
    const match = TWO_WAY.exec(cell.text);
    if (match === null) continue;
    const first = Number(match[1]);
    const second = Number(match[2]);
    if (first > 12 && second <= 12) dayFirst ??= cell;
    else if (second > 12 && first <= 12) monthFirst ??= cell;
    else if (first !== second) open ??= cell;
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

/** One written date in a known order, or null when it is no date. ISO forms are read in every order. */
export function parseDate(text: string, order: DateOrder): StudyTime | null {
  const iso = parseIsoTime(text.replace(/[T ]\d{2}:\d{2}(:\d{2})?$/, ""));
  if (iso !== null) return iso;
  const ymd = YEAR_FIRST.exec(text);
  if (ymd !== null) return calendarTime(text, Number(ymd[1]), Number(ymd[2]), Number(ymd[3]));
  const two = TWO_WAY.exec(text);
  if (two === null) return null;
  const [, a, b, year] = two.map(Number);
  if (a === undefined || b === undefined || year === undefined) return null;
  if (order === "month-day") return calendarTime(text, year, a, b);
  return order === "day-month" || a === b ? calendarTime(text, year, b, a) : null;
}
