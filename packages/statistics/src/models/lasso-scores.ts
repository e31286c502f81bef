import { gather } from "../survival/order.js";
import { sortFollowUp } from "./cox-sample.js";
import { type LassoData, sortedAs, type TiedCensoring } from "./lasso.js";
import { breslowLoglik, saturatedCox } from "./lasso-loss.js";
import { areaFromGroups, markerGroups, splitByOutcome } from "./marker-groups.js";
import { concordanceOf, rankScores } from "./sorted-concordance.js";

/** What is averaged over the held-out folds. */
export type LassoMeasure = "deviance" | "mse" | "mae" | "class" | "auc" | "concordance";

/** Coefficients at one penalty. */
export interface Predicted {
  readonly intercept: number;
  readonly beta: Float64Array;
}

/**
 * Coefficients at any penalty, linear between the path's penalties and held at its ends.
 * Example: `coefficientsAt(path, 0.05)`.
 */
export function coefficientsAt(
  path: {
    readonly lambda: ArrayLike<number>;
    readonly intercepts: ArrayLike<number>;
    readonly coefficients: readonly Float64Array[];
  },
  lambda: number,
): Predicted {
  const { lambda: grid } = path;
  const last = grid.length - 1;
  const exact = (k: number): Predicted => ({ intercept: path.intercepts[k]!, beta: path.coefficients[k]! });
  if (lambda >= grid[0]!) return exact(0);
  if (lambda <= grid[last]!) return exact(last);
  let k = 1;
  while (grid[k]! > lambda) k++;
  if (grid[k] === lambda) return exact(k);
  const share = (lambda - grid[k]!) / (grid[k - 1]! - grid[k]!);
  const [a, b] = [path.coefficients[k - 1]!, path.coefficients[k]!];
  return {
    intercept: share * path.intercepts[k - 1]! + (1 - share) * path.intercepts[k]!,
    beta: b.map((value, j) => (value === 0 && a[j] === 0 ? 0 : share * a[j]! + (1 - share) * value)),
  };
}

function predictor(data: LassoData, rows: ArrayLike<number>, at: Predicted): Float64Array {
  const eta = new Float64Array(rows.length).fill(at.intercept);
  for (let j = 0; j < at.beta.length; j++) {
    const b = at.beta[j]!;
    if (b === 0) continue;
    const column = data.columns[j]!;
    for (let i = 0; i < eta.length; i++) eta[i]! += b * column[rows[i]!]!;
  }
  return eta;
}

/** One fold's loss (or area) at one penalty, and the weight that the fold has. */
export type FoldScore = (at: Predicted, lambdaIndex: number) => number;

function binaryLoss(measure: LassoMeasure, y: number, eta: number): number {
  const p = Math.min(1 - 1e-5, Math.max(1e-5, 1 / (1 + Math.exp(-eta))));
  switch (measure) {
    case "deviance":
      return -2 * (y === 1 ? Math.log(p) : Math.log(1 - p));
    case "class":
      return y === 1 ? (p <= 0.5 ? 1 : 0) : p > 0.5 ? 1 : 0;
    case "mae":
      return 2 * Math.abs(y - p);
    default:
      return 2 * (y - p) ** 2;
  }
}

export function foldScore(data: LassoData, held: Int32Array, measure: LassoMeasure, cox: CoxScorer | null): FoldScore {
  const y = Float64Array.from(held, (row) => data.y[row]!);
  if (cox !== null) {
    if (measure === "concordance") {
      const time = Float64Array.from(held, (row) => data.time![row]!);
      const sample = sortFollowUp(time, y);
      return (at) =>
        concordanceOf(sample, rankScores(gather(predictor(data, held, at), sample.order)), null).concordance;
    }
    return cox.deviancePart(held);
  }
  if (measure === "auc") {
    return (at) => {
      const { cases, controls } = splitByOutcome(y, predictor(data, held, at), 1);
      return areaFromGroups(markerGroups(cases, controls));
    };
  }
  return (at) => {
    const eta = predictor(data, held, at);
    let sum = 0;
    for (let i = 0; i < y.length; i++) {
      const difference = y[i]! - eta[i]!;
      sum +=
        data.family === "binomial"
          ? binaryLoss(measure, y[i]!, eta[i]!)
          : measure === "mae"
            ? Math.abs(difference)
            : difference ** 2;
    }
    return sum / y.length;
  };
}

export interface CoxScorer {
  readonly deviancePart: (held: Int32Array) => FoldScore;
}

/** Deviance on all rows less deviance on the training rows (Verweij and van Houwelingen 1993), per held-out event. */
export function coxScorer(data: LassoData, tied: TiedCensoring): CoxScorer {
  const whole = sortedAs(tied, data.time!, data.y);
  const everybody = Int32Array.from({ length: data.n }, (_, i) => i);
  const fullDeviance = saturatedCox(whole);
  return {
    deviancePart: (held) => {
      const out = new Set(held);
      const kept = everybody.filter((row) => !out.has(row));
      const part = sortedAs(tied, gather(data.time!, kept), gather(data.y, kept));
      const rows = Int32Array.from(part.order, (k) => kept[k]!);
      const partDeviance = saturatedCox(part);
      let events = 0;
      for (const row of held) events += data.y[row]!;
      return (at) => {
        const eta = predictor(data, everybody, at);
        const all = fullDeviance - breslowLoglik(whole, gather(eta, whole.order));
        return (2 * (all - (partDeviance - breslowLoglik(part, gather(eta, rows))))) / events;
      };
    },
  };
}
