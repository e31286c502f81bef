import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { Protocol, ResponseRules } from "../protocol/schema.js";
import type { StudyRecords } from "../records.js";
import type { Treatments } from "../treatments.js";
import { bestResponse } from "./best.js";
import { evaluateSeries, type SeriesVerdict } from "./evaluate.js";
import { givenResponses } from "./given.js";
import { type ImmuneResponse, immuneCourse } from "./irecist.js";
import { measuredResponses } from "./measured.js";
import type { NonTargetResponse } from "./other-lesions.js";
import type { OverallResponse } from "./overall.js";
import { type ResponseProfile, responseProfile } from "./profiles.js";
import { checkSelection } from "./selection.js";
import { continues, inLiver } from "./sum.js";
import type { TargetResponse } from "./target.js";
import { type LesionRow, type ReadingSeries, readingSeries, timePointDays } from "./timeline.js";

/** Response at one time point, as `derive --json` prints it; `day` and what follows is for the other steps. */
export interface TimePointResponse {
  readonly patient: string;
  readonly treatment: number;
  readonly timePoint: string;
  readonly profile: string;
  readonly reader: string | null;
  readonly sumMm: number | null;
  readonly baselineMm: number | null;
  readonly nadirMm: number | null;
  readonly target: TargetResponse | null;
  readonly nonTarget: NonTargetResponse | null;
  readonly newLesion: boolean | null;
  readonly overall: OverallResponse;
  readonly why: string;
  readonly day: number | null;
  /** iRECIST label, null under other profiles. */
  readonly immune: ImmuneResponse | null;
  /** Progression of the series is dated to this time point. */
  readonly progression: boolean;
  /** Response of the liver lesions alone; null when it cannot be told apart. */
  readonly hepatic: OverallResponse | null;
  readonly hepaticProgression: boolean;
  readonly source: { readonly table: "lesions" | "responses" | "measurements"; readonly lines: readonly number[] };
  readonly flags: readonly string[];
}

/** Best overall response of a treatment, as `derive --json` prints it. */
export interface BestOverallResponse {
  readonly patient: string;
  readonly treatment: number;
  readonly profile: string;
  readonly reader: string | null;
  readonly best: OverallResponse;
  readonly confirmed: OverallResponse;
  readonly why: string;
}

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
  issues.push(...seriesIssues);
  for (const one of series) {
    const prepared = prepare(one, protocol.response, lockDay, issues, lesions.file);
    for (const profile of profiles)
      if (profile.sums !== "measurement") {
        issues.push(
          ...checkSelection(
            prepared.visits[0]!.rows.filter((row) => row.role === "target"),
            profile.sums === "viable-diameters",
            { patient: one.patient, file: lesions.file, table: "lesions", column: "role" },
          ),
        );
        const judged = judgeSeries(prepared, profile, protocol.response);
        timePoints.push(...judged.rows);
        issues.push(...judged.issues.map((issue) => ({ ...issue, where: { ...issue.where, file: lesions.file } })));
      }
  }
  const measured = measuredResponses(records, protocol, treatments, profiles, timePoints, lockDay);
  const given = givenResponses(records, protocol, treatments, timePoints, lockDay);
  timePoints.push(...measured.rows, ...given.rows);
  issues.push(...measured.issues, ...given.issues);
  const best = bestRows(timePoints, records, protocol, treatments, series, issues);
  return { timePoints, best, issues: distinct(issues) };
}

/** The series with its baseline first, its repeated rows reported, and visits after the lock removed. */
function prepare(
  series: ReadingSeries<LesionRow>,
  rules: ResponseRules,
  lockDay: number | null,
  issues: Issue[],
  file: string,
): ReadingSeries<LesionRow> {
  const { patient } = series;
  const where = { patient, file, table: "lesions" };
  const named = series.visits.findIndex((visit) => visit.timePoint === rules.baseline);
  const at = Math.max(0, named);
  const baseline = series.visits[at]!;
  if (named < 0)
    issues.push(
      warningIssue({
        code: "no-baseline",
        message: `Patient ${patient} has no time point "${rules.baseline}"; ${baseline.timePoint}, the earliest, was taken as baseline.`,
        got: series.visits.map((visit) => visit.timePoint).join(", "),
        wanted: rules.baseline,
        mend: `Call the baseline "${rules.baseline}".`,
        where: { ...where, line: baseline.rows[0]!.line, column: "time_point" },
      }),
    );
  if (at > 0)
    issues.push(
      errorIssue({
        code: "visit-before-baseline",
        message: `Patient ${patient} has visits before the baseline of treatment ${series.treatment}; they were not used.`,
        got: series.visits
          .slice(0, at)
          .map((visit) => visit.timePoint)
          .join(", "),
        wanted: "the baseline first",
        mend: "Correct the dates or the names of the time points.",
        where: { ...where, line: series.visits[0]!.rows[0]!.line },
      }),
    );
  const known = baseline.rows.filter((row) => row.role === "target" || row.role === "non-target");
  const visits = series.visits.slice(at).filter((visit, i) => {
    const late = i > 0 && lockDay !== null && visit.day !== null && visit.day > lockDay;
    if (late)
      issues.push(
        warningIssue({
          code: "after-lock",
          message: `Time point ${visit.timePoint} of patient ${patient} is after the lock and was not used.`,
          wanted: "time points up to the lock",
          mend: "Move the lock, or leave the time point out.",
          where: { ...where, line: visit.rows[0]!.line },
        }),
      );
    return !late;
  });
  visits.forEach((visit, i) => {
    const seen = new Map<string, number>();
    for (const row of visit.rows) {
      const before = seen.get(row.lesion);
      if (before !== undefined)
        issues.push(
          errorIssue({
            code: "repeated-lesion",
            message: `Lesion ${row.lesion} of patient ${patient} stands on lines ${before} and ${row.line} for ${visit.timePoint}; the first holds.`,
            got: row.lesion,
            wanted: "one row per lesion, time point and reader",
            mend: "Remove one, or name split parts T1.1 and T1.2.",
            where: { ...where, line: row.line, column: "lesion" },
          }),
        );
      seen.set(row.lesion, before ?? row.line);
      if (i > 0 && row.role !== "new" && !known.some((lesion) => continues(row, lesion.lesion)))
        issues.push(
          errorIssue({
            code: "lesion-without-baseline",
            message: `Lesion ${row.lesion} of patient ${patient} is ${row.role} at ${visit.timePoint} but was not recorded at baseline; it was not used.`,
            got: row.role,
            wanted: "a lesion of the baseline, or role new",
            mend: "Record it at baseline, or give it the role new.",
            where: { ...where, line: row.line, column: "role" },
          }),
        );
    }
  });
  return {
    ...series,
    visits: visits.map((visit) => ({
      ...visit,
      rows: visit.rows.filter((row, i) => visit.rows.findIndex((other) => other.lesion === row.lesion) === i),
    })),
  };
}

function judgeSeries(
  series: ReadingSeries<LesionRow>,
  profile: ResponseProfile,
  rules: ResponseRules,
): { readonly rows: readonly TimePointResponse[]; readonly issues: readonly Issue[] } {
  const verdict = evaluateSeries(profile, series.visits, rules);
  const elsewhere = series.visits.some((visit) => visit.rows.some((row) => !inLiver(row)));
  const hepatic: SeriesVerdict = elsewhere
    ? evaluateSeries(
        profile,
        series.visits.map((visit) => ({ ...visit, rows: visit.rows.filter(inLiver) })),
        rules,
      )
    : verdict;
  const immune = profile.confirmsProgression ? immuneCourse(verdict.visits) : null;
  const hepaticImmune = profile.confirmsProgression ? immuneCourse(hepatic.visits) : null;
  const progression = immune === null ? verdict.progression : immune.progression;
  const hepaticProgression = hepaticImmune === null ? hepatic.progression : hepaticImmune.progression;
  const rows = verdict.visits.map(
    (visit, i): TimePointResponse => ({
      patient: series.patient,
      treatment: series.treatment,
      timePoint: visit.timePoint,
      profile: profile.name,
      reader: series.reader,
      sumMm: visit.sum.sumMm,
      baselineMm: visit.baselineMm,
      nadirMm: visit.nadirMm,
      target: visit.target,
      nonTarget: visit.nonTarget,
      newLesion: visit.newLesion,
      overall: visit.overall,
      why: immune === null ? visit.why : `${visit.why}; ${immune.labels[i]}: ${immune.whys[i]}`,
      day: visit.day,
      immune: immune?.labels[i] ?? null,
      progression: progression === i,
      hepatic: hepatic.visits[i]?.overall ?? null,
      hepaticProgression: hepaticProgression === i,
      source: { table: "lesions", lines: visit.lines },
      flags: verdict.flags,
    }),
  );
  const issues = verdict.flags.map((flag) =>
    warningIssue({
      code: "response-flag",
      message: `${profile.title}, patient ${series.patient}, treatment ${series.treatment}: ${flag}.`,
      mend: "Check that the sizes mean what the profile expects.",
      where: { patient: series.patient, table: "lesions", line: series.visits[0]!.rows[0]!.line },
    }),
  );
  return { rows, issues };
}

function bestRows(
  timePoints: readonly TimePointResponse[],
  records: StudyRecords,
  protocol: Protocol,
  treatments: Treatments,
  series: readonly ReadingSeries<LesionRow>[],
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
  return [...groups.values()].map((rows) => {
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
