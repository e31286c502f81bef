import { ok, type Random, type Result, random, refuse } from "@livermark/core";
import type { Running } from "@livermark/statistics";
import { accuracyOf, MEASURES } from "./accuracy.js";
import { type Frame, takeRows } from "./frame.js";
import { predictRecipe, type Recipe, runRecipe } from "./recipe.js";

/** How the recipe is repeated. */
export interface OptimismOptions extends Running {
  readonly seed: number;
  readonly replicates: number;
  /** Rows of one number are drawn together (several treatments of one patient); null = rows are drawn. */
  readonly clusters?: Int32Array | null;
}

/** One measure: apparent, and three corrections of it. Null where no replicate gave a value. */
export interface CorrectedMeasure {
  readonly measure: string;
  readonly apparent: number | null;
  /** Mean over resamples of (recipe's model in its resample − in the original rows). */
  readonly optimism: number | null;
  /** Apparent − optimism (Efron 1983; Harrell, Lee and Mark 1996). */
  readonly harrell: number | null;
  /** Mean over resamples in the rows that were not drawn. */
  readonly outOfBag: number | null;
  /** Efron and Tibshirani's .632+ estimate; only for areas and concordances. */
  readonly plus632: number | null;
}

/** Performance of a recipe in new patients, estimated by repeating all of it. */
export interface RecipeOptimism {
  readonly method: "bootstrap of the whole recipe";
  readonly seed: number;
  readonly replicates: number;
  /** Resamples in which the recipe ended without a model; they count nowhere. */
  readonly failed: number;
  readonly measures: readonly CorrectedMeasure[];
  /** How often each candidate was chosen. */
  readonly inclusion: readonly { readonly name: string; readonly share: number }[];
  /** Percentile limits (2.5 and 97.5 %) of each derived cut-off and of the risk cut, over the resamples. */
  readonly cuts: readonly { readonly name: string; readonly values: readonly number[] }[];
}

function draw(stream: Random, frame: Frame, clusters: Int32Array | null): Int32Array {
  if (clusters === null) return Int32Array.from({ length: frame.n }, () => stream.integer(frame.n));
  const members = new Map<number, number[]>();
  clusters.forEach((cluster, row) => {
    const own = members.get(cluster);
    if (own === undefined) members.set(cluster, [row]);
    else own.push(row);
  });
  const groups = [...members.values()];
  return Int32Array.from(groups.flatMap(() => groups[stream.integer(groups.length)] ?? []));
}

const meanOf = (values: readonly number[]): number | null => {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
};

/** .632+ of an area: between apparent and out-of-bag, leaning on the latter the more the recipe overfits. */
export function plus632(apparent: number, outOfBag: number, noInformation = 0.5): number {
  const out = Math.max(noInformation, Math.min(outOfBag, 1));
  const overfit = apparent > out && apparent > noInformation ? (apparent - out) / (apparent - noInformation) : 0;
  const weight = 0.632 / (1 - 0.368 * overfit);
  return (1 - weight) * apparent + weight * out;
}

/**
 * Repeats the WHOLE recipe (imputation, cut-offs, screening, LASSO, steps, risk cut) in bootstrap resamples and compares
 * each resample's model in its own rows, in the original rows, and in the rows it did not see. Resamples in which the
 * recipe refuses are counted and left out. Refuses when the recipe fails on the data, fewer than 20 replicates, an abort,
 * and when more than half of the resamples fail. Replicate b draws from its own stream of the seed, whatever else ran.
 * Sources: Efron and Tibshirani 1997 (.632+); Harrell, Lee and Mark 1996; Steyerberg 2019, section 17.6.
 */
export function recipeOptimism(frame: Frame, recipe: Recipe, options: OptimismOptions): Result<RecipeOptimism> {
  const { seed, replicates } = options;
  if (!(Number.isInteger(replicates) && replicates >= 20))
    return refuse({
      code: "too-few-replicates",
      message: "Repeating a recipe needs at least 20 resamples.",
      got: replicates,
      wanted: "200 or more",
    });
  const whole = runRecipe(frame, recipe);
  if (!whole.ok) return whole;
  const names = MEASURES[frame.outcome.kind];
  const apparent = accuracyOf(predictRecipe(frame, recipe, whole.value), frame.outcome, whole.value.riskCut);
  const training: (readonly number[])[] = [];
  const test: (readonly number[])[] = [];
  const outside: (readonly number[])[] = [];
  const chosen = new Map<string, number>();
  const cuts = new Map<string, number[]>();
  let failed = 0;
  for (let b = 0; b < replicates; b++) {
    const stream = random(seed).fork(`resample ${b + 1}`);
    const rows = draw(stream, frame, options.clusters ?? null);
    const sample = takeRows(frame, rows);
    const fit = runRecipe(
      sample,
      recipe.impute === null ? recipe : { ...recipe, impute: { ...recipe.impute, seed: stream.integer(2 ** 31) } },
    );
    options.onProgress?.(b + 1, replicates);
    if (options.signal?.aborted === true)
      return refuse({
        code: "stopped",
        message: "The computation was stopped before its end.",
        got: `${b + 1} of ${replicates} resamples`,
        wanted: `${replicates} resamples`,
        mend: "Run it again without stopping it.",
      });
    if (!fit.ok) {
      failed++;
      continue;
    }
    for (const name of fit.value.chosen) chosen.set(name, (chosen.get(name) ?? 0) + 1);
    const note = (name: string, value: number): void => {
      const own = cuts.get(name);
      if (own === undefined) cuts.set(name, [value]);
      else own.push(value);
    };
    for (const { name, cut } of recipe.candidates)
      if (cut !== null && cut.rule.kind !== "fixed")
        for (const value of (fit.value.cuts.get(name) ?? []).slice(0, 1)) note(name, value);
    if (fit.value.riskCut !== null) note("risk", fit.value.riskCut);
    const drawn = new Set(rows);
    const left = Int32Array.from({ length: frame.n }, (_, i) => i).filter((row) => !drawn.has(row));
    const judge = (where: Frame): readonly number[] =>
      accuracyOf(predictRecipe(where, recipe, fit.value), where.outcome, fit.value.riskCut);
    training.push(judge(sample));
    test.push(judge(frame));
    outside.push(judge(takeRows(frame, left)));
  }
  const used = replicates - failed;
  if (failed > replicates / 2)
    return refuse({
      code: "no-usable-replicates",
      message: "The recipe failed in more than half of the resamples.",
      got: `${failed} of ${replicates}`,
      wanted: "a recipe that the data can bear",
      mend: "Use fewer candidates, or rarer categories put together.",
    });
  return ok({
    method: "bootstrap of the whole recipe",
    seed,
    replicates,
    failed,
    measures: names.map((measure, k): CorrectedMeasure => {
      const own = apparent[k] ?? Number.NaN;
      const differences = training.map((row, b) => (row[k] ?? Number.NaN) - (test[b]?.[k] ?? Number.NaN));
      const optimism = meanOf(differences);
      const outOfBag = meanOf(outside.map((row) => row[k] ?? Number.NaN));
      const finite = Number.isFinite(own);
      return {
        measure,
        apparent: finite ? own : null,
        optimism,
        harrell: finite && optimism !== null ? own - optimism : null,
        outOfBag,
        plus632: finite && outOfBag !== null && (measure === "auc" || measure === "c") ? plus632(own, outOfBag) : null,
      };
    }),
    inclusion: recipe.candidates.map(({ name }) => ({ name, share: (chosen.get(name) ?? 0) / used })),
    cuts: [...cuts].map(([name, values]) => ({ name, values })),
  });
}
