import { type Json, ok, type Result, refuse } from "@livermark/core";
import type { Estimable, Limits, NotEstimable } from "@livermark/statistics";
import type { CaseSpec } from "./contract.js";
import { encode } from "./models-spec.js";

/** A value that may not be estimable: null then, as the oracle writes NA. */
export const estimable = (value: Estimable): Json => (typeof value === "number" ? encode(value) : null);

/** The same where R's formula answers 0/0 instead of NA. */
export const naIsNaN = (value: Estimable): Json => (typeof value === "number" ? encode(value) : "NaN");

/** An interval as a pair; a pair of nulls when it is not estimable. */
export const interval = (limits: Limits | NotEstimable): Json =>
  limits.estimable ? [encode(limits.low), encode(limits.high)] : [null, null];

/** exp(log(value) ± z·se) as floating point gives it, infinities and 0/0 included: what R prints for zero cells. */
export function ratioInterval(value: number, se: number, z: number): Json {
  const log = Math.log(value);
  return [encode(Math.exp(log - z * se)), encode(Math.exp(log + z * se))];
}

/** A table of numbers under an option. */
export function matrix(spec: CaseSpec, name: string): Result<readonly (readonly number[])[]> {
  return matrixOf(spec[name], `spec.${name}`);
}

/** A JSON list of lists of numbers. */
export function matrixOf(value: Json | undefined, path: string): Result<readonly (readonly number[])[]> {
  const rows: number[][] = [];
  for (const row of Array.isArray(value) ? value : [null]) {
    const cells: number[] = [];
    for (const cell of Array.isArray(row) ? row : [null]) if (typeof cell === "number") cells.push(cell);
    if (!Array.isArray(row) || cells.length !== row.length) {
      return refuse({
        code: "case-option",
        message: "An option of the case is not a table of numbers.",
        got: JSON.stringify(value),
        wanted: "a list of lists of numbers",
        path,
      });
    }
    rows.push(cells);
  }
  return ok(rows);
}
