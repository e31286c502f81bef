import { errorIssue, type Issue, warningIssue } from "@livermark/core";
import type { ResponseRules } from "../protocol/schema.js";
import { continues } from "./sum.js";
import type { LesionRow, ReadingSeries } from "./timeline.js";

/** The series with its baseline first, its repeated rows reported, and visits after the lock removed. */
export function prepareSeries(
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
