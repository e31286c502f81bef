import { type Guard, listed } from "./note.js";

/** Rows of an analysis by patient. */
export interface RepeatedRows {
  readonly where: string;
  /** Patient of each row. */
  readonly patients: readonly string[];
  /** What takes the rows as independent, e.g. log-rank tests; empty when everything allows for the repetition. */
  readonly independent: readonly string[];
  /** What allows for the repetition beside it, e.g. a cluster bootstrap. */
  readonly robust: readonly string[];
}

/**
 * Several treatments of one patient taken as independent: standard errors and p-values are too small when treatments of
 * one patient are alike. Lin and Wei 1989; Williams 2000.
 */
export const repeatedTreatments: Guard<RepeatedRows> = (facts) => {
  const distinct = new Set(facts.patients).size;
  if (distinct === facts.patients.length || facts.independent.length === 0) return [];
  return [
    {
      code: "repeated-treatments",
      severity: "caution",
      where: facts.where,
      why: `${facts.patients.length} treatments of ${distinct} patients are counted as if they were independent in ${listed(facts.independent)}.`,
      remedy:
        facts.robust.length === 0
          ? "Take one treatment per patient, or errors that are robust to patients."
          : `Read ${listed(facts.robust)} beside it, or take one treatment per patient.`,
      reference: "Lin and Wei 1989; Williams 2000",
    },
  ];
};
