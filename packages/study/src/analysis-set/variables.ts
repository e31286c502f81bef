import type { EndpointDefinition } from "../endpoints/definitions.js";
import type { EndpointRow } from "../endpoints/endpoint.js";
import type { GivenEndpoints } from "../endpoints/given-endpoints.js";
import type { DerivedIndices } from "../indices/derive-indices.js";
import type { Protocol } from "../protocol/schema.js";
import type { StudyRecords } from "../records.js";
import type { DerivedResponse } from "../response/derive-response.js";
import type { Treatments } from "../treatments.js";
import type { ComputedMeasurement } from "./biomarkers.js";
import type { AnalysisCell, AnalysisColumn } from "./types.js";

/** What the analysis set is made from. */
export interface AnalysisInputs {
  readonly records: StudyRecords;
  readonly protocol: Protocol;
  readonly readerOrder: readonly string[];
  /** Columns of given.csv that are times and events, not covariates. */
  readonly endpointColumns: ReadonlySet<string>;
  readonly treatments: Treatments;
  readonly responses: DerivedResponse;
  readonly endpoints: readonly EndpointRow[];
  readonly definitions: readonly EndpointDefinition[];
  readonly given: GivenEndpoints;
  readonly indices: DerivedIndices;
  readonly computed: readonly ComputedMeasurement[];
}

/** One column with the way to its cells. */
export interface Variable {
  readonly column: AnalysisColumn;
  readonly at: (patient: string, treatment: number) => AnalysisCell;
}

/** A column with neutral defaults: a number, known at baseline. */
export const column = (
  parts: Partial<AnalysisColumn> & Pick<AnalysisColumn, "name" | "label" | "role">,
): AnalysisColumn => ({
  unit: "",
  type: "number",
  levels: null,
  afterBaseline: false,
  ...parts,
});

/** A variable that does not depend on the treatment: its cell is made once for all rows of a patient. */
export function perPatient(column: AnalysisColumn, of: (patient: string) => AnalysisCell): Variable {
  let last: { readonly patient: string; readonly cell: AnalysisCell } | null = null;
  return {
    column,
    at: (patient) => {
      if (last?.patient !== patient) last = { patient, cell: of(patient) };
      return last.cell;
    },
  };
}
