import type { Treatment } from "../treatments.js";
import type { EndpointDefinition } from "./definitions.js";
import { type DatedFact, eventFact, type FollowUp, type PatientCourse } from "./follow-up.js";

/** Something that ends an endpoint's clock. */
export interface Candidate extends DatedFact {
  readonly cause: "progression" | "death" | "untreatable";
  /** Progression whose site is not recorded, counted for an endpoint that asks for the liver. */
  readonly siteUnknown: boolean;
}

const RANK = { progression: 0, untreatable: 1, death: 2 } as const;

/** Records of an endpoint's event from `treatment` on, earliest first, none after the lock. */
export function eventCandidates(
  definition: EndpointDefinition,
  death: "none" | "any" | "tumour",
  course: PatientCourse,
  follow: FollowUp,
  treatment: Treatment,
): readonly Candidate[] {
  const found: Candidate[] = [];
  // Records after death are contradictions, reported elsewhere; they end no clock.
  const end = Math.min(course.lockDay ?? Number.POSITIVE_INFINITY, follow.death?.when.day ?? Number.POSITIVE_INFINITY);
  const inTime = (day: number): boolean => day <= end;
  // What happened on the day a later treatment began is why it began, not its outcome.
  const after = (day: number): boolean =>
    treatment.number === 1 || definition.per === "patient" ? day >= treatment.startDay : day > treatment.startDay;
  const belongs = (number: number | null): boolean =>
    definition.per === "patient" || number === null || number >= treatment.number;
  const add = (fact: DatedFact, cause: Candidate["cause"], siteUnknown = false): void => {
    const counts = cause === "death" ? fact.day >= treatment.startDay : after(fact.day);
    if (inTime(fact.day) && counts)
      found.push({ day: fact.day, deciding: fact.deciding, what: fact.what, cause, siteUnknown });
  };
  for (const row of course.events) {
    if (row.event === "untreatable" && definition.untreatable)
      add(eventFact(row, row.cause === null ? "untreatable" : `untreatable (${row.cause})`), "untreatable");
    if (definition.progression === "none" || !belongs(row.treatment)) continue;
    if (row.event === "progression") add(eventFact(row), "progression", definition.progression === "hepatic");
    if (row.event === "hepatic-progression") add(eventFact(row), "progression");
    if (row.event === "extrahepatic-progression" && definition.progression === "any")
      add(eventFact(row), "progression");
  }
  if (definition.progression !== "none")
    for (const row of course.responses) {
      if (row.day === null || !belongs(row.treatment)) continue;
      if (!row.progression && !row.hepaticProgression) continue;
      const deciding = { table: row.source.table, timePoint: row.timePoint, lines: row.source.lines };
      const fact = { day: row.day, deciding, what: `${row.timePoint} ${row.profile}` };
      const given = row.hepatic === null;
      if (definition.progression === "any" ? row.progression : row.hepaticProgression) add(fact, "progression");
      else if (definition.progression === "hepatic" && given && row.progression) add(fact, "progression", true);
    }
  if (follow.death !== null && (death === "any" || (death === "tumour" && follow.death.cause === "tumour")))
    add(eventFact(follow.death), "death");
  return found.length < 2 ? found : found.sort((a, b) => a.day - b.day || RANK[a.cause] - RANK[b.cause]);
}

/** The last adequate assessment (any response but NE) after the start and not after the lock, or null. */
export function lastAdequateScan(
  course: PatientCourse,
  treatment: Treatment,
  per: "patient" | "treatment",
  before: number,
): DatedFact | null {
  const scans = course.responses.filter(
    (row) =>
      row.overall !== "NE" &&
      row.day !== null &&
      row.day >= treatment.startDay &&
      row.day <= before &&
      (course.lockDay === null || row.day <= course.lockDay) &&
      (per === "patient" || row.treatment >= treatment.number),
  );
  const last = scans.reduce<(typeof scans)[number] | null>(
    (latest, row) => (latest === null || row.day! > latest.day! ? row : latest),
    null,
  );
  return last === null
    ? null
    : {
        day: last.day!,
        deciding: { table: last.source.table, timePoint: last.timePoint, lines: last.source.lines },
        what: `last adequate assessment, ${last.timePoint}`,
      };
}
