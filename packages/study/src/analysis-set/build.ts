import { compareStrings, type Issue } from "@livermark/core";
import { blankRecord } from "../blank-record.js";
import { parseNumber } from "../tables/cells.js";
import { biomarkerLookup } from "./biomarkers.js";
import { countVariables, covariateVariables } from "./covariate-variables.js";
import { endpointVariables } from "./endpoint-variables.js";
import { groupVariables, responseVariables } from "./group-variables.js";
import { biomarkerVariables, featureVariables, indexVariables } from "./measured-variables.js";
import { speakingTreatment } from "./patient-from.js";
import { type AnalysisCell, type AnalysisColumn, type AnalysisRow, type AnalysisSet, missingCell } from "./types.js";
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
  const variablesOf = (per: "patient" | "treatment"): readonly Variable[] => [
    ...all,
    ...outcomes.variables.filter((variable) => variable.per === "patient" || per === "treatment"),
  ];
  const shapes = { patient: rowShape(variablesOf("patient")), treatment: rowShape(variablesOf("treatment")) };
  const rowOf = (patient: string, treatment: number, per: "patient" | "treatment"): AnalysisRow => {
    const { variables, blank } = shapes[per];
    const cells: { [name: string]: AnalysisCell } = { ...blank };
    for (const variable of variables) cells[variable.column.name] = variable.at(patient, treatment);
    return { patient, treatment: per === "patient" ? null : treatment, cells };
  };
  const table = (per: "patient" | "treatment", rows: readonly AnalysisRow[]): AnalysisSet["patients"] => ({
    unit: per,
    columns: withLevels(
      shapes[per].variables.map((variable) => variable.column),
      rows,
    ),
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

/**
 * The variables of a table and a row with all its columns, to be copied for each row: copies of one parsed object share
 * its layout in memory, rows filled name by name would each keep a table of names (five times the memory).
 */
function rowShape(variables: readonly Variable[]): {
  readonly variables: readonly Variable[];
  readonly blank: { readonly [name: string]: AnalysisCell };
} {
  return {
    variables,
    blank: blankRecord(
      variables.map(({ column }) => column.name),
      missingCell("not derived"),
    ),
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
