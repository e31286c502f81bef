import type { AnalysisTable } from "@livermark/study";
import type { DataColumn, Dataset } from "./dataset.js";

/**
 * The analysis set as statistics read it: numbers and categories with the sources of every cell. Texts are left out,
 * because no statistic takes them. A level that no row has stays in its column.
 */
export function datasetOf(table: AnalysisTable): Dataset {
  const columns = table.columns.flatMap((column): readonly DataColumn[] => {
    if (column.type === "text") return [];
    const cells = table.rows.map((row) => row.cells[column.name]);
    const head = {
      name: column.name,
      label: column.label,
      origin: (row: number) => cells[row]?.sources ?? [],
    };
    if (column.type === "number")
      return [
        {
          ...head,
          type: "number",
          unit: column.unit,
          values: cells.map((cell) => (typeof cell?.value === "number" ? cell.value : null)),
        },
      ];
    return [
      {
        ...head,
        type: "category",
        levels: column.levels ?? [],
        ...(column.printOrder === undefined ? {} : { order: column.printOrder }),
        values: cells.map((cell) => (cell === undefined || cell.value === null ? null : String(cell.value))),
      },
    ];
  });
  return {
    id: table.unit === "patient" ? "patients" : "treatments",
    unit: table.unit,
    rows: table.rows.map((row) => (row.treatment === null ? row.patient : `${row.patient}/${row.treatment}`)),
    columns,
  };
}
