import { mean, median, quantiles, standardDeviation } from "@livermark/statistics";
import { type CategoryColumn, columnId, type DataColumn, type Dataset, type NumberColumn } from "./dataset.js";
import { type Part, part } from "./part.js";
import { tableName } from "./recompute.js";
import { numberCase, tallyCase } from "./recompute-cases.js";
import type { Cell, CellContent, Computation, ResultRow } from "./results.js";
import { labelWithUnit, printedLevels, shownUnit } from "./wording.js";

/** One group of rows that gets a column of the table. */
export interface RowGroup {
  readonly key: string;
  readonly label: string;
  readonly rows: readonly number[];
}

/** Decimals that show three significant digits of a typical value, at most 3; counts and other whole numbers have one. */
export function decimalsFor(values: readonly number[]): number {
  const size = Math.max(...values.map(Math.abs), 0);
  if (values.every(Number.isInteger)) return size >= 1000 ? 0 : 1;
  return size >= 100 ? 1 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
}

/** Decimals of median and quartiles of each group: none where whole numbers have whole quartiles in every group. */
export function decimalsOfQuartiles(groups: readonly (readonly number[])[]): number {
  const values = groups.flat();
  const decimals = decimalsFor(values);
  if (!values.every(Number.isInteger)) return decimals;
  const whole = groups.every(
    (group) => group.length === 0 || quantiles(group, [0.25, 0.5, 0.75], 7).every(Number.isInteger),
  );
  return whole ? 0 : decimals;
}

const present = <T>(values: readonly (T | null)[], rows: readonly number[]): T[] =>
  rows.map((row) => values[row]).filter((value): value is T => value !== null && value !== undefined);

function numberRows(data: Dataset, stored: NumberColumn, groups: readonly RowGroup[]): readonly ResultRow[] {
  // Diffusion coefficients are read as ×10⁻³ mm²/s.
  const { factor } = shownUnit(stored.unit);
  const column =
    factor === 1
      ? stored
      : { ...stored, values: stored.values.map((value) => (value === null ? null : factor * value)) };
  const all = present(
    column.values,
    data.rows.map((_, row) => row),
  );
  const decimals = decimalsFor(all);
  const quartileDecimals = decimalsOfQuartiles(groups.map((group) => present(column.values, group.rows)));
  const cells = (kind: "median" | "mean"): ResultRow["cells"] =>
    Object.fromEntries(
      groups.map((group): [string, Cell] => {
        const id = `baseline.${data.id}.${column.name}.${group.key}.${kind}`;
        const values = present(column.values, group.rows);
        let content: CellContent;
        if (values.length === 0) content = { kind: "missing", why: "no value" };
        else if (kind === "median") {
          const [low, high] = quantiles(values, [0.25, 0.75], 7);
          content = {
            kind: "median-range",
            median: median(values),
            low: low ?? 0,
            high: high ?? 0,
            range: "iqr",
            decimals: quartileDecimals,
          };
        } else if (values.length < 2) content = { kind: "not-estimable", why: "one value has no standard deviation" };
        else content = { kind: "mean-sd", mean: mean(values), sd: standardDeviation(values), decimals };
        return [group.key, { id, ...content }];
      }),
    );
  return [
    { label: `${labelWithUnit(column.label, column.unit)}, median (IQR)`, cells: cells("median") },
    { label: "mean ± SD", indent: 1, cells: cells("mean") },
    ...missingRow(data, column, groups),
  ];
}

function categoryRows(data: Dataset, column: CategoryColumn, groups: readonly RowGroup[]): readonly ResultRow[] {
  const levels = printedLevels(column).map(
    (level): ResultRow => ({
      label: level,
      indent: 1,
      cells: Object.fromEntries(
        groups.map((group): [string, Cell] => {
          const values = present(column.values, group.rows);
          const n = values.filter((value) => value === level).length;
          const id = `baseline.${data.id}.${column.name}.${group.key}.${level}`;
          return [
            group.key,
            values.length === 0
              ? { id, kind: "missing", why: "no value" }
              : { id, kind: "share", n, total: values.length },
          ];
        }),
      ),
    }),
  );
  return [{ label: column.label, cells: {} }, ...levels, ...missingRow(data, column, groups)];
}

/** How many rows lack the value; no row where none does. */
function missingRow(data: Dataset, column: DataColumn, groups: readonly RowGroup[]): readonly ResultRow[] {
  const lacking = (group: RowGroup): number =>
    group.rows.length - present<number | string>(column.values, group.rows).length;
  if (groups.every((group) => lacking(group) === 0)) return [];
  const cells = groups.map((group): [string, Cell] => [
    group.key,
    { id: `baseline.${data.id}.${column.name}.${group.key}.missing`, kind: "count", n: lacking(group) },
  ]);
  return [{ label: "not recorded", indent: 1, cells: Object.fromEntries(cells) }];
}

/** The columns of all rows as cases for R; groups that are no column of the data have none. */
const casesOf = (data: Dataset, columns: readonly DataColumn[], groups: readonly RowGroup[]): readonly Computation[] =>
  groups
    .filter((group) => group.rows.length === data.rows.length)
    .flatMap(({ key, rows }) =>
      columns.flatMap((column) => {
        const id = `baseline.${data.id}.${column.name}.${key}`;
        const from = { data: tableName(data) };
        return column.type === "number"
          ? numberCase(id, from, column.name, present(column.values, rows), "both")
          : tallyCase(id, from, column.name, column.values, printedLevels(column));
      }),
    );

/**
 * The baseline table: for numbers median with quartiles (type 7) and mean ± SD (n − 1), for categories n (%) of the rows
 * with a value, and the count without one. Columns of the table are `groups`.
 */
export function baselineTable(data: Dataset, columns: readonly DataColumn[], groups: readonly RowGroup[]): Part {
  const rows: ResultRow[] = [
    {
      label: data.unit === "patient" ? "Patients" : "Treatments",
      cells: Object.fromEntries(
        groups.map((group): [string, Cell] => [
          group.key,
          { id: `baseline.${data.id}.n.${group.key}`, kind: "count", n: group.rows.length },
        ]),
      ),
    },
    ...columns.flatMap((column) =>
      column.type === "number" ? numberRows(data, column, groups) : categoryRows(data, column, groups),
    ),
  ];
  const passports = columns.flatMap((column) =>
    rows.flatMap((row) =>
      Object.values(row.cells)
        .map((cell) => cell.id)
        .filter((id): id is string => id?.startsWith(`baseline.${data.id}.${column.name}.`) === true)
        .map((id) => ({
          id,
          function: column.type === "number" ? "descriptive" : "count",
          version: "1",
          inputs: [{ kind: "result" as const, id: columnId(data, column) }],
          parameters: { quantileType: 7, standardDeviation: "n - 1" },
        })),
    ),
  );
  const counts = groups.map((group) => ({
    id: `baseline.${data.id}.n.${group.key}`,
    function: "count",
    version: "1",
    inputs: columns.slice(0, 1).map((column) => ({ kind: "result" as const, id: columnId(data, column) })),
    parameters: { rows: group.rows.length },
  }));
  return part({
    tables: [
      {
        id: `baseline.${data.id}`,
        title: data.unit === "patient" ? "Baseline characteristics" : "Characteristics per treatment",
        columns: groups.map((group) => ({ key: group.key, label: group.label })),
        rows,
        footnotes: [
          ...(columns.some(({ type }) => type === "number")
            ? ["Median with first and third quartile (linear interpolation, type 7); SD divides by n − 1."]
            : []),
          ...(columns.some(({ type }) => type === "category") ? ["Percentages are of those with a value."] : []),
        ],
      },
    ],
    passports: [...counts, ...passports],
    computations: casesOf(data, columns, groups),
  });
}
