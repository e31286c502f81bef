import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { Protocol } from "../protocol/schema.js";
import type { StudyRecords } from "../records.js";
import { didYouMean } from "../suggest.js";
import type { Treatments } from "../treatments.js";
import { isProfileName, PROFILE_NAMES } from "./profiles.js";
import type { TimePointResponse } from "./rows.js";
import { readingSeries, timePointDays } from "./timeline.js";

/**
 * Responses that `responses.csv` brings along. They are passed on as they are, except where lesions give the same
 * time point, reader and profile: then the lesions hold, and a disagreement is an Issue.
 */
export function givenResponses(
  records: StudyRecords,
  protocol: Protocol,
  treatments: Treatments,
  derived: readonly TimePointResponse[],
  lockDay: number | null,
): { readonly rows: readonly TimePointResponse[]; readonly issues: readonly Issue[] } {
  const { responses } = records.tables;
  const issues: Issue[] = [];
  const key = (row: Pick<TimePointResponse, "patient" | "treatment" | "timePoint" | "profile" | "reader">): string =>
    [row.patient, row.treatment, row.timePoint, row.profile, row.reader ?? ""].join("\u0000");
  const known = new Map(derived.map((row) => [key(row), row]));
  const rows: TimePointResponse[] = [];
  const named = new Set<string>();
  for (const row of responses.rows) {
    if (isProfileName(row.profile) || named.has(row.profile)) continue;
    named.add(row.profile);
    issues.push(
      warningIssue({
        code: "unknown-profile",
        message: `Profile "${row.profile}" of ${responses.file} is not one of ours; its responses are passed on as given.`,
        got: row.profile,
        wanted: PROFILE_NAMES.join(", "),
        mend: didYouMean(row.profile, PROFILE_NAMES),
        where: { patient: row.patient, file: responses.file, table: "responses", line: row.line, column: "profile" },
      }),
    );
  }
  for (const profile of [...new Set(responses.rows.map((row) => row.profile))]) {
    const { series, issues: found } = readingSeries(
      responses.rows.filter((row) => row.profile === profile),
      {
        table: "responses",
        file: responses.file,
        treatments: treatments.byPatient,
        days: timePointDays(records),
        order: protocol.time_points.map(({ id }) => id),
        baseline: protocol.response.baseline,
        dayOf: (row) => row.when?.day ?? null,
      },
    );
    issues.push(...found);
    for (const one of series) {
      let progressed = false;
      for (const visit of one.visits) {
        if (lockDay !== null && visit.day !== null && visit.day > lockDay) continue;
        const row = visit.rows[0]!;
        const place = { patient: one.patient, file: responses.file, table: "responses", line: row.line };
        if (visit.rows.length > 1)
          issues.push(
            errorIssue({
              code: "repeated-response",
              message: `Patient ${one.patient} has ${visit.rows.length} responses for ${visit.timePoint}; the first holds.`,
              got: visit.rows.map((other) => `${other.overall} (line ${other.line})`).join(", "),
              wanted: "one row per time point, reader and profile",
              mend: "Remove the row that is wrong.",
              where: { ...place, line: visit.rows[1]!.line },
            }),
          );
        const built: TimePointResponse = {
          patient: one.patient,
          treatment: one.treatment,
          timePoint: visit.timePoint,
          profile,
          reader: one.reader,
          sumMm: null,
          baselineMm: null,
          nadirMm: null,
          target: null,
          nonTarget: null,
          newLesion: null,
          overall: row.overall,
          why: `given in ${responses.file}, line ${row.line}`,
          day: visit.day,
          immune: null,
          progression: row.overall === "PD" && !progressed,
          hepatic: null,
          hepaticProgression: false,

          untreated: null,
          source: { table: "responses", lines: [row.line] },
          flags: [],
        };
        const ours = known.get(key(built));
        if (ours === undefined) {
          rows.push(built);
          progressed ||= row.overall === "PD";
        } else if (ours.overall !== row.overall)
          issues.push(
            warningIssue({
              code: "response-disagrees",
              message: `Patient ${one.patient}, ${visit.timePoint}: the lesions give ${ours.overall}, ${responses.file} says ${row.overall}; the lesions hold.`,
              got: row.overall,
              wanted: `${ours.overall} (${ours.why})`,
              mend: "Correct the lesions or the given response.",
              where: { ...place, column: "overall" },
            }),
          );
      }
    }
  }
  return { rows, issues };
}
