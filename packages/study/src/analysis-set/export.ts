import { csvText } from "../csv-out.js";
import type { AnalysisTable } from "./types.js";

/**
 * A table of the analysis set as CSV, numbers in full precision, missing cells empty.
 * The codebook beside it says what each column is.
 */
export function analysisCsv(table: AnalysisTable): string {
  const keys = table.unit === "patient" ? ["patient"] : ["patient", "treatment"];
  return csvText([
    [...keys, ...table.columns.map(({ name }) => name)],
    ...table.rows.map((row) => [
      row.patient,
      ...(table.unit === "patient" ? [] : [row.treatment]),
      ...table.columns.map(({ name }) => row.cells[name]?.value ?? null),
    ]),
  ]);
}

/** The codebook of a table of the analysis set: role, label, type, unit, levels, and why cells are missing. */
export function analysisCodebookCsv(table: AnalysisTable): string {
  return csvText([
    ["column", "role", "label", "type", "unit", "levels", "after_baseline", "n", "missing", "reasons"],
    ...table.columns.map((column) => {
      const cells = table.rows.map((row) => row.cells[column.name]);
      const reasons = new Map<string, number>();
      for (const cell of cells) {
        if (cell !== undefined && cell.value !== null) continue;
        const reason = cell?.missing ?? "not derived";
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
      const missing = [...reasons.values()].reduce((sum, n) => sum + n, 0);
      return [
        column.name,
        column.role,
        column.label,
        column.type,
        column.unit,
        (column.levels ?? []).join("|"),
        column.afterBaseline ? 1 : 0,
        cells.length - missing,
        missing,
        [...reasons].map(([reason, n]) => `${reason}: ${n}`).join("; "),
      ];
    }),
  ]);
}
