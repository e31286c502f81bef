import type { AuditFinding } from "./document.js";
import type { AuditFacts } from "./facts.js";
import { COUNT, countOf } from "./printed.js";

const DIFFUSION = /(?:(\d+\.\d+)\s?)?[×x]\s?10\s?\^?\s?\+?([36³⁶])\s?mm\s?\^?[2²]\s?\/\s?s/gi;

/** Diffusion coefficients of tissue are about 1 × 10⁻³ mm²/s: a positive power is off by six orders. */
function diffusionUnits(facts: AuditFacts): readonly AuditFinding[] {
  return [...facts.page.text.matchAll(DIFFUSION)].map((match) => {
    const printedPower = /10\s?[\^³⁶]/.test(match[0]);
    return {
      code: "diffusion-unit",
      certainty: printedPower ? ("contradiction" as const) : ("check" as const),
      quotes: [facts.page.quote(match.index, match.index + match[0].length)],
      arithmetic: `free water at body temperature: 0.003 mm²/s; printed power +${match[2]?.replace("³", "3").replace("⁶", "6")}`,
      message: "The unit of the diffusion coefficient lacks the minus sign of its power of ten.",
    };
  });
}

const DIRECTION =
  /with\sor\swithout\s([^.\d]{3,60}?)\s(?:were|was)\s(\d+(?:\.\d+)?)\s?months?\sand\s(\d+(?:\.\d+)?)\s?months?(?:\srespectively)?,?\s?\(\s?HR\s?=\s?(\d+(?:\.\d+)?)/gi;

/** Longer survival with a factor and a hazard ratio above 1 for it do not go together. */
function directions(facts: AuditFacts): readonly AuditFinding[] {
  return [...facts.page.text.matchAll(DIRECTION)].flatMap((match) => {
    const [whole, , withIt = "", without = "", ratio = ""] = match;
    const longer = Number(withIt) - Number(without);
    if (longer === 0 || longer > 0 === Number(ratio) < 1) return [];
    return [
      {
        code: "direction",
        certainty: "check" as const,
        quotes: [facts.page.quote(match.index, match.index + whole.length)],
        arithmetic: `${withIt} ${longer > 0 ? ">" : "<"} ${without} months with the factor, HR ${ratio} ${Number(ratio) > 1 ? "> 1" : "< 1"}`,
        message: "The medians and the hazard ratio point in opposite directions as worded.",
      },
    ];
  });
}

const DEATHS = new RegExp(
  String.raw`(?<![\w.])(${COUNT})(?:\s\([\d.]+\s?%\))?\s(?:patients\s)?(?:had\s)?died[^.]{0,60}?\b(${COUNT})(?:\s\([\d.]+\s?%\))?\s(?:patients\s)?(?:had\s)?(?:(progressed|progression)|PFS\sevents|experienced\s(?:progression|a\sPFS\sevent))`,
  "gi",
);
const EVENTS = new RegExp(
  String.raw`(?<![\w.])(${COUNT})\sPFS\sevents[^.]{0,60}?\b(${COUNT})\s(?:deaths|OS\sevents)`,
  "gi",
);

/** Death is an event of progression-free survival, so there are at least as many events as deaths. */
function deaths(facts: AuditFacts): readonly AuditFinding[] {
  const make = (match: RegExpExecArray, died: number, events: number, sure: boolean): readonly AuditFinding[] =>
    died <= events
      ? []
      : [
          {
            code: "deaths-above-events",
            certainty: sure ? "contradiction" : "check",
            quotes: [facts.page.quote(match.index, match.index + match[0].length)],
            arithmetic: `${died} deaths > ${events} ${sure ? "events" : "progressions"}`,
            message: sure
              ? "There are fewer events of progression-free survival than deaths."
              : "Fewer patients progressed than died: were deaths counted as events of progression-free survival?",
          },
        ];
  return [
    ...[...facts.page.text.matchAll(DEATHS)].flatMap((match) =>
      make(match, countOf(match[1] ?? ""), countOf(match[2] ?? ""), match[3] === undefined),
    ),
    ...[...facts.page.text.matchAll(EVENTS)].flatMap((match) =>
      make(match, countOf(match[2] ?? ""), countOf(match[1] ?? ""), true),
    ),
  ];
}

/** Units, directions and order of events that cannot be as printed. */
export const senseFindings = (facts: AuditFacts): readonly AuditFinding[] => [
  ...diffusionUnits(facts),
  ...directions(facts),
  ...deaths(facts),
];
