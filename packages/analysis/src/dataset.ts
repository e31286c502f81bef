import { type Json, ok, type Passport, type ProvenanceInput, type Result, refuse } from "@livermark/core";

/** One row per patient or per treatment, as the analysis sees it: typed columns, and a passport for every column. */
export interface Dataset {
  /** Name in ids, e.g. `patients`. */
  readonly id: string;
  readonly unit: "patient" | "treatment";
  /** Key of each row: the pseudonym, or `pseudonym/treatment`. */
  readonly rows: readonly string[];
  readonly columns: readonly DataColumn[];
}

interface ColumnHead {
  readonly name: string;
  readonly label: string;
  /** Where the value of a row came from: a table row, or the result of a measurement or definition. */
  readonly origin: (row: number) => readonly ProvenanceInput[];
}

export interface NumberColumn extends ColumnHead {
  readonly type: "number";
  readonly unit: string;
  readonly values: readonly (number | null)[];
}

export interface CategoryColumn extends ColumnHead {
  readonly type: "category";
  /** First = reference. */
  readonly levels: readonly string[];
  /** Order of the levels in print, where it does not begin with the reference: quartiles count from the first. */
  readonly order?: readonly string[];
  readonly values: readonly (string | null)[];
}

export type DataColumn = NumberColumn | CategoryColumn;

/** The column of a name, or an Issue that lists the names there are. */
export function columnOf(data: Dataset, name: string): Result<DataColumn> {
  const column = data.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return ok(column);
  return refuse({
    code: "unknown-column",
    message: `The analysis names a column that the ${data.id} data do not have.`,
    got: name,
    wanted: `one of ${data.columns.map((candidate) => candidate.name).join(", ")}`,
    mend: "Correct the name, or add the column to the codebook.",
    path: name,
  });
}

/** A numeric column of that name. */
export function numberColumn(data: Dataset, name: string): Result<NumberColumn> {
  const column = columnOf(data, name);
  if (!column.ok || column.value.type === "number") return column as Result<NumberColumn>;
  return refuse({
    code: "column-not-numeric",
    message: "The analysis needs numbers in this column.",
    got: `${name} is a category`,
    wanted: "a column of type number",
    path: name,
  });
}

/** Result id of one value of the analysis set. */
export const valueId = (data: Dataset, row: number, column: DataColumn): string =>
  `data.${data.id}.${data.rows[row]}.${column.name}`;

/** Result id of a whole column. */
export const columnId = (data: Dataset, column: DataColumn): string => `data.${data.id}.${column.name}`;

const DATA_VERSION = "1";

/** Passports of a column and of each of its present values, so that a walk reaches every row. */
export function columnPassports(data: Dataset, column: DataColumn): readonly Passport[] {
  const values: Passport[] = [];
  for (let row = 0; row < data.rows.length; row++) {
    const value: Json | undefined = column.values[row];
    if (value === null || value === undefined) continue;
    values.push({
      id: valueId(data, row, column),
      function: "analysis-set.value",
      version: DATA_VERSION,
      inputs: column.origin(row),
      parameters: { value, ...(column.type === "number" && column.unit !== "" ? { unit: column.unit } : {}) },
    });
  }
  const whole: Passport = {
    id: columnId(data, column),
    function: "analysis-set.column",
    version: DATA_VERSION,
    inputs: values.map((value) => ({ kind: "result", id: value.id })),
    parameters: { present: values.length, missing: data.rows.length - values.length },
  };
  return [whole, ...values];
}
