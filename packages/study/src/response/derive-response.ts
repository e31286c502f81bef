import type { Issue } from "@livermark/core";
import type { Protocol } from "../protocol/schema.js";
import type { StudyRecords } from "../records.js";
import type { Treatments } from "../treatments.js";
import { bestRows } from "./best-rows.js";
import { comparabilityIssues } from "./comparability.js";
import { givenResponses } from "./given.js";
import { judgeSeries } from "./judge-series.js";
import { measuredResponses } from "./measured.js";
import { prepareSeries } from "./prepare-series.js";
import { responseProfile } from "./profiles.js";
import { readerDisagreements } from "./reader-disagreement.js";
import type { BestOverallResponse, TimePointResponse } from "./rows.js";
import { checkSelection, normalNodes, unprovenEffusions } from "./selection.js";
import { treatedSegments } from "./territory.js";
import { readingSeries, timePointDays } from "./timeline.js";

export interface DerivedResponse {
  readonly timePoints: readonly TimePointResponse[];
  readonly best: readonly BestOverallResponse[];
  readonly issues: readonly Issue[];
}

/**
 * Response of every patient, treatment, reader and profile. Lesions are judged by each profile of the protocol;
 * given overall responses are passed on; burden and area profiles are judged from measurements. Baseline, nadir and
 * verdict start anew with each treatment. Visits after the lock are left out.
 */
export function deriveResponse(
  records: StudyRecords,
  protocol: Protocol,
  treatments: Treatments,
  lockDay: number | null,
): DerivedResponse {
  const issues: Issue[] = [];
  const timePoints: TimePointResponse[] = [];
  const profiles = protocol.response.profiles.map(responseProfile);
  const { lesions } = records.tables;
  const { series, issues: seriesIssues } = readingSeries(lesions.rows, {
    table: "lesions",
    file: lesions.file,
    treatments: treatments.byPatient,
    days: timePointDays(records),
    order: protocol.time_points.map(({ id }) => id),
    baseline: protocol.response.baseline,
    dayOf: (row) => row.when?.day ?? null,
  });
  issues.push(...seriesIssues, ...comparabilityIssues(records, profiles));
  for (const one of series) {
    const prepared = prepareSeries(one, protocol.response, lockDay, issues, lesions.file);
    const treatment = treatments.byPatient.get(one.patient)?.find(({ number }) => number === one.treatment);
    const segments = treatedSegments(treatment);
    for (const profile of profiles)
      if (profile.sums !== "measurement") {
        const place = { patient: one.patient, file: lesions.file, table: "lesions", column: "role" };
        const baseline = prepared.visits[0]!.rows;
        const viable = profile.sums === "viable-diameters";
        issues.push(
          ...checkSelection(
            baseline.filter((row) => row.role === "target"),
            viable,
            place,
          ),
          ...normalNodes(baseline, place),
          ...(viable ? unprovenEffusions(prepared.visits, place) : []),
        );
        const judged = judgeSeries(prepared, profile, protocol.response, segments);
        timePoints.push(...judged.rows);
        issues.push(...judged.issues.map((issue) => ({ ...issue, where: { ...issue.where, file: lesions.file } })));
      }
  }
  const measured = measuredResponses(records, protocol, treatments, profiles, timePoints, lockDay);
  const given = givenResponses(records, protocol, treatments, timePoints, lockDay);
  timePoints.push(...measured.rows, ...given.rows);
  issues.push(...measured.issues, ...given.issues, ...readerDisagreements(timePoints, protocol));
  const best = bestRows(
    timePoints,
    records,
    protocol,
    treatments,
    series,
    profiles.filter(({ sums }) => sums !== "measurement").map(({ name }) => name),
    issues,
  );
  return { timePoints, best, issues: distinct(issues) };
}

/** Issues without exact repeats (several profiles find the same fault). */
function distinct(issues: readonly Issue[]): readonly Issue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const key = `${issue.code}|${issue.message}|${issue.where.line ?? ""}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
