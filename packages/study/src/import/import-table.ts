import { errorIssue, type Issue, type IssueWhere, warningIssue } from "@livermark/core";
import { csvText } from "../csv-out.js";
import { didYouMean } from "../suggest.js";
import { type CovariateSpec, missingReason } from "../tables/cells.js";
import type { RawRow, RawTable } from "../tables/csv.js";
import { type DateOrder, inferDateOrder, parseDate } from "../tables/dates.js";
import { tableDefinition } from "../tables/definitions.js";
import { isoDate, type StudyTime } from "../time.js";
import { canonicalCell } from "./canonical-cell.js";
import { keyColumns, recordKey } from "./keys.js";
import type { ColumnMapping, TableMapping } from "./mapping.js";

/**
 * How identities are kept out of a study: a name for each patient, and the whole days by which its dates move. The
 * caller makes both from its key, the same way as for the images, so that tables and images stay together.
 */
export interface Pseudonyms {
  readonly of: (id: string) => string;
  readonly shiftDays: (id: string) => number;
}

/** A foreign table in canonical form, where each row came from, and what was refused. */
export interface ImportedTable {
  readonly table: TableMapping["table"];
  /** File name under `tables/`. */
  readonly file: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly csv: string;
  /** Source line (or sheet row) of each canonical row, in order. */
  readonly sourceLines: readonly number[];
  /** Identifier → pseudonym, to be kept apart from the study. */
  readonly keyTable: ReadonlyMap<string, string>;
  /** Columns beyond the canonical ones, as the mapping explains them. */
  readonly covariates: readonly CovariateSpec[];
  readonly issues: readonly Issue[];
}

const isDate = (column: string): boolean => column === "date" || column === "birth_date";

/**
 * Applies a saved mapping to a raw table. Each refused cell is an Issue with sheet, row and column and becomes empty;
 * a row that cannot do without the cell, and a row whose identifier is missing, is left out; the rest is imported.
 * Dates are read in the order that the mapping names or that the column itself decides, refused when it decides
 * nothing, and moved by the patient's keyed days. A row that says the same as an earlier one is left out with a
 * warning; one that contradicts an earlier record of the same key is refused. `known` are the columns beyond the
 * canonical ones that the study explains. Example: `importTable(raw, mapping, "clinic.csv").issues` lists what was refused.
 */
export function importTable(
  raw: RawTable,
  mapping: TableMapping,
  file: string,
  pseudonyms: Pseudonyms | null = null,
  known: readonly CovariateSpec[] = [],
): ImportedTable {
  const issues: Issue[] = [...raw.issues];
  const place: IssueWhere = { file, ...(mapping.source.sheet === undefined ? {} : { table: mapping.source.sheet }) };
  const definition = tableDefinition(mapping.table);
  const indexOf = new Map(raw.header.map((name, i) => [name, i]));
  const textOf = (row: RawRow, name: string): string => row.cells[indexOf.get(name) ?? -1] ?? "";
  const present = (name: string): boolean => {
    if (indexOf.has(name)) return true;
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
  const specs = [...covariates, ...known];
  const keyTable = new Map<string, string>();
  const constants = Object.entries(mapping.constants);
  const wideColumns =
    mapping.wide.length === 0
      ? []
      : ["date", "name", "value", "unit", ...(mapping.wide.some(({ uln }) => uln !== undefined) ? ["uln"] : [])];
  const header = [
    ...new Set([
      ...columns.map(({ to }) => to),
      ...constants.map(([to]) => to),
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
  const rows: { readonly line: number; readonly cells: readonly string[] }[] = [];

  for (const row of absent.length > 0 ? [] : raw.rows) {
    const refuseCell = (from: string, got: string, wanted: string, code = "refused-cell"): void => {
      issues.push(
        errorIssue({
          code,
          message: `Row ${row.line}, column "${from}" cannot be imported.`,
          got,
          wanted,
          mend: "Correct the cell, or extend the mapping.",
          where: { ...place, line: row.line, column: from },
        }),
      );
    };
    const identity = columns.find(({ to }) => to === "patient" || to === "subject");
    const id = identity === undefined ? "" : textOf(row, identity.from);
    if (identity !== undefined && missingReason(id, mapping.missing) !== null) {
      refuseCell(identity.from, id, "an identifier", "missing-cell");
      continue;
    }
    const shift = pseudonyms?.shiftDays(id) ?? 0;
    /** Columns of this source row whose cell was refused. */
    const refused = new Set<string>();
    const dateText = (from: string, to: string): string => {
      const text = textOf(row, from);
      if (missingReason(text, mapping.missing) !== null) return "";
      const time = parseDate(text, orders.get(from) ?? "iso");
      if (time !== null) return shiftedText(time, shift);
      refused.add(to);
      refuseCell(from, text, "a date that exists, as YYYY-MM-DD or in an order that the column or the mapping decides");
      return "";
    };
    const take = (list: readonly ColumnMapping[], into: Map<string, string>): void => {
      for (const one of list) {
        const text = textOf(row, one.from);
        if (isDate(one.to)) into.set(one.to, dateText(one.from, one.to));
        else if (one.identifier && pseudonyms !== null) {
          const name = pseudonyms.of(text);
          keyTable.set(text, name);
          into.set(one.to, name);
        } else {
          const made = canonicalCell(text, one, mapping, specs);
          if ("refused" in made) {
            refused.add(one.to);
            refuseCell(one.from, text, made.refused);
            into.set(one.to, "");
          } else if (identity?.identifier === true && pseudonyms !== null && names(made.text, id)) {
            refused.add(one.to);
            refuseCell(
              one.from,
              "the patient's identifier",
              "text that does not name the patient",
              "identifier-in-text",
            );
            into.set(one.to, "");
          } else into.set(one.to, made.text);
        }
      }
    };
    const emit = (cells: ReadonlyMap<string, string>): void => {
      const gap = needed.find((name) => missingReason(cells.get(name) ?? "") !== null);
      if (gap === undefined) rows.push({ line: row.line, cells: header.map((name) => oneLine(cells.get(name) ?? "")) });
      else if (!refused.has(gap)) refuseCell(gap, cells.get(gap) ?? "", `a ${gap} for every row`, "missing-cell");
    };
    const cells = new Map<string, string>(constants);
    take(columns, cells);
    for (const template of templates) {
      const holds = Object.entries(template.when).every(([name, wanted]) => {
        const text = textOf(row, name);
        return wanted === "filled"
          ? missingReason(text, mapping.missing) === null
          : wanted.some((value) => value.toLowerCase() === text.toLowerCase());
      });
      if (!holds) continue;
      const own = new Map([...cells, ...Object.entries(template.constants)]);
      take(template.columns, own);
      emit(own);
    }
    for (const lab of wide) {
      const text = textOf(row, lab.from);
      // An empty cell is no record; "ND" is one without a value, and keeps its reason.
      if (text === "" || mapping.missing.includes(text)) continue;
      const unit = lab.to_unit === undefined ? {} : { unit: lab.unit, to_unit: lab.to_unit, test: lab.name };
      const made = canonicalCell(text, { from: lab.from, to: "value", ...unit }, mapping);
      if ("refused" in made) {
        refuseCell(lab.from, text, made.refused);
        continue;
      }
      const own = new Map(cells)
        .set("name", lab.name)
        .set("value", made.text)
        .set("unit", lab.to_unit ?? lab.unit);
      if (lab.uln !== undefined) own.set("uln", String(lab.uln));
      if (lab.date_from !== undefined) own.set("date", dateText(lab.date_from, "date"));
      emit(own);
    }
    if (templates.length === 0 && wide.length === 0) emit(cells);
  }
  const kept = withoutRepeats(rows, header, mapping, place, issues);
  return {
    table: mapping.table,
    file: definition.file,
    header,
    rows: kept.map(({ cells }) => cells),
    csv: csvText([header, ...kept.map(({ cells }) => cells)]),
    sourceLines: kept.map(({ line }) => line),
    keyTable,
    covariates,
    issues,
  };
}

/** A date as canonical tables write it, moved by whole days; a date of less precision moves by its middle. */
function shiftedText(time: StudyTime, shift: number): string {
  const moved = isoDate(time.day + shift);
  return time.precision === "day" ? moved : moved.slice(0, time.precision === "month" ? 7 : 4);
}

/** Text on one line: a canonical record is one line of its file. */
const oneLine = (text: string): string => (/[\r\n]/.test(text) ? text.replace(/\s*[\r\n]+\s*/g, " ").trim() : text);

/** Whether a text names a patient whose identifier must not enter. Very short identifiers would be met by chance. */
const names = (text: string, id: string): boolean => id.length >= 4 && text.includes(id);

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

/** Tables in which one day may well hold two different records of the same name. */
const SEVERAL_A_DAY: ReadonlySet<string> = new Set(["labs", "adverse-events", "board"]);

/** Rows without those that repeat or contradict an earlier row of the same source. */
function withoutRepeats<R extends { readonly line: number; readonly cells: readonly string[] }>(
  rows: readonly R[],
  header: readonly string[],
  mapping: TableMapping,
  place: IssueWhere,
  issues: Issue[],
): readonly R[] {
  const at = new Map(header.map((name, i) => [name, i]));
  const columns = keyColumns(mapping.table, header);
  const seen = new Map<string, R>();
  return rows.filter((row) => {
    const key = recordKey(columns, (column) => row.cells[at.get(column) ?? -1] ?? "");
    const before = seen.get(key);
    if (before === undefined) {
      seen.set(key, row);
      return true;
    }
    const differs = header.filter((_, i) => row.cells[i] !== before.cells[i]);
    const where = { ...place, line: row.line };
    if (differs.length === 0)
      issues.push(
        warningIssue({
          code: "repeated-row",
          message: `Row ${row.line} says the same as row ${before.line}; it was left out.`,
          wanted: "each record once",
          mend: "Remove one of the rows.",
          where,
        }),
      );
    else if (SEVERAL_A_DAY.has(mapping.table)) {
      issues.push(
        warningIssue({
          code: "several-on-one-day",
          message: `Rows ${before.line} and ${row.line} give the same ${columns.join(", ")} differently; both were imported.`,
          got: differs
            .map((name) => `${name} "${row.cells[at.get(name)!]}" for "${before.cells[at.get(name)!]}"`)
            .join(", "),
          wanted: "one row, or two that are both right",
          mend: "Check the two rows.",
          where,
        }),
      );
      return true;
    } else
      issues.push(
        errorIssue({
          code: "contradicting-row",
          message: `Row ${row.line} contradicts row ${before.line} about the same record; the first was imported.`,
          got: differs
            .map((name) => `${name} "${row.cells[at.get(name)!]}" for "${before.cells[at.get(name)!]}"`)
            .join(", "),
          wanted: `one row for each ${columns.join(", ")}`,
          mend: "Remove or correct one of the rows.",
          where: { ...where, column: differs[0]! },
        }),
      );
    return false;
  });
}
