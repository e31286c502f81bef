import { type Issue, warningIssue } from "@livermark/core";
import type { ResponseRules } from "../protocol/schema.js";
import { evaluateSeries, type SeriesVerdict } from "./evaluate.js";
import { immuneCourse } from "./irecist.js";
import type { ResponseProfile } from "./profiles.js";
import type { TimePointResponse } from "./rows.js";
import { inLiver } from "./sum.js";
import { untreatedLesions } from "./territory.js";
import type { LesionRow, ReadingSeries, Visit } from "./timeline.js";

/**
 * Judges a prepared series by one profile: the whole body, the liver alone, and under the treated-territory rule the
 * untreated liver lesions apart from the rest.
 */
export function judgeSeries(
  series: ReadingSeries<LesionRow>,
  profile: ResponseProfile,
  rules: ResponseRules,
  segments: ReadonlySet<number> | null,
): { readonly rows: readonly TimePointResponse[]; readonly issues: readonly Issue[] } {
  const outside = rules.territory === "treated" ? untreatedLesions(series.visits, segments) : new Set<string>();
  const only = (keep: (row: LesionRow) => boolean): readonly Visit<LesionRow>[] =>
    series.visits.map((visit) => ({ ...visit, rows: visit.rows.filter(keep) }));
  const visits = outside.size === 0 ? series.visits : only((row) => !outside.has(row.lesion));
  const verdict = evaluateSeries(profile, visits, rules);
  const untreated =
    outside.size === 0
      ? null
      : evaluateSeries(
          profile,
          only((row) => outside.has(row.lesion)),
          rules,
        );
  const elsewhere = visits.some((visit) => visit.rows.some((row) => !inLiver(row)));
  const hepatic: SeriesVerdict = elsewhere
    ? evaluateSeries(
        profile,
        only((row) => inLiver(row) && !outside.has(row.lesion)),
        rules,
      )
    : verdict;
  const immune = profile.confirmsProgression ? immuneCourse(verdict.visits) : null;
  const hepaticImmune = profile.confirmsProgression ? immuneCourse(hepatic.visits) : null;
  const progression = immune === null ? verdict.progression : immune.progression;
  const hepaticProgression = hepaticImmune === null ? hepatic.progression : hepaticImmune.progression;
  const flags =
    outside.size === 0
      ? verdict.flags
      : [...verdict.flags, `${[...outside].join(", ")} outside the treated segments: reported apart`];
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
      untreated: untreated?.visits[i]?.overall ?? null,
      source: { table: "lesions", lines: visit.lines },
      flags,
    }),
  );
  const issues = flags.map((flag) =>
    warningIssue({
      code: "response-flag",
      message: `${profile.title}, patient ${series.patient}, treatment ${series.treatment}: ${flag}.`,
      mend: "Check that the sizes mean what the profile expects.",
      where: { patient: series.patient, table: "lesions", line: series.visits[0]!.rows[0]!.line },
    }),
  );
  return { rows, issues };
}
