import { convertLab, LAB_UNITS, labName } from "../indices/labs.js";
import { closest } from "../suggest.js";
import { type CovariateSpec, missingReason } from "../tables/cells.js";
import type { RawTable } from "../tables/csv.js";
import { inferDateOrder } from "../tables/dates.js";
import type { TableName } from "../tables/definitions.js";
import type { Encoding } from "./encoding.js";
import { type HeaderMeaning, headerMeaning, nameAndUnit } from "./header-words.js";

/** One foreign table, as far as it could be read without a mapping. */
export interface ForeignTable {
  readonly file: string;
  readonly sheet: string | null;
  readonly encoding: Encoding | null;
  readonly raw: RawTable;
}

const quote = (text: string): string =>
  /^[A-Za-z0-9_/.()-][A-Za-z0-9_/.() -]*$/.test(text) && !/^(yes|no|true|false|null|on|off|\d.*|-.*)$/i.test(text)
    ? text.trimEnd()
    : JSON.stringify(text);

type Pair = readonly [string, string];
const flow = (pairs: readonly Pair[]): string => `{ ${pairs.map(([key, value]) => `${key}: ${value}`).join(", ")} }`;

const SEXES: { readonly [written: string]: "M" | "F" } = {
  m: "M",
  male: "M",
  man: "M",
  männlich: "M",
  男: "M",
  男性: "M",
  f: "F",
  w: "F",
  female: "F",
  woman: "F",
  weiblich: "F",
  女: "F",
  女性: "F",
};

/** Facts about the columns of one table that the drafts of all its imports share. */
interface Sheet {
  readonly table: ForeignTable;
  readonly meanings: ReadonlyMap<string, HeaderMeaning | null>;
  readonly used: Set<string>;
  readonly notes: string[];
}

const cellsOf = (
  { raw }: ForeignTable,
  column: string,
): readonly { readonly text: string; readonly line: number }[] => {
  const at = raw.header.indexOf(column);
  return raw.rows
    .map((row) => ({ text: row.cells[at] ?? "", line: row.line }))
    .filter(({ text }) => missingReason(text) === null);
};

const firstOf = ({ meanings }: Sheet, meaning: HeaderMeaning): string | null =>
  [...meanings].find(([, found]) => found === meaning)?.[0] ?? null;

function columnLine(sheet: Sheet, from: string, to: string, extra: readonly Pair[] = []): string {
  sheet.used.add(from);
  return `      - ${flow([["from", quote(from)], ["to", quote(to)], ...extra])}`;
}

/** A date column; where nothing in it decides day and month, as another column of the sheet has it, or left open. */
function dateLine(sheet: Sheet, from: string, to: "date" | "birth_date"): string {
  if (!inferDateOrder(cellsOf(sheet.table, from), { column: from }).ambiguous) return columnLine(sheet, from, to);
  for (const other of sheet.table.raw.header) {
    const { order } = inferDateOrder(cellsOf(sheet.table, other), { column: other });
    if (order === "day-month" || order === "month-day")
      return `${columnLine(sheet, from, to, [["order", order]])}  # as in ${other}: check`;
  }
  return `${columnLine(sheet, from, to)}  # day or month first? add order: day-month or order: month-day`;
}

const patientLine = (sheet: Sheet): string | null => {
  const from = firstOf(sheet, "patient");
  return from === null ? null : columnLine(sheet, from, "patient", [["identifier", "true"]]);
};

function sexLine(sheet: Sheet, from: string): string {
  const written = [...new Set(cellsOf(sheet.table, from).map(({ text }) => text))];
  const known = written.filter((text) => SEXES[text.toLowerCase()] !== undefined);
  const values = known.map((text): Pair => [quote(text), SEXES[text.toLowerCase()]!]);
  const line = columnLine(sheet, from, "sex", values.length === 0 ? [] : [["values", flow(values)]]);
  const rest = written.filter((text) => !known.includes(text)).slice(0, 6);
  return rest.length === 0 ? line : `${line}  # ${rest.join(", ")}: M or F? add to values`;
}

function covariateLine(sheet: Sheet, from: string, known: readonly CovariateSpec[]): string | null {
  const { name, unit } = nameAndUnit(from);
  const guess =
    known.find((one) => one.name === name || one.label.toLowerCase() === name.toLowerCase())?.name ??
    closest(
      name,
      known.map((one) => one.name),
    );
  const spec = known.find((one) => one.name === guess);
  if (spec === undefined) return null;
  if (spec.levels.length === 0) {
    const units: readonly Pair[] =
      unit !== "" && unit !== spec.unit
        ? [
            ["unit", quote(unit)],
            ["to_unit", quote(spec.unit)],
            ["test", quote(labName(spec.name.replaceAll("_", "-")))],
          ]
        : [];
    return columnLine(sheet, from, spec.name, units);
  }
  const written = [...new Set(cellsOf(sheet.table, from).map(({ text }) => text))].slice(0, 20);
  const pairs = written.flatMap((text): readonly Pair[] => {
    const level = spec.levels.find((one) => one.toLowerCase() === text.toLowerCase()) ?? closest(text, spec.levels);
    return level === null ? [] : [[quote(text), quote(level)]];
  });
  const unknown = written.filter((text) => !pairs.some(([from_]) => from_ === quote(text)));
  const note = unknown.length === 0 ? "" : `  # ${unknown.join(", ")}: which of ${spec.levels.join(", ")}?`;
  return `${columnLine(sheet, from, spec.name, [["values", flow(pairs)]])}${note}`;
}

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

const direct = (sheet: Sheet, names: readonly (HeaderMeaning & string)[]): readonly (string | null)[] =>
  names.map((name) => {
    const from = firstOf(sheet, name);
    return from === null ? null : columnLine(sheet, from, name === "test" ? "name" : name);
  });

function wideLabs(sheet: Sheet): readonly string[] {
  return sheet.table.raw.header.flatMap((header) => {
    const { name, unit } = nameAndUnit(header);
    const test = labName(name);
    const canonical = LAB_UNITS[test];
    if (canonical === undefined || sheet.used.has(header)) return [];
    sheet.used.add(header);
    const convertible = unit !== "" && unit !== canonical && convertLab(test, 1, unit, canonical) !== null;
    const line = `      - ${flow([
      ["from", quote(header)],
      ["name", quote(test)],
      ["unit", quote(unit === "" ? canonical : unit)],
      ...(convertible ? ([["to_unit", quote(canonical)]] as const) : []),
    ])}`;
    if (unit === "") return [`${line}  # no unit in the header: is ${canonical} right?`];
    return [unit === canonical || convertible ? line : `${line}  # ${unit} is not known for ${test}`];
  });
}

/** Events that stand as date columns: one row for each that is filled. */
function eventTemplates(sheet: Sheet): readonly string[] {
  const kinds: readonly (readonly [HeaderMeaning, string])[] = [
    ["death-date", "death"],
    ["progression-date", "progression"],
    ["contact-date", "last-contact"],
  ];
  return kinds.flatMap(([meaning, event]) => {
    const from = firstOf(sheet, meaning);
    if (from === null) return [];
    const column = dateLine(sheet, from, "date").trim().slice(2);
    const [body, note] = column.split("  #");
    return [
      `      - when: ${flow([[quote(from), "filled"]])}${note === undefined ? "" : `  #${note}`}`,
      `        columns: [${body!.trim()}]`,
      `        constants: { event: ${event} }`,
    ];
  });
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
