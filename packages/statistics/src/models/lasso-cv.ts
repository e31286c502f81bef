import { type Issue, ok, type Result, random, refuse, warningIssue } from "@livermark/core";
import { gather } from "../survival/order.js";
import type { NamedColumn } from "./columns.js";
import { sortFollowUp } from "./cox-core.js";
import {
  checkLassoOptions,
  fitFromPath,
  type LassoData,
  type LassoFit,
  type LassoOptions,
  type LassoResponse,
  lassoData,
  pathOnRows,
  pathWarning,
  type RowsPath,
  sortedAs,
  type TiedCensoring,
} from "./lasso.js";
import { breslowLoglik, saturatedCox } from "./lasso-loss.js";
import { areaFromGroups, markerGroups, splitByOutcome } from "./marker-groups.js";
import { type Running, step } from "./running.js";
import { concordanceOf, rankScores } from "./sorted-concordance.js";

/** What is averaged over the held-out folds. */
export type LassoMeasure = "deviance" | "mse" | "mae" | "class" | "auc" | "concordance";

export interface LassoCvOptions extends LassoOptions, Running {
  readonly measure: LassoMeasure;
  /** The fold (any whole number) of each row as given, or how to draw folds of equal size. */
  readonly folds: ArrayLike<number> | { readonly seed: number; readonly count: number };
}

/** Cross-validated choice of the penalty. */
export interface LassoCv {
  readonly fit: LassoFit;
  readonly measure: LassoMeasure;
  /** "larger" for areas and concordances. */
  readonly better: "smaller" | "larger";
  readonly foldCount: number;
  /** Fold-weighted mean and its standard error, per penalty. */
  readonly mean: Float64Array;
  readonly standardError: Float64Array;
  /** Index of the best penalty, and of the largest penalty within one standard error of it. */
  readonly indexMin: number;
  readonly index1se: number;
}

interface Predicted {
  readonly intercept: number;
  readonly beta: Float64Array;
}

/** Coefficients at any penalty, linear between the path's penalties and held at its ends. */
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
type FoldScore = (at: Predicted, lambdaIndex: number) => number;

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

function foldScore(data: LassoData, held: Int32Array, measure: LassoMeasure, cox: CoxScorer | null): FoldScore {
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

interface CoxScorer {
  readonly deviancePart: (held: Int32Array) => FoldScore;
}

/** Deviance on all rows less deviance on the training rows (Verweij and van Houwelingen 1993), per held-out event. */
function coxScorer(data: LassoData, tied: TiedCensoring): CoxScorer {
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

function foldsOf(data: LassoData, folds: LassoCvOptions["folds"]): Result<Int32Array[]> {
  let codes: ArrayLike<number>;
  if ("seed" in folds) {
    const { count, seed } = folds;
    if (!(Number.isInteger(count) && count >= 3 && count <= data.n)) {
      return refuse({
        code: "fold-count",
        message: "Cross-validation needs at least three folds, and no more than rows.",
        got: count,
        wanted: `3 … ${data.n}`,
      });
    }
    const order = random(seed).permutation(data.n);
    const drawn = new Int32Array(data.n);
    order.forEach((row, i) => {
      drawn[row] = i % count;
    });
    codes = drawn;
  } else {
    const furthest = data.rows[data.rows.length - 1] ?? 0;
    if (folds.length <= furthest)
      return refuse({
        code: "unequal-lengths",
        message: "There is not one fold per row.",
        got: folds.length,
        wanted: `at least ${furthest + 1}`,
      });
    codes = Int32Array.from(data.rows, (row) => folds[row]!);
  }
  const parts = new Map<number, number[]>();
  for (let i = 0; i < data.n; i++) {
    const part = parts.get(codes[i]!) ?? [];
    part.push(i);
    parts.set(codes[i]!, part);
  }
  if (parts.size < 3)
    return refuse({
      code: "fold-count",
      message: "Cross-validation needs at least three folds.",
      got: parts.size,
      wanted: "3 or more",
    });
  return ok([...parts.keys()].sort((a, b) => a - b).map((key) => Int32Array.from(parts.get(key)!)));
}

const allowed: { readonly [family in LassoData["family"]]: readonly LassoMeasure[] } = {
  gaussian: ["deviance", "mse", "mae"],
  binomial: ["deviance", "mse", "mae", "class", "auc"],
  cox: ["deviance", "concordance"],
};

/** Why a fold cannot be scored, or null. */
function foldTrouble(data: LassoData, held: Int32Array, measure: LassoMeasure): string | null {
  if (data.family === "gaussian") return null;
  let inside = 0;
  for (const row of held) inside += data.y[row]!;
  const outside = data.events! - inside;
  if (data.family === "cox")
    return outside === 0 ? "all events lie in one fold" : inside === 0 ? "a fold holds no event" : null;
  if (outside === 0 || outside === data.n - held.length) return "the rows outside a fold have one class only";
  return measure === "auc" && (inside === 0 || inside === held.length)
    ? "a fold has one class only, so it has no area"
    : null;
}

/**
 * Cross-validation of a penalised regression: each fold is predicted by a path fitted without it (with its own default
 * penalties, read at the master penalties by linear interpolation), and the fold results are averaged with the folds'
 * sizes (events in Cox deviance) as weights. Chooses the best penalty and the largest within one standard error.
 * Refuses what `lasso` refuses, measures that the family does not have, and folds that cannot be scored.
 * Sources: Friedman, Hastie and Tibshirani 2010, section 6; Simon et al. 2011, section 3; Verweij and van Houwelingen
 * 1993. The same seed gives the same folds everywhere.
 */
export function lassoCrossValidation(
  response: LassoResponse,
  covariates: readonly NamedColumn[],
  options: LassoCvOptions,
): Result<LassoCv> {
  const checked = checkLassoOptions(options, covariates.length);
  if (!checked.ok) return checked;
  const prepared = lassoData(response, covariates);
  if (!prepared.ok) return prepared;
  const data = prepared.value;
  if (!allowed[data.family].includes(options.measure)) {
    return refuse({
      code: "measure-not-available",
      message: `A ${data.family} model has no cross-validated ${options.measure}.`,
      got: options.measure,
      wanted: allowed[data.family].join(", "),
    });
  }
  const folds = foldsOf(data, options.folds);
  if (!folds.ok) return folds;
  for (const [k, held] of folds.value.entries()) {
    const trouble = foldTrouble(data, held, options.measure);
    if (trouble !== null) {
      return refuse({
        code: "fold-not-scorable",
        message: `Fold ${k + 1} cannot be used: ${trouble}.`,
        got: `${held.length} rows`,
        wanted: "folds with both classes",
        mend: "Use fewer or stratified folds.",
      });
    }
  }
  const master = pathOnRows(
    data,
    Int32Array.from({ length: data.n }, (_, i) => i),
    options,
  );
  const issues: Issue[] = [...data.issues, ...pathWarning(master)];
  const total = folds.value.length + 1;
  let going = step(options, 1, total);
  if (!going.ok) return going;
  const count = master.lambda.length;
  const scores: { readonly weight: number; readonly values: Float64Array }[] = [];
  const cox = data.family === "cox" ? coxScorer(data, options.tiedCensoring ?? "at-risk") : null;
  for (const [k, held] of folds.value.entries()) {
    const inside = new Set(held);
    const rows = Int32Array.from({ length: data.n }, (_, i) => i).filter((row) => !inside.has(row));
    const path: RowsPath = pathOnRows(data, rows, options);
    issues.push(...pathWarning(path));
    const score = foldScore(data, held, options.measure, cox);
    const values = new Float64Array(count);
    for (let l = 0; l < count; l++) values[l] = score(coefficientsAt(path, master.lambda[l]!), l);
    let weight = held.length;
    if (cox !== null && options.measure === "deviance") {
      weight = 0;
      for (const row of held) weight += data.y[row]!;
    }
    scores.push({ weight, values });
    going = step(options, k + 2, total);
    if (!going.ok) return going;
  }
  const better = options.measure === "auc" || options.measure === "concordance" ? "larger" : "smaller";
  const summary = summarise(scores, count);
  const { indexMin, index1se } = choose(summary.mean, summary.standardError, better);
  if (indexMin === count - 1) {
    issues.push(
      warningIssue({
        code: "minimum-at-path-end",
        message: "The best penalty is the smallest one tried.",
        got: master.lambda[indexMin],
        wanted: "a minimum inside the path",
        mend: "Give smaller penalties.",
      }),
    );
  }
  return ok(
    {
      fit: fitFromPath(data, master, options),
      measure: options.measure,
      better,
      foldCount: folds.value.length,
      ...summary,
      indexMin,
      index1se,
    },
    issues,
  );
}

function summarise(
  scores: readonly { readonly weight: number; readonly values: Float64Array }[],
  count: number,
): { mean: Float64Array; standardError: Float64Array } {
  const total = scores.reduce((sum, fold) => sum + fold.weight, 0);
  const mean = new Float64Array(count);
  const standardError = new Float64Array(count);
  for (let l = 0; l < count; l++) {
    for (const fold of scores) mean[l]! += (fold.weight * fold.values[l]!) / total;
    let square = 0;
    for (const fold of scores) square += (fold.weight * (fold.values[l]! - mean[l]!) ** 2) / total;
    standardError[l] = Math.sqrt(square / (scores.length - 1));
  }
  return { mean, standardError };
}

/** Penalties fall with the index, so the first index is the largest penalty. */
function choose(
  mean: Float64Array,
  standardError: Float64Array,
  better: "smaller" | "larger",
): { indexMin: number; index1se: number } {
  const sign = better === "larger" ? -1 : 1;
  let indexMin = 0;
  for (let l = 1; l < mean.length; l++) if (sign * mean[l]! < sign * mean[indexMin]!) indexMin = l;
  const bar = sign * mean[indexMin]! + standardError[indexMin]!;
  const index1se = mean.findIndex((value) => sign * value <= bar);
  return { indexMin, index1se };
}
