import type { Issue } from "@livermark/core";
import type { Protocol } from "../protocol/schema.js";
import type { StudyRecords } from "../records.js";
import type { Row } from "../tables/definitions.js";
import type { Treatments } from "../treatments.js";
import type { OverallResponse } from "./overall.js";
import type { ResponseProfile } from "./profiles.js";
import type { TimePointResponse } from "./rows.js";
import { isPartial, isProgression, show, signed } from "./target.js";
import { readingSeries, timePointDays, type Visit } from "./timeline.js";

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean over repeats, summed over lesions. Null when nothing was measured. */
function visitValue(visit: Visit<Row<"measurements">>): number | null {
  const perLesion = new Map<string, number[]>();
  for (const row of visit.rows) {
    if (row.value === null) continue;
    const values = perLesion.get(row.lesion ?? "") ?? [];
    values.push(row.value);
    perLesion.set(row.lesion ?? "", values);
  }
  if (perLesion.size === 0) return null;
  return [...perLesion.values()].reduce((sum, values) => sum + mean(values), 0);
}

/**
 * Responses by profiles that compare one measured number (EASL enhancing area, LETB): repeats are averaged, lesions
 * added. Nothing left is CR, a fall from baseline PR, a rise over the smallest earlier value PD where the profile has
 * such a rule, else SD; without a value NE.
 */
export function measuredResponses(
  records: StudyRecords,
  protocol: Protocol,
  treatments: Treatments,
  profiles: readonly ResponseProfile[],
  known: readonly TimePointResponse[],
  lockDay: number | null,
): { readonly rows: readonly TimePointResponse[]; readonly issues: readonly Issue[] } {
  const rows: TimePointResponse[] = [];
  const issues: Issue[] = [];
  const dated = timePointDays(records);
  const visitDays = new Map(
    known.map((row) => [`${row.patient}\u0000${row.treatment}\u0000${row.timePoint}`, row.day]),
  );
  const { measurements } = records.tables;
  for (const profile of profiles) {
    if (profile.sums !== "measurement" || profile.biomarker === null) continue;
    const { series, issues: found } = readingSeries(
      measurements.rows.filter((row) => row.biomarker === profile.biomarker),
      {
        table: "measurements",
        file: measurements.file,
        treatments: treatments.byPatient,
        days: dated,
        order: protocol.time_points.map(({ id }) => id),
        baseline: protocol.response.baseline,
        dayOf: (row) => visitDays.get(`${row.patient}\u0000${row.treatment ?? 1}\u0000${row.time_point}`) ?? null,
      },
    );
    issues.push(...found);
    for (const one of series) {
      const at = one.visits.findIndex((visit) => visit.timePoint === protocol.response.baseline);
      if (at < 0) continue;
      const baseline = visitValue(one.visits[at]!);
      let nadir = baseline;
      let progressed = false;
      for (const visit of one.visits.slice(at + 1)) {
        if (lockDay !== null && visit.day !== null && visit.day > lockDay) continue;
        const now = visitValue(visit);
        const { overall, why } = judge(profile, now, baseline, nadir);
        rows.push({
          patient: one.patient,
          treatment: one.treatment,
          timePoint: visit.timePoint,
          profile: profile.name,
          reader: one.reader,
          sumMm: null,
          baselineMm: null,
          nadirMm: null,
          target: overall,
          nonTarget: null,
          newLesion: null,
          overall,
          why,
          day: visit.day,
          immune: null,
          progression: overall === "PD" && !progressed,
          hepatic: overall,
          hepaticProgression: overall === "PD" && !progressed,

          untreated: null,
          source: { table: "measurements", lines: visit.rows.map((row) => row.line) },
          flags: [],
        });
        progressed ||= overall === "PD";
        if (now !== null && nadir !== null) nadir = Math.min(nadir, now);
      }
    }
  }
  return { rows, issues };
}

function judge(
  profile: ResponseProfile,
  now: number | null,
  baseline: number | null,
  nadir: number | null,
): { readonly overall: Exclude<OverallResponse, "non-CR/non-PD">; readonly why: string } {
  const what = profile.biomarker ?? "value";
  if (now === null || baseline === null || nadir === null) return { overall: "NE", why: `${what} not measured → NE` };
  if (baseline <= 0) return { overall: "NE", why: `${what} is ${show(baseline)} at baseline: no change defined → NE` };
  const change = `${what} ${show(now)}, baseline ${show(baseline)}: ${signed(((now - baseline) / baseline) * 100)} %`;
  if (now === 0) return { overall: "CR", why: `${what} 0 → CR` };
  if (isProgression(profile, now, nadir)) return { overall: "PD", why: `${change}, nadir ${show(nadir)} → PD` };
  if (isPartial(profile, now, baseline)) return { overall: "PR", why: `${change} → PR` };
  return { overall: "SD", why: `${change} → SD` };
}
