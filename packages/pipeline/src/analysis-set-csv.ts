import type { AnalysisTable } from "@livermark/study";

const NUMERIC = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/** A CSV cell: quoted where needed, and never a formula for a spreadsheet. */
function csvCell(value: string | number | null): string {
  if (value === null) return "";
  const text = String(value);
  const guarded = /^[=+\-@\t\r]/.test(text) && !NUMERIC.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** One table of the analysis set as CSV in full precision: `patient`, `treatment`, then its columns. */
export function analysisSetCsv(table: AnalysisTable): string {
  const names = table.columns.map((column) => column.name);
  const head = ["patient", ...(table.unit === "treatment" ? ["treatment"] : []), ...names];
  const rows = table.rows.map((row) => [
    row.patient,
    ...(table.unit === "treatment" ? [row.treatment] : []),
    ...names.map((name) => row.cells[name]?.value ?? null),
  ]);
  return [head, ...rows].map((row) => `${row.map(csvCell).join(",")}\n`).join("");
}
