import { errorIssue, type Issue, type IssueWhere, warningIssue } from "@livermark/core";
import { isNode, NORMAL_NODE_MM } from "./sum.js";
import type { LesionRow, Visit } from "./timeline.js";

const MAX_TARGETS = 5;
const MAX_PER_ORGAN = 2;
const MIN_TARGET_MM = 10;
const MIN_NODE_MM = 15;
const MIN_PORTA_NODE_MM = 20;
const THICK_SLICE_MM = 5;

const organOf = (row: LesionRow): string => (isNode(row) ? "lymph nodes" : (row.organ ?? "liver"));

/**
 * Checks the choice of targets at baseline (RECIST 1.1, 3.1 and 4.2; mRECIST for porta hepatis nodes): no more than
 * five, no more than two in an organ (all nodes are one organ, paired organs too), each at least 10 mm and twice the
 * slice thickness when slices are thicker than 5 mm, nodes at least 15 mm (porta hepatis under mRECIST 20 mm) of short
 * axis, and no locally treated lesion that has not progressed since. Each breach is an error with its lesion's line;
 * who goes on all the same gets sums of the targets as recorded.
 */
export function checkSelection(
  targets: readonly LesionRow[],
  viableProfile: boolean,
  where: IssueWhere,
): readonly Issue[] {
  const issues: Issue[] = [];
  const complain = (row: LesionRow, code: string, message: string, got: string, wanted: string): void => {
    issues.push(
      errorIssue({
        code,
        message: `${message} The sum counts it as recorded.`,
        got,
        wanted,
        mend: "Choose another target, or record the lesion as non-target.",
        where: { ...where, line: row.line },
      }),
    );
  };
  targets.slice(MAX_TARGETS).forEach((row, i) => {
    complain(
      row,
      "too-many-targets",
      `Lesion ${row.lesion} is target number ${MAX_TARGETS + i + 1}.`,
      String(targets.length),
      "at most 5 targets",
    );
  });
  if (viableProfile)
    for (const row of targets.filter(({ organ }) => organ === "vessel"))
      complain(
        row,
        "thrombus-target",
        `Lesion ${row.lesion} is a thrombus of a vessel, which mRECIST does not measure.`,
        "target in a vessel",
        "non-target (malignant portal vein thrombosis is non-measurable)",
      );
  const perOrgan = new Map<string, number>();
  for (const row of targets) {
    const organ = organOf(row);
    const count = (perOrgan.get(organ) ?? 0) + 1;
    perOrgan.set(organ, count);
    if (count > MAX_PER_ORGAN)
      complain(
        row,
        "too-many-in-organ",
        `Lesion ${row.lesion} is target number ${count} in ${organ}.`,
        String(count),
        "at most 2 targets in an organ",
      );
    if (isNode(row)) {
      const least = viableProfile && row.organ === "porta-hepatis-node" ? MIN_PORTA_NODE_MM : MIN_NODE_MM;
      if (row.short_mm !== null && row.short_mm < least)
        complain(
          row,
          "node-too-small",
          `Node ${row.lesion} is too small for a target.`,
          `${row.short_mm} mm short axis`,
          `at least ${least} mm${row.short_mm < 10 ? "; a node below 10 mm is normal" : ""}`,
        );
    } else {
      const size = viableProfile && (row.viable_mm ?? 0) > 0 ? row.viable_mm : row.longest_mm;
      const thick = row.slice_mm !== null && row.slice_mm > THICK_SLICE_MM ? 2 * row.slice_mm : 0;
      const least = Math.max(MIN_TARGET_MM, thick);
      if (size !== null && size < least)
        complain(
          row,
          "target-too-small",
          `Lesion ${row.lesion} is too small for a target.`,
          `${size} mm`,
          `at least ${least} mm${thick > MIN_TARGET_MM ? ` (twice the slice thickness of ${row.slice_mm} mm)` : ""}`,
        );
    }
    if (row.previously_treated === true && row.progressed_since !== true)
      complain(
        row,
        "treated-target",
        `Lesion ${row.lesion} was locally treated before and has not progressed since.`,
        "previously_treated 1, progressed_since not 1",
        "a target that was not treated, or has progressed since",
      );
  }
  return issues;
}

/** Nodes below 10 mm of short axis that the baseline records as disease: they are normal (RECIST 1.1, 3.1.2). */
export const normalNodes = (baseline: readonly LesionRow[], where: IssueWhere): readonly Issue[] =>
  baseline
    .filter((row) => row.role === "non-target" && isNode(row) && row.short_mm !== null && row.short_mm < NORMAL_NODE_MM)
    .map((row) =>
      warningIssue({
        code: "normal-node",
        message: `Node ${row.lesion} is of normal size, but recorded as disease.`,
        got: `${row.short_mm} mm short axis`,
        wanted: `at least ${NORMAL_NODE_MM} mm for a non-target, ${MIN_NODE_MM} mm for a target`,
        mend: "Leave the node out, or correct its size.",
        where: { ...where, line: row.line },
      }),
    );

const EFFUSION = /ascites|effusion/i;

/**
 * Ascites and effusions that are called new or progressing: under mRECIST they count as progression only when cytology
 * proved them malignant (Lencioni 2010), which the row's note must say.
 */
export const unprovenEffusions = (visits: readonly Visit<LesionRow>[], where: IssueWhere): readonly Issue[] =>
  visits.slice(1).flatMap(({ rows }) =>
    rows
      .filter((row) => row.role === "new" || row.status === "unequivocal-progression")
      .filter((row) => EFFUSION.test(`${row.lesion} ${row.note ?? ""}`) && !/cytolog/i.test(row.note ?? ""))
      .map((row) =>
        warningIssue({
          code: "effusion-without-cytology",
          message: `${row.lesion} is an effusion that counts as progression without cytology.`,
          got: row.note ?? "no note",
          wanted: "a note on the cytology that proved it malignant",
          mend: "Record the cytology, or do not call the effusion new or progressing.",
          where: { ...where, line: row.line },
        }),
      ),
  );
