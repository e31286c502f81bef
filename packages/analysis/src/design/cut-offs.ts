import { inSentence, shownQuantity } from "../wording.js";
import type { CutOptimism } from "./cut-optimism.js";
import { type Guard, shown, shownP } from "./note.js";

/** A cut-off that the data chose. */
export interface ChosenCut {
  readonly where: string;
  readonly marker: string;
  /** How it was chosen; `fixed`, `median` and `quartiles` do not look at the outcome. */
  readonly rule: "fixed" | "median" | "quartiles" | "youden" | "maximally-selected";
  /** Outcome that chose it, and the outcome that is then tested; both in words. */
  readonly chosenOn: string;
  readonly testedOn: string;
  readonly cut: number | null;
  /** As stored. */
  readonly unit?: string;
  /** p of the comparison at the cut as if it had been planned, and allowing for the search. */
  readonly naiveP: number | null;
  readonly adjustedP: number | null;
  /** Bootstrap interval of the cut. */
  readonly interval: { readonly low: number; readonly high: number } | null;
  /** What the effect at the cut loses when the choice is repeated in resamples. */
  readonly optimism: CutOptimism | null;
}

/**
 * A cut-off tuned on the outcome that it is then tested on, or on another outcome of the same patients: the p-value and
 * the accuracy at the cut are too good. The note carries the p that allows for the search, the bootstrap interval of
 * the cut and its optimism where they are known. Altman 1994; Leeflang 2008.
 */
export const tunedCutOff: Guard<ChosenCut> = (facts) => {
  if (facts.rule !== "youden" && facts.rule !== "maximally-selected") return [];
  const quantity = (value: number): string => shownQuantity(Number(value.toPrecision(3)), facts.unit ?? "");
  const parts = [
    `The cut-off of ${facts.marker}${facts.cut === null ? "" : ` (${quantity(facts.cut)})`} was chosen on ${inSentence(facts.chosenOn)} of the same ${facts.chosenOn === facts.testedOn ? "data it is tested on" : `data in which ${inSentence(facts.testedOn)} is then tested`}`,
  ];
  if (facts.naiveP !== null && facts.adjustedP !== null)
    parts.push(`unadjusted ${shownP(facts.naiveP)}, allowing for the search ${shownP(facts.adjustedP)}`);
  if (facts.interval !== null)
    parts.push(`bootstrap interval of the cut ${quantity(facts.interval.low)} to ${quantity(facts.interval.high)}`);
  if (facts.optimism !== null) {
    const { measure, apparent, corrected } = facts.optimism;
    parts.push(
      `${measure} ${shown(apparent)} as found, ${shown(corrected)} with the optimism of the choice taken off (bootstrap)`,
    );
  }
  return [
    {
      code: "cut-off-on-the-tested-outcome",
      severity: facts.chosenOn === facts.testedOn ? "serious" : "caution",
      where: facts.where,
      why: `${parts.join("; ")}.`,
      remedy:
        "Test the marker as continuous or at a cut-off named beforehand; take the chosen cut-off to other patients.",
      reference: "Altman 1994; Lausen and Schumacher 1992; Leeflang 2008",
    },
  ];
};

/** Tests of one variable at several thresholds. */
export interface ThresholdSearch {
  readonly where: string;
  readonly variable: string;
  readonly thresholds: number;
  readonly endpoints: number;
}

/** Several thresholds of one variable tested on the same rows: the smallest p is no test of it. Altman 1994. */
export const manyThresholds: Guard<ThresholdSearch> = (facts) =>
  facts.thresholds < 2
    ? []
    : [
        {
          code: "many-thresholds",
          severity: "serious",
          where: facts.where,
          why: `${facts.variable} was tested at ${facts.thresholds} thresholds for ${facts.endpoints} ${facts.endpoints === 1 ? "endpoint" : "endpoints"}: ${facts.thresholds * facts.endpoints} log-rank tests, of which the smallest p is no test of it.`,
          remedy:
            "Name one threshold beforehand, analyse the variable as continuous, or use a p-value adjusted for the search.",
          reference: "Altman 1994; Lausen and Schumacher 1992",
        },
      ];
