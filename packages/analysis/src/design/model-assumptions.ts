import { adjustP } from "@livermark/statistics";
import { type Guard, listed, shown, shownP } from "./note.js";

/** Score tests of proportional hazards of one Cox model. */
export interface ProportionalityFacts {
  readonly where: string;
  readonly globalP: number | null;
  readonly terms: readonly { readonly label: string; readonly p: number }[];
}

const LIMIT = 0.01;

/**
 * Hazards that are not proportional: the global score test, or that of one term after Holm's adjustment, below 0.01 (the
 * two looks together err in about 2 % of sound models). One ratio then stands for effects that change with time.
 * Grambsch and Therneau 1994.
 */
export const nonProportionalHazards: Guard<ProportionalityFacts> = ({ where, globalP, terms }) => {
  const adjusted = adjustP(
    terms.map(({ p }) => p),
    "holm",
  );
  const found = terms.flatMap(({ label }, i) => {
    const p = adjusted[i] ?? 1;
    return p < LIMIT ? [`${label} (${shownP(p)})`] : [];
  });
  if (found.length === 0 && !(globalP !== null && globalP < LIMIT)) return [];
  return [
    {
      code: "non-proportional-hazards",
      severity: "caution",
      where,
      why: `The score test of proportional hazards gives ${globalP === null ? "" : `${shownP(globalP)} over the model`}${globalP !== null && found.length > 0 ? ", and " : ""}${listed(found)}: the ratio changes with time.`,
      remedy: "Look at the Schoenfeld residuals; give an effect that changes with time, or restricted mean survival.",
      reference: "Grambsch and Therneau 1994",
    },
  ];
};

/** A covariate selection on the data that are then tested. */
export interface SelectionFacts {
  readonly where: string;
  /** In words; null when the covariates were named beforehand. */
  readonly rule: string | null;
  readonly candidates: number;
  /** Resamples in which the whole recipe was repeated; 0 = none. */
  readonly resamples: number;
}

/** Covariates chosen by their p-values or by information criteria on the same rows. Harrell 2015, section 4.3. */
export const selectionOnTheSameData: Guard<SelectionFacts> = ({ where, rule, candidates, resamples }) =>
  rule === null
    ? []
    : [
        {
          code: "selection-on-the-same-data",
          severity: "caution",
          where,
          why: `The covariates were chosen among ${candidates} on the data they are tested on (${rule}), so p-values are too small and intervals too narrow.`,
          remedy:
            resamples > 0
              ? "Read the corrected performance, in which the whole recipe was repeated; name the covariates beforehand in the next study."
              : "Name the covariates beforehand, or validate the whole recipe by resampling.",
          reference: "Harrell 2015, section 4.3",
        },
      ];

/** One effect of a group whose direction is expected. */
export interface DirectionFacts {
  readonly where: string;
  readonly group: string;
  /** Labels from low to high. */
  readonly labels: readonly string[];
  readonly reference: string;
  readonly level: string;
  /** Which side is expected to do better. */
  readonly better: "high" | "low" | "disputed" | "unknown";
  /** Ratio of `level` against `reference` for an event that nobody wants. */
  readonly ratio: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * An effect that runs against what the protocol expects, with an interval that excludes no effect: the reference level,
 * the coding or the direction of the cut may be turned round. Where the source contradicts itself, that is said instead.
 */
export const directionAgainstExpectation: Guard<DirectionFacts> = (facts) => {
  const { group, labels, reference, level, better, ratio, low, high } = facts;
  if (better === "unknown" || low === null || high === null) return [];
  const sure = low > 1 || high < 1;
  if (better === "disputed")
    return [
      {
        code: "direction-disputed",
        severity: "info",
        where: facts.where,
        why: `The source contradicts itself on the direction of ${group}; here ${level} against ${reference} has the ratio ${shown(ratio)}.`,
        remedy: "Take no class of a patient from it before the direction is settled.",
        reference: "the protocol's caveats",
      },
    ];
  const levelIsHigher = labels.indexOf(level) > labels.indexOf(reference);
  const expectedBelowOne = levelIsHigher === (better === "high");
  if (!sure || ratio < 1 === expectedBelowOne) return [];
  return [
    {
      code: "direction-against-expectation",
      severity: "serious",
      where: facts.where,
      why: `${group}: ${level} against the reference ${reference} has the ratio ${shown(ratio)} (${shown(low)} to ${shown(high)}), where a ratio ${expectedBelowOne ? "below" : "above"} 1 was expected.`,
      remedy: "Check the reference level, the coding of the event and the side of the cut-off before interpreting it.",
      reference: "Altman 2012 (REMARK, item 16)",
    },
  ];
};
