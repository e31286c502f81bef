import type { ProvenanceInput } from "@livermark/core";
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

/** Where one source is, in a word or two. */
function sourceText(source: ProvenanceInput): string {
  switch (source.kind) {
    case "row":
      return `${source.table}:${source.line}${source.column === undefined ? "" : `:${source.column}`}`;
    case "result":
      return source.id;
    case "file":
      return source.path;
    case "series":
      return `series ${source.seriesUid}`;
    case "region":
      return `region ${source.name}`;
  }
}

/** The passport of every cell of a table of the analysis set: its value or why there is none, its rows, how it was made. */
export function analysisPassportsCsv(table: AnalysisTable): string {
  const lines = table.rows.flatMap((row) =>
    table.columns.flatMap(({ name }) => {
      const cell = row.cells[name];
      return cell === undefined
        ? []
        : [
            [
              row.patient,
              row.treatment,
              name,
              cell.value,
              cell.censored ?? "",
              cell.missing,
              cell.sources.map(sourceText).join(" "),
              cell.how,
            ],
          ];
    }),
  );
  return csvText([["patient", "treatment", "column", "value", "censored", "missing", "sources", "how"], ...lines]);
}
