import type { TableName } from "../tables/definitions.js";

/** Columns that together tell one record of a table from another; `when` stands for `date` or `day`. */
const KEYS: { readonly [N in TableName]: readonly string[] } = {
  codebook: ["table", "column"],
  patients: ["patient"],
  screening: ["subject", "unit", "step"],
  "time-points": ["patient", "time_point", "treatment"],
  images: ["series_uid", "study_uid", "path", "patient", "time_point"],
  regions: ["path", "label", "patient", "time_point", "reader", "repeat", "lesion", "purpose"],
  procedures: ["patient", "procedure"],
  lesions: ["patient", "treatment", "time_point", "reader", "lesion"],
  responses: ["patient", "treatment", "time_point", "reader", "profile"],
  measurements: ["patient", "time_point", "treatment", "reader", "lesion", "biomarker", "repeat"],
  features: ["patient", "time_point", "treatment", "reader", "lesion", "feature"],
  labs: ["patient", "when", "name"],
  events: ["patient", "when", "event"],
  board: ["patient", "when", "question", "decision"],
  "adverse-events": ["patient", "procedure", "when", "scale", "term"],
  "ae-terms": ["scale", "term"],
  given: ["patient", "treatment"],
  history: ["entry"],
};

/** Columns of `header` that make up the key of a record, in the file's own words. */
export const keyColumns = (table: TableName, header: readonly string[]): readonly string[] =>
  KEYS[table].flatMap((name) =>
    name === "when" ? header.filter((column) => column === "date" || column === "day") : [name],
  );

/** Key of one record: its key cells, joined; a column that the table does not have counts as empty. */
export const recordKey = (columns: readonly string[], cell: (column: string) => string): string =>
  columns.map(cell).join("\u0000");
