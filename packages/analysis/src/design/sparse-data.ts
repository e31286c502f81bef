import type { DesignNote } from "../results.js";
import { type Guard, listed } from "./note.js";

/** Size of a model: events, and parameters that were candidates before any selection. */
export interface ModelSize {
  readonly where: string;
  /** Events of a Cox model; the rarer outcome of a logistic model. */
  readonly events: number;
  readonly candidates: number;
}

/**
 * Fewer than ten events for each candidate parameter; serious below five. Candidates count, not survivors: a selection
 * has looked at all of them. Peduzzi 1995; Riley 2019 gives sizes for a given model.
 */
export const eventsPerCandidate: Guard<ModelSize> = ({ where, events, candidates }) =>
  candidates === 0 || events >= 10 * candidates
    ? []
    : [
        {
          code: "events-per-candidate",
          severity: events < 5 * candidates ? "serious" : "caution",
          where,
          why: `${events} events for ${candidates} candidate parameters (${(events / candidates).toFixed(1)} each).`,
          remedy: "Fewer candidates, chosen beforehand, or a penalised model with the whole recipe validated.",
          reference: "Peduzzi 1995; Riley 2019",
        },
      ];

/** Events in each level of a covariate, or the split of a number. */
export interface SeparationFacts {
  readonly where: string;
  readonly kind: "cox" | "logistic";
  readonly covariates: readonly {
    readonly label: string;
    readonly levels: readonly { readonly level: string; readonly n: number; readonly events: number }[];
  }[];
  /** Numbers that divide the outcome without error, found by the fit. */
  readonly perfect: readonly string[];
}

/**
 * Separation: a level without any event (or, in a logistic model, with nothing but events), or a number that divides the
 * outcome without error. The ratio then has no finite estimate. Albert and Anderson 1984; Heinze and Schemper 2002.
 */
export const separation: Guard<SeparationFacts> = (facts) => {
  const empty = facts.covariates.flatMap(({ label, levels }) =>
    levels
      .filter(({ n, events }) => n > 0 && (events === 0 || (facts.kind === "logistic" && events === n)))
      .map(({ level, n, events }) => `${label} ${level} (${events} of ${n})`),
  );
  const found = [...empty, ...facts.perfect];
  if (found.length === 0) return [];
  return [
    {
      code: "separation",
      severity: "serious",
      where: facts.where,
      why: `The outcome is the same in everybody with ${listed(found)}, so the ratio has no finite estimate.`,
      remedy: "Join levels, leave the covariate out, or use Firth's penalised likelihood.",
      reference: "Heinze and Schemper 2002",
    },
  ];
};

/** Groups that are compared or judged. */
export interface GroupSizes {
  readonly where: string;
  readonly groups: readonly {
    readonly label: string;
    readonly n: number;
    /** The rarer of events and others, where accuracy is judged; null for a mere comparison. */
    readonly rarer: number | null;
  }[];
}

/**
 * Groups of fewer than ten, or accuracy judged on fewer than five of one outcome: an area of 1.000 at n = 5 says nothing.
 * Serious below six, and below three of one outcome.
 */
export const tinyGroups: Guard<GroupSizes> = ({ where, groups }) => {
  const small = groups.filter(({ n, rarer }) => n < 10 || (rarer !== null && rarer < 5));
  if (small.length === 0) return [];
  const tiny = small.some(({ n, rarer }) => n < 6 || (rarer !== null && rarer < 3));
  const words = small.map(
    ({ label, n, rarer }) => `${label} (n = ${n}${rarer === null ? "" : `, ${rarer} of the rarer outcome`})`,
  );
  const note: DesignNote = {
    code: "tiny-group",
    severity: tiny ? "serious" : "caution",
    where,
    why: `${listed(words)} ${small.length === 1 ? "is" : "are"} too small for an estimate or a test.`,
    remedy: "Describe the group without testing it, or join it with another.",
    reference: "Hanczar 2010; Altman 1991, section 8.5",
  };
  return [note];
};
