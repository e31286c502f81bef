import { errorIssue, type Issue, type IssueWhere } from "@livermark/core";
import { csvText } from "../csv-out.js";
import { type CovariateSpec, missingReason } from "../tables/cells.js";
import type { RawTable } from "../tables/csv.js";
import { parseDate } from "../tables/dates.js";
import { tableDefinition } from "../tables/definitions.js";
import { isoDate, type StudyTime } from "../time.js";
import { canonicalCell } from "./canonical-cell.js";
import type { ColumnMapping, TableMapping } from "./mapping.js";
import { withoutRepeats } from "./repeated-rows.js";
import { isDate, tableLayout, textIn } from "./table-layout.js";

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
  const layout = tableLayout(raw, mapping, place);
  const { columns, wide, templates, orders, header, needed, absent, covariates } = layout;
  issues.push(...layout.issues);
  const textOf = textIn(raw.header);
  const specs = [...covariates, ...known];
  const keyTable = new Map<string, string>();
  const constants = Object.entries(mapping.constants);
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
