import { DAYS_PER_MONTH } from "@livermark/core";
import { binaryOutcome } from "./binary-outcome.js";
import type { Dataset } from "./dataset.js";
import type { Computation, RecomputeTable } from "./results.js";
import type { EndpointColumns } from "./survival-data.js";

/** File name of a data set in the recomputation. */
export const tableName = (data: Dataset): string => `${data.id}.csv`;

/** Column that holds an endpoint's time in months. */
export const monthsColumn = (endpoint: EndpointColumns): string => `${endpoint.name}.months`;

/** Column that holds a yes/no outcome as 1 and 0. */
export const codedColumn = (outcome: string, event: readonly string[]): string =>
  event.length === 0 ? `${outcome}.coded` : `${outcome}.${event.join(".")}`;

/** A yes/no outcome that some computation uses. */
export interface CodedOutcome {
  readonly outcome: string;
  readonly event: readonly string[];
}

/**
 * The data set as a plain table for `recompute.R`: key columns, every column, endpoint times in months, and outcomes
 * coded 1 and 0. It holds no date and no identity beyond the study's pseudonyms.
 */
export function recomputeTable(
  data: Dataset,
  endpoints: readonly EndpointColumns[],
  outcomes: readonly CodedOutcome[],
): RecomputeTable {
  const keys: [string, (row: number) => string | number][] = [
    ["patient", (row) => (data.rows[row] ?? "").split("/")[0] ?? ""],
  ];
  if (data.unit === "treatment") keys.push(["treatment", (row) => Number((data.rows[row] ?? "").split("/")[1])]);
  const months = endpoints.flatMap((endpoint): [string, (row: number) => number | null][] => {
    const time = data.columns.find((column) => column.name === endpoint.time);
    if (time?.type !== "number") return [];
    const perMonth = time.unit === "days" ? DAYS_PER_MONTH : 1;
    return [
      [
        monthsColumn(endpoint),
        (row) => {
          const value = time.values[row];
          return value === null || value === undefined ? null : value / perMonth;
        },
      ],
    ];
  });
  const coded = outcomes.flatMap(({ outcome, event }): [string, (row: number) => number | null][] => {
    const column = data.columns.find((candidate) => candidate.name === outcome);
    const binary = column === undefined ? null : binaryOutcome(data, column, event);
    if (binary === null) return [];
    const byRow = new Map(binary.rows.map((row, i) => [row, binary.values[i] ?? null]));
    return [[codedColumn(outcome, event), (row) => byRow.get(row) ?? null]];
  });
  const own = data.columns.map((column): [string, (row: number) => number | string | null] => [
    column.name,
    (row) => column.values[row] ?? null,
  ]);
  const named = new Map([...keys, ...own, ...months, ...coded]);
  return {
    name: tableName(data),
    columns: [...named.keys()],
    rows: data.rows.map((_, row) => [...named.values()].map((value) => value(row))),
  };
}

/** Computations in order, each id once. */
export function distinctComputations(all: readonly Computation[]): readonly Computation[] {
  const seen = new Map<string, Computation>();
  for (const one of all) if (!seen.has(`${one.id} ${one.method}`)) seen.set(`${one.id} ${one.method}`, one);
  return [...seen.values()];
}
