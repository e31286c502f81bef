import { compareStrings } from "@livermark/core";
import { indexDefinition } from "../indices/definitions.js";
import { variableAt } from "../protocol/variables.js";
import { analysisReader } from "../readers.js";
import { byPatient } from "../records.js";
import type { BiomarkerLookup } from "./biomarkers.js";
import { cell, fromRow, missingCell } from "./types.js";
import { type AnalysisInputs, column, type Variable } from "./variables.js";

/** Qualitative features at each time point, of the reader that enters the analysis. */
export function featureVariables({ records, protocol, readerOrder }: AnalysisInputs): readonly Variable[] {
  const index = byPatient(records.tables.features.rows);
  return protocol.features.flatMap((feature) =>
    feature.time_points.map(
      (timePoint): Variable => ({
        column: column({
          name: variableAt(feature.id, timePoint),
          label: feature.time_points.length > 1 ? `${feature.label}, ${timePoint}` : feature.label,
          type: "category",
          levels: feature.categories,
          role: "feature",
          afterBaseline: timePoint !== protocol.response.baseline,
        }),
        at: (patient, treatment) => {
          const rows = (index.get(patient) ?? []).filter(
            (row) =>
              row.feature === feature.id &&
              row.time_point === timePoint &&
              (row.treatment === null || row.treatment === treatment),
          );
          const readers = [...new Set(rows.map(({ reader }) => reader))];
          const reader = analysisReader(readers, protocol.readers.analysis, readerOrder);
          const row = rows.find((one) => one.reader === reader);
          if (row === undefined || row.value === null) return missingCell("not read");
          const sources = [fromRow("features", row.line, "value")];
          const value = feature.categories.find((category) => category.toLowerCase() === row.value?.toLowerCase());
          return value === undefined ? missingCell(`unknown category ${row.value}`, sources) : cell(value, sources);
        },
      }),
    ),
  );
}

/** Biomarkers at each time point, those of the protocol first, then what else was measured; and their changes. */
export function biomarkerVariables(
  { records, protocol, computed }: AnalysisInputs,
  lookup: BiomarkerLookup,
): readonly Variable[] {
  const labelOf = new Map(protocol.time_points.map(({ id, label }) => [id, label]));
  const baseline = protocol.response.baseline;
  const defined = protocol.biomarkers.flatMap((marker) =>
    marker.time_points.map((timePoint) => ({ id: marker.id, label: marker.label, unit: marker.unit, timePoint })),
  );
  const known = new Set(defined.map(({ id, timePoint }) => variableAt(id, timePoint)));
  const others = new Map<string, { id: string; label: string; unit: string; timePoint: string }>();
  const measured = [
    ...records.tables.measurements.rows.map((row) => ({
      id: row.biomarker,
      unit: row.unit ?? "",
      timePoint: row.time_point,
    })),
    ...computed.map((one) => ({ id: one.biomarker, unit: one.unit, timePoint: one.timePoint })),
  ];
  for (const one of measured) {
    const name = variableAt(one.id, one.timePoint);
    if (!known.has(name) && !others.has(name)) others.set(name, { ...one, label: one.id });
  }
  const variables: Variable[] = [...defined, ...[...others.values()].sort((a, b) => compareStrings(a.id, b.id))].map(
    ({ id, label, unit, timePoint }) => ({
      column: column({
        name: variableAt(id, timePoint),
        label: `${label}, ${labelOf.get(timePoint) ?? timePoint}`,
        unit,
        role: "biomarker",
        afterBaseline: timePoint !== baseline,
      }),
      at: (patient, treatment) => lookup(patient, treatment, id, timePoint),
    }),
  );
  for (const change of protocol.changes) {
    const unit = change.as === "percent" ? "%" : (protocol.biomarkers.find(({ id }) => id === change.of)?.unit ?? "");
    variables.push({
      column: column({ name: change.id, label: change.label, unit, role: "change", afterBaseline: true }),
      at: (patient, treatment) => {
        const from = lookup(patient, treatment, change.of, change.from);
        const to = lookup(patient, treatment, change.of, change.to);
        const sources = [...from.sources, ...to.sources];
        if (typeof from.value !== "number") return missingCell(`${change.from}: ${from.missing}`, sources);
        if (typeof to.value !== "number") return missingCell(`${change.to}: ${to.missing}`, sources);
        if (change.as === "rise") return cell(to.value - from.value, sources, `${change.to} − ${change.from}`);
        if (change.as === "fall") return cell(from.value - to.value, sources, `${change.from} − ${change.to}`);
        if (from.value === 0) return missingCell(`no change defined: ${change.from} is 0`, sources);
        const percent = ((to.value - from.value) / from.value) * 100;
        return cell(percent, sources, `(${change.to} − ${change.from}) / ${change.from} × 100`);
      },
    });
  }
  return variables;
}

/** Indices at baseline. */
export function indexVariables({ indices: derived, protocol }: AnalysisInputs): readonly Variable[] {
  return protocol.indices.names.map((name): Variable => {
    const definition = indexDefinition(name);
    return {
      column: column({
        name,
        label: definition.label,
        type: definition.levels === null ? "number" : "category",
        levels: definition.levels,
        role: "index",
      }),
      at: (patient) => derived.of(patient, name),
    };
  });
}
