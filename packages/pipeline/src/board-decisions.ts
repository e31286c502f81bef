import { DAYS_PER_MONTH } from "@livermark/core";
import type { TumourBoardSheet } from "@livermark/report";
import type { BoardSubject } from "./board-visits.js";

/** What boards were asked and decided about a patient, by day, in months from the first procedure. */
export function decisionsOf({ study, patient, startDay }: BoardSubject): TumourBoardSheet["decisions"] {
  return study.bundle.records.tables.board.rows
    .filter((row) => row.patient === patient)
    .sort((a, b) => a.when.day - b.when.day || a.line - b.line)
    .map(({ when, question, images, decision, cause }) => ({
      when:
        startDay === null
          ? "without a procedure"
          : `month ${((when.day - startDay) / DAYS_PER_MONTH).toFixed(1).replace("-", "−")}`,
      question,
      images,
      decision,
      cause,
    }));
}
