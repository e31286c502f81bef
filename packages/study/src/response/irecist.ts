import type { VisitVerdict } from "./evaluate.js";

/** iRECIST response of a time point. */
export type ImmuneResponse = "iCR" | "iPR" | "iSD" | "iUPD" | "iCPD" | "iNE" | "non-iCR/non-iUPD";

/** iRECIST verdicts of a series, and the progression that stands at its end. */
export interface ImmuneCourse {
  readonly labels: readonly ImmuneResponse[];
  readonly whys: readonly string[];
  /** Visit of the iUPD that was confirmed, or that nothing later answered; null when there is none. */
  readonly progression: number | null;
  /** Visit of the iCPD, or null. */
  readonly confirmation: number | null;
}

/** Days after iUPD in which the confirming assessment is due (Seymour 2017: 4 to 8 weeks). */
export const CONFIRMATION_WINDOW_DAYS = { from: 28, to: 56 } as const;

const FURTHER_MM = 5;

const IMMUNE: { readonly [O in Exclude<VisitVerdict["overall"], "PD">]: ImmuneResponse } = {
  CR: "iCR",
  PR: "iPR",
  SD: "iSD",
  "non-CR/non-PD": "non-iCR/non-iUPD",
  NE: "iNE",
};

/**
 * iRECIST (Seymour et al. 2017) on top of RECIST verdicts. The first progression is unconfirmed (iUPD). It is
 * confirmed (iCPD) at the next assessment, at least 4 weeks later, by a further rise of the sum of 5 mm or more, by
 * further unequivocal progression of non-targets, by growth of the new lesions of 5 mm or more, by another new lesion,
 * or by progression in a part that had not progressed. A response or stability in between resets the bar; an
 * assessment that is not evaluable leaves the question open. Later than 8 weeks still confirms, and is said.
 */
export function immuneCourse(visits: readonly VisitVerdict[]): ImmuneCourse {
  const labels: ImmuneResponse[] = [];
  const whys: string[] = [];
  let open: number | null = null;
  let last: VisitVerdict | null = null;
  let confirmation: number | null = null;
  visits.forEach((visit, index) => {
    if (confirmation !== null) {
      labels.push("iCPD");
      whys.push("progression was confirmed before");
      return;
    }
    if (visit.overall !== "PD") {
      const label = IMMUNE[visit.overall];
      labels.push(label);
      whys.push(open !== null && label !== "iNE" ? `${label}: the bar of ${visits[open]!.timePoint} is reset` : label);
      if (label !== "iNE") {
        open = null;
        last = null;
      }
      return;
    }
    if (open === null || last === null) {
      open = index;
      last = visit;
      labels.push("iUPD");
      whys.push("first progression, to be confirmed after 4 to 8 weeks");
      return;
    }
    const reason = furtherProgression(last, visit);
    const interval = visit.day === null || last.day === null ? null : visit.day - last.day;
    if (reason === null || (interval !== null && interval < CONFIRMATION_WINDOW_DAYS.from)) {
      labels.push("iUPD");
      whys.push(reason === null ? "no further progression: still unconfirmed" : `only ${interval} days after iUPD`);
      return;
    }
    const late =
      interval !== null && interval > CONFIRMATION_WINDOW_DAYS.to ? `, ${interval} days after iUPD (due by 56)` : "";
    labels.push("iCPD");
    whys.push(`${reason}${late}`);
    confirmation = index;
  });
  return { labels, whys, progression: open, confirmation };
}

function furtherProgression(before: VisitVerdict, now: VisitVerdict): string | null {
  const rise = now.sum.measuredMm - before.sum.measuredMm;
  if (before.target === "PD" && now.target === "PD" && rise >= FURTHER_MM)
    return `sum rose by a further ${Math.round(rise * 10) / 10} mm`;
  if (before.target !== "PD" && now.target === "PD") return "targets progressed as well";
  if (now.nonTarget === "PD") return "non-targets progressed (further)";
  const another = now.newLesions.filter((lesion) => !before.newLesions.includes(lesion));
  if (another.length > 0) return `another new lesion: ${another.join(", ")}`;
  if (now.newLesion && before.newLesion && now.newLesionSumMm - before.newLesionSumMm >= FURTHER_MM)
    return "new lesions grew by 5 mm or more";
  return null;
}
