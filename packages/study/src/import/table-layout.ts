import { errorIssue, type Issue, type IssueWhere } from "@livermark/core";
import { didYouMean } from "../suggest.js";
import type { CovariateSpec } from "../tables/cells.js";
import type { RawRow, RawTable } from "../tables/csv.js";
import { type DateOrder, inferDateOrder } from "../tables/dates.js";
import { tableDefinition } from "../tables/definitions.js";
import type { ColumnMapping, TableMapping } from "./mapping.js";

/** A mapping held against the columns that a source has: what can be taken, and what the canonical table will look like. */
export interface TableLayout {
  readonly columns: TableMapping["columns"];
  readonly wide: TableMapping["wide"];
  readonly templates: TableMapping["rows"];
  /** Order of day and month in each date column of the source. */
  readonly orders: ReadonlyMap<string, DateOrder>;
  readonly header: readonly string[];
  /** Canonical columns without which a row cannot be a record. */
  readonly needed: readonly string[];
  /** Required columns that the mapping gives nothing for: nothing can be imported. */
  readonly absent: readonly string[];
  readonly covariates: readonly CovariateSpec[];
  readonly issues: readonly Issue[];
}

export const isDate = (column: string): boolean => column === "date" || column === "birth_date";

/** Text of a row's cell by the name of its column; empty where the row is short. */
export function textIn(header: readonly string[]): (row: RawRow, name: string) => string {
  const indexOf = new Map(header.map((name, i) => [name, i]));
  return (row, name) => row.cells[indexOf.get(name) ?? -1] ?? "";
}

/** Holds a mapping against a source. Columns that are not there, and an order of dates that nothing decides, are Issues. */
export function tableLayout(raw: RawTable, mapping: TableMapping, place: IssueWhere): TableLayout {
  const issues: Issue[] = [];
  const definition = tableDefinition(mapping.table);
  const textOf = textIn(raw.header);
  const present = (name: string): boolean => {
    if (raw.header.includes(name)) return true;
    issues.push(
      errorIssue({
        code: "source-column",
        message: `The source has no column "${name}".`,
        got: raw.header.join(", "),
        wanted: name,
        mend: didYouMean(name, raw.header) || "Correct the mapping.",
        where: { ...place, line: 1, column: name },
      }),
    );
    return false;
  };
  const columns = mapping.columns.filter(({ from }) => present(from));
  const wide = mapping.wide.filter(
    ({ from, date_from }) => present(from) && (date_from === undefined || present(date_from)),
  );
  const templates = mapping.rows.filter(
    (template) => Object.keys(template.when).every(present) && template.columns.every(({ from }) => present(from)),
  );

  const orders = new Map<string, DateOrder>();
  const learnOrder = (name: string, given: DateOrder | undefined): void => {
    if (given !== undefined || orders.has(name)) {
      orders.set(name, given ?? orders.get(name)!);
      return;
    }
    const inferred = inferDateOrder(
      raw.rows.map((row) => ({ text: textOf(row, name), line: row.line })),
      { ...place, column: name },
    );
    issues.push(...inferred.issues);
    orders.set(name, inferred.order);
  };
  for (const one of [...columns, ...templates.flatMap((template) => template.columns)])
    if (isDate(one.to)) learnOrder(one.from, one.order);
  for (const one of wide) if (one.date_from !== undefined) learnOrder(one.date_from, undefined);

  const covariates = covariatesOf([...columns, ...templates.flatMap((template) => template.columns)], mapping.table);
  const wideColumns =
    mapping.wide.length === 0
      ? []
      : ["date", "name", "value", "unit", ...(mapping.wide.some(({ uln }) => uln !== undefined) ? ["uln"] : [])];
  const header = [
    ...new Set([
      ...columns.map(({ to }) => to),
      ...Object.keys(mapping.constants),
      ...templates.flatMap((template) => [...template.columns.map(({ to }) => to), ...Object.keys(template.constants)]),
      ...wideColumns,
    ]),
  ];
  const needed = header.filter(
    (name) =>
      definition.columns[name]?.required === true ||
      (definition.time === "required" && (name === "date" || name === "day")),
  );
  const absent = [
    ...Object.entries(definition.columns)
      .filter(([name, column]) => column.required && !header.includes(name))
      .map(([name]) => name),
    ...(definition.time === "required" && !header.includes("date") && !header.includes("day") ? ["date"] : []),
  ];
  if (absent.length > 0)
    issues.push(
      errorIssue({
        code: "incomplete-mapping",
        message: `Nothing was imported into ${definition.file}: no column gives its ${absent.join(", ")}.`,
        got: header.join(", "),
        wanted: absent.join(", "),
        mend: "Map a column to each of them, or give a constant.",
        where: { ...place, line: 1 },
      }),
    );
  return { columns, wide, templates, orders, header, needed, absent, covariates, issues };
}

const covariatesOf = (columns: readonly ColumnMapping[], table: TableMapping["table"]): readonly CovariateSpec[] =>
  columns.flatMap(({ to, label, type, levels, unit, to_unit }) => {
    const canonical = Object.hasOwn(tableDefinition(table).columns, to) || to === "date" || to === "day";
    if (canonical || (label === undefined && type === undefined && levels === undefined)) return [];
    return [
      {
        name: to,
        label: label ?? to,
        type: type ?? (levels === undefined ? "text" : "category"),
        unit: to_unit ?? unit ?? "",
        levels: levels ?? [],
        missingCodes: [],
      },
    ];
  });
