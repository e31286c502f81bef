import { compareStrings, type Issue } from "@livermark/core";
import { parseNumber } from "../tables/cells.js";
import { biomarkerLookup } from "./biomarkers.js";
import { countVariables, covariateVariables } from "./covariate-variables.js";
import { endpointVariables } from "./endpoint-variables.js";
import { groupVariables, responseVariables } from "./group-variables.js";
import { biomarkerVariables, featureVariables, indexVariables } from "./measured-variables.js";
import { speakingTreatment } from "./patient-from.js";
import type { AnalysisCell, AnalysisColumn, AnalysisRow, AnalysisSet } from "./types.js";
import type { AnalysisInputs, Variable } from "./variables.js";

/**
 * Builds the analysis set: one row per patient and one per treatment, each cell with its sources. In the table of
 * patients, what belongs to a treatment comes from the one that the protocol lets speak for the patient.
 */
export function buildAnalysisSet(inputs: AnalysisInputs): {
  readonly set: AnalysisSet;
  readonly issues: readonly Issue[];
} {
  const { records, protocol, treatments } = inputs;
  const { lookup, issues } = biomarkerLookup(records, protocol, inputs.readerOrder, inputs.computed);
  const base: Variable[] = [
    ...covariateVariables(inputs),
    ...countVariables(inputs),
    ...featureVariables(inputs),
    ...biomarkerVariables(inputs, lookup),
    ...indexVariables(inputs),
    ...responseVariables(inputs),
  ];
  const known = new Map(base.map((variable) => [variable.column.name, variable]));
  const outcomes = endpointVariables(inputs);
  const all = [...base, ...groupVariables(protocol, known)];
  const rowOf = (patient: string, treatment: number, per: "patient" | "treatment"): AnalysisRow => {
    const cells: { [name: string]: AnalysisCell } = {};
    for (const variable of all) cells[variable.column.name] = variable.at(patient, treatment);
    for (const variable of outcomes.variables)
      if (variable.per === "patient" || per === "treatment")
        cells[variable.column.name] = variable.at(patient, treatment);
    return { patient, treatment: per === "patient" ? null : treatment, cells };
  };
  const columnsFor = (per: "patient" | "treatment"): readonly AnalysisColumn[] => [
    ...all.map((variable) => variable.column),
    ...outcomes.variables
      .filter((variable) => variable.per === "patient" || per === "treatment")
      .map((variable) => variable.column),
  ];
  const table = (per: "patient" | "treatment", rows: readonly AnalysisRow[]): AnalysisSet["patients"] => ({
    unit: per,
    columns: withLevels(columnsFor(per), rows),
    endpoints: outcomes.endpoints
      .filter((endpoint) => endpoint.per === "patient" || per === "treatment")
      .map(({ per: _, ...endpoint }) => endpoint),
    rows,
  });
  const speaks = speakingTreatment(inputs.responses.best, protocol, treatments);
  const patientRows: AnalysisRow[] = [];
  const treatmentRows: AnalysisRow[] = [];
  for (const patient of records.patients) {
    patientRows.push(rowOf(patient, speaks(patient), "patient"));
    for (const { number } of treatments.byPatient.get(patient) ?? [])
      treatmentRows.push(rowOf(patient, number, "treatment"));
  }
  return {
    set: { patients: table("patient", patientRows), treatments: table("treatment", treatmentRows) },
    issues,
  };
}

/** Category columns without stated levels take the values met, numbers in numeric order. */
function withLevels(columns: readonly AnalysisColumn[], rows: readonly AnalysisRow[]): readonly AnalysisColumn[] {
  return columns.map((one) => {
    if (one.type !== "category" || (one.levels !== null && one.levels.length > 0)) return one;
    const met = [
      ...new Set(
        rows.map((row) => row.cells[one.name]?.value).filter((value) => value !== null && value !== undefined),
      ),
    ];
    const levels = met.map(String).sort((a, b) => {
      const x = parseNumber(a);
      const y = parseNumber(b);
      return x !== null && y !== null ? x - y : compareStrings(a, b);
    });
    return { ...one, levels };
  });
}
