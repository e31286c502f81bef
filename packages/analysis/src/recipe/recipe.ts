import { type Issue, ok, type Result, random, refuse } from "@livermark/core";
import { median, type SubsetFit, subsetModels } from "@livermark/statistics";
import { applyRule, type ChooseRule, type ChooseStep, engineOf, responseOf, termsOf } from "./choose.js";
import { type CutRule, deriveCuts, intervalOf, youdenCut } from "./cuts.js";
import { designOf, type Frame, type FrameColumn, levelsPresent } from "./frame.js";
import { type ImputeRule, imputeFrame } from "./impute.js";

/** A candidate: a column of the frame, or a group that is cut from one. */
export interface Candidate {
  readonly name: string;
  readonly cut: {
    readonly of: string;
    readonly rule: CutRule;
    /** From low to high. */
    readonly labels: readonly string[];
    readonly reference: string;
    readonly equalGoes: "up" | "down";
  } | null;
}

/** Everything that is done to the data to get a model, from missing values to the cut of the predicted risk. */
export interface Recipe {
  readonly candidates: readonly Candidate[];
  readonly choose: readonly ChooseRule[];
  /** Null = rows that miss a value of the model are left out. */
  readonly impute: ImputeRule | null;
  readonly riskCut: { readonly rule: "youden" | "median" } | { readonly rule: "fixed"; readonly at: number } | null;
}

/** One fitted coefficient; `level` null for a number. */
export interface RecipeTerm {
  readonly name: string;
  readonly levels: readonly number[] | null;
  readonly coefficients: readonly number[];
}

/** The product of a recipe on one sample. */
export interface RecipeFit {
  /** Cut-offs of every group among the candidates; null where none could be derived. */
  readonly cuts: ReadonlyMap<string, readonly number[] | null>;
  readonly steps: readonly ChooseStep[];
  readonly chosen: readonly string[];
  readonly intercept: number;
  readonly terms: readonly RecipeTerm[];
  /** Cut of the linear predictor, or of the risk for logistic models; null without one. */
  readonly riskCut: number | null;
  readonly issues: readonly Issue[];
}

const shuffle = (seed: number, n: number): readonly number[] => random(seed).fork("folds").permutation(n);

/** Numbers of a column of the frame, for cut-off rules. */
const numbersOf =
  (frame: Frame) =>
  (name: string): Float64Array | null => {
    const column = frame.columns.get(name);
    return column?.kind === "number" ? column.values : null;
  };

/** A group as a category of the frame, by cut-offs. */
export function groupColumn(
  candidate: Candidate & { readonly cut: NonNullable<Candidate["cut"]> },
  marker: Float64Array,
  cuts: readonly number[],
): FrameColumn {
  const { labels, reference, equalGoes } = candidate.cut;
  const levels = [reference, ...labels.filter((label) => label !== reference)];
  return {
    kind: "category",
    name: candidate.name,
    levels,
    codes: Int16Array.from(marker, (value) =>
      Number.isNaN(value) ? -1 : levels.indexOf(labels[intervalOf(value, cuts, equalGoes)] ?? ""),
    ),
  };
}

/** The frame with the groups of a recipe, by given cut-offs. */
function withGroups(frame: Frame, recipe: Recipe, cuts: RecipeFit["cuts"]): Frame {
  const columns = new Map(frame.columns);
  for (const candidate of recipe.candidates) {
    if (candidate.cut === null) continue;
    const own = cuts.get(candidate.name);
    const marker = frame.columns.get(candidate.cut.of);
    if (own == null || marker?.kind !== "number") columns.delete(candidate.name);
    else columns.set(candidate.name, groupColumn({ ...candidate, cut: candidate.cut }, marker.values, own));
  }
  return { ...frame, columns };
}

function deriveAll(frame: Frame, recipe: Recipe): RecipeFit["cuts"] {
  const cuts = new Map<string, readonly number[] | null>();
  for (const { name, cut } of recipe.candidates) {
    if (cut === null) continue;
    const marker = frame.columns.get(cut.of);
    const found = marker?.kind === "number" ? deriveCuts(cut.rule, marker.values, numbersOf(frame)) : null;
    cuts.set(name, found?.ok === true ? found.value : null);
  }
  return cuts;
}

/** Coefficients of the chosen terms on the rows that have them all. */
function fitChosen(
  frame: Frame,
  names: readonly string[],
): Result<{ readonly fit: Pick<SubsetFit, "coefficients">; readonly terms: readonly RecipeTerm[] }> {
  const terms = termsOf(frame, names);
  if (terms.length === 0)
    return refuse({
      code: "no-covariate-chosen",
      message: "No covariate is in the model.",
      got: 0,
      wanted: "one or more",
    });
  const engine = engineOf(frame, terms);
  const models = engine === null ? subsetModels(responseOf(frame), terms) : null;
  if (models !== null && !models.ok) return models;
  const all = terms.map((_, k) => k);
  const fit = engine !== null ? engine.fit(all) : models?.value.fit(all);
  if (fit === undefined) return refuse({ code: "no-data", message: "There is nothing to fit." });
  let at = frame.outcome.kind === "logistic" ? 1 : 0;
  const fitted = terms.map((term): RecipeTerm => {
    const column = frame.columns.get(term.name);
    const levels = column?.kind === "category" ? levelsPresent(column) : null;
    const width = term.kind === "numeric" ? 1 : (levels?.length ?? 1) - 1;
    const coefficients = Array.from({ length: width }, (_, k) => fit.coefficients[at + k] ?? 0);
    at += width;
    return { name: term.name, levels, coefficients };
  });
  return ok({ fit, terms: fitted }, models?.issues ?? []);
}

/**
 * Linear predictor of a fitted recipe at every row of a frame, by the cut-offs and coefficients of the fit; NaN where a
 * row misses a value. A level that the fitted sample did not have counts as the reference.
 */
export function predictRecipe(frame: Frame, recipe: Recipe, fit: RecipeFit): Float64Array {
  const prepared = withGroups(frame, recipe, fit.cuts);
  const lp = new Float64Array(frame.n).fill(fit.intercept);
  for (const term of fit.terms) {
    const column = prepared.columns.get(term.name);
    if (column === undefined) return lp.fill(Number.NaN);
    designOf(column, term.levels).forEach((values, k) => {
      const b = term.coefficients[k] ?? 0;
      for (let i = 0; i < lp.length; i++) lp[i] = (lp[i] ?? 0) + b * (values[i] ?? Number.NaN);
    });
  }
  return lp;
}

export const riskOf = (lp: number): number => (lp >= 0 ? 1 / (1 + Math.exp(-lp)) : Math.exp(lp) / (1 + Math.exp(lp)));

function riskCutOf(frame: Frame, recipe: Recipe, lp: Float64Array): number | null {
  const { riskCut } = recipe;
  if (riskCut === null) return null;
  if (riskCut.rule === "fixed") return riskCut.at;
  const logistic = frame.outcome.kind === "logistic";
  const score = logistic ? lp.map(riskOf) : lp;
  if (riskCut.rule === "median" || !logistic) return median([...score.filter((value) => !Number.isNaN(value))]);
  return frame.outcome.kind === "logistic" ? youdenCut(score, frame.outcome.y, "higher-in-cases") : null;
}

/** The recipe on one sample without gaps to fill. */
function runOnce(frame: Frame, recipe: Recipe): Result<RecipeFit> {
  const cuts = deriveAll(frame, recipe);
  const prepared = withGroups(frame, recipe, cuts);
  const issues: Issue[] = [];
  const steps: ChooseStep[] = [];
  let names: readonly string[] = recipe.candidates.map(({ name }) => name).filter((name) => prepared.columns.has(name));
  for (const rule of recipe.choose) {
    const done = applyRule(prepared, names, rule, shuffle);
    issues.push(...done.issues);
    if (!done.ok) return refuseTogether(done.issues);
    steps.push(done.value);
    names = done.value.kept;
  }
  return finish(frame, prepared, recipe, { cuts, steps, names, issues });
}

const refuseTogether = (issues: readonly Issue[]): Result<never> =>
  refuse(
    issues.find((issue) => issue.severity === "error") ?? {
      code: "recipe-failed",
      message: "A rule of the recipe could not be applied.",
    },
  );

/** No covariate: everybody gets the same risk. */
function emptyFit(frame: Frame): number {
  if (frame.outcome.kind === "cox") return 0;
  let events = 0;
  for (const value of frame.outcome.y) events += value;
  return Math.log(events / (frame.n - events));
}

function finish(
  frame: Frame,
  prepared: Frame,
  recipe: Recipe,
  found: Pick<RecipeFit, "cuts" | "steps" | "issues"> & { readonly names: readonly string[] },
): Result<RecipeFit> {
  const { cuts, steps, names } = found;
  const issues = [...found.issues];
  let intercept = emptyFit(frame);
  let terms: readonly RecipeTerm[] = [];
  if (names.length > 0 && termsOf(prepared, names).length > 0) {
    const fitted = fitChosen(prepared, names);
    issues.push(...fitted.issues);
    if (!fitted.ok) return fitted;
    terms = fitted.value.terms;
    intercept = frame.outcome.kind === "logistic" ? (fitted.value.fit.coefficients[0] ?? 0) : 0;
  }
  const made: RecipeFit = {
    cuts,
    steps,
    chosen: terms.map((term) => term.name),
    intercept,
    terms,
    riskCut: null,
    issues,
  };
  return ok({ ...made, riskCut: riskCutOf(frame, recipe, predictRecipe(frame, recipe, made)) });
}

/**
 * Runs a whole recipe on a sample: fills gaps, derives the cut-offs, screens and selects, fits, and cuts the predicted
 * risk. With several completed data sets the rules run in each, a covariate is kept when more than half of them keep it
 * (Wood, White and Royston 2008), and coefficients are the means over the sets (Rubin 1987). Refuses what its rules refuse;
 * a recipe that chooses nothing predicts the same for everybody.
 */
export function runRecipe(frame: Frame, recipe: Recipe): Result<RecipeFit> {
  if (recipe.impute === null) return runOnce(frame, recipe);
  const completed = imputeFrame(frame, recipe.impute);
  if (!completed.ok) return completed;
  const [first, ...others] = completed.value;
  if (first === undefined) return runOnce(frame, recipe);
  if (others.length === 0) return runOnce(first, recipe);
  const all = completed.value.map((one) => runOnce(one, recipe));
  const fits = all.flatMap((one) => (one.ok ? [one.value] : []));
  const failed = all.find((one) => !one.ok);
  const [lead] = fits;
  if (lead === undefined) return failed?.ok === false ? failed : runOnce(frame, recipe);
  const votes = (name: string): number => fits.filter((fit) => fit.chosen.includes(name)).length;
  const names = recipe.candidates.map(({ name }) => name).filter((name) => votes(name) > fits.length / 2);
  const cuts = new Map(
    [...lead.cuts.keys()].map((name): [string, readonly number[] | null] => {
      const own = fits.flatMap((fit) => fit.cuts.get(name) ?? []);
      const width = lead.cuts.get(name)?.length ?? 0;
      if (width === 0 || own.length !== width * fits.length) return [name, null];
      return [name, Array.from({ length: width }, (_, k) => median(fits.map((fit) => fit.cuts.get(name)?.[k] ?? 0)))];
    }),
  );
  const refitted = completed.value.flatMap((one) => {
    const done = finish(one, withGroups(one, recipe, cuts), { ...recipe, riskCut: null }, { ...lead, cuts, names });
    return done.ok ? [done.value] : [];
  });
  const [model] = refitted;
  if (model === undefined) return ok(lead);
  const average = (of: (fit: RecipeFit) => number): number =>
    refitted.reduce((sum, fit) => sum + of(fit), 0) / refitted.length;
  const pooled: RecipeFit = {
    ...model,
    intercept: average((fit) => fit.intercept),
    terms: model.terms.map((term, t) => ({
      ...term,
      coefficients: term.coefficients.map((_, k) => average((fit) => fit.terms[t]?.coefficients[k] ?? 0)),
    })),
  };
  return ok({ ...pooled, riskCut: riskCutOf(first, recipe, predictRecipe(first, recipe, pooled)) });
}
