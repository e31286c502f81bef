import type { Json, Passport } from "@livermark/core";
import { columnId, columnOf, type Dataset } from "./dataset.js";
import type { Cell, CellContent } from "./results.js";
import { ratioDecimals } from "./wording.js";

/** Cells of one part of the results, each with a passport of its own. */
export interface CellLedger {
  /** A cell under this id, made by the ledger's function from the inputs (the ledger's, unless given). */
  readonly issued: (
    id: string,
    content: CellContent,
    parameters?: { readonly [name: string]: Json },
    inputs?: Passport["inputs"],
  ) => Cell;
  /** Passports of all cells issued so far. */
  readonly passports: readonly Passport[];
}

/** A ledger for cells made by one function and version from the same inputs. */
export function cellLedger(made: string, version: string, inputs: Passport["inputs"]): CellLedger {
  const passports: Passport[] = [];
  return {
    passports,
    issued: (id, content, parameters = {}, own = inputs) => {
      passports.push({ id, function: made, version, inputs: own, parameters });
      return { id, ...content };
    },
  };
}

/** Columns of a data set as inputs of a passport; names that do not exist are left out. */
export const columnInputs = (data: Dataset, names: readonly string[]): Passport["inputs"] =>
  names.flatMap((name) => {
    const column = columnOf(data, name);
    return column.ok ? [{ kind: "result" as const, id: columnId(data, column.value) }] : [];
  });

/** An estimate with its interval; where the interval is missing, the number alone; where there is neither, why. */
export function estimateContent(
  found: { readonly value: number | null; readonly low: number | null; readonly high: number | null },
  options: { readonly decimals: number; readonly unit?: string; readonly level?: number; readonly why?: string },
): CellContent {
  const { value, low, high } = found;
  const { decimals, unit = "", level = 0.95, why = "no estimate" } = options;
  if (value === null || !Number.isFinite(value)) return { kind: "not-estimable", why };
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high))
    return { kind: "number", value, unit, decimals };
  return { kind: "estimate", value, low, high, level, decimals, unit };
}

/** A hazard or odds ratio with its interval, with as many decimals as tell its side of 1. */
export const ratioContent = (
  found: Parameters<typeof estimateContent>[0],
  options: { readonly level?: number; readonly why?: string } = {},
): CellContent =>
  estimateContent(found, {
    ...options,
    decimals: found.value === null ? 2 : ratioDecimals(found.value, found.low, found.high),
  });

/** A p-value, or why there is none. */
export const pContent = (p: number | null, why = "no test"): CellContent =>
  p === null || !Number.isFinite(p) ? { kind: "not-estimable", why } : { kind: "p", value: p };
