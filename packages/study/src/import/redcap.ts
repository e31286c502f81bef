import { errorIssue, type Issue, ok, type Result, refuse } from "@livermark/core";
import { csvText } from "../csv-out.js";
import type { RawTable } from "../tables/csv.js";

/** One field of a REDCap project, from its data dictionary. */
export interface RedcapField {
  readonly name: string;
  readonly form: string;
  readonly type: string;
  readonly label: string;
  /** Codes and labels of radio, dropdown and checkbox fields. */
  readonly choices: readonly { readonly code: string; readonly label: string }[];
  readonly validation: string;
  readonly identifier: boolean;
}

/** One row of a raw export. */
export interface RedcapRecord {
  readonly record: string;
  readonly event: string;
  readonly instrument: string;
  readonly instance: string;
  readonly line: number;
  /** Codes by field; the checked codes of a checkbox field joined with `|`. */
  readonly values: ReadonlyMap<string, string>;
  /** Fields that hold a missing-data code, with the code. */
  readonly missing: ReadonlyMap<string, string>;
}

const HEADER = {
  name: "Variable / Field Name",
  form: "Form Name",
  type: "Field Type",
  label: "Field Label",
  choices: "Choices, Calculations, OR Slider Labels",
  validation: "Text Validation Type OR Show Slider Number",
  identifier: "Identifier?",
} as const;

const SYSTEM = ["redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"] as const;
const hasChoices = (type: string): boolean => type === "radio" || type === "dropdown" || type === "checkbox";

/** Reads a data dictionary. Refuses a table without REDCap's columns; choices are `code, label | code, label`. */
export function redcapDictionary(raw: RawTable, file: string): Result<readonly RedcapField[]> {
  const at = (name: string): number => raw.header.findIndex((one) => one.toLowerCase() === name.toLowerCase());
  const absent = [HEADER.name, HEADER.type].filter((name) => at(name) < 0);
  if (absent.length > 0)
    return refuse({
      code: "not-a-dictionary",
      message: "The table is not a REDCap data dictionary.",
      got: raw.header.join(", "),
      wanted: absent.join(", "),
      mend: "Export the data dictionary from the project's designer.",
      where: { file, line: 1 },
    });
  return ok(
    raw.rows.map(({ cells }) => {
      const cell = (name: string): string => cells[at(name)] ?? "";
      const type = cell(HEADER.type);
      const choices = hasChoices(type)
        ? cell(HEADER.choices)
            .split("|")
            .map((part) => {
              const comma = part.indexOf(",");
              return comma < 0
                ? { code: part.trim(), label: part.trim() }
                : { code: part.slice(0, comma).trim(), label: part.slice(comma + 1).trim() };
            })
            .filter(({ code }) => code !== "")
        : [];
      return {
        name: cell(HEADER.name),
        form: cell(HEADER.form),
        type,
        label: cell(HEADER.label),
        choices,
        validation: cell(HEADER.validation),
        identifier: cell(HEADER.identifier).toLowerCase() === "y",
      };
    }),
    raw.issues,
  );
}

/** Column of a checkbox code. REDCap writes a minus sign of a code as an underscore. */
const checkboxColumn = (field: string, code: string): string => `${field}___${code.toLowerCase().replace("-", "_")}`;

/**
 * Reads a raw data export by its dictionary: events, repeating instruments and instances, checkboxes, missing-data
 * codes. Unknown columns and codes that a field does not have are Issues with line and column; the rest is read.
 */
export function redcapRecords(
  fields: readonly RedcapField[],
  raw: RawTable,
  file: string,
  missingCodes: readonly string[] = [],
): { readonly records: readonly RedcapRecord[]; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [...raw.issues];
  const idField = fields[0]?.name ?? "record_id";
  const at = new Map(raw.header.map((name, i) => [name, i]));
  const known = new Set<string>([...SYSTEM, ...fields.map(({ name }) => name)]);
  for (const field of fields)
    if (field.type === "checkbox") for (const { code } of field.choices) known.add(checkboxColumn(field.name, code));
  for (const name of raw.header)
    if (!known.has(name) && !name.endsWith("_complete") && !/___/.test(name))
      issues.push(
        errorIssue({
          code: "unknown-column",
          message: `Column "${name}" is not in the data dictionary; it was not read.`,
          got: name,
          wanted: "a field of the dictionary",
          mend: "Export dictionary and data at the same time.",
          where: { file, line: 1, column: name },
        }),
      );
  const records = raw.rows.map((row): RedcapRecord => {
    const cell = (name: string): string => row.cells[at.get(name) ?? -1] ?? "";
    const values = new Map<string, string>();
    const missing = new Map<string, string>();
    for (const field of fields) {
      if (field.type === "checkbox") {
        const checked = field.choices.filter(({ code }) => cell(checkboxColumn(field.name, code)) === "1");
        if (checked.length > 0) values.set(field.name, checked.map(({ code }) => code).join("|"));
        continue;
      }
      const text = cell(field.name);
      if (text === "") continue;
      if (missingCodes.includes(text)) missing.set(field.name, text);
      else if (hasChoices(field.type) && !field.choices.some(({ code }) => code === text))
        issues.push(
          errorIssue({
            code: "refused-cell",
            message: `Record ${cell(idField)}: "${text}" is no choice of ${field.name}; it counts as missing.`,
            got: text,
            wanted: field.choices.map(({ code, label }) => `${code} (${label})`).join(", "),
            mend: "Correct the value, or name the code as a missing-data code.",
            where: { patient: cell(idField), file, line: row.line, column: field.name },
          }),
        );
      else values.set(field.name, text);
    }
    return {
      record: cell(idField),
      event: cell("redcap_event_name"),
      instrument: cell("redcap_repeat_instrument"),
      instance: cell("redcap_repeat_instance"),
      line: row.line,
      values,
      missing,
    };
  });
  return { records, issues };
}

/**
 * The records of one instrument (or of the non-repeating part, instrument "") as a raw table for a mapping: record,
 * event, instance, then its fields, choices by their labels. Rows keep the lines of the export.
 */
export function redcapTable(
  fields: readonly RedcapField[],
  records: readonly RedcapRecord[],
  choice: { readonly forms?: readonly string[]; readonly instrument?: string; readonly event?: string } = {},
): RawTable {
  const used = fields.filter(({ form }) => choice.forms === undefined || choice.forms.includes(form));
  const rows = records.filter(
    (row) => row.instrument === (choice.instrument ?? "") && (choice.event === undefined || row.event === choice.event),
  );
  const label = (field: RedcapField, codes: string): string =>
    hasChoices(field.type)
      ? codes
          .split("|")
          .map((code) => field.choices.find((one) => one.code === code)?.label ?? code)
          .join("; ")
      : codes;
  return {
    header: ["record", "event", "instance", ...used.map(({ name }) => name)],
    rows: rows.map((row) => ({
      line: row.line,
      cells: [
        row.record,
        row.event,
        row.instance,
        ...used.map((field) => label(field, row.values.get(field.name) ?? "")),
      ],
    })),
    issues: [],
  };
}

/** Writes a data dictionary that REDCap reads. */
export const writeRedcapDictionary = (fields: readonly RedcapField[]): string =>
  csvText([
    Object.values(HEADER),
    ...fields.map((field) => [
      field.name,
      field.form,
      field.type,
      field.label,
      field.choices.map(({ code, label }) => `${code}, ${label}`).join(" | "),
      field.validation,
      field.identifier ? "y" : "",
    ]),
  ]);

/** Writes records as a raw export; reading it back gives the same records. */
export function writeRedcapRecords(fields: readonly RedcapField[], records: readonly RedcapRecord[]): string {
  const idField = fields[0]?.name ?? "record_id";
  const columns = fields
    .filter(({ name }) => name !== idField)
    .flatMap(
      (field): readonly { readonly field: RedcapField; readonly column: string; readonly code: string | null }[] =>
        field.type === "checkbox"
          ? field.choices.map(({ code }) => ({ field, column: checkboxColumn(field.name, code), code }))
          : [{ field, column: field.name, code: null }],
    );
  return csvText([
    [idField, ...SYSTEM, ...columns.map(({ column }) => column)],
    ...records.map((row) => [
      row.record,
      row.event,
      row.instrument,
      row.instance,
      ...columns.map(({ field, code }) => {
        const value = row.values.get(field.name) ?? row.missing.get(field.name) ?? "";
        return code === null ? value : value.split("|").includes(code) ? "1" : "0";
      }),
    ]),
  ]);
}
