import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import type { NamedColumn } from "./columns.js";
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
} from "./lasso.js";
import { type FoldChoice, foldsOf, foldTrouble } from "./lasso-folds.js";
import { coefficientsAt, coxScorer, foldScore, type LassoMeasure } from "./lasso-scores.js";
import { type Running, step } from "./running.js";

export interface LassoCvOptions extends LassoOptions, Running {
  readonly measure: LassoMeasure;
  readonly folds: FoldChoice;
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

const allowed: { readonly [family in LassoData["family"]]: readonly LassoMeasure[] } = {
  gaussian: ["deviance", "mse", "mae"],
  binomial: ["deviance", "mse", "mae", "class", "auc"],
  cox: ["deviance", "concordance"],
};

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
