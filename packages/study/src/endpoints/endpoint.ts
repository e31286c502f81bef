import type { EndpointRules } from "../protocol/schema.js";
import { addMonths, showDay } from "../time.js";
import type { Treatment } from "../treatments.js";
import { type Candidate, eventCandidates, lastAdequateScan } from "./candidates.js";
import type { EndpointDefinition } from "./definitions.js";
import { type DatedFact, type Deciding, eventFact, type FollowUp, type PatientCourse } from "./follow-up.js";

/** One endpoint of one patient or treatment, as `derive --json` prints it. */
export interface EndpointRow {
  readonly patient: string;
  /** null for a per-patient endpoint. */
  readonly treatment: number | null;
  readonly name: string;
  readonly timeDays: number;
  /** 1 event, 0 censored; null = not assessable (yes/no endpoints only). */
  readonly event: 0 | 1 | null;
  readonly deciding: Deciding;
  readonly why: string;
  /** What ended the clock; null when censored. */
  readonly cause: "progression" | "death" | "untreatable" | "given" | null;
  /** The same endpoint under other censoring or other readings of the records; of listed endpoints only. */
  readonly variants: readonly EndpointVariant[];
  /** Tumour-board decisions on the deciding day. */
  readonly cites: readonly { readonly table: "board"; readonly line: number }[];
  /** The protocol lists this endpoint; others are derived for completeness. */
  readonly listed: boolean;
}

export interface EndpointVariant {
  readonly name: "last-scan" | "missed-visits" | "site-unknown-not-counted";
  readonly timeDays: number;
  readonly event: 0 | 1;
  readonly why: string;
}

const NO_VARIANTS: readonly EndpointVariant[] = [];
const NO_CITES: EndpointRow["cites"] = [];

interface Outcome {
  readonly day: number;
  readonly event: 0 | 1;
  readonly deciding: Deciding;
  readonly cause: Candidate["cause"] | null;
  readonly why: string;
}

/** What deriving one endpoint needs besides its definition. */
export interface EndpointContext {
  readonly course: PatientCourse;
  readonly follow: FollowUp;
  readonly rules: EndpointRules;
  /** Days between planned scans, for missed visits; null when the protocol has no calendar. */
  readonly scanIntervalDays: number | null;
  readonly listed: boolean;
}

/**
 * Derives one endpoint from one treatment's start: the earliest event on record, or censoring by the rules. Null when
 * nothing is known after the start. Example: start on day 0, progression on day 90 and death on day 400 give PFS 90
 * with event 1, and OS 400 with event 1.
 */
export function deriveEndpoint(
  definition: EndpointDefinition,
  of: Treatment,
  context: EndpointContext,
): EndpointRow | null {
  const { course, follow, rules, listed } = context;
  const treatment =
    definition.start === null
      ? of
      : { ...of, startDay: definition.start === "first-procedure" ? of.firstDay : of.lastDay };
  const death = definition.isPfs ? (rules.PFS_death ?? definition.death) : definition.death;
  const candidates = eventCandidates(definition, death, course, follow, treatment);
  const common = {
    patient: course.patient,
    treatment: definition.per === "patient" ? null : treatment.number,
    name: definition.name,
    listed,
  };
  if (definition.withinMonths !== null) {
    const months = definition.name === "early-progression" ? rules.early_progression_months : definition.withinMonths;
    const row = within(candidates, treatment, months, context);
    return row === null ? null : { ...common, ...row, variants: [], cites: [] };
  }
  const censorAt = definition.isPfs ? rules.PFS_censor_at : "last-contact";
  const outcome = timeTo(candidates, definition, treatment, censorAt, death, context);
  if (outcome === null || outcome.day < treatment.startDay) return null;
  const { landmark } = definition;
  if (landmark !== null) {
    const fromDay =
      "days" in landmark
        ? treatment.startDay + landmark.days
        : addMonths(treatment.startDay, landmark.months, course.axis);
    // Whoever had the event or left before the landmark was not at risk there.
    if (outcome.day < fromDay) return null;
    return {
      ...common,
      timeDays: outcome.day - fromDay,
      event: outcome.event,
      deciding: outcome.deciding,
      cause: outcome.cause,
      why: `from the landmark on ${showDay(fromDay, course.axis)} to ${showDay(outcome.day, course.axis)}: ${outcome.why}`,
      variants: NO_VARIANTS,
      cites: citedDecisions(course, outcome),
    };
  }
  // Joined, not interpolated: a joined text is one piece of memory, and a large study has 100,000 of them.
  const why = [
    "from ",
    showDay(treatment.startDay, course.axis),
    " (start of treatment ",
    String(treatment.number),
    ") to ",
    showDay(outcome.day, course.axis),
    ": ",
    outcome.why,
  ].join("");
  return {
    ...common,
    timeDays: outcome.day - treatment.startDay,
    event: outcome.event,
    deciding: outcome.deciding,
    cause: outcome.cause,
    why,
    variants:
      definition.isPfs && listed
        ? variantsOf(candidates, definition, treatment, censorAt, death, outcome, context)
        : NO_VARIANTS,
    cites: citedDecisions(course, outcome),
  };
}

/** How long before an end of treatability its board decision may lie, in days. */
const DECIDED_WITHIN_DAYS = 30;

/**
 * Tumour-board decisions behind an outcome: those of its day, and for the end of treatability the last one within 30
 * days before it.
 */
function citedDecisions(course: PatientCourse, outcome: Outcome): EndpointRow["cites"] {
  if (course.board.length === 0) return NO_CITES;
  const sameDay = course.board.filter((row) => row.when.day === outcome.day);
  const before = course.board.filter(
    (row) => row.when.day < outcome.day && outcome.day - row.when.day <= DECIDED_WITHIN_DAYS,
  );
  const last = before.reduce<(typeof before)[number] | null>(
    (latest, row) => (latest === null || row.when.day > latest.when.day ? row : latest),
    null,
  );
  const cited = sameDay.length > 0 || outcome.cause !== "untreatable" || last === null ? sameDay : [last];
  return cited.map((row) => ({ table: "board" as const, line: row.line }));
}

function timeTo(
  candidates: readonly Candidate[],
  definition: EndpointDefinition,
  treatment: Treatment,
  censorAt: EndpointRules["PFS_censor_at"],
  death: "none" | "any" | "tumour",
  context: EndpointContext,
): Outcome | null {
  const { course, follow, rules } = context;
  const event = candidates[0];
  const censors: DatedFact[] = [];
  if (definition.isPfs && censorAt === "new-therapy") {
    const therapy = course.events.find((row) => row.event === "new-therapy" && row.when.day >= treatment.startDay);
    if (therapy !== undefined) censors.push(eventFact(therapy));
  }
  if (definition.per === "treatment" && rules.overlap === "censor-at-next-treatment") {
    const next = course.treatments.find((other) => other.number === treatment.number + 1);
    const first = next?.procedures[0];
    if (next !== undefined && first !== undefined)
      censors.push({
        day: next.firstDay,
        deciding: { table: "procedures", line: first.line },
        what: `start of treatment ${next.number}`,
      });
  }
  if (follow.death !== null && death !== "any" && !candidates.some(({ cause }) => cause === "death"))
    censors.push(eventFact(follow.death, `death (${follow.death.cause ?? "cause not recorded"}), not an event here`));
  const inTime = censors
    .filter(({ day }) => course.lockDay === null || day <= course.lockDay)
    .sort((a, b) => a.day - b.day)[0];
  if (event !== undefined && (inTime === undefined || event.day <= inTime.day))
    return { day: event.day, event: 1, deciding: event.deciding, cause: event.cause, why: event.what };
  const censored = (fact: DatedFact, note = ""): Outcome => ({
    day: fact.day,
    event: 0,
    deciding: fact.deciding,
    cause: null,
    why: `censored at ${fact.what}${note}`,
  });
  const last = follow.lastKnown;
  if (definition.isPfs && censorAt === "last-scan") {
    const limit = inTime?.day ?? Number.POSITIVE_INFINITY;
    const scan = lastAdequateScan(course, treatment, definition.per, limit);
    if (scan !== null) return censored(scan);
    return censored(startFact(treatment), " (no adequate assessment afterwards)");
  }
  if (inTime !== undefined && (last === null || inTime.day <= last.day)) return censored(inTime);
  return last === null ? null : censored(last);
}

const startFact = (treatment: Treatment): DatedFact => {
  const first = treatment.procedures.find((row) => row.when.day === treatment.startDay);
  return {
    day: treatment.startDay,
    deciding: first === undefined ? { table: "study", field: "day 0" } : { table: "procedures", line: first.line },
    what: "the start of treatment",
  };
};

function variantsOf(
  candidates: readonly Candidate[],
  definition: EndpointDefinition,
  treatment: Treatment,
  censorAt: EndpointRules["PFS_censor_at"],
  death: "none" | "any" | "tumour",
  outcome: Outcome,
  context: EndpointContext,
): readonly EndpointVariant[] {
  const variants: EndpointVariant[] = [];
  const push = (name: EndpointVariant["name"], other: Outcome | null): void => {
    if (other !== null && other.day >= treatment.startDay)
      variants.push({ name, timeDays: other.day - treatment.startDay, event: other.event, why: other.why });
  };
  push("last-scan", timeTo(candidates, definition, treatment, "last-scan", death, context));
  const { scanIntervalDays } = context;
  if (scanIntervalDays !== null) {
    const before = outcome.event === 1 ? outcome.day - 1 : outcome.day;
    const scan = lastAdequateScan(context.course, treatment, definition.per, before) ?? startFact(treatment);
    const gap = outcome.day - scan.day;
    const missed = outcome.event === 1 && gap > 2 * scanIntervalDays;
    push(
      "missed-visits",
      missed
        ? { ...outcome, day: scan.day, event: 0, why: `event ${gap} days after ${scan.what}: censored there` }
        : outcome,
    );
  }
  if (candidates.some(({ siteUnknown }) => siteUnknown))
    push(
      "site-unknown-not-counted",
      timeTo(
        candidates.filter(({ siteUnknown }) => !siteUnknown),
        definition,
        treatment,
        censorAt,
        death,
        context,
      ),
    );
  return variants;
}

/** A yes/no endpoint: an event within so many months, inclusive; unknown when observation ended before. */
function within(
  candidates: readonly Candidate[],
  treatment: Treatment,
  months: number,
  context: EndpointContext,
): Pick<EndpointRow, "timeDays" | "event" | "deciding" | "cause" | "why"> | null {
  const { course, follow } = context;
  const limit = addMonths(treatment.startDay, months, course.axis);
  const event = candidates[0];
  const row = (fact: DatedFact, value: 0 | 1 | null, why: string): ReturnType<typeof within> => ({
    timeDays: fact.day - treatment.startDay,
    event: value,
    deciding: fact.deciding,
    cause: value === 1 && event !== undefined ? event.cause : null,
    why: `${fact.what} on ${showDay(fact.day, course.axis)}: ${why}`,
  });
  if (event !== undefined)
    return event.day <= limit ? row(event, 1, `within ${months} months`) : row(event, 0, `later than ${months} months`);
  const last = follow.lastKnown;
  if (last === null || last.day < treatment.startDay) return null;
  return last.day >= limit
    ? row(last, 0, `observed for ${months} months without progression`)
    : row(last, null, `observation ended before ${months} months: not assessable`);
}
