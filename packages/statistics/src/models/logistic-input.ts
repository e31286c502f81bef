import { ok, type Result, refuse } from "@livermark/core";
import { countEvents, type NumericColumn } from "./columns.js";
import { buildDesign, type Design, type ModelTerm } from "./design.js";

/** Checked columns of a logistic model; n and events count frequency weights. */
export interface LogisticInput {
  readonly design: Design;
  readonly y: Float64Array;
  readonly weights: Float64Array | null;
  readonly n: number;
  readonly events: number;
}

/** Checks outcome, covariates and weights, and builds the design. */
export function logisticInput(
  outcome: { readonly name: string; readonly values: NumericColumn },
  terms: readonly ModelTerm[],
  weights?: NumericColumn,
): Result<LogisticInput> {
  const others = [outcome, ...(weights === undefined ? [] : [{ name: "weights", values: weights }])];
  const design = buildDesign(others, terms);
  if (!design.ok) return design;
  const y = design.value.others[0]!;
  const counted = countEvents(y, outcome.name);
  if (!counted.ok) return counted;
  const given = design.value.others[1] ?? null;
  let n = y.length;
  let events = counted.value;
  if (given !== null) {
    n = 0;
    events = 0;
    for (let i = 0; i < given.length; i++) {
      const w = given[i]!;
      if (w < 0) {
        return refuse({
          code: "negative-weight",
          message: `The weight of row ${i + 1} is negative.`,
          got: w,
          wanted: "0 or more",
          mend: "Give frequencies.",
        });
      }
      n += w;
      events += w * y[i]!;
    }
    if (events <= 0 || events >= n) {
      return refuse({
        code: "one-class-outcome",
        message: `With these weights outcome ${outcome.name} has one class only.`,
        got: `${events} of ${n}`,
        wanted: "both classes with positive weight",
      });
    }
  }
  return ok({ design: design.value, y, weights: given, n, events });
}

/** Log likelihood of the model without covariates. */
export const nullLogLikelihood = (n: number, events: number): number =>
  events * Math.log(events / n) + (n - events) * Math.log((n - events) / n);
