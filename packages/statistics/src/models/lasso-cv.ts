import { type Issue, ok, type Result, refuse, warningIssue } from "@livermark/core";
import { computeHere, type HeavySession, type HeavyTask } from "../basic/heavy-work.js";
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

/** What a cross-validation needs: plain data, so that it can go to a worker. */
export interface LassoCvInput {
  readonly response: LassoResponse;
  readonly covariates: readonly NamedColumn[];
  readonly options: LassoOptions & { readonly measure: LassoMeasure; readonly folds: FoldChoice };
}

/** `lassoCrossValidation` as work that workers can share; unit 0 is the path on all rows, unit k leaves fold k out. */
export const lassoCvTask: HeavyTask<LassoCvInput, readonly RowsPath[], LassoCv> = {
  name: "cross-validation of a penalised regression",
  open: openLassoCv,
};

/**
 * Cross-validation of a penalised regression: each fold is predicted by a path fitted without it (with its own default
 * penalties, read at the master penalties by linear interpolation), and the fold results are averaged with the folds'
 * sizes (events in Cox deviance) as weights. Chooses the best penalty and the largest within one standard error.
 * Refuses what `lasso` refuses, measures that the family does not have, and folds that cannot be scored.
 * Sources: Friedman, Hastie and Tibshirani 2010, section 6; Simon et al. 2011, section 3; Verweij and van Houwelingen
 * 1993. The same seed gives the same folds everywhere. Example:
 * `lassoCrossValidation(response, columns, { measure: "deviance", folds: { seed: 1, count: 10 } })`.
 */
export function lassoCrossValidation(
  response: LassoResponse,
  covariates: readonly NamedColumn[],
  options: LassoCvOptions,
): Result<LassoCv> {
  return computeHere(lassoCvTask, { response, covariates, options }, options);
}

function openLassoCv({
  response,
  covariates,
  options,
}: LassoCvInput): Result<HeavySession<readonly RowsPath[], LassoCv>> {
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
  const everybody = Int32Array.from({ length: data.n }, (_, i) => i);
  const part = (from: number, to: number, running: Running): Result<readonly RowsPath[]> => {
    const paths: RowsPath[] = [];
    for (let unit = from; unit < to; unit++) {
      const inside = new Set(unit === 0 ? [] : folds.value[unit - 1]!);
      paths.push(
        pathOnRows(
          data,
          everybody.filter((row) => !inside.has(row)),
          options,
        ),
      );
      const going = step(running, unit + 1 - from, to - from);
      if (!going.ok) return going;
    }
    return ok(paths);
  };
  const gather = (parts: readonly (readonly RowsPath[])[]): Result<LassoCv> => {
    const [master, ...paths] = parts.flat();
    return judge(data, folds.value, master!, paths, options);
  };
  return ok({ units: folds.value.length + 1, part, gather });
}

/** Scores the folds' paths at the penalties of the path on all rows, and chooses. */
function judge(
  data: LassoData,
  folds: readonly Int32Array[],
  master: RowsPath,
  paths: readonly RowsPath[],
  options: LassoCvInput["options"],
): Result<LassoCv> {
  const issues: Issue[] = [...data.issues, ...pathWarning(master), ...paths.flatMap(pathWarning)];
  const count = master.lambda.length;
  const cox = data.family === "cox" ? coxScorer(data, options.tiedCensoring ?? "at-risk") : null;
  const scores = folds.map((held, k) => {
    const score = foldScore(data, held, options.measure, cox);
    const values = new Float64Array(count);
    for (let l = 0; l < count; l++) values[l] = score(coefficientsAt(paths[k]!, master.lambda[l]!), l);
    let weight = held.length;
    if (cox !== null && options.measure === "deviance") {
      weight = 0;
      for (const row of held) weight += data.y[row]!;
    }
    return { weight, values };
  });
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
      foldCount: folds.length,
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
