import type { Result } from "@livermark/core";
import type { DataColumn } from "./dataset.js";
import type { Outcome, Regression } from "./regression.js";
import { fitCoxRegression } from "./regression-cox.js";
import { fitLogisticRegression } from "./regression-logistic.js";

/**
 * Fits the covariates together on the rows that have them all. Refuses what the statistics refuse (no events, a
 * factor of one level, …); a coefficient without an estimate stays in the list with its reason.
 */
export function fitRegression(outcome: Outcome, columns: readonly DataColumn[], level: number): Result<Regression> {
  return outcome.kind === "cox"
    ? fitCoxRegression(outcome, columns, level)
    : fitLogisticRegression(outcome, columns, level);
}
