import { type Issue, warningIssue } from "@livermark/core";
import type { Protocol } from "../protocol/schema.js";
import type { StudyRecords } from "../records.js";
import type { Treatments } from "../treatments.js";
import { bestResponse } from "./best.js";
import type { BestOverallResponse, TimePointResponse } from "./rows.js";
import { type LesionRow, type ReadingSeries, timePointDays } from "./timeline.js";

/**
 * Best overall response of every patient, treatment, reader and profile. A series without any follow-up is NE.
 * PR after CR is an Issue.
 */
export function bestRows(
  timePoints: readonly TimePointResponse[],
  records: StudyRecords,
  protocol: Protocol,
  treatments: Treatments,
  series: readonly ReadingSeries<LesionRow>[],
  profiles: readonly string[],
  issues: Issue[],
): readonly BestOverallResponse[] {
  const days = timePointDays(records);
  const baselineDay = new Map<string, number | null>();
  for (const one of series) {
    const visit = one.visits.find((candidate) => candidate.timePoint === protocol.response.baseline) ?? one.visits[0];
    baselineDay.set(`${one.patient}\u0000${one.treatment}\u0000${one.reader ?? ""}`, visit?.day ?? null);
  }
  const groups = new Map<string, TimePointResponse[]>();
  for (const row of timePoints) {
    const key = `${row.patient}\u0000${row.treatment}\u0000${row.reader ?? ""}\u0000${row.profile}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const never = series
    .filter((one) => one.visits.length === 1)
    .flatMap(({ patient, treatment, reader }) =>
      profiles
        .filter((profile) => !groups.has(`${patient}\u0000${treatment}\u0000${reader ?? ""}\u0000${profile}`))
        .map(
          (profile): BestOverallResponse => ({
            patient,
            treatment,
            profile,
            reader,
            best: "NE",
            confirmed: "NE",
            why: "no follow-up → NE",
          }),
        ),
    );
  const rated = [...groups.values()].map((rows) => {
    const { patient, treatment, profile, reader } = rows[0]!;
    const at = rows.findIndex((row) => row.progression);
    const before = at < 0 ? rows : rows.slice(0, at);
    const start =
      protocol.response.stable_from === "first-treatment"
        ? (treatments.byPatient.get(patient)?.find((one) => one.number === treatment)?.startDay ?? null)
        : (baselineDay.get(`${patient}\u0000${treatment}\u0000${reader ?? ""}`) ??
          days(patient, protocol.response.baseline, treatment));
    const result = bestResponse(
      {
        visits: before.map((row) => ({
          timePoint: row.timePoint,
          day: row.day,
          overall: row.overall === "PD" ? "NE" : row.overall,
        })),
        progressed: at >= 0,
        startDay: start,
        measurable: rows.some((row) => row.target !== null) || rows.every((row) => row.overall !== "non-CR/non-PD"),
      },
      protocol.response,
    );
    if (result.completeThenPartial)
      issues.push(
        warningIssue({
          code: "cr-then-pr",
          message: `Patient ${patient} is PR after CR (${profile}): was it CR?`,
          got: rows.map((row) => `${row.timePoint} ${row.overall}`).join(", "),
          wanted: "no PR after CR",
          mend: "Look at the CR again; RECIST 1.1 wants it changed to PR, or the later visit to PD.",
          where: { patient, table: rows[0]!.source.table },
        }),
      );
    return { patient, treatment, profile, reader, best: result.best, confirmed: result.confirmed, why: result.why };
  });
  return [...rated, ...never];
}
