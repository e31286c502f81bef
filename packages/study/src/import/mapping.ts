import { mapResult, type Result } from "@livermark/core";
import { z } from "zod";
import { parseYamlWith } from "../protocol/yaml-file.js";
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
  order: z.enum(["iso", "day-month", "month-day", "year-month-day"]).optional(),
  /** Replace by a keyed pseudonym. */
  identifier: z.boolean().default(false),
});

const wideLab = z.strictObject({
  from: z.string().min(1),
  name: z.string().min(1),
  unit: z.string().default(""),
  /** Column with the day of this value; absent = the mapped date column. */
  date_from: z.string().optional(),
});

export const mappingSchema = z.strictObject({
  schema: z.literal("livermark.mapping/1"),
  table: z.enum(TABLE_NAMES),
  source: z
    .strictObject({
      sheet: z.string().optional(),
      encoding: z.enum(ENCODINGS).optional(),
      decimal: z.enum([".", ","]).default("."),
      skip_rows: z.int().nonnegative().default(0),
      header_rows: z.int().positive().default(1),
    })
    .prefault({}),
  columns: z.array(columnMapping).min(1),
  /** Laboratory tests that stand side by side: each becomes a row. */
  wide: z.array(wideLab).default([]),
  constants: z.record(z.string(), z.string()).default({}),
  /** Further writings that mean missing. */
  missing: z.array(z.string()).default([]),
});

/** How a foreign table becomes a canonical one: data that is saved and used again. */
export type TableMapping = z.output<typeof mappingSchema>;

/** Reads a mapping file; mistakes are explained like those of a protocol. */
export const parseMapping = (text: string, file: string): Result<TableMapping> =>
  mapResult(parseYamlWith(mappingSchema, text, file), ({ value }) => value);
