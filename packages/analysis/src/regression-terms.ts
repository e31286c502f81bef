import { type CoxCovariate, dummyCovariates, type ModelTerm } from "@livermark/statistics";
import type { DataColumn } from "./dataset.js";

/** Levels that occur in the rows; a level nobody has cannot be estimated and is left out. */
const levelsIn = (column: DataColumn, rows: readonly number[]): readonly string[] =>
  column.type === "number" ? [] : column.levels.filter((level) => rows.some((row) => column.values[row] === level));

const numbers = (column: DataColumn, rows: readonly number[]): Float64Array =>
  Float64Array.from(rows, (row) => {
    const value = column.values[row];
    return typeof value === "number" ? value : Number.NaN;
  });

const labels = (column: DataColumn, rows: readonly number[]): (string | null)[] =>
  rows.map((row) => {
    const value = column.values[row];
    return typeof value === "string" ? value : null;
  });

/** A column as covariates of a Cox model: its numbers, or an indicator of every level after the reference. */
export function coxCovariates(column: DataColumn, rows: readonly number[]): readonly CoxCovariate[] {
  if (column.type === "number") return [{ name: column.name, values: numbers(column, rows) }];
  return dummyCovariates(column.name, labels(column, rows), levelsIn(column, rows));
}

/** A column as a term of a logistic model. */
export const modelTerm = (column: DataColumn, rows: readonly number[]): ModelTerm =>
  column.type === "number"
    ? { kind: "numeric", name: column.name, values: numbers(column, rows) }
    : { kind: "factor", name: column.name, values: labels(column, rows), levels: levelsIn(column, rows) };

/** Values of one term's design columns in one row. */
export const designCodes = (term: ModelTerm, at: number): readonly number[] =>
  term.kind === "numeric"
    ? [Number(term.values[at])]
    : term.levels.slice(1).map((level) => (term.values[at] === level ? 1 : 0));
