import { all, andThen, type Json, mapResult, ok, type Result, refuse } from "@livermark/core";
import type { ModelTerm, NumericColumn } from "@livermark/statistics";
import type { CaseInput, CaseSpec, CaseTable } from "./contract.js";

/** A number as the cases write it: full doubles, words for what JSON has no number for. */
export function encode(value: number | null): Json {
  if (value === null || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Inf" : "-Inf";
}

export const encodeAll = (values: ArrayLike<number | null>): Json[] => Array.from(values, encode);

const badOption = (name: string, got: Json | undefined, wanted: string) =>
  refuse({
    code: "case-option",
    message: `Option ${name} of the case is not ${wanted}.`,
    got: JSON.stringify(got),
    wanted,
    path: `spec.${name}`,
  });

export function text(spec: CaseSpec, name: string): Result<string> {
  const value = spec[name];
  return typeof value === "string" ? ok(value) : badOption(name, value, "a word");
}

export function number(spec: CaseSpec, name: string, otherwise?: number): Result<number> {
  const value = spec[name];
  if (typeof value === "number") return ok(value);
  return (value === undefined || value === null) && otherwise !== undefined
    ? ok(otherwise)
    : badOption(name, value, "a number");
}

export function numbers(spec: CaseSpec, name: string): Result<readonly number[]> {
  const value = spec[name];
  if (!Array.isArray(value)) return badOption(name, value, "a list of numbers");
  const out: number[] = [];
  for (const element of value) {
    if (typeof element !== "number") return badOption(name, value, "a list of numbers");
    out.push(element);
  }
  return ok(out);
}

export function words(spec: CaseSpec, name: string): Result<readonly string[]> {
  const value = spec[name];
  if (!Array.isArray(value)) return badOption(name, value, "a list of words");
  const out: string[] = [];
  for (const element of value) {
    if (typeof element !== "string") return badOption(name, value, "a list of words");
    out.push(element);
  }
  return ok(out);
}

/** The case's table, or a refusal when it names none. */
export const tableOf = (input: CaseInput): Result<CaseTable> =>
  input.table === null
    ? refuse({ code: "case-without-table", message: "The method needs a table.", path: "data" })
    : ok(input.table);

export function cells(table: CaseTable, name: string): Result<readonly (number | string | null)[]> {
  const column = table.columns[name];
  return column === undefined
    ? refuse({
        code: "unknown-column",
        message: `The table has no column ${name}.`,
        got: name,
        wanted: Object.keys(table.columns).join(", "),
      })
    : ok(column);
}

/** A column of numbers. Refuses a text column. */
export const numericCells = (table: CaseTable, name: string): Result<NumericColumn> =>
  andThen(cells(table, name), (column) => {
    const out: (number | null)[] = [];
    for (const cell of column) {
      if (typeof cell === "string") {
        return refuse({
          code: "column-not-numeric",
          message: `Column ${name} holds text.`,
          got: cell,
          wanted: "numbers",
          where: { column: name },
        });
      }
      out.push(cell);
    }
    return ok(out);
  });

/** Number columns of the case's table, by name. */
export const columnsOf = (input: CaseInput, names: readonly string[]): Result<readonly NumericColumn[]> =>
  andThen(tableOf(input), (table) => all(names.map((name) => numericCells(table, name))));

/** The columns that options of the spec name. */
export const namedColumns = (input: CaseInput, options: readonly string[]): Result<readonly NumericColumn[]> =>
  andThen(all(options.map((option) => text(input.spec, option))), (names) => columnsOf(input, names));

/** Levels of the factors that the spec declares. */
function factorLevels(spec: CaseSpec, name: string): readonly (string | number)[] | null {
  const factors = spec.factors;
  if (typeof factors !== "object" || factors === null || Array.isArray(factors)) return null;
  const levels = (factors as CaseSpec)[name];
  return Array.isArray(levels)
    ? levels.filter((level) => typeof level === "string" || typeof level === "number")
    : null;
}

/** One model term; text columns without declared levels become factors with their levels in ascending order. */
export const termOf = (input: CaseInput, name: string): Result<ModelTerm> =>
  andThen(tableOf(input), (table) => {
    const levels = factorLevels(input.spec, name);
    if (levels === null)
      return mapResult(numericCells(table, name), (values): ModelTerm => ({ kind: "numeric", name, values }));
    return mapResult(cells(table, name), (values): ModelTerm => ({ kind: "factor", name, values, levels }));
  });

export const termsOf = (input: CaseInput, names: readonly string[]): Result<readonly ModelTerm[]> =>
  all(names.map((name) => termOf(input, name)));

/** `y ~ a + b` or `Surv(time, event) ~ a + b`. */
export function formulaOf(
  spec: CaseSpec,
): Result<{ readonly response: readonly string[]; readonly terms: readonly string[] }> {
  return andThen(text(spec, "formula"), (formula) => {
    const [left, right] = formula.split("~").map((side) => side.trim());
    const response = /^Surv\((.+)\)$/.exec(left ?? "")?.[1]?.split(",") ?? [left ?? ""];
    const terms = (right ?? "")
      .split("+")
      .map((term) => term.trim())
      .filter((term) => term !== "" && term !== "1");
    return right === undefined
      ? badOption("formula", formula, "a formula response ~ terms")
      : ok({ response: response.map((part) => part.trim()), terms });
  });
}

/** The first word of an option that names a file and then comments on it. */
export const fileOf = (spec: CaseSpec, name: string): Result<string> =>
  mapResult(text(spec, name), (value) => value.split(" ")[0] ?? value);

/** Columns of a further table, as 0-based row numbers. */
export const rowIndices = (input: CaseInput, option: string): Result<readonly Int32Array[]> =>
  andThen(fileOf(input.spec, option), (file) =>
    andThen(input.load(file), (table) =>
      all(
        Object.keys(table.columns).map((name) =>
          mapResult(numericCells(table, name), (column) => Int32Array.from(column, (row) => (row ?? 0) - 1)),
        ),
      ),
    ),
  );
