import type { NonTargetResponse } from "./other-lesions.js";
import type { TargetResponse } from "./target.js";

export type OverallResponse = "CR" | "PR" | "SD" | "non-CR/non-PD" | "PD" | "NE";

/** All overall responses from best to worst. */
export const OVERALL_RESPONSES: readonly OverallResponse[] = ["CR", "PR", "SD", "non-CR/non-PD", "PD", "NE"];

/**
 * Overall response without a new lesion and without progression of a part, by target (row) and non-target (column);
 * `none` = no such lesion at baseline. RECIST 1.1, tables 1 and 2: the whole table, no default branch.
 */
const TABLE: {
  readonly [T in TargetResponse | "none"]: { readonly [N in NonTargetResponse | "none"]: OverallResponse };
} = {
  CR: { none: "CR", CR: "CR", "non-CR/non-PD": "PR", NE: "PR", PD: "PD" },
  PR: { none: "PR", CR: "PR", "non-CR/non-PD": "PR", NE: "PR", PD: "PD" },
  SD: { none: "SD", CR: "SD", "non-CR/non-PD": "SD", NE: "SD", PD: "PD" },
  NE: { none: "NE", CR: "NE", "non-CR/non-PD": "NE", NE: "NE", PD: "PD" },
  PD: { none: "PD", CR: "PD", "non-CR/non-PD": "PD", NE: "PD", PD: "PD" },
  none: { none: "NE", CR: "CR", "non-CR/non-PD": "non-CR/non-PD", NE: "NE", PD: "PD" },
};

/** Overall response of a time point. A new lesion is PD whatever the rest. Example: `overallResponse("CR", "NE", false)` is PR. */
export const overallResponse = (
  target: TargetResponse | null,
  nonTarget: NonTargetResponse | null,
  newLesion: boolean,
): OverallResponse => (newLesion ? "PD" : TABLE[target ?? "none"][nonTarget ?? "none"]);
