import type { ResponseRules } from "../protocol/schema.js";
import type { OverallResponse } from "./overall.js";

/** What best response looks at: the overall responses of one series up to its progression. */
export interface ResponseCourse {
  /** Follow-up visits before progression, in time order. */
  readonly visits: readonly {
    readonly timePoint: string;
    readonly day: number | null;
    readonly overall: OverallResponse;
  }[];
  readonly progressed: boolean;
  /** Day from which the minimum duration of stable disease counts; null when unknown. */
  readonly startDay: number | null;
  /** Whether there were targets at baseline; without them the middle class is non-CR/non-PD. */
  readonly measurable: boolean;
}

/** Best overall response, without and with confirmation, and how it came to be. */
export interface BestResponse {
  readonly best: OverallResponse;
  readonly confirmed: OverallResponse;
  readonly why: string;
  /** CR first and PR later: to be looked at again (RECIST 1.1, table 3, note a). */
  readonly completeThenPartial: boolean;
}

type Rules = Pick<ResponseRules, "confirmation_days" | "stable_min_days" | "max_not_evaluable_between">;

/**
 * Best overall response (RECIST 1.1, 4.4 and table 3). Without confirmation it is the best class before progression;
 * stable disease must last `stable_min_days`. With confirmation CR and PR need a second visit at least
 * `confirmation_days` later with no more than `max_not_evaluable_between` visits NE between them (PR may be confirmed
 * by CR); what stays unconfirmed is SD where the minimum duration is met, otherwise PD or NE.
 * Example: PR on day 60 and SD on day 120 give best PR, confirmed SD.
 */
export function bestResponse(course: ResponseCourse, rules: Rules): BestResponse {
  const { visits, startDay } = course;
  const middle: OverallResponse = course.measurable ? "SD" : "non-CR/non-PD";
  const lastsFor = (day: number | null): number | null => (day === null || startDay === null ? null : day - startDay);
  const stable = visits.find(({ overall, day }) => {
    const duration = lastsFor(day);
    return isDiseaseControl(overall) && (duration === null || duration >= rules.stable_min_days);
  });
  const rest: OverallResponse = course.progressed ? "PD" : "NE";
  const firstOf = (overall: OverallResponse): (typeof visits)[number] | undefined =>
    visits.find((visit) => visit.overall === overall);

  const complete = firstOf("CR");
  const partial = firstOf("PR");
  const best: OverallResponse = complete ? "CR" : partial ? "PR" : stable ? middle : rest;

  const confirmedBy = (classes: readonly OverallResponse[]): readonly [number, number] | null => {
    for (let i = 0; i < visits.length; i++) {
      if (!classes.includes(visits[i]!.overall)) continue;
      let notEvaluable = 0;
      for (let j = i + 1; j < visits.length; j++) {
        const { overall, day } = visits[j]!;
        if (overall === "NE") {
          if (++notEvaluable > rules.max_not_evaluable_between) break;
          continue;
        }
        if (!classes.includes(overall)) break;
        const from = visits[i]!.day;
        if (day === null || from === null || day - from >= rules.confirmation_days) return [i, j];
      }
    }
    return null;
  };
  const completePair = confirmedBy(["CR"]);
  const responsePair = confirmedBy(["CR", "PR"]);
  const confirmed: OverallResponse = completePair ? "CR" : responsePair ? "PR" : stable ? middle : rest;
  const pair = completePair ?? responsePair;
  const crIndex = visits.findIndex(({ overall }) => overall === "CR");
  return {
    best,
    confirmed,
    completeThenPartial: crIndex >= 0 && visits.slice(crIndex + 1).some(({ overall }) => overall === "PR"),
    why: explain(course, rules, best, pair, lastsFor),
  };
}

const isDiseaseControl = (overall: OverallResponse): boolean => overall !== "PD" && overall !== "NE";

function explain(
  course: ResponseCourse,
  rules: Rules,
  best: OverallResponse,
  pair: readonly [number, number] | null,
  lastsFor: (day: number | null) => number | null,
): string {
  const list = course.visits.map(({ timePoint, overall }) => `${timePoint} ${overall}`).join(", ");
  const sequence = `${list}${course.progressed ? `${list === "" ? "" : ", "}then PD` : ""}` || "no follow-up";
  const short = course.visits.find(({ day, overall }) => {
    const duration = lastsFor(day);
    return isDiseaseControl(overall) && duration !== null && duration < rules.stable_min_days;
  });
  const tooEarly =
    short === undefined ? "" : `; ${short.timePoint} is before the ${rules.stable_min_days} days that SD must last`;
  if (best !== "CR" && best !== "PR") return `${sequence}${tooEarly} → ${best}`;
  if (pair === null) return `${sequence} → ${best}; no second visit ≥ ${rules.confirmation_days} days later confirms`;
  const [i, j] = pair;
  return `${sequence} → ${best}; ${course.visits[i]!.timePoint} confirmed by ${course.visits[j]!.timePoint}`;
}
