import type { TumourBoardSheet } from "@livermark/report";
import { isProfileName, responseProfile } from "@livermark/study";
import { courseOf } from "./board-course.js";
import { decisionsOf } from "./board-decisions.js";
import { liverFunction } from "./board-liver.js";
import { biomarkers, changes, filled, sums } from "./board-measures.js";
import { verdicts } from "./board-verdicts.js";
import { type BoardSubject, dayOf, visitsOf } from "./board-visits.js";
import type { DerivedStudy } from "./derive-study.js";
import { LIVERMARK_VERSION } from "./version.js";

/**
 * The tumour-board sheet of one patient from a derived study: examinations as columns, sums of diameters and biomarkers
 * (with the interval of those measured on images), the last verdict of each criterion with its reason, liver function, and earlier decisions.
 * Days become months from the first procedure. It states and never recommends. `images` is made by `keySlices`.
 * Example: `tumourBoardOf(study, "P001", null).verdicts`.
 */
export function tumourBoardOf(
  study: DerivedStudy,
  patient: string,
  images: TumourBoardSheet["images"],
): TumourBoardSheet {
  const { bundle, derived } = study;
  const starts = derived.treatments.filter((one) => one.patient === patient).map(({ start }) => dayOf(start));
  const startDay = starts.length === 0 ? null : Math.min(...starts);
  const subject: BoardSubject = { study, patient, startDay, visits: visitsOf(study, patient, startDay) };
  const measures = filled([...sums(subject), ...biomarkers(subject), ...changes(subject)]);
  const profiles = derived.protocol.response.profiles.map((name) =>
    isProfileName(name) ? responseProfile(name).title : name,
  );
  return {
    patient,
    study: bundle.study.title,
    protocol: `${derived.protocol.id} ${derived.protocol.version}`,
    software: `livermark ${LIVERMARK_VERSION}`,
    lock: bundle.study.lock_date ?? (bundle.study.lock_day === undefined ? null : `day ${bundle.study.lock_day}`),
    timeLine: courseOf(subject, measures),
    images,
    timePoints: subject.visits.map(({ label }) => label),
    measures,
    verdicts: verdicts(subject),
    liver: liverFunction(subject),
    decisions: decisionsOf(subject),
    conventions: profiles.length === 0 ? "No response criteria" : `Response by ${profiles.join(" and by ")}`,
  };
}
