import { type Issue, ok, type Result, refuse } from "@livermark/core";
import {
  backwardByP,
  chiSquareUpperTail,
  forwardByP,
  type LassoCv,
  lassoCrossValidation,
  type ModelResponse,
  type ModelTerm,
  stepwiseAic,
  subsetModels,
} from "@livermark/statistics";
import { designOf, type Frame, levelsPresent, termOf } from "./frame.js";
import { type LogisticEngine, logisticEngine, quickStepwise } from "./logistic-engine.js";

/** One rule of a recipe; rules are applied one after the other to what the rule before left. */
export type ChooseRule =
  | { readonly rule: "all" }
  | { readonly rule: "univariable-p"; readonly enterP: number; readonly test: "wald" | "likelihood-ratio" }
  | { readonly rule: "backward"; readonly stayP: number; readonly test: "wald" | "likelihood-ratio" | "conditional" }
  | {
      readonly rule: "forward" | "stepwise-p";
      readonly enterP: number;
      readonly stayP: number;
      readonly entry: "score" | "likelihood-ratio";
      readonly test: "wald" | "likelihood-ratio" | "conditional";
    }
  | { readonly rule: "stepwise-aic"; readonly direction: "backward" | "forward" | "both" }
  | { readonly rule: "lasso"; readonly lambda: "min" | "1se"; readonly folds: number; readonly seed: number };

/** What a rule did. */
export interface ChooseStep {
  readonly rule: ChooseRule["rule"];
  readonly from: readonly string[];
  readonly kept: readonly string[];
  /** Univariable p of each candidate, for the p screen. */
  readonly p: readonly { readonly term: string; readonly p: number | null }[];
  readonly lasso: { readonly cv: LassoCv; readonly columns: readonly LassoColumn[] } | null;
}

/** One column of a penalised model: a number, or one level against the reference. */
export interface LassoColumn {
  readonly term: string;
  readonly level: string | null;
}

export const responseOf = (frame: Frame): ModelResponse => {
  const { outcome } = frame;
  return outcome.kind === "logistic"
    ? { model: "logistic", outcome: { name: "outcome", values: outcome.y } }
    : {
        model: "cox",
        time: { name: "time", values: outcome.time },
        event: { name: "event", values: outcome.event },
        ties: outcome.ties,
      };
};

/** Terms of the named columns that have something to compare. */
export const termsOf = (frame: Frame, names: readonly string[]): readonly ModelTerm[] =>
  names.flatMap((name) => {
    const column = frame.columns.get(name);
    const term = column === undefined ? null : termOf(column);
    return term === null ? [] : [term];
  });

/** Rows in which every term has a value. */
const completeRows = (frame: Frame, terms: readonly ModelTerm[]): readonly number[] => {
  const rows: number[] = [];
  for (let i = 0; i < frame.n; i++)
    if (terms.every((term) => (term.kind === "numeric" ? !Number.isNaN(term.values[i]) : term.values[i] !== null)))
      rows.push(i);
  return rows;
};

/** The quick engine over some terms of a logistic frame; null where the complete rows have one outcome only. */
export function engineOf(frame: Frame, terms: readonly ModelTerm[]): LogisticEngine | null {
  const { outcome } = frame;
  if (outcome.kind !== "logistic") return null;
  const rows = completeRows(frame, terms);
  const events = rows.reduce((sum, row) => sum + (outcome.y[row] ?? 0), 0);
  return events === 0 || events === rows.length ? null : logisticEngine(outcome.y, terms, rows);
}

function univariable(
  frame: Frame,
  names: readonly string[],
  test: "wald" | "likelihood-ratio",
): readonly { term: string; p: number | null }[] {
  const { outcome } = frame;
  const response = responseOf(frame);
  return names.map((name) => {
    const terms = termsOf(frame, [name]);
    if (outcome.kind === "logistic" && test === "wald") {
      const engine = engineOf(frame, terms);
      const found = engine === null || terms.length === 0 ? null : engine.wald(0);
      return { term: name, p: found === null || found.df === 0 ? null : chiSquareUpperTail(found.chi2, found.df) };
    }
    const models = terms.length === 0 ? null : subsetModels(response, terms);
    if (models?.ok !== true) return { term: name, p: null };
    const fit = models.value.fit([0]);
    return { term: name, p: (test === "wald" ? models.value.wald(fit, 0) : models.value.likelihoodRatio(fit, 0)).p };
  });
}

/** Folds by original row, so that a row drawn twice is never on both sides. */
function foldsOf(
  ids: Int32Array,
  count: number,
  seed: number,
  shuffle: (seed: number, n: number) => readonly number[],
): Int32Array {
  const distinct = [...new Set(ids)].sort((a, b) => a - b);
  const order = shuffle(seed, distinct.length);
  const fold = new Map(order.map((at, k) => [distinct[at] ?? 0, (k % count) + 1]));
  return Int32Array.from(ids, (id) => fold.get(id) ?? 1);
}

function lassoStep(
  frame: Frame,
  names: readonly string[],
  rule: Extract<ChooseRule, { rule: "lasso" }>,
  shuffle: (seed: number, n: number) => readonly number[],
): Result<ChooseStep> {
  const columns: LassoColumn[] = [];
  const values: { name: string; values: Float64Array }[] = [];
  for (const name of names) {
    const column = frame.columns.get(name);
    if (column === undefined || termOf(column) === null) continue;
    const levels = column.kind === "category" ? levelsPresent(column) : null;
    designOf(column, levels).forEach((made, k) => {
      const level = column.kind === "category" ? (column.levels[levels?.[k + 1] ?? 0] ?? null) : null;
      columns.push({ term: name, level });
      values.push({ name: level === null ? name : `${name}: ${level}`, values: made });
    });
  }
  if (values.length < 2)
    return refuse({
      code: "too-few-candidates",
      message: "A penalised regression has nothing to choose from.",
      got: `${values.length} columns`,
      wanted: "at least two",
    });
  const complete: number[] = [];
  for (let i = 0; i < frame.n; i++) if (values.every((column) => !Number.isNaN(column.values[i]))) complete.push(i);
  const { outcome } = frame;
  const at = (column: Float64Array): Float64Array => Float64Array.from(complete, (row) => column[row] ?? 0);
  const cv = lassoCrossValidation(
    outcome.kind === "logistic"
      ? { family: "binomial", outcome: { name: "outcome", values: at(outcome.y) } }
      : {
          family: "cox",
          time: { name: "time", values: at(outcome.time) },
          event: { name: "event", values: at(outcome.event) },
        },
    values.map((column) => ({ name: column.name, values: at(column.values) })),
    {
      measure: "deviance",
      folds: foldsOf(
        Int32Array.from(complete, (row) => frame.ids[row] ?? row),
        rule.folds,
        rule.seed,
        shuffle,
      ),
    },
  );
  if (!cv.ok) return cv;
  const index = rule.lambda === "min" ? cv.value.indexMin : cv.value.index1se;
  const beta = cv.value.fit.coefficients[index] ?? new Float64Array(columns.length);
  const chosen = new Set(columns.filter((_, j) => (beta[j] ?? 0) !== 0).map((column) => column.term));
  return ok({
    rule: "lasso",
    from: names,
    kept: names.filter((name) => chosen.has(name)),
    p: [],
    lasso: { cv: cv.value, columns },
  });
}

/** Applies one rule to the named candidates. */
export function applyRule(
  frame: Frame,
  names: readonly string[],
  rule: ChooseRule,
  shuffle: (seed: number, n: number) => readonly number[],
): Result<ChooseStep> {
  const base = { rule: rule.rule, from: names, p: [], lasso: null };
  if (names.length === 0 || rule.rule === "all") return ok({ ...base, kept: names });
  if (rule.rule === "univariable-p") {
    const p = univariable(frame, names, rule.test);
    return ok({ ...base, p, kept: p.filter((one) => one.p !== null && one.p < rule.enterP).map((one) => one.term) });
  }
  if (rule.rule === "lasso") return lassoStep(frame, names, rule, shuffle);
  const terms = termsOf(frame, names);
  if (terms.length === 0) return ok({ ...base, kept: [] });
  const engine = rule.rule === "stepwise-aic" ? engineOf(frame, terms) : null;
  if (rule.rule === "stepwise-aic" && engine !== null) {
    const kept = new Set(quickStepwise(engine, rule.direction).map((t) => terms[t]?.name));
    return ok({ ...base, kept: names.filter((name) => kept.has(name)) });
  }
  const response = responseOf(frame);
  const chosen =
    rule.rule === "backward"
      ? backwardByP(response, terms, { test: rule.test, pOut: rule.stayP })
      : rule.rule === "stepwise-aic"
        ? stepwiseAic(response, terms, rule.direction)
        : forwardByP(response, terms, {
            entry: rule.entry,
            removal: rule.test,
            pIn: rule.enterP,
            pOut: rule.rule === "forward" ? 1 - 1e-9 : rule.stayP,
          });
  const issues: readonly Issue[] = chosen.issues;
  return chosen.ok ? ok({ ...base, kept: names.filter((name) => chosen.value.terms.includes(name)) }, issues) : chosen;
}

const test = (word: string): string =>
  word === "wald"
    ? "the Wald test"
    : word === "conditional"
      ? "the conditional likelihood ratio"
      : "the likelihood-ratio test";

/** A rule in the words of a methods section. */
export function ruleText(rule: ChooseRule): string {
  switch (rule.rule) {
    case "all":
      return "all covariates entered";
    case "univariable-p":
      return `covariates with univariable p < ${rule.enterP} entered`;
    case "backward":
      return `backward elimination by ${test(rule.test)}, p > ${rule.stayP} removed`;
    case "forward":
      return `forward selection by the ${rule.entry === "score" ? "score" : "likelihood-ratio"} test, p < ${rule.enterP} entered`;
    case "stepwise-p":
      return `stepwise selection, p < ${rule.enterP} entered by the ${rule.entry === "score" ? "score" : "likelihood-ratio"} test and p > ${rule.stayP} removed by ${test(rule.test)}`;
    case "stepwise-aic":
      return rule.direction === "both"
        ? "stepwise selection by AIC in both directions"
        : `${rule.direction} selection by AIC`;
    case "lasso":
      return `LASSO with ${rule.folds}-fold cross-validation, covariates with a coefficient at lambda ${rule.lambda === "min" ? "of the smallest error" : "within one standard error of it"} kept`;
  }
}

/** The rules of a recipe in words. */
export const rulesText = (rules: readonly ChooseRule[]): string =>
  rules.length === 0 ? "all covariates entered" : rules.map(ruleText).join("; then ");
