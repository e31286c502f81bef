import { convertLab, LAB_UNITS, labName } from "../indices/labs.js";
import { closest } from "../suggest.js";
import { type CovariateSpec, missingReason } from "../tables/cells.js";
import type { RawTable } from "../tables/csv.js";
import { inferDateOrder } from "../tables/dates.js";
import type { Encoding } from "./encoding.js";
import { type HeaderMeaning, nameAndUnit } from "./header-words.js";

/** One foreign table, as far as it could be read without a mapping. */
export interface ForeignTable {
  readonly file: string;
  readonly sheet: string | null;
  readonly encoding: Encoding | null;
  readonly raw: RawTable;
}

/** Facts about the columns of one table that the drafts of all its imports share. */
export interface Sheet {
  readonly table: ForeignTable;
  readonly meanings: ReadonlyMap<string, HeaderMeaning | null>;
  readonly used: Set<string>;
  readonly notes: string[];
}

export const quote = (text: string): string =>
  /^[A-Za-z0-9_/.()-][A-Za-z0-9_/.() -]*$/.test(text) && !/^(yes|no|true|false|null|on|off|\d.*|-.*)$/i.test(text)
    ? text.trimEnd()
    : JSON.stringify(text);

export type Pair = readonly [string, string];
export const flow = (pairs: readonly Pair[]): string =>
  `{ ${pairs.map(([key, value]) => `${key}: ${value}`).join(", ")} }`;

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

const cellsOf = (
  { raw }: ForeignTable,
  column: string,
): readonly { readonly text: string; readonly line: number }[] => {
  const at = raw.header.indexOf(column);
  return raw.rows
    .map((row) => ({ text: row.cells[at] ?? "", line: row.line }))
    .filter(({ text }) => missingReason(text) === null);
};

/** The first column with a meaning, or null. */
export const firstOf = ({ meanings }: Sheet, meaning: HeaderMeaning): string | null =>
  [...meanings].find(([, found]) => found === meaning)?.[0] ?? null;

/** One column of an import, which counts as used from here on. */
export function columnLine(sheet: Sheet, from: string, to: string, extra: readonly Pair[] = []): string {
  sheet.used.add(from);
  return `      - ${flow([["from", quote(from)], ["to", quote(to)], ...extra])}`;
}

/** A date column; where nothing in it decides day and month, as another column of the sheet has it, or left open. */
export function dateLine(sheet: Sheet, from: string, to: "date" | "birth_date"): string {
  if (!inferDateOrder(cellsOf(sheet.table, from), { column: from }).ambiguous) return columnLine(sheet, from, to);
  for (const other of sheet.table.raw.header) {
    const { order } = inferDateOrder(cellsOf(sheet.table, other), { column: other });
    if (order === "day-month" || order === "month-day")
      return `${columnLine(sheet, from, to, [["order", order]])}  # as in ${other}: check`;
  }
  return `${columnLine(sheet, from, to)}  # day or month first? add order: day-month or order: month-day`;
}

/** The column of the patient's number, which becomes a pseudonym. */
export const patientLine = (sheet: Sheet): string | null => {
  const from = firstOf(sheet, "patient");
  return from === null ? null : columnLine(sheet, from, "patient", [["identifier", "true"]]);
};

/** A column of sexes with what its words mean; words that nobody knows are left to the reader. */
export function sexLine(sheet: Sheet, from: string): string {
  const written = [...new Set(cellsOf(sheet.table, from).map(({ text }) => text))];
  const known = written.filter((text) => SEXES[text.toLowerCase()] !== undefined);
  const values = known.map((text): Pair => [quote(text), SEXES[text.toLowerCase()]!]);
  const line = columnLine(sheet, from, "sex", values.length === 0 ? [] : [["values", flow(values)]]);
  const rest = written.filter((text) => !known.includes(text)).slice(0, 6);
  return rest.length === 0 ? line : `${line}  # ${rest.join(", ")}: M or F? add to values`;
}

/** A column that the study explains, with its unit or its levels; null for one that it does not know. */
export function covariateLine(sheet: Sheet, from: string, known: readonly CovariateSpec[]): string | null {
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

/** Columns whose canonical name is their meaning. */
export const direct = (sheet: Sheet, names: readonly (HeaderMeaning & string)[]): readonly (string | null)[] =>
  names.map((name) => {
    const from = firstOf(sheet, name);
    return from === null ? null : columnLine(sheet, from, name === "test" ? "name" : name);
  });

/** Laboratory values that stand in columns of their own. */
export function wideLabs(sheet: Sheet): readonly string[] {
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
export function eventTemplates(sheet: Sheet): readonly string[] {
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
