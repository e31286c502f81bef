import { DAYS_PER_MONTH, ok, type Result, refuse } from "@livermark/core";
import { type CategoryColumn, columnOf, type Dataset, numberColumn } from "./dataset.js";
import { printedLevels } from "./wording.js";

/** An endpoint as two columns of the analysis set. */
export interface EndpointColumns {
  /** Name in ids and tables, e.g. `OS`. */
  readonly name: string;
  readonly label: string;
  readonly time: string;
  readonly event: string;
}

/** Times in months with event flags, of the rows that have both. */
export interface SurvivalData {
  readonly endpoint: EndpointColumns;
  readonly rows: readonly number[];
  readonly months: readonly number[];
  readonly event: readonly number[];
  readonly missing: number;
}

/**
 * Time and event of an endpoint for the given rows; days are divided by 30.4375. Refuses a time whose unit is neither
 * days nor months, an event other than 0 and 1, and an endpoint that no row has.
 */
export function survivalData(
  data: Dataset,
  endpoint: EndpointColumns,
  rows: readonly number[] = data.rows.map((_, row) => row),
): Result<SurvivalData> {
  const time = numberColumn(data, endpoint.time);
  if (!time.ok) return time;
  const event = numberColumn(data, endpoint.event);
  if (!event.ok) return event;
  if (time.value.unit !== "days" && time.value.unit !== "months")
    return refuse({
      code: "time-unit",
      message: `The time of ${endpoint.name} has no unit that survival can be counted in.`,
      got: time.value.unit === "" ? "no unit" : time.value.unit,
      wanted: "days or months",
      path: endpoint.time,
    });
  const perMonth = time.value.unit === "days" ? DAYS_PER_MONTH : 1;
  const used: number[] = [];
  const months: number[] = [];
  const flags: number[] = [];
  for (const row of rows) {
    const t = time.value.values[row];
    const e = event.value.values[row];
    if (t === null || t === undefined || e === null || e === undefined) continue;
    if (e !== 0 && e !== 1)
      return refuse({
        code: "event-not-binary",
        message: `${endpoint.name} of ${data.rows[row]} is neither an event nor censored.`,
        got: e,
        wanted: "1 for an event, 0 for censored",
        path: endpoint.event,
      });
    used.push(row);
    months.push(t / perMonth);
    flags.push(e);
  }
  if (used.length === 0)
    return refuse({
      code: "no-survival-data",
      message: `No ${data.unit} has ${endpoint.name}.`,
      wanted: `values in ${endpoint.time} and ${endpoint.event}`,
    });
  return ok({ endpoint, rows: used, months, event: flags, missing: rows.length - used.length });
}

/** Rows per level of a category column, in the order in which its levels are printed; empty levels are left out. */
export function groupsOf(
  data: Dataset,
  name: string,
): Result<{ column: CategoryColumn; groups: readonly { label: string; rows: readonly number[] }[] }> {
  const column = columnOf(data, name);
  if (!column.ok) return column;
  if (column.value.type !== "category")
    return refuse({
      code: "column-not-a-category",
      message: "A comparison of groups needs categories; numbers need a cut-off first.",
      got: `${name} is a number`,
      wanted: "a category, or a number with a cut-off in the protocol",
      path: name,
    });
  const category = column.value;
  const groups = printedLevels(category)
    .map((label) => ({ label, rows: data.rows.map((_, row) => row).filter((row) => category.values[row] === label) }))
    .filter((group) => group.rows.length > 0);
  return ok({ column: category, groups });
}
