import { LAB_UNITS, labName } from "../indices/labs.js";
import type { CovariateSpec } from "../tables/cells.js";
import type { TableName } from "../tables/definitions.js";
import { type HeaderMeaning, headerMeaning, nameAndUnit } from "./header-words.js";
import {
  columnLine,
  covariateLine,
  dateLine,
  direct,
  eventTemplates,
  type ForeignTable,
  firstOf,
  flow,
  type Pair,
  patientLine,
  quote,
  type Sheet,
  sexLine,
  wideLabs,
} from "./mapping-lines.js";

/** The draft of one import: its lines, or null when nothing of the sheet belongs there. */
function draft(
  sheet: Sheet,
  table: TableName,
  columns: readonly (string | null)[],
  rest: readonly string[] = [],
): string {
  const { file, sheet: name, encoding, raw } = sheet.table;
  const texts = raw.rows.slice(0, 500).flatMap((row) => row.cells);
  const commas = texts.filter((text) => /^[<>]?\d+,\d+$/.test(text)).length;
  const points = texts.filter((text) => /^[<>]?\d+\.\d+$/.test(text)).length;
  const source: Pair[] = [["file", quote(file.split(/[\\/]/).pop() ?? file)]];
  if (name !== null) source.push(["sheet", quote(name)]);
  if (encoding !== null && encoding !== "utf-8") source.push(["encoding", encoding]);
  if (commas > points) source.push(["decimal", '","']);
  return [
    `  - table: ${table}`,
    `    source: ${flow(source)}`,
    "    columns:",
    ...columns.filter((line) => line !== null),
    ...rest,
  ].join("\n");
}

function importsOf(
  sheet: Sheet,
  known: (table: TableName) => readonly CovariateSpec[],
  treatmentKind: string,
): readonly string[] {
  const has = (meaning: HeaderMeaning): boolean => firstOf(sheet, meaning) !== null;
  const imports: string[] = [];
  const date = firstOf(sheet, "date");
  const when = (to: "date" | "birth_date" = "date"): string | null =>
    date === null ? null : dateLine(sheet, date, to);
  if (!has("patient")) {
    sheet.notes.push("no column looks like a patient's number; nothing was suggested");
    return imports;
  }
  if (has("test") && has("value"))
    imports.push(
      draft(sheet, "labs", [patientLine(sheet), when(), ...direct(sheet, ["test", "value", "unit", "uln", "lln"])]),
    );
  if (has("lesion") && (has("longest_mm") || has("viable_mm")))
    imports.push(
      draft(
        sheet,
        "lesions",
        [
          patientLine(sheet),
          when(),
          ...direct(sheet, ["time_point", "reader", "lesion", "organ", "longest_mm", "short_mm", "viable_mm"]),
        ],
        ["    constants: { role: target }  # or map a column that tells target, non-target and new"],
      ),
    );
  if (has("term") && has("grade"))
    imports.push(
      draft(
        sheet,
        "adverse-events",
        [patientLine(sheet), when(), ...direct(sheet, ["procedure", "term", "grade"])],
        ["    constants: { scale: CTCAE-5.0 }  # or SIR"],
      ),
    );
  if (has("event") && date !== null)
    imports.push(draft(sheet, "events", [patientLine(sheet), when(), ...direct(sheet, ["event", "cause"])]));
  const started = firstOf(sheet, "treatment-date");
  const procedureDate = started ?? (has("kind") || has("agent") ? date : null);
  if (procedureDate !== null) {
    const number = firstOf(sheet, "procedure");
    const kind = firstOf(sheet, "kind");
    const missing = [
      ...(number === null ? [["procedure", "p1"] as const] : []),
      ...(kind === null ? [["kind", quote(treatmentKind)] as const] : []),
    ];
    imports.push(
      draft(
        sheet,
        "procedures",
        [
          patientLine(sheet),
          dateLine(sheet, procedureDate, "date"),
          ...direct(sheet, ["procedure", "kind", "agent", "dose_mg", "bead_um", "segment"]),
        ],
        missing.length === 0 ? [] : [`    constants: ${flow(missing)}  # check: the table does not say`],
      ),
    );
  }
  if (has("sex") || has("age") || has("birth_date")) {
    const sex = firstOf(sheet, "sex");
    const born = firstOf(sheet, "birth_date");
    const age = firstOf(sheet, "age");
    const lines = [
      patientLine(sheet),
      sex === null ? null : sexLine(sheet, sex),
      age === null ? null : columnLine(sheet, age, "age"),
      born === null ? null : dateLine(sheet, born, "birth_date"),
      ...sheet.table.raw.header
        .filter(
          (header) => sheet.meanings.get(header) === null && LAB_UNITS[labName(nameAndUnit(header).name)] === undefined,
        )
        .map((header) => covariateLine(sheet, header, known("patients"))),
    ];
    imports.push(draft(sheet, "patients", lines));
  }
  const templates = eventTemplates(sheet);
  if (templates.length > 0) imports.push(draft(sheet, "events", [patientLine(sheet)], ["    rows:", ...templates]));
  if (!has("test")) {
    const labs = wideLabs(sheet);
    const day = date ?? started;
    if (labs.length > 0 && day !== null)
      imports.push(draft(sheet, "labs", [patientLine(sheet), dateLine(sheet, day, "date")], ["    wide:", ...labs]));
    else if (labs.length > 0) sheet.notes.push(`laboratory columns without a date: ${labs.length}; add a date column`);
  }
  return imports;
}

/**
 * A first draft of a mapping file (YAML, `livermark.mapping/2`) from the headers and cells of foreign tables: what
 * could be recognised is mapped, what a person must decide carries a comment, what was not recognised and what names
 * a person is listed and not imported. To be read and corrected before it is used.
 */
export function suggestMapping(
  tables: readonly ForeignTable[],
  known: (table: TableName) => readonly CovariateSpec[] = () => [],
  treatmentKind = "TACE",
): string {
  const parts: string[] = [];
  const notes: string[] = [];
  for (const table of tables) {
    const sheet: Sheet = {
      table,
      meanings: new Map(table.raw.header.map((header) => [header, headerMeaning(header)])),
      used: new Set(),
      notes: [],
    };
    const place = `${table.file.split(/[\\/]/).pop()}${table.sheet === null ? "" : `, sheet ${table.sheet}`}`;
    parts.push(...importsOf(sheet, known, treatmentKind));
    const left = table.raw.header.filter((header) => !sheet.used.has(header));
    const personal = left.filter((header) => sheet.meanings.get(header) === "private");
    const other = left.filter((header) => sheet.meanings.get(header) !== "private");
    if (personal.length > 0) notes.push(`# ${place}: names a person, left out on purpose: ${personal.join(", ")}`);
    if (other.length > 0) notes.push(`# ${place}: not recognised, not imported: ${other.join(", ")}`);
    notes.push(...sheet.notes.map((note) => `# ${place}: ${note}`));
  }
  return [
    "# A first draft: read it, correct it, then: livermark import TABLE… --mapping THIS --into BUNDLE --key-file KEY",
    "# `identifier: true` replaces the number by a keyed pseudonym; remove it where the table holds pseudonyms already.",
    ...notes,
    "schema: livermark.mapping/2",
    parts.length === 0 ? "imports: []" : "imports:",
    ...parts,
    "",
  ].join("\n");
}
