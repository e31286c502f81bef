import { adjustP, fisherTwoByTwo, logRank } from "@livermark/statistics";
import { type Guard, listed, shownP } from "./note.js";

/** Which rows lack which column, and the outcome of the same rows. */
export interface MissingFacts {
  readonly where: string;
  readonly columns: readonly { readonly label: string; readonly missing: readonly boolean[] }[];
  readonly outcome:
    | { readonly kind: "time"; readonly months: readonly number[]; readonly event: readonly number[] }
    | { readonly kind: "yes-no"; readonly values: readonly number[] };
}

const FEWEST = 4;
const LIMIT = 0.02;

function outcomeP(missing: readonly boolean[], outcome: MissingFacts["outcome"]): number | null {
  if (outcome.kind === "time") {
    const test = logRank({
      time: outcome.months,
      event: outcome.event,
      group: missing.map((lacks) => (lacks ? "missing" : "present")),
    });
    return test.ok ? (test.value.test?.p ?? null) : null;
  }
  const count = (lacks: boolean, value: number): number =>
    missing.filter((own, i) => own === lacks && outcome.values[i] === value).length;
  const test = fisherTwoByTwo([
    [count(true, 1), count(true, 0)],
    [count(false, 1), count(false, 0)],
  ]);
  return test.ok ? test.value.p : null;
}

/**
 * Informative missingness: the outcome of rows without a value differs from that of rows with it (log-rank or Fisher's
 * exact test, Holm-adjusted over the columns, 0.02). Leaving such rows out biases what is left. Columns that fewer
 * than four rows lack are not tested. Sterne 2009.
 */
export const informativeMissingness: Guard<MissingFacts> = ({ where, columns, outcome }) => {
  const tested = columns.flatMap(({ label, missing }) => {
    const lacking = missing.filter(Boolean).length;
    if (lacking < FEWEST || missing.length - lacking < FEWEST) return [];
    const p = outcomeP(missing, outcome);
    return p === null ? [] : [{ label, lacking, p }];
  });
  if (tested.length === 0) return [];
  const adjusted = adjustP(
    tested.map((one) => one.p),
    "holm",
  );
  const found = tested.flatMap((one, i) => {
    const p = adjusted[i] ?? 1;
    return p < LIMIT ? [`${one.label} (${one.lacking} without, ${shownP(p)})`] : [];
  });
  if (found.length === 0) return [];
  return [
    {
      code: "informative-missingness",
      severity: "serious",
      where,
      why: `The outcome of those without a value differs from that of those with one: ${listed(found)}.`,
      remedy:
        "Say why values are missing; impute with the outcome in the imputation model, and show the complete rows beside it.",
      reference: "Sterne 2009; White 2011",
    },
  ];
};
