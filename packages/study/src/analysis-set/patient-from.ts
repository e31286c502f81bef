import type { Protocol } from "../protocol/schema.js";
import { OVERALL_RESPONSES } from "../response/overall.js";
import type { BestOverallResponse } from "../response/rows.js";
import type { Treatments } from "../treatments.js";

/**
 * Which treatment's values stand for the patient: the first, the last, or the one with the best response by the
 * protocol's first profile (the earlier one of equals).
 */
export function speakingTreatment(
  best: readonly BestOverallResponse[],
  protocol: Protocol,
  treatments: Treatments,
): (patient: string) => number {
  const rule = protocol.treatments.patient_from;
  const profile = protocol.response.profiles[0];
  const ranks = new Map<string, { readonly treatment: number; readonly rank: number }>();
  for (const row of best) {
    if (row.profile !== profile) continue;
    const rank = OVERALL_RESPONSES.indexOf(row.best);
    const before = ranks.get(row.patient);
    if (before === undefined || rank < before.rank || (rank === before.rank && row.treatment < before.treatment))
      ranks.set(row.patient, { treatment: row.treatment, rank });
  }
  return (patient) => {
    const count = treatments.byPatient.get(patient)?.length ?? 1;
    if (rule === "last") return Math.max(1, count);
    return rule === "best" ? (ranks.get(patient)?.treatment ?? 1) : 1;
  };
}
