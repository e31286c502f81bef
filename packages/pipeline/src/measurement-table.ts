import { type Part, part, type ResultRow, type ResultTable } from "@livermark/analysis";
import type { Protocol } from "@livermark/study";
import type { MeasuredStudy } from "./measure-study.js";
import { measuredCell } from "./measured-cell.js";
import { outlineSentence } from "./outline-sentence.js";

/** The measurements of the images as a table of the report. */
export function measurementTable(protocol: Protocol, { measurements }: MeasuredStudy): Part {
  if (measurements.length === 0) return part({});
  const markers = protocol.biomarkers.filter((marker) => measurements.some((one) => one.biomarker === marker.id));
  const rows = new Map<string, ResultRow>();
  for (const one of measurements) {
    const label = [
      one.patient,
      one.timePoint,
      one.treatment === null ? "" : `treatment ${one.treatment}`,
      one.reader === null ? "" : `reader ${one.reader}`,
    ]
      .filter((word) => word !== "")
      .join(", ");
    const marker = markers.find((candidate) => candidate.id === one.biomarker);
    if (marker === undefined) continue;
    const cell = measuredCell(one, marker, marker.unit === "1" || marker.unit === "mm2/s" ? 3 : 1);
    const row = rows.get(label) ?? { label, cells: {} };
    rows.set(label, { ...row, cells: { ...row.cells, [one.biomarker]: cell } });
  }
  const table: ResultTable = {
    id: "measurements",
    title: "Measurements on images",
    columns: markers.map((marker) => ({ key: marker.id, label: marker.label })),
    rows: [...rows.values()],
    footnotes: [
      "Intervals (95 %) cover what the recipe names in its passport; they do not cover differences between readers.",
    ],
  };
  const outlined = outlineSentence(measurements);
  return part({
    tables: [table],
    methods: [
      `Measured on the images by Livermark's own kernels: ${markers.map((marker) => marker.label).join(", ")}. A region covers the voxels whose centres lie inside it.`,
      ...(outlined === null ? [] : [outlined]),
    ],
  });
}
