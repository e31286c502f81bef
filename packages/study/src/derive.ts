import type { Issue } from "@livermark/core";
import { type AdverseEvents, adverseEvents } from "./adverse-events.js";
import type { ComputedMeasurement } from "./analysis-set/biomarkers.js";
import { buildAnalysisSet } from "./analysis-set/build.js";
import type { AnalysisSet } from "./analysis-set/types.js";
import { checkNames } from "./checks.js";
import { deriveEligibility, type PatientEligibility } from "./eligibility.js";
import type { EndpointDefinition } from "./endpoints/definitions.js";
import { type DerivedEndpoints, deriveEndpoints } from "./endpoints/derive-endpoints.js";
import type { EndpointRow } from "./endpoints/endpoint.js";
import { givenEndpoints } from "./endpoints/given-endpoints.js";
import { type FlowBox, flowChart } from "./flow.js";
import type { Amendment } from "./history/apply.js";
import { deriveIndices } from "./indices/derive-indices.js";
import { labIssues } from "./indices/lab-issues.js";
import type { Protocol } from "./protocol/schema.js";
import { readerIssues } from "./reader-issues.js";
import type { StudyRecords } from "./records.js";
import { deriveResponse } from "./response/derive-response.js";
import type { BestOverallResponse, TimePointResponse } from "./response/rows.js";
import { type ResponseCounts, responseCounts } from "./response-counts.js";
import { applyOverrides, type StudyFile } from "./study-file.js";
import { timeWindows, type WindowVerdict } from "./time-windows.js";
import { deriveTreatments, showStart } from "./treatments.js";

/** What `livermark derive --json` prints, and the analysis set with it. */
export interface Derived {
  readonly response: readonly (TimePointResponse | BestOverallResponse)[];
  readonly endpoints: readonly EndpointRow[];
  readonly treatments: readonly {
    readonly patient: string;
    readonly treatment: number;
    readonly start: string | number;
    readonly procedures: readonly string[];
  }[];
  readonly eligibility: readonly PatientEligibility[];
  readonly issues: readonly Issue[];
  readonly flow: readonly FlowBox[];
  readonly analysisSet: AnalysisSet;
  /** Definitions of the endpoints in force. */
  readonly definitions: readonly EndpointDefinition[];
  /** Counts per procedure and per patient, each scale apart; their Issues are among `issues`. */
  readonly adverseEvents: AdverseEvents;
  readonly longAfterLastScan: DerivedEndpoints["longAfterLastScan"];
  /** CR, PR, SD, PD … and the protocol's groupings, counted. */
  readonly responseCounts: readonly ResponseCounts[];
  /** Dated time points against their windows. */
  readonly windows: readonly WindowVerdict[];
  /** Corrections of history.csv in force, with the earlier values. */
  readonly amendments: readonly Amendment[];
  /** The protocol with the study's overrides in place, and what they changed. */
  readonly protocol: Protocol;
  readonly overridden: readonly { readonly path: string; readonly value: string }[];
}

/**
 * From records to response, treatments, endpoints, eligibility and the analysis set, by the definitions of the
 * protocol and the overrides of the study. `computed` are measurements made from images in the same run.
 * Issues of reading are not repeated here. Example: `derive(readRecords(files, protocol, study), protocol, study)`.
 */
export function derive(
  records: StudyRecords,
  protocol: Protocol,
  study: StudyFile,
  computed: readonly ComputedMeasurement[] = [],
): Derived {
  const { protocol: inForce, changed } = applyOverrides(protocol, study);
  const treatments = deriveTreatments(records, inForce.treatments);
  const response = deriveResponse(records, inForce, treatments, study.lock?.day ?? null);
  const endpoints = deriveEndpoints(records, inForce, study, treatments, response.timePoints);
  const given = givenEndpoints(
    records,
    study,
    endpoints.definitions.slice(0, inForce.endpoints.length).map(({ name }) => name),
  );
  const allEndpoints = [...endpoints.rows, ...given.rows];
  const indices = deriveIndices(records, inForce, treatments);
  const eligibility = deriveEligibility({ records, protocol: inForce, treatments, indices, endpoints: allEndpoints });
  const adverse = adverseEvents(records, inForce, treatments);
  const { set, issues: setIssues } = buildAnalysisSet({
    records,
    protocol: inForce,
    readerOrder: study.readers.map(({ id }) => id),
    endpointColumns: new Set(Object.values(study.given.endpoints).flatMap(({ time, event }) => [time, event])),
    treatments,
    responses: response,
    endpoints: allEndpoints,
    definitions: endpoints.definitions,
    given,
    indices,
    computed,
  });
  return {
    response: [...response.timePoints, ...response.best],
    endpoints: allEndpoints,
    treatments: records.patients.flatMap((patient) =>
      (treatments.byPatient.get(patient) ?? []).map((treatment) => ({
        patient,
        treatment: treatment.number,
        start: showStart(treatment.startDay, records.axis),
        procedures: treatment.procedures.map((row) => row.procedure),
      })),
    ),
    eligibility,
    issues: [
      ...checkNames(records, inForce, study, treatments),
      ...treatments.issues,
      ...response.issues,
      ...endpoints.issues,
      ...given.issues,
      ...adverse.issues,
      ...readerIssues(records, inForce),
      ...labIssues(records.tables.labs),
      ...setIssues,
    ],
    flow: flowChart(records, inForce, eligibility),
    analysisSet: set,
    definitions: endpoints.definitions,
    adverseEvents: adverse,
    longAfterLastScan: endpoints.longAfterLastScan,
    responseCounts: responseCounts(set, inForce),
    windows: timeWindows(records, inForce, treatments),
    amendments: records.amendments,
    protocol: inForce,
    overridden: changed,
  };
}
