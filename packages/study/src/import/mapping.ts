import { andThen, mapResult, type Result, refuse } from "@livermark/core";
import { z } from "zod";
import { parseYamlWith, readYaml } from "../protocol/yaml-file.js";
import { TABLE_NAMES } from "../tables/definitions.js";
import { ENCODINGS } from "./encoding.js";

const columnMapping = z.strictObject({
  /** Column of the source. */
  from: z.string().min(1),
  /** Column of the canonical table, `date`, `day`, or a column of the codebook. */
  to: z.string().min(1),
  /** Written value → canonical value; a value that is not listed is refused. */
  values: z.record(z.string(), z.string()).optional(),
  /** Unit as written and as wanted, for laboratory tests and sizes. */
  unit: z.string().optional(),
  to_unit: z.string().optional(),
  /** Which laboratory test the unit belongs to, where molar mass matters. */
  test: z.string().optional(),
  order: z.enum(["iso", "day-month", "month-day", "year-month-day", "excel-serial"]).optional(),
  /** Replace by a keyed pseudonym. */
  identifier: z.boolean().default(false),
  /** Writings that mean missing in this column only. */
  missing: z.array(z.string()).default([]),
  /** What a column beyond the canonical ones is; written into the bundle's codebook. */
  label: z.string().optional(),
  type: z.enum(["number", "category", "date", "text"]).optional(),
  levels: z.array(z.string()).optional(),
});

const wideLab = z.strictObject({
  from: z.string().min(1),
  name: z.string().min(1),
  unit: z.string().default(""),
  /** Unit to convert into; absent = as written. */
  to_unit: z.string().optional(),
  /** Upper limit of normal for every value of the column. */
  uln: z.number().optional(),
  /** Column with the day of this value; absent = the mapped date column. */
  date_from: z.string().optional(),
});

/** One canonical row that a source row gives besides or instead of its own, e.g. a death from a column "date of death". */
const rowTemplate = z.strictObject({
  /** The row is made only where these columns hold a value (or, with a list, one of these values). */
  when: z.record(z.string(), z.union([z.literal("filled"), z.array(z.string()).min(1)])),
  columns: z.array(columnMapping).default([]),
  constants: z.record(z.string(), z.string()).default({}),
});

const redcapSource = z.strictObject({
  /** Data dictionary, beside the mapping file; the command line may name another. */
  dictionary: z.string().optional(),
  /** Forms whose fields are wanted; absent = all. */
  forms: z.array(z.string()).optional(),
  /** Repeating instrument; empty = the part that does not repeat. */
  instrument: z.string().default(""),
  event: z.string().optional(),
  missing_codes: z.array(z.string()).default([]),
});

const source = z.strictObject({
  /** File name that this mapping is for; absent = every file. */
  file: z.string().optional(),
  sheet: z.string().optional(),
  encoding: z.enum(ENCODINGS).optional(),
  decimal: z.enum([".", ","]).default("."),
  skip_rows: z.int().nonnegative().default(0),
  header_rows: z.int().positive().default(1),
  redcap: redcapSource.optional(),
});

const tableMapping = {
  table: z.enum(TABLE_NAMES),
  source: source.prefault({}),
  columns: z.array(columnMapping).min(1),
  /** Laboratory tests that stand side by side: each becomes a row. */
  wide: z.array(wideLab).default([]),
  /** Several rows from one source row. */
  rows: z.array(rowTemplate).default([]),
  constants: z.record(z.string(), z.string()).default({}),
  /** Further writings that mean missing. */
  missing: z.array(z.string()).default([]),
};

/** One table per file. */
export const mappingSchema = z.strictObject({ schema: z.literal("livermark.mapping/1"), ...tableMapping });

/** Several tables from the same files. */
export const mappingsSchema = z.strictObject({
  schema: z.literal("livermark.mapping/2"),
  imports: z.array(z.strictObject(tableMapping)).min(1),
});

/** How a foreign table becomes a canonical one: data that is saved and used again. */
export type TableMapping = Omit<z.output<typeof mappingSchema>, "schema">;
export type ColumnMapping = TableMapping["columns"][number];
export type RowTemplate = TableMapping["rows"][number];

/**
 * Reads a mapping of one table (`livermark.mapping/1`). Refuses mistakes, explained with line and column like those of a protocol.
 * Example: `parseMapping("schema: livermark.mapping/1\ntable: labs\ncolumns: [{ from: ID, to: patient }]\n", "labs.yaml")`.
 */
export const parseMapping = (text: string, file: string): Result<TableMapping> =>
  mapResult(parseYamlWith(mappingSchema, text, file), ({ value }) => value);

/**
 * Reads a mapping file: one table (`livermark.mapping/1`) or several (`livermark.mapping/2`, under `imports`). Refuses other schemas
 * and every mistake with its line.
 * Example: `parseMappings("schema: livermark.mapping/1\ntable: labs\ncolumns: [{ from: ID, to: patient }]\n", "m.yaml")`.
 */
export const parseMappings = (text: string, file: string): Result<readonly TableMapping[]> =>
  andThen(readYaml(text, file), ({ value }) => {
    const schema: unknown = typeof value === "object" && value !== null && "schema" in value ? value.schema : undefined;
    if (schema === "livermark.mapping/2")
      return mapResult(parseYamlWith(mappingsSchema, text, file), (parsed) => parsed.value.imports);
    if (schema === "livermark.mapping/1" || schema === undefined)
      return mapResult(parseMapping(text, file), (mapping) => [mapping]);
    return refuse({
      code: "unknown-word",
      message: `"${String(schema)}" is no mapping format.`,
      got: String(schema),
      wanted: "livermark.mapping/1 | livermark.mapping/2",
      mend: "Correct the first line, or let `livermark import TABLE --suggest FILE` draft a mapping.",
      path: "schema",
      where: { file, line: 1 },
    });
  });

/** The mapping formats as JSON Schema (draft 2020-12), for editors and for `docs/schema/mapping.json`. */
export const mappingJsonSchema = (): unknown =>
  z.toJSONSchema(z.discriminatedUnion("schema", [mappingSchema, mappingsSchema]), { io: "input" });

/** The mappings that hold for a file, by `source.file`. */
export const mappingsFor = (mappings: readonly TableMapping[], path: string): readonly TableMapping[] => {
  const base = path.split(/[\\/]/).pop() ?? path;
  return mappings.filter((mapping) => mapping.source.file === undefined || mapping.source.file === base);
};
